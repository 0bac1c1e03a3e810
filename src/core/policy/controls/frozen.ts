import type { OrderControl } from '../control.ts';
import { isPositive } from '../../money/decimal.ts';
import { leaves } from '../../order/order.ts';

/** Nothing new is opened where it is not known what is already open. */
export const frozen: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P5',
  name: 'instrument_frozen',
  configKey: null,
  source: 'reference/risk.md §6.2; law 3',
  appliesToExits: false,
  check: ({ question: { books }, instrument }) => {
    for (const order of books.openOrders.values()) {
      if (order.instrument !== instrument.id || order.life.kind !== 'unknown' || !isPositive(leaves(order))) continue;
      return {
        code: 'INSTRUMENT_FROZEN',
        text: `the outcome of an order of ${instrument.id} is not known yet; it is being looked up, and no entry passes before it is found`,
        limit: null,
      };
    }
    return null;
  },
};
