import { compare, type Decimal, divideUp, isPositive, multiply, subtract } from '../money/decimal.ts';
import type { Price, Ratio } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import type { ClientOrderId, Order } from '../order/order.ts';

/** How much worse than the market an entry was filled. */
export type Slip = {
  readonly clientOrderId: ClientOrderId;
  /** Average price of its fills against the reference price when it was decided, as a share of that; negative where it was better. */
  readonly worse: Ratio;
};

/** The breaker looks at this many entries, and acts when this many of them were too bad (reference/risk.md §3.2 A7, §6.4). */
export const SLIPS_LOOKED_AT = 5;
export const SLIPS_TOO_MANY = 3;
const RATIO_DIGITS = 12;

/** Before the first fill. */
export const noSlips: readonly Slip[] = [];

/** Adds what is known of an entry once a fill of it is booked. Fills of one order count once, by their average. */
export function withSlip(slips: readonly Slip[], order: Order): readonly Slip[] {
  const { arrival, clientOrderId } = order;
  if (order.purpose !== 'entry' || arrival === null || !isPositive(arrival) || !isPositive(order.filled)) return slips;
  const slip: Slip = { clientOrderId, worse: worseBy(order.side, { arrival, value: order.filledValue, size: order.filled }) };
  const known = slips.findIndex((each) => each.clientOrderId === clientOrderId);
  return known === -1 ? [...slips, slip].slice(-SLIPS_LOOKED_AT) : slips.with(known, slip);
}

/** How many of the entries looked at were filled worse than the market by more than `max_slippage`. */
export function badSlips(slips: readonly Slip[], max: Ratio): number {
  return slips.filter(({ worse }) => compare(worse, max) > 0).length;
}

type Filled = { readonly arrival: Price; readonly value: Decimal; readonly size: Decimal };

/** (average − arrival) ÷ arrival for a buy, the opposite for a sell; rounded against us. */
function worseBy(side: Side, { arrival, value, size }: Filled): Ratio {
  const expected = multiply(arrival, size);
  const dividend = side === 'buy' ? subtract(value, expected) : subtract(expected, value);
  return divideUp({ dividend, divisor: expected, digits: RATIO_DIGITS });
}
