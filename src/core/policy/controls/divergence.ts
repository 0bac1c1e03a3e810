import { refusal, type Refusal, type Wish } from '../control.ts';
import { absolute, compare, type Decimal, divideUp, formatDecimal, multiply, subtract } from '../../money/decimal.ts';
import { percent, shareLimit } from '../words.ts';

/**
 * Refuses an entry while last price, mark and index of its instrument are further apart than the limit, or there is no index to compare with. Spot has
 * no mark, and the middle of the book stands for it. Prices that contradict each other are no prices to trade on (reference/risk.md P15).
 */
export function divergence({ question: { policy }, instrument, quote, reference }: Wish): Refusal | null {
  if (instrument === undefined || quote === undefined) return null;
  if (reference === null) return refusal('STALE_DATA', `there is no mark price of ${instrument.id}`);
  if (quote.index === null) return refusal('STALE_DATA', `there is no index of ${instrument.id} to compare its price with`);
  const name = instrument.kind === 'spot' ? 'the middle of the book' : 'the mark price';
  const pairs: readonly Pair[] = [
    { what: `the last price and ${name}`, left: quote.last, right: reference },
    { what: `${name} and the index`, left: reference, right: quote.index },
  ];
  for (const { what, left, right } of pairs) {
    const apart = absolute(subtract(left, right));
    if (compare(apart, multiply(policy.maxDivergence, right)) <= 0) continue;
    const used = divideUp({ dividend: apart, divisor: right, digits: SHARE_DIGITS });
    const text = `${what} of ${instrument.id} contradict each other: ${formatDecimal(left)} and ${formatDecimal(right)} are ${percent(used)} % apart`;
    return refusal('STALE_DATA', text, shareLimit({ name: 'max_divergence', max: policy.maxDivergence, used }));
  }
  return null;
}

type Pair = { readonly what: string; readonly left: Decimal; readonly right: Decimal };

const SHARE_DIGITS = 8;
