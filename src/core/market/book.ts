import { add, compare, type Decimal, isPositive, multiply, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import { leaves, limitsOf, type Order } from '../order/order.ts';

/** A price and what rests there, in the instrument's trading unit. */
export type Level = readonly [price: Price, size: Size];

/** What the exchange shows of an order book: each side best first, and no price twice. */
export type Book = {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** The exchange's own time of it, UTC milliseconds. */
  readonly at: number;
  /** When it was asked for, UTC milliseconds by the gateway's estimate of the exchange's clock. */
  readonly receivedAt: number;
};

/**
 * The book as all others make it, where `own` are our open orders of its instrument. What of them may rest in it is taken off their levels, also where it is not known to rest yet: depth that
 * is ours is nobody to trade with, and an order of ours must not make the spread look narrow. Orders that never rest take nothing off.
 */
export function withoutOwn(book: Book, own: Iterable<Order>): Book {
  let { bids, asks } = book;
  for (const order of own) {
    if (order.type === 'ioc' || order.type === 'stop') continue;
    const size = leaves(order);
    if (!isPositive(size)) continue;
    for (const price of limitsOf(order)) {
      if (order.side === 'buy') bids = lessAt(bids, { price, size, better: 1 });
      else asks = lessAt(asks, { price, size, better: -1 });
    }
  }
  return bids === book.bids && asks === book.asks ? book : { ...book, bids, asks };
}

type Own = { readonly price: Price; readonly size: Size; /** How a better price compares. */ readonly better: 1 | -1 };

/** Levels are sorted, so the one of a price is found by halving. Most orders rest further away than what is shown. */
function lessAt(levels: readonly Level[], { price, size, better }: Own): readonly Level[] {
  const last = levels.at(-1);
  if (last === undefined || compare(last[0], price) === better) return levels;
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const level = levels[middle];
    if (level !== undefined && compare(level[0], price) === better) low = middle + 1;
    else high = middle;
  }
  const found = levels[low];
  if (found === undefined || compare(found[0], price) !== 0) return levels;
  const left = subtract(found[1], size);
  return isPositive(left) ? levels.with(low, [price, left]) : levels.toSpliced(low, 1);
}

/** Best bid and best offer. */
export type Touch = { readonly bid: Price; readonly ask: Price };

/** `null` where one side is empty. */
export function touchOf(book: Book | null): Touch | null {
  const bid = book?.bids[0];
  const ask = book?.asks[0];
  return bid === undefined || ask === undefined ? null : { bid: bid[0], ask: ask[0] };
}

/** The middle between best bid and best offer. */
export function middleOf({ bid, ask }: Touch): Price {
  return multiply(add(bid, ask), half);
}

const half: Decimal = { coefficient: 5n, scale: 1 };

/** What an order on `side` would take from. */
export function facing(book: Book, side: Side): readonly Level[] {
  return side === 'buy' ? book.asks : book.bids;
}

export type Depth = {
  readonly side: Side;
  /** The last price that counts. */
  readonly edge: Price;
  /** Ends the sum as soon as it is enough for whoever asks. */
  readonly isEnough?: (depth: Size) => boolean;
};

/** Everything that rests on the other side of an order on `side`, no further away than `edge`. */
export function depthWithin(book: Book, { side, edge, isEnough = () => false }: Depth): Size {
  const beyond = side === 'buy' ? 1 : -1;
  let depth: Decimal = zero;
  for (const [price, size] of facing(book, side)) {
    if (compare(price, edge) === beyond) break;
    depth = add(depth, size);
    if (isEnough(depth)) break;
  }
  return depth;
}
