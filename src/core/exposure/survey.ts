import type { Books, Circumstances } from '../account/books.ts';
import { isDust } from '../account/position.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import { add, isZero, maximum, minimum, negate, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import { type Leg, type PositionKey, positionKey } from '../order/leg.ts';
import { highestLimitOf, leaves, type Order } from '../order/order.ts';
import type { Reach } from './worst-case.ts';

/** What books and market say of one position and of what may still change it, added up. A leg of long/short mode is a position of its own. */
export type Holding = Reach & {
  readonly instrument: InstrumentId;
  /** `undefined` where it is not known any more. */
  readonly listing: Instrument | undefined;
  readonly quote: Quote | undefined;
  readonly leg: Leg;
  /** The highest limit among open entries: what they fill at may be what they are worth. Exits add nothing, so theirs do not count. */
  readonly highestLimit: Price | null;
  readonly openEntries: number;
};

type Sums = { -readonly [Key in keyof Holding]: Holding[Key] };

export type Surveyed = {
  readonly books: Pick<Books, 'positions' | 'openOrders' | 'instruments' | 'baseline'>;
  readonly circumstances: Pick<Circumstances, 'quotes'>;
};

/**
 * One pass over positions and open orders: every position that is held or may come about. It adds up in place, since it
 * runs for every decision; nothing of it is seen before it is done.
 */
export function survey(of: Surveyed): ReadonlyMap<PositionKey, Holding> {
  const { books } = of;
  const sums = new Map<PositionKey, Sums>();
  for (const [key, position] of books.positions) if (!isZero(position.size)) sums.set(key, sumsAt(of, position, position.size));
  for (const order of books.openOrders.values()) addOrder(of, sums, order);
  for (const holding of sums.values()) countOverhang(holding);
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
  // Most positions have none, and this runs for every decision.
  if (isZero(of.reduceOnlyBuys) && isZero(of.reduceOnlySells)) return;
  const long = maximum(of.position, zero);
  const short = maximum(negate(of.position), zero);
  of.sells = add(of.sells, maximum(subtract(of.reduceOnlySells, long), zero));
  of.reduceOnlySells = minimum(of.reduceOnlySells, long);
  of.buys = add(of.buys, maximum(subtract(of.reduceOnlyBuys, short), zero));
  of.reduceOnlyBuys = minimum(of.reduceOnlyBuys, short);
}

/** What there is of a position that nobody holds and nothing would change. */
export function emptyHolding(of: Surveyed, place: Place): Holding {
  return sumsAt(of, place, zero);
}

type Place = { readonly instrument: InstrumentId; readonly leg: Leg };

/** Whether a position is more than dust, or an entry is open that may make it so. */
export function isOpen({ listing, position, openEntries }: Holding): boolean {
  return openEntries > 0 || (!isZero(position) && (listing === undefined || !isDust(position, listing)));
}

function addOrder(surveyed: Surveyed, sums: Map<PositionKey, Sums>, order: Order): void {
  const rest = leaves(order);
  if (isZero(rest)) return;
  const key = positionKey(order.instrument, order.leg);
  let of = sums.get(key);
  if (of === undefined) sums.set(key, (of = sumsAt(surveyed, order, zero)));
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

function sumsAt({ books, circumstances }: Surveyed, { instrument, leg }: Place, position: Size): Sums {
  const listing = books.instruments.get(instrument);
  return {
    instrument,
    listing,
    quote: circumstances.quotes.get(instrument),
    leg,
    position,
    buys: zero,
    sells: zero,
    reduceOnlyBuys: zero,
    reduceOnlySells: zero,
    floor: floorOf(books, listing),
    highestLimit: null,
    openEntries: 0,
  };
}

/** The wallet of a spot pair holds the baseline besides what twokey manages, and cannot go below zero. Unknown instruments have no floor. */
function floorOf({ baseline }: Pick<Books, 'baseline'>, listing: Instrument | undefined): Size | null {
  if (listing?.kind !== 'spot') return null;
  const before = baseline.currencies.get(listing.base);
  return before === undefined ? zero : minimum(negate(before), zero);
}
