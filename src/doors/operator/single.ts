import { parseSubject } from '../../core/account/freeze.ts';
import type { Command } from './command.ts';
import { otherEnvironment, patience, refused, tellFlattened } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

/** The commands that stop one instrument or one agent, and leave the rest alone. */
export async function single(verb: 'freeze' | 'unfreeze' | 'flatten', command: Command, gateway: Gateway): Promise<ExitCode> {
  const [word = '', ...more] = command.words;
  const subject = parseSubject(word);
  if (word === '' || more.length > 0 || !subject.ok || (verb === 'flatten' && !subject.value.startsWith('instrument:'))) {
    const what = verb === 'flatten' ? 'INSTRUMENT, such as BTC-USDT' : 'INSTRUMENT or agent:NAME';
    return fail(command, {
      code: 'SCHEMA',
      message: `expected twokey ${verb} ${what}; a reason goes into --reason "…"`,
      exit: exits.usage,
    });
  }
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const { reason } = command;
  if (verb === 'flatten') {
    const instrument = subject.value.slice('instrument:'.length);
    return tellFlattened(command, await gateway({ verb, instrument, reason }, patience.flatten));
  }
  const answer = await gateway({ verb, subject: subject.value, reason }, patience.freeze);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'frozen', answer.value);
  return exits.fine;
}
