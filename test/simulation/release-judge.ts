import { orderOf } from '../../src/core/account/apply.ts';
import type { State } from '../../src/core/account/state.ts';
import type { Entry } from '../../src/core/journal/entry.ts';
import { compare, formatDecimal } from '../../src/core/money/decimal.ts';
import { leaves } from '../../src/core/order/order.ts';
import { demand } from './demand.ts';

/**
 * What may make an order hold less than before: an execution, the word of the exchange, the proof that it was never there, bytes that certainly did
 * not leave, a person's word, or an answer to a change of it. Time, a halt, a start or a failed question are none (I-A3).
 */
const evidence: ReadonlySet<Entry['kind']> = new Set<Entry['kind']>([
  'fill',
  'reported',
  'rejected',
  'not_sent',
  'not_found',
  'absent',
  // Of a stop order the exchange says how large it is, that it was reached, and that it was changed.
  'armed',
  'triggered',
  'moved',
  'amended',
]);

/** Every reservation that shrinks does so at an entry that is evidence. */
export function judgeRelease({ before, entry, after }: { readonly before: State; readonly entry: Entry; readonly after: State }): void {
  if (before.openOrders === after.openOrders) return;
  for (const order of before.openOrders.values()) {
    const later = orderOf(after, order.clientOrderId);
    demand(later !== undefined, 'I-A3', () => `${order.clientOrderId} is gone from the books at an entry ${entry.kind}`);
    if (compare(leaves(later), leaves(order)) >= 0) continue;
    const [held, holds] = [formatDecimal(leaves(order)), formatDecimal(leaves(later))];
    demand(evidence.has(entry.kind), 'I-A3', () => `an entry ${entry.kind} makes ${order.clientOrderId} hold ${holds} instead of ${held}`);
  }
}
