import { leaves } from '../../order/order.ts';
import { add, compare, isPositive, negate, subtract, zero } from '../../money/decimal.ts';
import type { Decimal } from '../../money/decimal.ts';
import type { Side } from '../../order/intent.ts';
import { positionKey } from '../../order/leg.ts';
import { isOperator, type Proposal, type Refusal, refusal } from '../control.ts';

/**
 * Refuses an entry that would close what somebody else holds: in net mode an entry against a position closes it, and what an agent may not close as an
 * exit it may not close as an entry either. Beyond its own share nothing passes while others hold the rest.
 */
export function othersPosition({ question, instrument, openOrders, terms }: Proposal): Refusal | null {
  const { books, intent, sharedPositions } = question;
  const position = books.positions.get(positionKey(instrument.id, terms.leg));
  if (position === undefined || sharedPositions || isOperator(intent.principal)) return null;
  const { side } = terms;
  const own = facing(position.owners.get(intent.principal) ?? zero, side);
  if (!isPositive(subtract(facing(position.size, side), own))) return null;
  let wanted: Decimal = terms.size;
  for (const order of openOrders) if (order.side === side && order.principal === intent.principal) wanted = add(wanted, leaves(order));
  if (compare(wanted, own) <= 0) return null;
  return refusal('NOT_ALLOWED', `${instrument.id} is held for somebody else, and a ${side} would close it`);
}

/** The part of a holding that orders on this side bring nearer to zero. */
function facing(size: Decimal, side: Side): Decimal {
  const against = side === 'sell' ? size : negate(size);
  return isPositive(against) ? against : zero;
}
