import type { OrderControl } from '../control.ts';
import { countLimit } from '../words.ts';

/** Every order without evidence of its end: submitting, unknown, working, settling. */
export const maxOpenOrders: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P9',
  name: 'max_open_orders',
  configKey: 'max_open_orders',
  source: 'reference/risk.md §3.1 P9',
  appliesToExits: false,
  check: ({ question: { books, policy } }) => {
    const used = books.openOrders.size;
    const max = policy.maxOpenOrders;
    if (used < max) return null;
    return {
      code: 'MAX_OPEN_ORDERS',
      text: `${used} of at most ${max} orders are open`,
      limit: countLimit({ name: 'max_open_orders', max, used, unit: 'orders' }),
    };
  },
};
