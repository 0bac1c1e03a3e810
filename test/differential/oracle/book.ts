import type { Book, Level, Listed, Side } from '../story.ts';
import { type Fraction, fraction, isAbove, isSame, less, none, plus, signOf, times } from './fraction.ts';
import type { Ledger } from './ledger.ts';
import { pricesOf, restOf } from './orders.ts';

export type OthersLevel = { readonly price: Fraction; readonly size: Fraction };
export type OthersBook = { readonly bids: readonly OthersLevel[]; readonly asks: readonly OthersLevel[] };

/** What all others show: what may be ours is taken off, also of an order that is about to become another one. */
export function othersBook(ledger: Ledger, instrument: string, book: Book): OthersBook {
  const own = ledger.open().filter((order) => order.instrument === instrument && !order.stop && order.type !== 'ioc');
  const others = (levels: readonly Level[], side: Side) =>
    levels
      .map(([at, shown]) => {
        const price = fraction(at);
        const ours = own.filter((order) => order.side === side && pricesOf(order).some((each) => isSame(each, price)));
        // An order that may rest at either of two equal prices is taken off for each.
        const taken = ours.reduce(
          (sum, order) => pricesOf(order).reduce((all, each) => (isSame(each, price) ? plus(all, restOf(order)) : all), sum),
          none,
        );
        return { price, size: less(fraction(shown), taken) };
      })
      .filter(({ size }) => signOf(size) > 0);
  return { bids: others(book.bids, 'buy'), asks: others(book.asks, 'sell') };
}

/** On spot, half way between best bid and best offer of others; `null` where a side is empty. */
export function middleOfOthers({ product }: Listed, book: OthersBook | null): Fraction | null {
  const [bid, ask] = [book?.bids[0], book?.asks[0]];
  if (product !== 'spot' || bid === undefined || ask === undefined) return null;
  return times(plus(bid.price, ask.price), fraction('0.5'));
}

/** All that an order on this side could take at prices no worse than `edge`. */
export function depthOf({ bids, asks }: OthersBook, side: Side, edge: Fraction): Fraction {
  const near = side === 'buy' ? asks.filter(({ price }) => !isAbove(price, edge)) : bids.filter(({ price }) => !isAbove(edge, price));
  return near.reduce((sum, { size }) => plus(sum, size), none);
}
