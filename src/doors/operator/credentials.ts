import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

/** A command that asks a person for the keys may take a minute, and the exchange is asked of both. */
const ANSWER_MILLISECONDS_MAX = 90_000;

/** `credentials rotate`. The keys themselves never pass through here: the vault reads them where it always does. */
export async function credentials(command: Command, gateway: Gateway): Promise<ExitCode> {
  if (command.words.join(' ') !== 'rotate') {
    const message =
      'expected twokey credentials rotate; put the new keys in the place of the old ones first (credentials.toml); a reason goes into --reason "…"';
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const answer = await gateway({ verb: 'rotate', reason: command.reason }, ANSWER_MILLISECONDS_MAX);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'rotated', answer.value);
  return exits.fine;
}
