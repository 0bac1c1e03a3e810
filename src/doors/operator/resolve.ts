import type { Command } from './command.ts';
import { otherEnvironment, patience, refused } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

/** The operator's word on one order that nobody can look up any more. */
export async function resolve(command: Command, gateway: Gateway): Promise<ExitCode> {
  const [order = '', ...more] = command.words;
  if (!/^[A-Za-z0-9]{1,32}$/.test(order) || more.length > 0 || command.reason.trim() === '')
    return fail(command, {
      code: 'SCHEMA',
      message: 'expected twokey resolve ORDER --reason "what you looked at"; twokey orders lists ids',
      exit: exits.usage,
    });
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const answer = await gateway({ verb: 'resolve', order, reason: command.reason }, patience.resolve);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'orders', answer.value);
  return exits.fine;
}
