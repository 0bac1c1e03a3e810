import { type Proposal, refusal, type Refusal } from '../control.ts';
import { add, compare, decimal, formatDecimal, multiply, subtract, zero } from '../../money/decimal.ts';
import type { Decimal } from '../../money/decimal.ts';
import { highestLimitOf, leaves, type Order } from '../../order/order.ts';
import { inUnit, unitName } from '../words.ts';

/** Above every taker fee of the exchange's first level (reference/okx-orders.md §3); a buy has to be able to pay it. */
const feeShareMax = decimal('0.0015');

/** Refuses a spot buy that may cost more, with fees, than what can be used beside open buys. Never an invitation to bring more (reference/risk.md D30). */
export function availableFunds(proposal: Proposal): Refusal | null {
  const { question, instrument, terms } = proposal;
  if (instrument.kind !== 'spot' || terms.side !== 'buy') return null;
  const { funds } = question.circumstances;
  if (funds === null) return refusal('STALE_DATA', 'the balance of the account is not known');
  const available = funds.available.get(instrument.quote) ?? zero;
  const spoken = spokenFor(proposal, funds.at);
  const cost = costOf(terms.size, terms.price);
  if (compare(add(spoken, cost), available) <= 0) return null;
  return refusal(
    'INSUFFICIENT_FUNDS',
    `this buy may cost ${inUnit(instrument, cost, 'quote')} with fees, and ${inUnit(instrument, subtract(available, spoken), 'quote')} can be used`,
    { name: 'available_funds', max: formatDecimal(available), used: formatDecimal(spoken), unit: unitName(instrument, 'quote') },
  );
}

/** What open buys will take that the exchange cannot have taken off `available` yet. */
function spokenFor({ question: { books }, instrument }: Proposal, fundsAt: number): Decimal {
  let sum: Decimal = zero;
  for (const order of books.openOrders.values()) {
    if (order.side !== 'buy' || order.product !== 'spot' || isInBalance(order, fundsAt)) continue;
    if (books.instruments.get(order.instrument)?.quote === instrument.quote) sum = add(sum, costOf(leaves(order), highestLimitOf(order)));
  }
  return sum;
}

function isInBalance(order: Order, fundsAt: number): boolean {
  return order.submittedAt < fundsAt && order.life.kind !== 'submitting' && order.life.kind !== 'unknown';
}

function costOf(size: Decimal, price: Decimal): Decimal {
  const cost = multiply(size, price);
  return add(cost, multiply(cost, feeShareMax));
}
