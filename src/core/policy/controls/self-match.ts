import type { OrderControl } from '../control.ts';
import { compare, formatDecimal, isPositive } from '../../money/decimal.ts';
import { leaves } from '../../order/order.ts';

/** An order that could trade with our own: at best it pays two fees, at worst the exchange cancels the other one for it. Exits are not held up by it. */
export const selfMatch: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P13',
  name: 'self_match',
  configKey: null,
  source: 'FIA; reference/risk.md §3.1 P13',
  appliesToExits: false,
  check: ({ question: { books }, instrument, terms }) => {
    for (const order of books.openOrders.values()) {
      if (order.instrument !== instrument.id || order.side === terms.side || !isPositive(leaves(order))) continue;
      const reach = compare(terms.price, order.price);
      if (terms.side === 'buy' ? reach < 0 : reach > 0) continue;
      return {
        code: 'SELF_MATCH',
        text: `a ${terms.side} at ${formatDecimal(terms.price)} could trade with our own open ${order.side} at ${formatDecimal(order.price)}`,
        limit: null,
      };
    }
    return null;
  },
};
