import { isFields } from './text.ts';
import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway, Reader } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

/** A promotion may have every file of the user looked through for a key that has no business there. */
const PROMOTE_MILLISECONDS_MAX = 340_000;
const DEMOTE_MILLISECONDS_MAX = 10_000;

/** `stage [show]`, `stage promote` and `stage demote`: where the account stands on the roll-out, one rung up, one rung down. */
export async function stage(command: Command, sources: { readonly gateway: Gateway; readonly reader: Reader }): Promise<ExitCode> {
  const [what = 'show', ...rest] = command.words;
  if (rest.length > 0 || (what !== 'show' && what !== 'promote' && what !== 'demote')) {
    const message = 'expected twokey stage [show | promote | demote]; a reason goes into --reason "…"';
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const { gateway, reader } = sources;
  if (what === 'show') {
    // What is proven stands in the journal, so that a running gateway need not be bothered for it.
    const answer = await reader('stage');
    if (!answer.ok) return fail(command, { code: 'UNAVAILABLE', message: answer.error, exit: exits.failed });
    say(command, 'stage', answer.value);
    return exits.fine;
  }
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const patience = what === 'promote' ? PROMOTE_MILLISECONDS_MAX : DEMOTE_MILLISECONDS_MAX;
  const answer = await gateway({ verb: what, reason: command.reason }, patience);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'stage', isFields(answer.value) ? answer.value : {});
  return exits.fine;
}
