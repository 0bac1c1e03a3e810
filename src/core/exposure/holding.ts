import type { Books } from '../account/books.ts';
import { isDust } from '../account/position.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { amountOf } from '../market/valuation.ts';
import { add, type Decimal, isZero, maximum, minimum, negate, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import { type Leg, type PositionKey, positionKey } from '../order/leg.ts';
import { highestLimitOf, leaves, type Order } from '../order/order.ts';
import { type Reach, worstCase } from './worst-case.ts';

/** What books say of one position and of what may still change it, added up. A leg of long/short mode is a position of its own. */
export type Holding = Reach & {
  readonly instrument: InstrumentId;
  /** `undefined` where it is not known any more. */
  readonly listing: Instrument | undefined;
  readonly leg: Leg;
  /** The highest limit among open entries: what they fill at may be what they are worth. Exits add nothing, so theirs do not count. */
  readonly highestLimit: Price | null;
  readonly openEntries: number;
  /** `worstCase` of all this. */
  readonly worst: Size;
  /** What prices are multiplied with (`amountOf`); where the listing is not known, nobody can tell, and these are the sizes. */
  readonly amounts: Amounts;
};

type Amounts = {
  readonly position: Decimal;
  readonly worst: Decimal;
  /** All that open orders may still execute, on either side. */
  readonly resting: Decimal;
};

type Sums = { -readonly [Key in keyof Holding]: Holding[Key] };

/** The parts of the books that are added up. */
export type Surveyed = Pick<Books, 'positions' | 'openOrders' | 'instruments' | 'baseline'>;

export type Holdings = ReadonlyMap<PositionKey, Holding>;

/** One pass over positions and open orders. It adds up in place; nothing of it is seen before it is done. */
export function addedUp(books: Surveyed): Holdings {
  const sums = new Map<PositionKey, Sums>();
  for (const [key, position] of books.positions) if (!isZero(position.size)) sums.set(key, sumsAt(books, position, position.size));
  for (const order of books.openOrders.values()) {
    const rest = leaves(order);
    if (isZero(rest)) continue;
    const key = positionKey(order.instrument, order.leg);
    let of = sums.get(key);
    if (of === undefined) sums.set(key, (of = sumsAt(books, order, zero)));
    addOrder(of, order, rest);
  }
  for (const of of sums.values()) finish(of);
  return sums;
}

/** The same for one position alone; `null` where there is nothing. */
export function addedUpAt(books: Surveyed, place: Place): Holding | null {
  const held = books.positions.get(positionKey(place.instrument, place.leg))?.size ?? zero;
  const of = sumsAt(books, place, held);
  let isEmpty = isZero(held);
  for (const order of books.openOrders.values()) {
    if (order.instrument !== place.instrument || order.leg !== place.leg) continue;
    const rest = leaves(order);
    if (isZero(rest)) continue;
    isEmpty = false;
    addOrder(of, order, rest);
  }
  finish(of);
  return isEmpty ? null : of;
}

function finish(of: Sums): void {
  countOverhang(of);
  of.worst = worstCase(of);
  const resting = add(add(of.buys, of.sells), add(of.reduceOnlyBuys, of.reduceOnlySells));
  const { listing } = of;
  const amount = (size: Size) => (listing === undefined ? size : amountOf(listing, size));
  of.amounts = { position: amount(of.position), worst: amount(of.worst), resting: amount(resting) };
}

const nothing: Amounts = { position: zero, worst: zero, resting: zero };

/**
 * Fills are not booked in the sequence in which they happened: a reduce-only order may have closed the position already, and the plain
 * order whose fill closes it in the books may have opened the other way. What reduce-only orders hold beyond the booked position
 * therefore counts as plain.
 */
function countOverhang(of: Sums): void {
  // A leg of long/short mode never gets to the other side, whatever fills first.
  if (of.leg !== 'net') return;
  // Most positions have none.
  if (isZero(of.reduceOnlyBuys) && isZero(of.reduceOnlySells)) return;
  const long = maximum(of.position, zero);
  const short = maximum(negate(of.position), zero);
  of.sells = add(of.sells, maximum(subtract(of.reduceOnlySells, long), zero));
  of.reduceOnlySells = minimum(of.reduceOnlySells, long);
  of.buys = add(of.buys, maximum(subtract(of.reduceOnlyBuys, short), zero));
  of.reduceOnlyBuys = minimum(of.reduceOnlyBuys, short);
}

/** What there is of a position that nobody holds and nothing would change. */
export function emptyHolding(books: Surveyed, place: Place): Holding {
  return sumsAt(books, place, zero);
}

/** Names one position. */
export type Place = { readonly instrument: InstrumentId; readonly leg: Leg };

/** Whether a position is more than dust, or an entry is open that may make it so. */
export function isOpen({ listing, position, openEntries }: Holding): boolean {
  return openEntries > 0 || (!isZero(position) && (listing === undefined || !isDust(position, listing)));
}

function addOrder(of: Sums, order: Order, rest: Size): void {
  if (order.side === 'buy') {
    if (order.reduceOnly) of.reduceOnlyBuys = add(of.reduceOnlyBuys, rest);
    else of.buys = add(of.buys, rest);
  } else if (order.reduceOnly) of.reduceOnlySells = add(of.reduceOnlySells, rest);
  else of.sells = add(of.sells, rest);
  if (order.purpose !== 'entry') return;
  of.openEntries += 1;
  const limit = highestLimitOf(order);
  of.highestLimit = of.highestLimit === null ? limit : maximum(of.highestLimit, limit);
}

function sumsAt(books: Surveyed, { instrument, leg }: Place, position: Size): Sums {
  const listing = books.instruments.get(instrument);
  return {
    instrument,
    listing,
    leg,
    position,
    buys: zero,
    sells: zero,
    reduceOnlyBuys: zero,
    reduceOnlySells: zero,
    floor: floorOf(books, listing),
    highestLimit: null,
    openEntries: 0,
    worst: zero,
    amounts: nothing,
  };
}

/** The wallet of a spot pair holds the baseline besides what twokey manages, and cannot go below zero. Unknown instruments have no floor. */
function floorOf({ baseline }: Pick<Books, 'baseline'>, listing: Instrument | undefined): Size | null {
  if (listing?.kind !== 'spot') return null;
  const before = baseline.currencies.get(listing.base);
  return before === undefined ? zero : minimum(negate(before), zero);
}
