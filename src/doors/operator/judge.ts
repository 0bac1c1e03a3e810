import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';
import { isFields } from './text.ts';

/** An order is answered for within seconds, whatever the exchange does. */
const ANSWER_MILLISECONDS_MAX = 20_000;

/**
 * A person's answer to one order that waits, and what came of it. Ends with 0 when that is what was wanted: refused after `deny`, at the exchange
 * after `approve`; with 4 when nobody knows yet whether the exchange has it.
 */
export async function judge(verb: 'approve' | 'deny', command: Command, gateway: Gateway): Promise<ExitCode> {
  const [approval, ...rest] = command.words;
  if (approval === undefined || rest.length > 0) {
    const message = `expected twokey ${verb} ID, with the ID that twokey approvals shows; words of your own go into --reason "…"`;
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const answer = await gateway({ verb, approval: approval.toLowerCase(), reason: command.reason }, ANSWER_MILLISECONDS_MAX);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'judged', answer.value);
  return exitOf(verb, isFields(answer.value) ? answer.value : {});
}

function exitOf(verb: 'approve' | 'deny', { status, code }: { readonly status?: unknown; readonly code?: unknown }): ExitCode {
  if (verb === 'deny') return status === 'denied' && code === 'APPROVAL_DENIED' ? exits.fine : exits.failed;
  switch (status) {
    case 'filled':
    case 'working':
    case 'accepted':
      return exits.fine;
    case 'unknown':
    case 'pending_approval':
      return exits.unknown;
    default:
      return exits.failed;
  }
}
