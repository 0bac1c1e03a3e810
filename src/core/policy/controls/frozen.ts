import { type Proposal, refusal, type Refusal } from '../control.ts';
import { isPositive } from '../../money/decimal.ts';
import { leaves } from '../../order/order.ts';

/** Refuses an entry on an instrument that has an order of unknown outcome: nothing new is opened where it is not known what is already open. */
export function frozen({ question: { books }, instrument }: Proposal): Refusal | null {
  for (const order of books.openOrders.values()) {
    if (order.instrument !== instrument.id || order.life.kind !== 'unknown' || !isPositive(leaves(order))) continue;
    return refusal(
      'INSTRUMENT_FROZEN',
      `the outcome of an order of ${instrument.id} is not known yet; it is being looked up, and no entry passes before it is found`,
    );
  }
  return null;
}
