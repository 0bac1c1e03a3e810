import type { Result } from '../core/lang/result.ts';
import { absolute, type Decimal, isNegative, isZero, maximum, multiply, one, subtract, zero } from '../core/money/decimal.ts';
import type { Exchange } from '../ports/exchange.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';
import { type Ask, asking, everyPage, seen, Unseen } from './asking.ts';
import type { Line, Working } from './exposure.ts';
import type { ReadingKey, Report } from './reading-key.ts';

type Of<Kind extends Report['kind']> = Extract<Report, { readonly kind: Kind }>;
type Instrument = Of<'instruments'>['instruments'][number];
type InstrumentName = Instrument['id'];

/** What the exchange alone says. */
export type Sight = {
  readonly uid: string;
  readonly permissions: readonly string[];
  /** The exchange's time, UTC milliseconds. */
  readonly at: number;
  /** Whole equity, as the exchange tells it. */
  readonly equityUsd: Decimal;
  /** Without what stands in `[holdings]`. */
  readonly watchedEquityUsd: Decimal;
  readonly lines: readonly Line[];
  /** Contracts by instrument, and balances by currency without those of dollars. */
  readonly held: ReadonlyMap<string, Decimal>;
  /** By our id where it has one, else by the exchange's number. */
  readonly orders: readonly { readonly id: string; readonly instrument: string }[];
};

export type Looking = { readonly key: ReadingKey; readonly exchange: Exchange; readonly holdings: ReadonlyMap<string, Decimal> };

const dollarCoins = ['USDT', 'USDC'];

/** Looks once at everything that matters. Any question without a full answer makes the whole look nothing. `now` is this host's time. */
export function look({ holdings, ...asker }: Looking, now: () => number): Promise<Result<Sight>> {
  return seen(
    (async () => {
      const { ask, exchangeNow } = await asking(asker, now);
      const { config } = await ask({ kind: 'account_config' }, 'account_config');
      const [orders, positions, balance] = [
        await everyOrder(ask),
        (await ask({ kind: 'positions' }, 'positions')).positions,
        (await ask({ kind: 'balance' }, 'balance')).balance,
      ];
      const market = await marketOf(
        ask,
        [...orders, ...positions].map(({ instrument }) => instrument),
      );
      const coins = balance.currencies.filter(({ currency, total }) => !isDollar(currency) && !isZero(total));
      const owned = new Map(coins.map(({ currency, total }) => [currency, total]));
      const spotOrders = orders.filter(({ instrument }) => typeOfInstrument(instrument) === 'SPOT');
      const wallets = new Set([...owned.keys(), ...spotOrders.map(({ instrument }) => market.listing(instrument).base)]);
      const lines: Line[] = [];
      for (const currency of wallets) {
        const mine = spotOrders.filter(({ instrument }) => market.listing(instrument).base === currency);
        // Prices are asked for one after the other: nothing here is in a hurry, and the exchange counts questions.
        // oxlint-disable-next-line no-await-in-loop
        lines.push(await wallet({ currency, total: owned.get(currency) ?? zero, stated: holdings.get(currency) ?? zero }, mine, market));
      }
      const contracts = new Set(
        [...positions, ...orders].map(({ instrument }) => instrument).filter((name) => typeOfInstrument(name) !== 'SPOT'),
      );
      for (const name of contracts) {
        const position = positions.find(({ instrument }) => instrument === name)?.size ?? zero;
        const mine = orders.filter(({ instrument }) => instrument === name);
        // oxlint-disable-next-line no-await-in-loop
        lines.push(await contractLine(name, { position, orders: mine }, market));
      }
      let watchedEquityUsd = balance.equityUsd;
      for (const [currency, amount] of holdings) {
        // oxlint-disable-next-line no-await-in-loop
        watchedEquityUsd = subtract(watchedEquityUsd, multiply(amount, isDollar(currency) ? one : await market.coinUsd(currency)));
      }
      return {
        uid: config.uid,
        permissions: config.permissions,
        at: exchangeNow(),
        equityUsd: balance.equityUsd,
        watchedEquityUsd,
        lines,
        held: new Map([...owned, ...positions.map(({ instrument, size }) => [instrument, size] as const)]),
        orders: orders.map(({ id, instrument }) => ({ id, instrument })),
      };
    })(),
  );
}

function isDollar(currency: string): boolean {
  return currency === 'USD' || dollarCoins.includes(currency);
}

type Open = {
  readonly id: string;
  readonly instrument: InstrumentName;
  readonly side: Working['side'];
  /** `null`: as much as the position has. */
  readonly size: Decimal | null;
  readonly reduceOnly: boolean;
  readonly price: Decimal | null;
};

/** Orders that rest and stop orders that wait. */
async function everyOrder(ask: Ask): Promise<readonly Open[]> {
  const resting = await everyPage(async (olderThan) => (await ask({ kind: 'pending', olderThan }, 'orders')).orders);
  const open: Open[] = resting.map(
    ({ clientOrderId, algoClientOrderId, exchangeOrderId, instrument, side, size, filled, reduceOnly, price }) => ({
      id: clientOrderId || algoClientOrderId || exchangeOrderId,
      instrument,
      side,
      size: subtract(size, filled),
      reduceOnly,
      price,
    }),
  );
  for (const type of ['conditional', 'oco'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const waiting = await everyPage(async (olderThan) => (await ask({ kind: 'protections', type, olderThan }, 'protections')).protections);
    for (const { clientOrderId, exchangeOrderId, instrument, side, size, reduceOnly, takeProfit, stopLoss } of waiting) {
      if (size === null && !reduceOnly) throw new Unseen(`a stop order on ${instrument} whose size nobody can know`);
      const triggers = [takeProfit, stopLoss].filter((price) => price !== null);
      const price = triggers.length === 0 ? null : triggers.reduce((most, each) => maximum(most, each));
      open.push({ id: clientOrderId || exchangeOrderId, instrument, side, size, reduceOnly, price });
    }
  }
  return open;
}

type Market = {
  readonly listing: (name: InstrumentName) => Instrument;
  readonly markUsd: (name: InstrumentName) => Promise<Decimal>;
  /** US dollars for one unit of the currency in which an instrument is quoted. */
  readonly quoteUsd: (name: InstrumentName) => Promise<Decimal>;
  readonly coinUsd: (currency: string) => Promise<Decimal>;
};

/** Listings of what is open, and prices as they are needed, each asked for once. */
async function marketOf(ask: Ask, names: readonly InstrumentName[]): Promise<Market> {
  const listings = new Map<string, Instrument>();
  for (const product of ['spot', 'swap', 'futures'] as const) {
    if (!names.some((name) => typeOfInstrument(name)?.toLowerCase() === product)) continue;
    // oxlint-disable-next-line no-await-in-loop
    const { instruments } = await ask({ kind: 'instruments', product }, 'instruments');
    for (const instrument of instruments) listings.set(instrument.id, instrument);
  }
  const prices = new Map<string, Decimal>();
  const priced = async (question: Parameters<Ask>[0], name: string): Promise<Decimal> => {
    const price = prices.get(name) ?? (await ask(question, 'price')).price;
    prices.set(name, price);
    return price;
  };
  const listing = (name: InstrumentName): Instrument => {
    const found = listings.get(name);
    if (found === undefined) throw new Unseen(`${name} is nothing that can be valued`);
    return found;
  };
  // A coin that is worth more than a dollar counts as that, and one that is worth less as a dollar (risk.md §4.4).
  const coinUsd = async (currency: string): Promise<Decimal> => {
    if (currency === 'USD') return one;
    if (isDollar(currency)) return maximum(one, await priced({ kind: 'index', pair: `${currency}-USD` }, `${currency}-USD`));
    return multiply(await priced({ kind: 'index', pair: `${currency}-USDT` }, `${currency}-USDT`), await coinUsd('USDT'));
  };
  const quoteUsd = (name: InstrumentName): Promise<Decimal> => coinUsd(listing(name).quote);
  const markUsd = async (name: InstrumentName): Promise<Decimal> =>
    multiply(await priced({ kind: 'mark_price', instrument: name }, name), await quoteUsd(name));
  return { listing, markUsd, quoteUsd, coinUsd };
}

type Wallet = { readonly currency: string; readonly total: Decimal; readonly stated: Decimal };

async function wallet({ currency, total, stated }: Wallet, orders: readonly Open[], market: Market): Promise<Line> {
  const position = isNegative(total) ? total : maximum(subtract(total, stated), zero);
  const working: Working[] = [];
  for (const order of orders) {
    // oxlint-disable-next-line no-await-in-loop
    working.push(workingOf(order, { position, unit: await market.quoteUsd(order.instrument) }));
  }
  const isUsed = !isZero(position) || working.some(({ side }) => side === 'buy');
  return { name: currency, position, orders: working, unitUsd: isUsed ? await market.coinUsd(currency) : zero, canBeShort: false };
}

type Held = { readonly position: Decimal; readonly orders: readonly Open[] };

async function contractLine(name: InstrumentName, { position, orders }: Held, market: Market): Promise<Line> {
  const listing = market.listing(name);
  if (listing.kind === 'spot') throw new Unseen(`a position on ${name}, which is a spot pair`);
  const { contractValue, kind } = listing;
  // An inverse contract is a number of dollars at every price.
  const unitUsd = kind === 'inverse' ? contractValue : multiply(contractValue, await market.markUsd(name));
  const unit = kind === 'inverse' ? null : multiply(contractValue, await market.quoteUsd(name));
  return { name, position, orders: orders.map((order) => workingOf(order, { position, unit })), unitUsd, canBeShort: true };
}

/** `unit`: what a price has to be multiplied with to be US dollars a unit; `null` where the price does not matter. */
function workingOf(
  { side, size, reduceOnly, price }: Open,
  { position, unit }: { readonly position: Decimal; readonly unit: Decimal | null },
): Working {
  return { side, size: size ?? absolute(position), reduceOnly, unitUsd: price === null || unit === null ? null : multiply(price, unit) };
}
