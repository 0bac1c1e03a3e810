import { type Proposal, refusal, type Refusal } from '../control.ts';
import { countLimit } from '../words.ts';

/** Refuses an entry while as many orders as the limit have no evidence of their end: submitting, unknown, working, settling. */
export function maxOpenOrders({ question: { books, policy } }: Proposal): Refusal | null {
  const used = books.openOrders.size;
  const max = policy.maxOpenOrders;
  if (used < max) return null;
  return refusal(
    'MAX_OPEN_ORDERS',
    `${used} of at most ${max} orders are open`,
    countLimit({ name: 'max_open_orders', max, used, unit: 'orders' }),
  );
}
