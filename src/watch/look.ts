import type { Result } from '../core/lang/result.ts';
import { absolute, add, type Decimal, isNegative, isZero, maximum, multiply, one, subtract, zero } from '../core/money/decimal.ts';
import type { Exchange } from '../ports/exchange.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';
import { type Ask, asking, everyPage, seen, Unseen } from './asking.ts';
import type { Line, Working } from './exposure.ts';
import type { ReadingKey, Report } from './reading-key.ts';

type Instrument = Extract<Report, { readonly kind: 'instruments' }>['instruments'][number];
type InstrumentName = Instrument['id'];
type Leg = Extract<Report, { readonly kind: 'positions' }>['positions'][number]['leg'];

/** What the exchange alone says. */
export type Sight = {
  readonly uid: string;
  readonly permissions: readonly string[];
  /** The exchange's time, UTC milliseconds. */
  readonly at: number;
  /** Whole equity, as the exchange tells it. */
  readonly equityUsd: Decimal;
  /** Without what the operator stated as held. */
  readonly watchedEquityUsd: Decimal;
  readonly lines: readonly Line[];
  /** Contracts by instrument, and balances by currency without those of dollars. */
  readonly held: ReadonlyMap<string, Decimal>;
  /** By our id where it has one, else by the exchange's number. */
  readonly orders: readonly { readonly id: string; readonly instrument: string }[];
};

export type Looking = { readonly key: ReadingKey; readonly exchange: Exchange; readonly holdings: ReadonlyMap<string, Decimal> };

/** Whether a currency is counted as dollars and not as something held. */
export function isDollar(currency: string): boolean {
  return currency === 'USD' || currency === 'USDT' || currency === 'USDC';
}

/** Looks once at everything that matters. Any question without a full answer makes the whole look nothing. `now` is this host's time. */
export function look(looking: Looking, now: () => number): Promise<Result<Sight>> {
  return seen(lookOnce(looking, now));
}

async function lookOnce({ holdings, ...asker }: Looking, now: () => number): Promise<Sight> {
  const { ask, exchangeNow } = await asking(asker, now);
  const { config } = await ask({ kind: 'account_config' }, 'account_config');
  // What is held comes first: an order that executes in between is then missed for one look, and never counted twice.
  const { positions } = await ask({ kind: 'positions' }, 'positions');
  const { balance } = await ask({ kind: 'balance' }, 'balance');
  const orders = await everyOrder(ask);
  const held = new Map<string, Decimal>();
  for (const { currency, total } of balance.currencies) if (!isDollar(currency) && !isZero(total)) held.set(currency, total);
  const places = new Map(held);
  for (const { instrument, leg, size } of positions) {
    held.set(instrument, add(held.get(instrument) ?? zero, size));
    places.set(placeOf(instrument, leg), size);
  }
  const worth = await worthOf(
    ask,
    [...positions, ...orders].map(({ instrument }) => instrument),
  );
  const lines: Line[] = [];
  let watchedEquityUsd = balance.equityUsd;
  // Prices are asked for one after the other: nothing here is in a hurry, and the exchange counts questions.
  for (const name of new Set([...places.keys(), ...orders.map(({ instrument, leg }) => placeOf(instrument, leg))])) {
    const mine = orders.filter(({ instrument, leg }) => placeOf(instrument, leg) === name);
    // oxlint-disable-next-line no-await-in-loop
    lines.push(await line({ name, total: places.get(name) ?? zero, stated: holdings.get(name) ?? zero }, mine, worth));
  }
  for (const [currency, amount] of holdings) {
    // oxlint-disable-next-line no-await-in-loop
    watchedEquityUsd = subtract(watchedEquityUsd, multiply(amount, await worth.coin(currency)));
  }
  const { uid, permissions } = config;
  const { equityUsd } = balance;
  return { uid, permissions, at: exchangeNow(), equityUsd, watchedEquityUsd, lines, held, orders };
}

/** What is bought on spot lies in the wallet under its currency, whichever pair it was bought on. A leg is a place of its own. */
function placeOf(instrument: InstrumentName, leg: Leg): string {
  if (typeOfInstrument(instrument) === 'SPOT') return instrument.split('-')[0] ?? instrument;
  return leg === 'net' ? instrument : `${instrument}/${leg}`;
}

type Open = {
  readonly id: string;
  readonly instrument: InstrumentName;
  readonly side: Working['side'];
  readonly leg: Leg;
  /** `null`: as much as the position has. */
  readonly size: Decimal | null;
  readonly reduceOnly: boolean;
  readonly price: Decimal | null;
};

/** Orders that rest and stop orders that wait. */
async function everyOrder(ask: Ask): Promise<readonly Open[]> {
  const resting = await everyPage(async (olderThan) => (await ask({ kind: 'pending', olderThan }, 'orders')).orders);
  const open: Open[] = resting.map(({ clientOrderId, algoClientOrderId, exchangeOrderId, size, filled, ...order }) => {
    return { ...order, id: clientOrderId || algoClientOrderId || exchangeOrderId, size: subtract(size, filled) };
  });
  for (const type of ['conditional', 'oco'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const waiting = await everyPage(async (olderThan) => (await ask({ kind: 'protections', type, olderThan }, 'protections')).protections);
    for (const { clientOrderId, exchangeOrderId, takeProfit, stopLoss, ...stop } of waiting) {
      const price = takeProfit !== null && stopLoss !== null ? maximum(takeProfit, stopLoss) : (takeProfit ?? stopLoss);
      open.push({ ...stop, id: clientOrderId || exchangeOrderId, price });
    }
  }
  // Nobody here understands how much of these may execute, and no gateway places one: that they are there is enough to differ.
  for (const type of ['trigger', 'move_order_stop', 'chase', 'twap', 'smart_iceberg'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const waiting = await everyPage(async (olderThan) => (await ask({ kind: 'algo_orders', type, olderThan }, 'algo_orders')).orders);
    for (const order of waiting) open.push({ ...order, id: order.clientOrderId || order.exchangeOrderId, size: null, price: null });
  }
  return open;
}

/** US dollars of a coin, of a contract at its mark price, and for a price of an instrument; `null` where its price does not matter. */
type Worth = {
  readonly coin: (currency: string) => Promise<Decimal>;
  readonly contract: (name: InstrumentName) => Promise<Decimal>;
  readonly perPrice: (name: InstrumentName) => Promise<Decimal | null>;
};

/** Listings of the contracts named, and prices as they are needed, each asked for once. */
async function worthOf(ask: Ask, names: readonly InstrumentName[]): Promise<Worth> {
  const listings = new Map<string, Instrument>();
  for (const product of ['swap', 'futures'] as const) {
    if (!names.some((name) => typeOfInstrument(name)?.toLowerCase() === product)) continue;
    // oxlint-disable-next-line no-await-in-loop
    for (const each of (await ask({ kind: 'instruments', product }, 'instruments')).instruments) listings.set(each.id, each);
  }
  const prices = new Map<string, Decimal>();
  const priced = async (question: Parameters<Ask>[0], name: string): Promise<Decimal> => {
    const price = prices.get(name) ?? (await ask(question, 'price')).price;
    prices.set(name, price);
    return price;
  };
  // A coin that is worth more than a dollar counts as that, and one that is worth less as a dollar (risk.md §4.4).
  const coin = async (currency: string): Promise<Decimal> => {
    if (currency === 'USD') return one;
    const pair = `${currency}-${isDollar(currency) ? 'USD' : 'USDT'}`;
    const price = await priced({ kind: 'index', pair }, pair);
    return isDollar(currency) ? maximum(one, price) : multiply(price, await coin('USDT'));
  };
  const perPrice = async (name: InstrumentName): Promise<Decimal | null> => {
    if (typeOfInstrument(name) === 'SPOT') return coin(name.split('-')[1] ?? '');
    const listing = listings.get(name);
    if (listing === undefined || listing.kind === 'spot') throw new Unseen(`${name} is nothing that can be valued`);
    return listing.kind === 'inverse' ? null : multiply(listing.contractValue, await coin(listing.quote));
  };
  const contract = async (name: InstrumentName): Promise<Decimal> => {
    const factor = await perPrice(name);
    const listing = listings.get(name);
    // An inverse contract is a number of dollars at every price.
    if (factor === null) return listing?.kind === 'inverse' ? listing.contractValue : zero;
    return multiply(await priced({ kind: 'mark_price', instrument: name }, `mark ${name}`), factor);
  };
  return { coin, contract, perPrice };
}

type Held = { readonly name: string; readonly total: Decimal; readonly stated: Decimal };

async function line({ name, total, stated }: Held, orders: readonly Open[], worth: Worth): Promise<Line> {
  const [instrument = '', leg] = name.split('/');
  const canBeShort = instrument.includes('-');
  const position = canBeShort || isNegative(total) ? total : maximum(subtract(total, stated), zero);
  const working: Working[] = [];
  for (const { instrument: of, side, size, reduceOnly, price } of orders) {
    // oxlint-disable-next-line no-await-in-loop
    const factor = await worth.perPrice(of);
    const unitUsd = price === null || factor === null ? null : multiply(price, factor);
    // On a leg of its own the exchange lets the other side do no more than close, whatever the flag says (risk.md §4.2).
    const closes = leg !== undefined && (leg === 'long') === (side === 'sell');
    working.push({ side, size: size ?? absolute(position), reduceOnly: reduceOnly || closes, unitUsd });
  }
  const isUsed = !isZero(position) || working.some(({ side }) => side === 'buy');
  const unitUsd = canBeShort ? await worth.contract(instrument as InstrumentName) : isUsed ? await worth.coin(name) : zero;
  return { name, position, orders: working, unitUsd, canBeShort };
}
