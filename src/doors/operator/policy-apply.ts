import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../core/lang/canonical.ts';
import { digest } from '../../core/lang/digest.ts';
import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { renderChanges } from './policy-changes.ts';
import { cell, type Fields, isFields, rowsOf } from './text.ts';

const ANSWER_MILLISECONDS_MAX = 20_000;

/**
 * `policy apply`: the twokey.toml of the home is to hold. What tightens holds at once; what loosens is asked for by another name, which may want a proof, and waits. `policy withdraw` gives up
 * what waits.
 */
export async function changeLimits(verb: 'apply' | 'withdraw', command: Command, gateway: Gateway): Promise<ExitCode> {
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const { reason } = command;
  if (verb === 'withdraw') {
    const answer = await gateway({ verb: 'policy_withdraw', reason }, ANSWER_MILLISECONDS_MAX);
    return answer.ok ? told(command, answer.value) : refused(command, answer.error);
  }
  const seen = digest(textOf(command.home));
  const answer = await gateway({ verb: 'policy_apply', digest: seen, reason }, ANSWER_MILLISECONDS_MAX);
  if (!answer.ok) return refused(command, answer.error);
  if (!isFields(answer.value) || answer.value['outcome'] !== 'loosens') return told(command, answer.value);
  // Before anybody is asked who they are: a proof is of the person, and the person has to see what for.
  if (!command.json) out(`${renderChanges(rowsOf(answer.value, 'changes'))}\n`);
  const loosened = await gateway({ verb: 'policy_loosen', digest: seen, reason }, ANSWER_MILLISECONDS_MAX);
  return loosened.ok ? told(command, loosened.value) : refused(command, loosened.error);
}

/** As a gateway would read it; where there is none every default holds. What cannot be read the gateway says better. */
function textOf(home: string): string {
  try {
    return readFileSync(join(home, 'twokey.toml'), 'utf8');
  } catch {
    return '';
  }
}

function told(command: Command, document: Json): ExitCode {
  const answer: Fields = isFields(document) ? document : {};
  if (command.json) out(`${JSON.stringify(document, null, 2)}\n`);
  else {
    const pending = answer['pending'];
    const waits = isFields(pending) ? `\nwhat loosens waits until ${cell(pending['due'])}; twokey policy withdraw gives it up` : '';
    const heading = `${cell(answer['environment'])} · ${cell(answer['account'])} · ${cell(answer['mode'])}`;
    out(
      `${heading}\n${renderChanges(rowsOf(answer, 'changes'))}\n${outcomes[cell(answer['outcome'])] ?? 'done'}${waits}\nhash ${cell(answer['policy_hash'])}\n`,
    );
  }
  return exits.fine;
}

const outcomes: { readonly [outcome: string]: string } = {
  holds: 'twokey.toml holds',
  waits: 'what tightens holds now',
  withdrawn: 'withdrawn: nothing waits any more',
};
