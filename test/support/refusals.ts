// One question for each way in which the policy refuses; refusals.test.ts beside the policy has what the answer to each says.

import assert from 'node:assert/strict';
import type { Books, Circumstances } from '../../src/core/account/books.ts';
import { agentSubject, instrumentSubject } from '../../src/core/account/freeze.ts';
import type { Instrument } from '../../src/core/market/instrument.ts';
import type { Quote } from '../../src/core/market/quote.ts';
import type { PlaceIntent, Side } from '../../src/core/order/intent.ts';
import { positionKey } from '../../src/core/order/leg.ts';
import { type Activity, noActivity, recordSubmission } from '../../src/core/policy/activity.ts';
import type { Question } from '../../src/core/policy/control.ts';
import { decide } from '../../src/core/policy/decide.ts';
import {
  alpha,
  asking,
  beta,
  books,
  circumstances,
  closing,
  d,
  ether,
  held,
  id,
  inverse,
  NOW,
  openOrder,
  operator,
  placing,
  quoteOf,
  spot,
  swap,
  unknownLife,
  wish,
} from './policy-samples.ts';

const buy = (changes: Partial<PlaceIntent> = {}): PlaceIntent => ({ ...wish(spot, 'buy', '0.001'), ...changes });
const long = (changes: Partial<PlaceIntent> = {}): PlaceIntent => ({ ...wish(swap, 'buy', '1'), ...changes });
const short = (changes: Partial<PlaceIntent> = {}): PlaceIntent => ({ ...wish(swap, 'sell', '1'), ...changes });
const reducing = (side: Side, size: string): PlaceIntent => wish(swap, side, size, { reduceOnly: true });

function quoted(instrument: Instrument, changes: Partial<Quote>): { readonly circumstances: Partial<Circumstances> } {
  const quotes = new Map(circumstances.quotes).set(instrument.id, quoteOf(instrument, '60000', changes));
  return { circumstances: { quotes } };
}

function knowing(instrument: Instrument): { readonly books: Partial<Books> } {
  return { books: { instruments: new Map(books.instruments).set(instrument.id, instrument) } };
}

const equity = (usd: string): Partial<Circumstances> => ({
  funds: { equityUsd: d(usd), available: new Map([['USDT', d(usd)]]), at: NOW },
});

/** After that many entries of alpha on this side of the spot pair, each as long ago as it says. */
function after(ago: readonly number[], changes: { readonly latches?: boolean; readonly purpose?: 'entry' | 'exit' } = {}): Activity {
  return ago.reduce(
    (activity, each, index) =>
      recordSubmission(activity, {
        principal: alpha,
        instrument: spot.id,
        underlying: 'BTC',
        side: 'buy',
        notionalUsd: d('100'),
        purpose: changes.purpose ?? 'entry',
        at: NOW - each,
        marks: { fingerprints: [`f${index}`], duplicateWindowMilliseconds: 30_000, latchesSameSide: changes.latches ?? false },
      }),
    noActivity,
  );
}

/** The same order was sent that long ago. */
function sentBefore(intent: PlaceIntent, ago: number): Activity {
  const decision = decide(asking(intent));
  assert.ok(decision.kind === 'allow');
  return recordSubmission(noActivity, {
    principal: alpha,
    instrument: spot.id,
    underlying: 'BTC',
    side: 'buy',
    notionalUsd: d('60.3'),
    purpose: 'entry',
    at: NOW - ago,
    marks: decision.marks,
  });
}

const legs = {
  books: {
    positionMode: 'long_short',
    positions: new Map(
      (['long', 'short'] as const).map((leg) => [
        positionKey(swap.id, leg),
        { ...held(leg === 'long' ? '1' : '-1'), instrument: swap.id, leg },
      ]),
    ),
  },
} as const;

const unlisted = { ...spot, id: id('DOGE-USDT') };
const asked = (threshold: string, intent: PlaceIntent, activity: Activity = noActivity) =>
  asking(intent, { approvalAbove: d(threshold), books: { activity } });

export const refusals: Readonly<Record<string, Question>> = {
  booting: asking(buy(), { books: { booting: true } }),
  halted: asking(buy(), { mode: 'HALTED' }),
  'no reason': asking(buy({ reason: ' ' })),
  'not listed': asking(buy({ instrument: id('DOGE-USDT') })),
  'listed, not known': asking(buy({ instrument: id('DOGE-USDT') }), { policy: { instruments: [id('DOGE-USDT')] } }),
  'not traded': asking(buy(), knowing({ ...spot, tradable: false })),
  'not in dollars': asking(buy(), knowing({ ...spot, quote: 'EUR' })),
  'money that is traded': asking(long(), {
    ...knowing({ ...unlisted, base: 'USDT' }),
    policy: { instruments: [spot.id, swap.id, unlisted.id] },
  }),
  'baseline the other way': asking(short(), {
    books: { baseline: { currencies: new Map(), contracts: new Map([[positionKey(swap.id, 'net'), d('3')]]) } },
  }),
  'order type': asking(buy(), { policy: { orderTypes: ['ioc', 'post_only'] } }),
  side: asking(short(), { policy: { sides: ['buy'] } }),
  'quiet hours': asking(buy(), { policy: { quietHours: ['09:30-10:30'] } }),
  'reduce only': asking(buy(), { mode: 'REDUCE_ONLY' }),
  'agent frozen': asking(buy(), { books: { frozen: new Map([[agentSubject(alpha), { at: NOW, by: operator, cause: 'x' }]]) } }),
  'which leg': asking(closing({ instrument: swap.id }), legs),
  'unit of another product': asking(buy({ quantityUnit: 'contracts' })),
  'a price with market': asking(buy({ type: 'market' })),
  'no price with limit': asking(buy({ price: null })),
  'no quantity': asking(buy({ quantity: d('0') })),
  'less than a lot': asking(long({ quantity: d('1.005') })),
  'less than a lot, in base': asking(long({ quantity: d('0.01005'), quantityUnit: 'base' })),
  'price not above zero': asking(buy({ price: d('-1') })),
  'price off the tick': asking(buy({ price: d('60000.05') })),
  'no price known': asking(buy(), { circumstances: { quotes: new Map() } }),
  'old price': asking(buy(), quoted(spot, { at: NOW - 2001 })),
  'old price by our clock, exit': asking(closing(), { ...quoted(spot, { receivedAt: NOW - 30_001 }), positions: [[spot, held('1')]] }),
  'no mark': asking(long(), quoted(swap, { mark: null })),
  'mark of zero': asking(long(), quoted(swap, { mark: d('0') })),
  'last of zero': asking(long(), quoted(swap, { last: d('0') })),
  'clock not trusted': asking(buy(), { circumstances: { clockTrusted: false } }),
  crossed: asking(long(), quoted(swap, { bid: d('60001'), ask: d('60001') })),
  'no bid': asking(long(), quoted(swap, { bid: d('0') })),
  'no balance': asking(buy(), { circumstances: { funds: null } }),
  'old balance': asking(buy(), {
    circumstances: { funds: { equityUsd: d('100'), available: new Map(), at: NOW - 10_001 } },
  }),
  'no coin price': asking(buy(), { circumstances: { coinPrices: new Map() } }),
  'old coin price': asking(buy(), { circumstances: { coinPrices: new Map([['USDT', { price: d('1'), at: NOW - 60_001 }]]) } }),
  'absurd coin price': asking(buy(), { circumstances: { coinPrices: new Map([['USDT', { price: d('1.51'), at: NOW }]]) } }),
  'no index': asking(buy(), quoted(spot, { index: null })),
  'divergence of last': asking(long(), { ...quoted(swap, { last: d('61000') }), policy: { maxDivergence: d('0.01') } }),
  'divergence of index': asking(buy(), { ...quoted(spot, { index: d('61000') }), policy: { maxDivergence: d('0.01') } }),
  'no range': asking(buy(), quoted(spot, { range: null })),
  'price move': asking(long(), {
    ...quoted(swap, { range: { lowest: d('58000'), highest: d('60100'), since: NOW - 300_000 } }),
    policy: { maxPriceMove: d('0.02') },
  }),
  'no book': asking(buy(), quoted(spot, { book: null })),
  'old book': asking(buy(), quoted(spot, { book: { bids: [], asks: [], at: NOW, receivedAt: NOW - 2001 } })),
  'nobody bids': asking(long(), quoted(swap, { book: { bids: [], asks: [[d('60000'), d('1')]], at: NOW, receivedAt: NOW } })),
  'nobody offers': asking(long(), quoted(swap, { book: { bids: [[d('60000'), d('1')]], asks: [], at: NOW, receivedAt: NOW } })),
  'crossed book': asking(
    long(),
    quoted(swap, { book: { bids: [[d('60000'), d('9')]], asks: [[d('60000'), d('9')]], at: NOW, receivedAt: NOW } }),
  ),
  spread: asking(long(), {
    ...quoted(swap, { book: { bids: [[d('59900'), d('9')]], asks: [[d('60100'), d('9')]], at: NOW, receivedAt: NOW } }),
    policy: { maxSpread: d('0.003') },
  }),
  'no funding rate': asking(long(), { circumstances: { funding: new Map() } }),
  'old funding rate': asking(long(), {
    circumstances: { funding: new Map([[swap.id, { rate: d('0'), paidAt: NOW + 3_600_000, at: NOW - 120_001 }]]) },
  }),
  'next funding not known': asking(long(), {
    circumstances: { funding: new Map([[swap.id, { rate: d('0'), paidAt: NOW - 120_001, at: NOW }]]) },
  }),
  'funding rate': asking(long(), {
    circumstances: { funding: new Map([[swap.id, { rate: d('-0.004'), paidAt: NOW + 600_001, at: NOW }]]) },
    policy: { maxFundingRate: d('0.003') },
  }),
  'expected worth missing': asking(buy({ expectedNotionalUsd: null })),
  'expected worth': asking(buy({ expectedNotionalUsd: d('6') })),
  'exchange minimum': asking(buy({ quantity: d('0.000009'), expectedNotionalUsd: d('0.54') })),
  'exchange maximum': asking(long({ quantity: d('100000.01'), expectedNotionalUsd: d('60000006') }), {
    policy: { maxOrderSize: d('1000000000'), maxPositionSize: d('1000000000') },
  }),
  'price collar, buy': asking(buy({ price: d('60301') })),
  'price collar, sell': asking(short({ price: d('59699') })),
  'exit collar': asking({ ...reducing('sell', '1'), price: d('56000') }, { positions: [[swap, held('1')]] }),
  'protection on an exit': asking({ ...reducing('sell', '1'), stopLoss: d('59000') }, { positions: [[swap, held('1')]] }),
  'protection off the tick': asking(long({ takeProfit: d('61000.05') })),
  'stop of a long above the market': asking(long({ stopLoss: d('60000') })),
  'stop of a short below the market': asking(short({ stopLoss: d('60000') })),
  'target of a long below the market': asking(long({ takeProfit: d('60000') })),
  'target of a short above the market': asking(short({ takeProfit: d('60000') })),
  'stop between price and market': asking(long({ price: d('59800'), stopLoss: d('59850') })),
  'stop required': asking(long(), { policy: { requireStop: 'derivatives' } }),
  'stop too near': asking(long({ stopLoss: d('59800') }), { policy: { minStopDistance: d('0.01') } }),
  'nothing long to reduce': asking(reducing('sell', '1')),
  'nothing short to reduce': asking(reducing('buy', '1'), { positions: [[swap, held('1')]] }),
  'an exit of unknown outcome': asking(reducing('sell', '1'), {
    positions: [[swap, held('2')]],
    orders: [openOrder(swap, 'sell', '1', { reduceOnly: true, purpose: 'exit', life: unknownLife })],
  }),
  'exit of what others hold': asking(reducing('sell', '1'), { positions: [[swap, held('2', { beta: '2' })]] }),
  dust: asking(closing(), { positions: [[spot, held('0.000009')]] }),
  'more than there is': asking(reducing('sell', '2'), { positions: [[swap, held('1')]] }),
  'more than there is beside another exit': asking(reducing('sell', '2'), {
    positions: [[swap, held('2')]],
    orders: [openOrder(swap, 'sell', '0.5', { reduceOnly: true, purpose: 'exit' })],
  }),
  'an exit that turns': asking(reducing('sell', '1'), {
    mode: 'REDUCE_ONLY',
    positions: [[swap, held('1')]],
    orders: [openOrder(swap, 'sell', '3')],
  }),
  'an exit that turns beyond the limit': asking(reducing('sell', '1'), {
    positions: [[swap, held('1')]],
    orders: [openOrder(swap, 'sell', '3')],
    policy: { maxPositionSize: d('1300') },
  }),
  'entry that closes what others hold': asking(short(), { positions: [[swap, held('2', { beta: '2' })]] }),
  'order size': asking(buy(), { policy: { maxOrderSize: d('30') } }),
  'book share': asking(long({ quantity: d('2'), expectedNotionalUsd: d('1200') }), {
    ...quoted(swap, { book: { bids: [[d('59999'), d('9')]], asks: [[d('60000'), d('10')]], at: NOW, receivedAt: NOW } }),
    policy: { maxBookShare: d('0.1') },
  }),
  'beyond the book': asking(short({ quantity: d('10'), expectedNotionalUsd: d('6000') }), {
    ...quoted(swap, { book: { bids: [[d('59999'), d('9')]], asks: [[d('60000'), d('10')]], at: NOW, receivedAt: NOW } }),
  }),
  'no volume': asking(buy(), quoted(spot, { volume: null })),
  'volume share': asking(long(), { ...quoted(swap, { volume: d('50') }), policy: { maxVolumeShare: d('0.01') } }),
  duplicate: asking(buy(), { books: { activity: sentBefore(buy(), 5000) } }),
  'same side in 10 minutes': asking(buy(), {
    books: { activity: after([500_000, 400_000]) },
    policy: { maxSameSide: { per10Minutes: 2, perHour: 10 } },
  }),
  'same side in an hour': asking(buy(), {
    books: { activity: after([2_000_000, 1_000_000]) },
    policy: { maxSameSide: { per10Minutes: 2, perHour: 2 } },
  }),
  'same side, latched': asking(buy(), {
    books: { activity: after([7_200_000], { latches: true }) },
    policy: { maxSameSide: { per10Minutes: 2, perHour: 2 } },
  }),
  'rate of a second': asking(buy(), { books: { activity: after([500]) }, policy: { maxOrderRate: { perSecond: 1, perMinute: 5 } } }),
  'rate of a minute': asking(buy(), {
    books: { activity: after([30_000, 20_000]) },
    policy: { maxOrderRate: { perSecond: 2, perMinute: 2 } },
  }),
  'rate of exits': asking(closing(), {
    positions: [[spot, held('1')]],
    books: {
      positions: new Map([[positionKey(spot.id, 'net'), held('1')]]),
      activity: after(
        Array.from({ length: 10 }, () => 100),
        { purpose: 'exit' },
      ),
    },
    policy: { maxOrderRate: { perSecond: 1, perMinute: 5 } },
  }),
  'instrument frozen': asking(buy(), {
    books: { frozen: new Map([[instrumentSubject(spot.id), { at: NOW, by: operator, cause: 'x' }]]) },
  }),
  'unknown outcome': asking(buy(), { orders: [openOrder(spot, 'buy', '1', { price: d('59000'), life: unknownLife })] }),
  'self match, buy': asking(buy(), { orders: [openOrder(spot, 'sell', '1', { purpose: 'exit' })] }),
  'self match, sell': asking(short(), { orders: [openOrder(swap, 'buy', '1', { price: d('60100') })] }),
  'position size': asking(long(), { positions: [[swap, held('1')]], policy: { maxPositionSize: d('1000') } }),
  'underlying exposure': asking(long(), { positions: [[spot, held('0.01')]], policy: { maxUnderlyingExposure: d('1000') } }),
  'total exposure': asking(long(), { positions: [[ether, held('0.2')]], policy: { maxTotalExposure: d('1000') } }),
  'total not known': asking(long(), {
    positions: [[ether, held('0.2')]],
    circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000')]]) },
  }),
  'underlying not known': asking(long(), {
    positions: [[spot, held('0.2')]],
    circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000')]]) },
  }),
  'leverage not known': asking(long(), { circumstances: { leverage: new Map() } }),
  'leverage set': asking(long(), { policy: { maxLeverage: d('2') } }),
  'leverage of the account': asking(buy(), {
    positions: [[ether, held('0.1')]],
    circumstances: equity('100'),
    policy: { maxLeverage: d('3') },
  }),
  'margin share': asking(long(), { circumstances: equity('1000'), policy: { maxMarginShare: d('0.2') } }),
  'liquidation distance': asking(long({ quantity: d('5'), expectedNotionalUsd: d('3000') }), {
    circumstances: equity('1000'),
    policy: { maxMarginShare: d('10'), minLiquidationDistance: d('0.5') },
  }),
  'liquidation distance beside': asking(long({ quantity: d('5'), expectedNotionalUsd: d('3000') }), {
    circumstances: equity('1000'),
    positions: [[inverse, held('-10')]],
    policy: { maxMarginShare: d('10'), minLiquidationDistance: d('0.5') },
  }),
  'margin not known': asking(long(), {
    positions: [[inverse, held('1')]],
    circumstances: { leverage: new Map([[swap.id, d('3')]]) },
  }),
  'open positions': asking(buy(), { positions: [[ether, held('1')]], policy: { maxOpenPositions: 1 } }),
  'open orders': asking(buy(), { orders: [openOrder(ether, 'buy', '1')], policy: { maxOpenOrders: 1 } }),
  'daily trades': asking(buy(), { books: { activity: after([100_000, 90_000]) }, policy: { maxDailyTrades: 2 } }),
  'daily loss': asking(buy(), { policy: { maxDailyLoss: d('0') } }),
  drawdown: asking(buy({ price: d('60100') }), { policy: { maxDailyLoss: d('1'), maxDrawdown: d('0.0001') } }),
  'account equity': asking(buy(), { policy: { maxAccountEquity: d('900000.5') } }),
  'min balance': asking(buy(), { circumstances: equity('249.999'), policy: { minBalance: d('250') } }),
  funds: asking(buy(), {
    circumstances: { funds: { equityUsd: d('100'), available: new Map([['USDT', d('100')]]), at: NOW } },
    orders: [openOrder(spot, 'buy', '0.001', { price: d('59000'), life: { kind: 'submitting' } })],
  }),
  'read only': asking(buy(), { circumstances: { readOnly: true } }),
  'approval of the sum': asked('250', buy(), after([100_000, 50_000])),
  'approval of the worst case': asking(buy(), { approvalAbove: d('100'), positions: [[spot, held('0.001')]] }),
  'first of its kind': { ...asking(buy()), firstOfKind: true },
  'larger than any before': {
    ...asking(placing({ quantity: d('0.002'), expectedNotionalUsd: d('120') }), { books: { activity: after([7_200_000]) } }),
    firstOfKind: true,
  },
  'somebody else': asking(closing({ principal: beta }), { positions: [[spot, held('1')]] }),
};
