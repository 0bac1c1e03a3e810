import type { Leg, Listed, Prices, Seen as View } from '../story.ts';
import { type Fraction, fraction, isAbove, larger, none, plus, signOf, times, whole } from './fraction.ts';
import type { Ledger } from './ledger.ts';
import { type OrderLine, pricesOf, restOf } from './orders.ts';
import { type Mover, playOut, type Seen } from './playout.ts';

/** One position that is held or may come about: how far it may go, and what it is counted at. */
export type Spot = {
  readonly instrument: string;
  readonly leg: Leg;
  readonly held: Fraction;
  readonly seen: Seen;
  /** The highest price of an open entry: what it fills at may be what it is worth. */
  readonly entryLimit: Fraction | null;
  readonly entries: number;
};

/** All positions, beside an order that is about to become another one. */
export function spotsOf(ledger: Ledger, beside: OrderLine | null): readonly Spot[] {
  const spots: Spot[] = [];
  const places = new Map([...ledger.holdings.values()].map(({ instrument, leg }) => [`${instrument} ${leg}`, { instrument, leg }]));
  const open = ledger.open().filter((order) => order !== beside && signOf(restOf(order)) > 0);
  for (const { instrument, leg } of open) places.set(`${instrument} ${leg}`, { instrument, leg });
  for (const { instrument, leg } of places.values()) {
    const orders = open.filter((order) => order.instrument === instrument && order.leg === leg);
    const entries = orders.filter(({ exit }) => !exit);
    spots.push({
      instrument,
      leg,
      held: ledger.held(instrument, leg),
      seen: reach(ledger, { instrument, leg, orders, asked: [] }),
      entryLimit: highestOf(entries.flatMap(pricesOf)),
      entries: entries.length,
    });
  }
  return spots;
}

type Reaching = { readonly instrument: string; readonly leg: Leg; readonly orders: readonly OrderLine[]; readonly asked: readonly Mover[] };

/** How far a position may go with these orders in whatever sequence. */
export function reach(ledger: Ledger, { instrument, leg, orders, asked }: Reaching): Seen {
  const listed = ledger.instruments.get(instrument);
  const found = listed === undefined ? undefined : ledger.setup.baseline.currencies[listed.base];
  const movers = orders.map((order) => ({ side: order.side, rest: restOf(order), reduceOnly: order.reduceOnly, asked: false }));
  const wallet = listed?.product === 'spot' ? fraction(found ?? '0') : null;
  return playOut({ held: ledger.held(instrument, leg), leg: leg !== 'net', wallet }, [...movers, ...asked]);
}

/** The larger of both ends, without its sign. */
export function worstOf({ highest, lowest }: Seen): Fraction {
  const down = { numerator: -lowest.numerator, denominator: lowest.denominator };
  const most = larger(highest, down);
  return signOf(most) > 0 ? most : none;
}

/** How much of it can be long, and how much short. */
export function sidesOf({ highest, lowest }: Seen): { readonly long: Fraction; readonly short: Fraction } {
  return {
    long: signOf(highest) > 0 ? highest : none,
    short: signOf(lowest) < 0 ? { numerator: -lowest.numerator, denominator: lowest.denominator } : none,
  };
}

export function highestOf(prices: readonly Fraction[]): Fraction | null {
  return prices.reduce<Fraction | null>((most, price) => (most === null || isAbove(price, most) ? price : most), null);
}

/** The highest price that anybody names. */
export function highestNamed({ last, mark, index }: Prices, limits: readonly (Fraction | null)[]): Fraction {
  const texts = [last, mark, index].flatMap((text) => (text === null ? [] : [fraction(text)]));
  return highestOf([...texts, ...limits.flatMap((limit) => limit ?? [])]) ?? none;
}

/** Mark on derivatives, middle of the book on spot; `null` where there is none. */
export function referenceOf({ product }: Listed, { bid, ask, mark }: Prices): Fraction | null {
  if (product !== 'spot') return mark === null ? null : fraction(mark);
  return times(plus(fraction(bid), fraction(ask)), { numerator: 1n, denominator: 2n });
}

/** Dollars: a contract of an inverse one is a number of them, whatever the price. */
export function dollars({ product, contractValue }: Listed, size: Fraction, price: Fraction): Fraction {
  const contracts = product === 'spot' ? size : times(size, fraction(contractValue));
  return product === 'inverse' ? contracts : times(contracts, price);
}

/** What a price is counted at: with the collar on top. */
export function raised(price: Fraction, collar: string): Fraction {
  return times(price, plus(whole, fraction(collar)));
}

export function priceOf(ledger: Ledger, view: View, instrument: string): Prices | undefined {
  return view.missing.includes(instrument) ? undefined : ledger.prices.get(instrument);
}

/** The age of a price by whichever clock it is older. */
export function ageOf(view: View, instrument: string): number {
  return Math.max(view.age[instrument] ?? 0, view.received[instrument] ?? 0);
}

const HELD_PRICE_AGE_MAX = 10_000;

/** What one of the quote currency counts as where it is risked: a coin that stands for a dollar never less than one. `null`: not known. */
export function rateOf(view: View, { quote }: Listed): Fraction | null {
  const price = coinPrice(view, quote);
  return price === null ? null : larger(price, whole);
}

const COIN_AGE_MAX = 60_000;

/** A dollar is one; a coin's price is known when it is young and near one. */
export function coinPrice(view: View, quote: string): Fraction | null {
  if (quote !== 'USDT' && quote !== 'USDC') return whole;
  const found = view.coins[quote];
  if (found === undefined) return whole;
  if (found === null || found.age > COIN_AGE_MAX) return null;
  const price = fraction(found.price);
  return isAbove(fraction('0.5'), price) || isAbove(price, fraction('1.5')) ? null : price;
}

/** Whether a position can be valued: a price that is not too old, and that of its coin. */
export function isValued(ledger: Ledger, view: View, instrument: string): boolean {
  const listed = ledger.instruments.get(instrument);
  return listed !== undefined && isFreshlyPriced(ledger, view, instrument) && rateOf(view, listed) !== null;
}

export function isFreshlyPriced(ledger: Ledger, view: View, instrument: string): boolean {
  if (priceOf(ledger, view, instrument) === undefined) return false;
  return ageOf(view, instrument) <= Math.max(HELD_PRICE_AGE_MAX, ledger.setup.limits.max_data_age);
}

/** A position at its worst and at the highest price that is named for it, the collar on top; its price has to be known. */
export function worthOf(ledger: Ledger, view: View, { instrument, entryLimit }: Spot, size: Fraction): Fraction {
  const [listed, prices] = [ledger.instruments.get(instrument), priceOf(ledger, view, instrument)];
  const rate = listed === undefined ? null : rateOf(view, listed);
  if (listed === undefined || prices === undefined || rate === null) throw new Error(`no price of ${instrument}`);
  return dollars(listed, size, times(raised(highestNamed(prices, [entryLimit]), ledger.setup.limits.price_collar), rate));
}
