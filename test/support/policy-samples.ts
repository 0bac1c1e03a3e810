import type { Books, Circumstances, Position } from '../../src/core/account/books.ts';
import type { Mode } from '../../src/core/account/mode.ts';
import { noEarnings } from '../../src/core/account/earnings.ts';
import { standingIn } from '../../src/core/account/standing.ts';
import type { InstrumentId, Instrument } from '../../src/core/market/instrument.ts';
import type { CoinPrices } from '../../src/core/market/dollar-coins.ts';
import type { Funding, Quote } from '../../src/core/market/quote.ts';
import { add, decimal, type Decimal, one, zero } from '../../src/core/money/decimal.ts';
import type {
  CloseIntent,
  IntentId,
  IntentType,
  PlaceIntent,
  Principal,
  QuantityUnit,
  RebalanceIntent,
  Side,
} from '../../src/core/order/intent.ts';
import { type Leg, positionKey } from '../../src/core/order/leg.ts';
import type { ClientOrderId, Life, Order } from '../../src/core/order/order.ts';
import { noActivity } from '../../src/core/policy/activity.ts';
import type { ApprovedTerms, Question } from '../../src/core/policy/control.ts';
import { defaultPolicy, type Policy } from '../../src/core/policy/policy.ts';

// Round numbers to try controls on: BTC at 60,000, ETH at 3,000; no margin and no fee hidden in them but the policy's own.

export const NOW = Date.UTC(2026, 10, 23, 10, 0, 0);
export const d = decimal;
export const id = (name: string) => name as InstrumentId;
export const alpha = 'alpha' as Principal;
export const beta = 'beta' as Principal;
export const operator = 'operator' as Principal;

export const spot: Instrument = {
  kind: 'spot',
  id: id('BTC-USDT'),
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  tick: d('0.1'),
  lot: d('0.00000001'),
  minimum: d('0.00001'),
  maximum: d('9999'),
  tradable: true,
};
export const ether: Instrument = { ...spot, id: id('ETH-USDT'), base: 'ETH', tick: d('0.01'), lot: d('0.000001'), minimum: d('0.001') };
export const swap: Instrument = {
  ...spot,
  kind: 'linear',
  id: id('BTC-USDT-SWAP'),
  lot: d('0.01'),
  minimum: d('0.01'),
  maximum: d('100000'),
  contractValue: d('0.01'),
  expiry: null,
};
/** Of another currency than the spot pairs trade: one that pays in their base is refused beside them. */
export const inverse: Instrument = {
  ...spot,
  kind: 'inverse',
  id: id('LTC-USD-SWAP'),
  base: 'LTC',
  quote: 'USD',
  settle: 'LTC',
  lot: d('1'),
  minimum: d('1'),
  maximum: d('30000'),
  contractValue: d('100'),
  expiry: null,
};

export function quoteOf(instrument: Instrument, price: string, changes: Partial<Quote> = {}): Quote {
  const flat = d(price);
  // One tick apart, so that the middle is half a tick above the price that was named; tests that need the exact middle say so.
  const quote = {
    instrument: instrument.id,
    bid: flat,
    ask: add(flat, instrument.tick),
    last: flat,
    mark: instrument.kind === 'spot' ? null : flat,
    index: flat,
    volume: plenty,
    at: NOW,
    receivedAt: NOW,
    ...changes,
  };
  const { bid, ask, at, receivedAt } = quote;
  return {
    ...quote,
    book: quote.book === undefined ? { bids: [[bid, plenty]], asks: [[ask, plenty]], at, receivedAt } : quote.book,
    range: quote.range === undefined ? { lowest: flat, highest: flat, since: at } : quote.range,
  };
}

/** The same quote, read at another time. */
export function asOf(quote: Quote, at: number): Quote {
  return { ...quote, at, receivedAt: at, book: quote.book === null ? null : { ...quote.book, at, receivedAt: at } };
}

/** More than any test asks for, in any unit. */
const plenty = d('1000000000000');

/** A coin is a dollar, and no funding is near. */
export function calmMarket(now: number): { readonly funding: ReadonlyMap<InstrumentId, Funding>; readonly coinPrices: CoinPrices } {
  const quiet = { rate: d('0.0001'), paidAt: now + 14_400_000, at: now };
  const dollar = { price: one, at: now };
  return {
    funding: new Map([swap, inverse].map((each) => [each.id, quiet])),
    coinPrices: new Map([
      ['USDT', dollar],
      ['USDC', dollar],
    ]),
  };
}

/** Limits so wide that only what a test sets binds. */
export const open: Policy = {
  ...defaultPolicy('sim'),
  instruments: [spot.id, ether.id, swap.id, inverse.id],
  maxOrderSize: d('1000000'),
  maxPositionSize: d('1000000'),
  maxUnderlyingExposure: d('10000000'),
  maxTotalExposure: d('10000000'),
  maxOpenPositions: 100,
  maxOpenOrders: 1000,
  maxDailyTrades: 1000,
  maxDailyLoss: d('1000000'),
  maxDrawdown: d('1000000'),
  maxLeverage: d('100'),
  maxMarginShare: d('1'),
  minLiquidationDistance: d('0.0001'),
  maxAccountEquity: d('10000000'),
  minBalance: zero,
  maxOrderRate: { perSecond: 1000, perMinute: 10_000 },
  maxSameSide: { per10Minutes: 1000, perHour: 1000 },
  maxSpread: one,
  maxBookShare: one,
  maxVolumeShare: one,
  maxPriceMove: d('0.5'),
  maxDivergence: d('0.5'),
  maxFundingRate: d('0.5'),
};

export const books: Books = {
  booting: false,
  mode: 'ACTIVE',
  instruments: new Map([spot, ether, swap, inverse].map((each) => [each.id, each])),
  positionMode: 'net',
  positions: new Map(),
  openOrders: new Map(),
  baseline: { currencies: new Map(), contracts: new Map() },
  activity: noActivity,
  frozen: new Map(),
  earnings: noEarnings,
  standing: standingIn('sim', 0),
  unreachable: null,
};

export const circumstances: Circumstances = {
  now: NOW,
  clockTrusted: true,
  readOnly: false,
  quotes: new Map(
    [quoteOf(spot, '60000'), quoteOf(ether, '3000'), quoteOf(swap, '60000'), quoteOf(inverse, '60000')].map((each) => [
      each.instrument,
      each,
    ]),
  ),
  funds: { equityUsd: d('1000000'), available: new Map([['USDT', d('1000000')]]), at: NOW },
  leverage: new Map([swap, inverse].map((each) => [each.id, d('3')])),
  ...calmMarket(NOW),
};

export function placing(changes: Partial<PlaceIntent> = {}): PlaceIntent {
  return {
    kind: 'place',
    principal: alpha,
    intentId: 'i1' as IntentId,
    reason: 'a test',
    evidence: [],
    strategy: '',
    instrument: spot.id,
    side: 'buy',
    type: 'limit',
    quantity: d('0.001'),
    quantityUnit: 'base',
    price: d('60000'),
    reduceOnly: false,
    takeProfit: null,
    stopLoss: null,
    expectedNotionalUsd: null,
    ...changes,
  };
}

export function closing(changes: Partial<CloseIntent> = {}): CloseIntent {
  return {
    kind: 'close',
    principal: alpha,
    intentId: 'i1' as IntentId,
    reason: 'a test',
    evidence: [],
    strategy: '',
    instrument: spot.id,
    quantity: null,
    ...changes,
  };
}

/** A wish for weights in few words. */
export function rebalancing(weights: readonly (readonly [Instrument, string])[], baseUsd: string): RebalanceIntent {
  return {
    kind: 'rebalance',
    principal: alpha,
    intentId: 'i1' as IntentId,
    reason: 'a test',
    evidence: [],
    strategy: '',
    targets: weights.map(([instrument, weight]) => ({ instrument: instrument.id, weight: d(weight) })),
    baseUsd: d(baseUsd),
    minTradeUsd: null,
    dryRun: false,
  };
}

/** A place intent in few words; what it should be worth is worked out from the price where none is said. */
export function wish(
  instrument: Instrument,
  side: Side,
  quantity: string,
  changes: Partial<{
    unit: QuantityUnit;
    type: IntentType;
    price: string | null;
    worth: string | null;
    reduceOnly: boolean;
    principal: Principal;
  }> = {},
): PlaceIntent {
  const type = changes.type ?? 'limit';
  return placing({
    instrument: instrument.id,
    side,
    type,
    quantity: d(quantity),
    quantityUnit: changes.unit ?? (instrument.kind === 'spot' ? 'base' : 'contracts'),
    price: type === 'market' ? null : d(changes.price ?? (instrument.base === 'ETH' ? '3000' : '60000')),
    expectedNotionalUsd: changes.worth === null ? null : d(changes.worth ?? worthOf(instrument, quantity)),
    reduceOnly: changes.reduceOnly ?? false,
    principal: changes.principal ?? alpha,
  });
}

function worthOf(instrument: Instrument, quantity: string): string {
  const unit = instrument.kind === 'spot' ? (instrument.base === 'ETH' ? 3000 : 60_000) : instrument.kind === 'linear' ? 600 : 100;
  return String(Math.round(Number(quantity) * unit * 1e6) / 1e6);
}

type Change = {
  readonly policy?: Partial<Policy>;
  readonly mode?: Mode;
  readonly books?: Partial<Books>;
  readonly circumstances?: Partial<Circumstances>;
  readonly positions?: readonly (readonly [Instrument, Position])[];
  readonly orders?: readonly Order[];
  readonly approvalAbove?: Decimal | null;
  readonly firstOfKind?: boolean;
  readonly approved?: ApprovedTerms | null;
  readonly sharedPositions?: boolean;
};

/** A question in which everything is wide open but what is changed. */
export function asking(intent: PlaceIntent | CloseIntent, changes: Change = {}): Question {
  return {
    intent,
    books: {
      ...books,
      mode: changes.mode ?? 'ACTIVE',
      positions: new Map(
        (changes.positions ?? []).map(([{ id: instrument }, position]) => [
          positionKey(instrument, position.leg),
          { ...position, instrument },
        ]),
      ),
      openOrders: new Map((changes.orders ?? []).map((order) => [order.clientOrderId, order])),
      ...changes.books,
    },
    circumstances: { ...circumstances, ...changes.circumstances },
    policy: { ...open, ...changes.policy },
    approvalAbove: changes.approvalAbove ?? null,
    firstOfKind: changes.firstOfKind ?? false,
    approved: changes.approved ?? null,
    sharedPositions: changes.sharedPositions ?? false,
    replaces: null,
  };
}

/** What is held of the instrument that `asking` puts it beside. */
export function held(size: string, owners: Record<string, string> = { alpha: size }, leg: Leg = 'net'): Position {
  return {
    instrument: spot.id,
    leg,
    size: d(size),
    owners: new Map(Object.entries(owners).map(([name, share]) => [name as Principal, d(share)])),
    openedAt: NOW - 60_000,
  };
}

let orders = 0;

export function openOrder(instrument: Instrument, side: Side, size: string, changes: Partial<Order> & { life?: Life } = {}): Order {
  orders += 1;
  return {
    instrument: instrument.id,
    product: instrument.kind,
    side,
    leg: 'net',
    type: 'limit',
    stop: null,
    size: d(size),
    price: d(instrument.base === 'ETH' ? '3000' : '60000'),
    reduceOnly: false,
    purpose: 'entry',
    clientOrderId: `t${orders}` as ClientOrderId,
    exchangeOrderId: '',
    principal: alpha,
    intentId: `o${orders}` as IntentId,
    arrival: null,
    submittedAt: NOW - 1000,
    expiresAt: NOW + 500,
    life: { kind: 'working' },
    filled: zero,
    filledValue: zero,
    reportedFilled: zero,
    cancel: 'none',
    amend: null,
    verification: 'none',
    ...changes,
  };
}

export const unknownLife: Life = { kind: 'unknown', since: NOW - 500, negatives: 0, lastNegativeAt: 0 };
