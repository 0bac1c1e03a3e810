import { compare, formatDecimal } from '../../core/money/decimal.ts';
import type { WriteReport } from '../../core/order/report.ts';
import type { Leveraging } from '../../core/order/request.ts';
import { definitiveCode } from './codes.ts';
import { finished, parseEnvelope, positive, rowOf, text } from './fields.ts';
import { type Answer, described } from './write.ts';

/** Cross margin alone: for a dated future that is its whole underlying, for a swap the one instrument, with both legs (okx-endpoints, set-leverage). */
export function leverageBody({ instrument, leverage }: Leveraging): object {
  return { instId: instrument, lever: formatDecimal(leverage), mgnMode: 'cross' };
}

/** OKX's own reasons to leave a leverage as it is. They say nothing of orders, and are not among the codes that prove something of one. */
const refusals: Readonly<Record<string, string>> = {
  '51039': 'portfolio margin has no leverage',
  '59101': 'orders in isolated margin wait; cancel them first',
  '59102': 'above the most that the exchange allows',
  '59103': 'the account has too little margin for it',
  '59105': 'below the least that the exchange allows',
  '59107': 'orders in cross margin wait; cancel them first',
  '59108': 'the account has too little margin for it',
  '59109': 'the account has too little margin for it; add some, or choose another',
  '59112': 'stop or algo orders wait; cancel them first',
};

/** What the answer says. Whoever asked reads the leverage back in any case: only that tells what it is. */
export function decodeLeverage(request: Leveraging, answer: Answer): WriteReport {
  const read = parseEnvelope(answer.body);
  if (!read.ok || answer.status >= 500) return { kind: 'unknown', cause: `answered ${answer.status}, and not as set-leverage does` };
  const { code, data } = read.value;
  if (code !== '0') {
    const isKnown = Object.hasOwn(refusals, code) || definitiveCode(code) !== undefined;
    return isKnown ? { kind: 'rejected', code } : { kind: 'unknown', cause: described(code) };
  }
  const row = rowOf(data[0]);
  const set = finished(row, { instrument: text(row, 'instId'), leverage: positive(row, 'lever'), margin: text(row, 'mgnMode') });
  const isMeant = set.ok && set.value.instrument === request.instrument && set.value.margin === 'cross';
  return answer.status === 200 && data.length === 1 && isMeant && compare(set.value.leverage, request.leverage) === 0
    ? { kind: 'accepted', exchangeOrderId: '' }
    : { kind: 'unknown', cause: 'code 0, but not for what was asked' };
}

/** Our own words for a code of this endpoint. */
export function leverageRefusal(code: string): string {
  const own = Object.hasOwn(refusals, code) ? refusals[code] : undefined;
  return own === undefined ? described(code) : `code ${code} (${own})`;
}
