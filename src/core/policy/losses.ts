import type { Books, Circumstances } from '../account/books.ts';
import { fallsOf } from '../account/course.ts';
import { type ManagedEquity, managedEquity } from '../account/managed-equity.ts';
import type { Holding } from '../exposure/holding.ts';
import { survey } from '../exposure/survey.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { referencePrice, worthAt } from '../market/valuation.ts';
import { add, compare, decimal, type Decimal, divideUp, isZero, maximum, minimum, multiply, subtract, zero } from '../money/decimal.ts';
import type { Price, Size, Usd } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import type { PositionKey } from '../order/leg.ts';
import { leaves, type Order } from '../order/order.ts';

/** What has been lost, and what open orders may still cost; or why nobody knows. */
export type Losses =
  | {
      readonly kind: 'known';
      /** Since midnight UTC or from the highest of the last 24 hours, whichever is more. */
      readonly daily: Usd;
      /** From the highest since the first fill. */
      readonly drawdown: Usd;
      readonly openOrdersCost: Usd;
    }
  | { readonly kind: 'unknown'; readonly cause: string };

/** Above every taker fee of the exchange's first level (reference/okx-orders.md §3). */
const feeShareMax = decimal('0.0015');
const USD_DIGITS = 8;

export type LossQuestion = {
  readonly books: Books;
  readonly circumstances: Circumstances;
  readonly holdings: ReadonlyMap<PositionKey, Holding>;
  readonly ageMaxMilliseconds: number;
};

/** Measured on what twokey manages, whoever asks: an agent with a tighter limit is held to the account's loss. */
export function lossesOf({ books, circumstances, holdings, ageMaxMilliseconds }: LossQuestion): Losses {
  const equity = managedEquity({ books, circumstances, held: holdings.values(), ageMaxMilliseconds });
  if (equity.kind === 'unknown') return equity;
  const { daily, drawdown } = fallsOf(books.earnings.course, { usd: equity.usd, now: circumstances.now });
  const openOrdersCost = costOfOpenOrders({ books, circumstances, holdings });
  if (openOrdersCost === null) return { kind: 'unknown', cause: 'there is no price of an instrument with an open order' };
  return { kind: 'known', daily, drawdown, openOrdersCost };
}

/** `managedEquity` of everything that the books hold now. */
export function managedEquityOf({ books, circumstances, ageMaxMilliseconds }: Omit<LossQuestion, 'holdings'>): ManagedEquity {
  return managedEquity({ books, circumstances, held: survey(books).values(), ageMaxMilliseconds });
}

/** Fees of everything that may still execute, and for what is priced beyond the market the way to its limit. */
function costOfOpenOrders({ books, circumstances, holdings }: Omit<LossQuestion, 'ageMaxMilliseconds'>): Usd | null {
  let worth: Usd = zero;
  const beyondMarket = new Map<InstrumentId, Market>();
  for (const { instrument: id, listing: instrument, amounts, sells, reduceOnlyBuys, reduceOnlySells, highestLimit } of holdings.values()) {
    if (isZero(amounts.resting)) continue;
    const quote = circumstances.quotes.get(id);
    const reference = instrument === undefined || quote === undefined ? null : referencePrice(instrument, quote);
    if (instrument === undefined || reference === null) return null;
    const isAbove = highestLimit !== null && compare(highestLimit, reference) > 0;
    const price = isAbove ? highestLimit : reference;
    worth = add(worth, worthAt(instrument, amounts.resting, price));
    // Entries that buy at the market or below it, which most are, need no second look.
    if (isAbove || !isZero(sells) || !isZero(reduceOnlyBuys) || !isZero(reduceOnlySells)) beyondMarket.set(id, { instrument, reference });
  }
  let cost = multiply(worth, feeShareMax);
  if (beyondMarket.size === 0) return cost;
  for (const order of books.openOrders.values()) {
    const market = beyondMarket.get(order.instrument);
    // The price of a stop is its trigger: it does nothing until the market has gone there, and then it ends a loss.
    if (market === undefined || order.type === 'stop') continue;
    const price = worstLimitOf(order);
    const share = beyond(order.side, { price, reference: market.reference });
    if (share !== null) cost = add(cost, inUsd({ instrument: market.instrument, size: leaves(order), price, share }));
  }
  return cost;
}

/** While an order is being amended it may execute as it was or as it shall be. */
function worstLimitOf({ side, price, amend }: Order): Price {
  if (amend === null) return price;
  return side === 'buy' ? maximum(price, amend.price) : minimum(price, amend.price);
}

type Market = { readonly instrument: Instrument; readonly reference: Price };

export type Costing = {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly size: Size;
  /** The worst price it may fill at: its limit, which is the collar's where none was named. */
  readonly price: Price;
  readonly reference: Price;
};

/** What an order may cost at once, in US dollars: filled at its limit while the market stays where it is, and the fee. Rounded up. */
export function costOfOrder({ instrument, side, size, price, reference }: Costing): Usd {
  const fee = multiply(maximum(price, reference), feeShareMax);
  const slip = beyond(side, { price, reference });
  return inUsd({ instrument, size, price, share: slip === null ? fee : add(slip, fee) });
}

/** How far a limit is on the wrong side of the market; `null` where it is not. */
function beyond(side: Side, { price, reference }: { readonly price: Price; readonly reference: Price }): Decimal | null {
  const order = compare(price, reference);
  if (side === 'buy') return order > 0 ? subtract(price, reference) : null;
  return order < 0 ? subtract(reference, price) : null;
}

/** `share` of the price, for the whole size. Inverse: a contract that is traded at another price than the market's costs dollars × difference ÷ price. */
function inUsd({ instrument, size, price, share }: Omit<Costing, 'side' | 'reference'> & { readonly share: Decimal }): Usd {
  if (instrument.kind === 'spot') return multiply(size, share);
  const units = multiply(size, instrument.contractValue);
  if (instrument.kind === 'linear') return multiply(units, share);
  return divideUp({ dividend: multiply(units, share), divisor: price, digits: USD_DIGITS });
}
