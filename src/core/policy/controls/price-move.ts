import { refusal, type Refusal, type Wish } from '../control.ts';
import { compare, divideUp, formatDecimal, maximum, multiply, subtract } from '../../money/decimal.ts';
import { percent, seconds, shareLimit } from '../words.ts';

/**
 * Refuses an entry while the reference price of its instrument is further from where it was in the last five minutes than the limit: whoever asked
 * thought of another market. A start knows no earlier prices, and measures over what there is since: to refuse until five minutes are over would stop
 * every restart, and no agent can restart anything.
 */
export function priceMove({ question: { policy, circumstances }, instrument, quote, reference }: Wish): Refusal | null {
  if (instrument === undefined || quote === undefined) return null;
  const { range } = quote;
  if (reference === null || range === null) return refusal('STALE_DATA', `it is not known how the price of ${instrument.id} has moved`);
  const move = maximum(subtract(range.highest, reference), subtract(reference, range.lowest));
  if (compare(move, multiply(policy.maxPriceMove, reference)) <= 0) return null;
  const used = divideUp({ dividend: move, divisor: reference, digits: SHARE_DIGITS });
  const span = `between ${formatDecimal(range.lowest)} and ${formatDecimal(range.highest)} in the last ${seconds(circumstances.now - range.since)}`;
  const text = `${instrument.id} is at ${formatDecimal(reference)} and was ${span}, a move of ${percent(used)} %`;
  return refusal('PRICE_COLLAR', text, shareLimit({ name: 'max_price_move', max: policy.maxPriceMove, used }));
}

const SHARE_DIGITS = 8;
