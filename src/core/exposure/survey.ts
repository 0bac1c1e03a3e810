import type { Books } from '../account/books.ts';
import { isDust } from '../account/position.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { add, isZero, maximum, minimum, negate, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import { type Leg, type PositionKey, positionKey } from '../order/leg.ts';
import { highestLimitOf, leaves, type Order } from '../order/order.ts';
import type { Reach } from './worst-case.ts';

/** What the books say of one position and of what may still change it, added up. A leg of long/short mode is a position of its own. */
export type Holding = Reach & {
  readonly instrument: InstrumentId;
  readonly leg: Leg;
  /** The highest limit among open entries: what they fill at may be what they are worth. Exits add nothing, so theirs do not count. */
  readonly highestLimit: Price | null;
  readonly openEntries: number;
};

type Sums = { -readonly [Key in keyof Holding]: Holding[Key] };

/**
 * One pass over positions and open orders: every position that is held or may come about. It adds up in place, since it
 * runs for every decision; nothing of it is seen before it is done.
 */
export function survey(books: Books): ReadonlyMap<PositionKey, Holding> {
  const sums = new Map<PositionKey, Sums>();
  for (const [key, position] of books.positions) if (!isZero(position.size)) sums.set(key, sumsAt(books, position, position.size));
  for (const order of books.openOrders.values()) addOrder(books, sums, order);
  for (const of of sums.values()) countOverhang(of);
  return sums;
}

/**
 * Fills are not booked in the sequence in which they happened: a reduce-only order may have closed the position already, and the plain
 * order whose fill closes it in the books may have opened the other way. What reduce-only orders hold beyond the booked position
 * therefore counts as plain.
 */
function countOverhang(of: Sums): void {
  // A leg of long/short mode never gets to the other side, whatever fills first.
  if (of.leg !== 'net') return;
  const long = maximum(of.position, zero);
  const short = maximum(negate(of.position), zero);
  of.sells = add(of.sells, maximum(subtract(of.reduceOnlySells, long), zero));
  of.reduceOnlySells = minimum(of.reduceOnlySells, long);
  of.buys = add(of.buys, maximum(subtract(of.reduceOnlyBuys, short), zero));
  of.reduceOnlyBuys = minimum(of.reduceOnlyBuys, short);
}

/** What there is of a position that nobody holds and nothing would change. */
export function emptyHolding(books: Books, of: Place): Holding {
  return sumsAt(books, of, zero);
}

type Place = { readonly instrument: InstrumentId; readonly leg: Leg };

/** Whether a position is more than dust, or an entry is open that may make it so. */
export function isOpen(books: Books, { instrument: id, position, openEntries }: Holding): boolean {
  if (openEntries > 0) return true;
  const instrument = books.instruments.get(id);
  return !isZero(position) && (instrument === undefined || !isDust(position, instrument));
}

function addOrder(books: Books, sums: Map<PositionKey, Sums>, order: Order): void {
  const rest = leaves(order);
  if (isZero(rest)) return;
  const key = positionKey(order.instrument, order.leg);
  let of = sums.get(key);
  if (of === undefined) sums.set(key, (of = sumsAt(books, order, zero)));
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

function sumsAt(books: Books, { instrument, leg }: Place, position: Size): Sums {
  return {
    instrument,
    leg,
    position,
    buys: zero,
    sells: zero,
    reduceOnlyBuys: zero,
    reduceOnlySells: zero,
    floor: floorOf(books, instrument),
    highestLimit: null,
    openEntries: 0,
  };
}

/** The wallet of a spot pair holds the baseline besides what twokey manages, and cannot go below zero. Unknown instruments have no floor. */
function floorOf(books: Books, id: InstrumentId): Size | null {
  const instrument = books.instruments.get(id);
  if (instrument === undefined || instrument.kind !== 'spot') return null;
  const baseline = books.baseline.currencies.get(instrument.base);
  return baseline === undefined ? zero : minimum(negate(baseline), zero);
}
