import { type Proposal, refusal, type Refusal } from '../control.ts';
import { countLimit } from '../words.ts';

/** Refuses an entry while as many orders as the limit have no evidence of their end: submitting, unknown, working, settling, or a stop that waits. */
export function maxOpenOrders({ question: { books, intent, policy } }: Proposal): Refusal | null {
  const used = books.openOrders.size;
  const max = policy.maxOpenOrders;
  // A stop order that travels with it is one more, with one trigger or with two.
  const more = intent.kind === 'place' && (intent.stopLoss !== null || intent.takeProfit !== null) ? 2 : 1;
  if (used + more <= max) return null;
  return refusal(
    'MAX_OPEN_ORDERS',
    `${used} of at most ${max} orders are open`,
    countLimit({ name: 'max_open_orders', max, used, unit: 'orders' }),
  );
}
