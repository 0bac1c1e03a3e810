import { maximum, minimum } from '../money/decimal.ts';
import type { Price } from '../money/units.ts';
import type { PriceRange } from './quote.ts';

/** How far back a price move is measured (reference/risk.md §3.1, P1 over a period). */
export const WINDOW_MILLISECONDS = 300_000;
/** Prices closer together than this share one step, so that what is kept of an instrument is bounded and no extreme is lost. */
const STEP_MILLISECONDS = 5000;

/** Where the reference price of an instrument has been in the last five minutes, oldest step first. What was before the first price is not made up. */
export type PriceHistory = readonly PriceRange[];

/** The history with one more price, of a time in UTC milliseconds. Steps that a clock set back has put into the future are dropped. */
export function noted(history: PriceHistory, { price, at }: { readonly price: Price; readonly at: number }): PriceHistory {
  const kept = history.filter(({ since }) => since <= at && at - since <= WINDOW_MILLISECONDS);
  const here: PriceRange = { lowest: price, highest: price, since: at };
  const last = kept.at(-1);
  if (last === undefined || at - last.since >= STEP_MILLISECONDS) return [...kept, here];
  return [...kept.slice(0, -1), joined(last, here)];
}

/** The whole of it; `null` while there is none. */
export function rangeOf(history: PriceHistory): PriceRange | null {
  const [first, ...later] = history;
  return first === undefined ? null : later.reduce(joined, first);
}

function joined(earlier: PriceRange, later: PriceRange): PriceRange {
  return { lowest: minimum(earlier.lowest, later.lowest), highest: maximum(earlier.highest, later.highest), since: earlier.since };
}
