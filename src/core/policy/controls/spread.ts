import { refusal, type Refusal, type Wish } from '../control.ts';
import { compare, divideUp, formatDecimal, isPositive, multiply, subtract } from '../../money/decimal.ts';
import { middleOf, touchOf } from '../../market/book.ts';
import { countLimit, percent, seconds, shareLimit } from '../words.ts';

/**
 * Refuses an entry while the best bid and the best offer of all others are further apart than the limit, or where the order book is missing, old or
 * crossed. Our own orders are left out: with them the spread would look as narrow as an agent likes to make it.
 */
export function spread({ question: { circumstances, policy }, instrument, book }: Wish): Refusal | null {
  if (instrument === undefined) return null;
  const { id } = instrument;
  if (book === null) return refusal('STALE_DATA', `there is no order book of ${id}`);
  const age = circumstances.now - Math.min(book.at, book.receivedAt);
  const ageMax = policy.maxDataAgeMilliseconds;
  if (!(age <= ageMax)) {
    const text = `the order book of ${id} is ${seconds(age)} old, at most ${seconds(ageMax)} are allowed`;
    return refusal('STALE_DATA', text, countLimit({ name: 'max_data_age', max: ageMax, used: age, unit: 'ms' }));
  }
  const touch = touchOf(book);
  if (touch === null) return refusal('LIQUIDITY', `nobody else ${book.bids.length === 0 ? 'bids for' : 'offers'} ${id}`);
  const { bid, ask } = touch;
  if (!isPositive(bid) || compare(bid, ask) >= 0)
    return refusal('STALE_DATA', `bid and ask in the order book of ${id} contradict each other`);
  const gap = subtract(ask, bid);
  const middle = middleOf(touch);
  if (compare(gap, multiply(policy.maxSpread, middle)) <= 0) return null;
  const used = divideUp({ dividend: gap, divisor: middle, digits: SHARE_DIGITS });
  const text = `others bid ${formatDecimal(bid)} and offer ${formatDecimal(ask)} for ${id}, a spread of ${percent(used)} %`;
  return refusal('LIQUIDITY', text, shareLimit({ name: 'max_spread', max: policy.maxSpread, used }));
}

const SHARE_DIGITS = 8;
