import { parseInstrumentId } from '../../core/market/instrument.ts';
import { isPositive, parseDecimal } from '../../core/money/decimal.ts';
import type { Command } from './command.ts';
import { otherEnvironment, patience, refused } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';
import { isFields } from './text.ts';

/** `account set-leverage INSTRUMENT N`: the operator alone, by way of the gateway, which journals it, and the vault, which knows the policy itself. */
export async function setLeverage(command: Command, gateway: Gateway): Promise<ExitCode> {
  const [, word, number, ...more] = command.words;
  const [instrument, leverage] = [parseInstrumentId(word), parseDecimal(number)];
  if (!instrument.ok || !leverage.ok || !isPositive(leverage.value) || leverage.value.scale > 2 || more.length > 0) {
    const message = 'expected twokey account set-leverage INSTRUMENT N, such as BTC-USDT-SWAP 2; a reason goes into --reason "…"';
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  if (command.readOnly) return fail(command, { code: 'READ_ONLY', message: '--read-only sends nothing', exit: exits.failed });
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const request = { verb: 'set_leverage', instrument: instrument.value, leverage: number ?? '', reason: command.reason } as const;
  const answer = await gateway(request, patience.leverage);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'leverage', answer.value);
  const outcome = isFields(answer.value) ? answer.value['outcome'] : '';
  return outcome === 'accepted' ? exits.fine : outcome === 'rejected' || outcome === 'not_sent' ? exits.failed : exits.unknown;
}
