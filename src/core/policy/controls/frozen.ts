import { type Proposal, refusal, type Refusal } from '../control.ts';
import { instrumentSubject, isFrozen } from '../../account/freeze.ts';
import { isPositive } from '../../money/decimal.ts';
import { leaves } from '../../order/order.ts';

/** Refuses an entry on an instrument that is frozen until a person has looked, or that has an order of unknown outcome: what is open is not known. */
export function frozen({ question: { books }, instrument, openOrders }: Proposal): Refusal | null {
  if (isFrozen(books, instrumentSubject, instrument.id))
    return refusal('INSTRUMENT_FROZEN', `${instrument.id} is frozen; orders that really reduce and cancels pass, this is an entry`);
  for (const order of openOrders) {
    if (order.life.kind !== 'unknown' || !isPositive(leaves(order))) continue;
    return refusal(
      'INSTRUMENT_FROZEN',
      `the outcome of an order of ${instrument.id} is not known yet; it is being looked up, and no entry passes before it is found`,
    );
  }
  return null;
}
