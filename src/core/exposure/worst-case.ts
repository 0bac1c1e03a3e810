import { add, isNegative, isPositive, maximum, minimum, negate, subtract, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import type { Side } from '../order/intent.ts';

/** What one instrument may still do to us: the booked position, and by side the most that open orders may execute. */
export type Reach = {
  /** From booked fills: contracts, or base currency on spot. Negative is short. */
  readonly position: Size;
  readonly buys: Size;
  readonly sells: Size;
  /** Reduce-only orders that the exchange enforces. Spot has none: its exits are plain sells. */
  readonly reduceOnlyBuys: Size;
  readonly reduceOnlySells: Size;
  /** The lowest the position can get, where something outside the formula bounds it; `null` where nothing does. */
  readonly floor: Size | null;
};

/** The two ends between which the position stays, whatever is filled in whatever order. */
export type Ends = { readonly highest: Size; readonly lowest: Size };

/**
 * The ends of reference/risk.md §4.1. Reduce-only orders count: they bring a position to flat first, and then plain orders on the same
 * side open the other way from there.
 *
 * Cash spot uses the same formula. What it adds is a floor: a wallet without borrowing never goes below zero, so what twokey
 * manages never goes below minus the baseline of that currency.
 */
export function ends({ position, buys, sells, reduceOnlyBuys, reduceOnlySells, floor }: Reach): Ends {
  const flattenedUp = isPositive(position) ? position : minimum(add(position, reduceOnlyBuys), zero);
  const flattenedDown = isNegative(position) ? position : maximum(subtract(position, reduceOnlySells), zero);
  const highest = add(flattenedUp, buys);
  const lowest = subtract(flattenedDown, sells);
  return { highest, lowest: floor === null ? lowest : maximum(lowest, minimum(floor, position)) };
}

/** The largest absolute position that any order of fills can lead to: max(|highest|, |lowest|). */
export function worstCase(reach: Reach): Size {
  const { highest, lowest } = ends(reach);
  // Mostly there is one side alone, and its end is the further one.
  if (!isNegative(lowest)) return highest;
  return isPositive(highest) ? maximum(highest, negate(lowest)) : negate(lowest);
}

export type Addition = { readonly side: Side; readonly size: Size; readonly reduceOnly: boolean };

/** The reach with one more order in it. */
export function withOrder(reach: Reach, { side, size, reduceOnly }: Addition): Reach {
  if (side === 'buy')
    return reduceOnly ? { ...reach, reduceOnlyBuys: add(reach.reduceOnlyBuys, size) } : { ...reach, buys: add(reach.buys, size) };
  return reduceOnly ? { ...reach, reduceOnlySells: add(reach.reduceOnlySells, size) } : { ...reach, sells: add(reach.sells, size) };
}
