import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare, formatDecimal, isPositive } from '../../money/decimal.ts';
import { leaves, limitsOf } from '../../order/order.ts';

/**
 * Refuses an entry that could trade with an open order of our own: at best it pays two fees, at worst the exchange cancels the other one for it.
 * Exits are not held up by it.
 */
export function selfMatch({ openOrders, terms }: Proposal): Refusal | null {
  for (const order of openOrders) {
    if (order.side === terms.side || !isPositive(leaves(order)) || order.life.kind === 'armed') continue;
    const met = limitsOf(order).find((limit) => {
      const reach = compare(terms.price, limit);
      return terms.side === 'buy' ? reach >= 0 : reach <= 0;
    });
    if (met === undefined) continue;
    return refusal(
      'SELF_MATCH',
      `a ${terms.side} at ${formatDecimal(terms.price)} could trade with our own open ${order.side} at ${formatDecimal(met)}`,
    );
  }
  return null;
}
