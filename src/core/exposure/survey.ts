import type { Books } from '../account/books.ts';
import { isDust } from '../account/position.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { add, compare, isZero, maximum, minimum, negate, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import { leaves, type Order } from '../order/order.ts';
import type { Reach } from './worst-case.ts';

/** What the books say of one instrument, added up. */
export type Holding = Reach & {
  /** The highest limit among open entries: what they fill at may be what they are worth. Exits add nothing, so theirs do not count. */
  readonly highestLimit: Price | null;
  readonly openEntries: number;
};

type Sums = { -readonly [Key in keyof Holding]: Holding[Key] };

/**
 * One pass over positions and open orders: every instrument on which anything is held or may still execute. It adds up in place, since it
 * runs for every decision; nothing of it is seen before it is done.
 */
export function survey(books: Books): ReadonlyMap<InstrumentId, Holding> {
  const sums = new Map<InstrumentId, Sums>();
  for (const [id, position] of books.positions) if (!isZero(position.size)) sums.set(id, sumsAt(books, id, position.size));
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
  const long = maximum(of.position, zero);
  const short = maximum(negate(of.position), zero);
  if (compare(of.reduceOnlySells, long) > 0) {
    of.sells = add(of.sells, subtract(of.reduceOnlySells, long));
    of.reduceOnlySells = long;
  }
  if (compare(of.reduceOnlyBuys, short) > 0) {
    of.buys = add(of.buys, subtract(of.reduceOnlyBuys, short));
    of.reduceOnlyBuys = short;
  }
}

/** What there is of an instrument on which nothing is held and nothing is open. */
export function emptyHolding(books: Books, id: InstrumentId): Holding {
  return sumsAt(books, id, zero);
}

/** Whether a position is more than dust, or an entry is open that may make it so. */
export function isOpen(books: Books, id: InstrumentId, { position, openEntries }: Holding): boolean {
  if (openEntries > 0) return true;
  const instrument = books.instruments.get(id);
  return !isZero(position) && (instrument === undefined || !isDust(position, instrument));
}

function addOrder(books: Books, sums: Map<InstrumentId, Sums>, order: Order): void {
  const rest = leaves(order);
  if (isZero(rest)) return;
  let of = sums.get(order.instrument);
  if (of === undefined) sums.set(order.instrument, (of = sumsAt(books, order.instrument, zero)));
  if (order.side === 'buy') {
    if (order.reduceOnly) of.reduceOnlyBuys = add(of.reduceOnlyBuys, rest);
    else of.buys = add(of.buys, rest);
  } else if (order.reduceOnly) of.reduceOnlySells = add(of.reduceOnlySells, rest);
  else of.sells = add(of.sells, rest);
  if (order.purpose !== 'entry') return;
  of.openEntries += 1;
  if (of.highestLimit === null || compare(order.price, of.highestLimit) > 0) of.highestLimit = order.price;
}

function sumsAt(books: Books, id: InstrumentId, position: Size): Sums {
  return {
    position,
    buys: zero,
    sells: zero,
    reduceOnlyBuys: zero,
    reduceOnlySells: zero,
    floor: floorOf(books, id),
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
