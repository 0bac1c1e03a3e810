import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway, Reader } from './gateway.ts';
import { look } from './look.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

const ANSWER_MILLISECONDS_MAX = 10_000;

/** `alerts [list]`, `alerts ack ID`, `alerts test`, and `ack ID` for short. */
export async function alerts(
  verb: 'alerts' | 'ack',
  command: Command,
  sources: { readonly gateway: Gateway; readonly reader: Reader },
): Promise<ExitCode> {
  const words = verb === 'ack' ? ['ack', ...command.words] : command.words;
  const [what = 'list', id, ...rest] = words;
  if (what === 'list' && id === undefined) return look('alerts', { ...command, words: [] }, sources);
  if (what === 'test' && id === undefined) return change(command, sources.gateway, { verb: 'alert_test' });
  if (what === 'ack' && id !== undefined && rest.length === 0)
    return change(command, sources.gateway, { verb: 'ack', alert: id.toLowerCase(), reason: command.reason });
  const message =
    'expected twokey alerts [list | ack ID | test], or twokey ack ID; ID is what twokey alerts shows, or all; words of your own go into --reason "…"';
  return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
}

async function change(command: Command, gateway: Gateway, request: Parameters<Gateway>[0]): Promise<ExitCode> {
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const answer = await gateway(request, ANSWER_MILLISECONDS_MAX);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'alerts', answer.value);
  return exits.fine;
}
