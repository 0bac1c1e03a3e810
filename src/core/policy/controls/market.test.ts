import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Book, Level } from '../../market/book.ts';
import type { Instrument } from '../../market/instrument.ts';
import type { Quote } from '../../market/quote.ts';
import { formatDecimal } from '../../money/decimal.ts';
import type { Side } from '../../order/intent.ts';
import type { Order } from '../../order/order.ts';
import type { Code } from '../codes.ts';
import { decide } from '../decide.ts';
import type { Policy } from '../policy.ts';
import {
  asking,
  circumstances,
  closing,
  d,
  ether,
  held,
  inverse,
  NOW,
  openOrder,
  quoteOf,
  spot,
  swap,
  wish,
} from '../../../../test/support/policy-samples.ts';

// Every control that looks at the market: what it refuses, where it begins to refuse, that it leaves our own orders out, and that no exit depends on it.

type Setting = {
  readonly instrument?: Instrument;
  readonly quote?: Partial<Quote>;
  readonly policy?: Partial<Policy>;
  readonly orders?: readonly Order[];
  readonly funding?: (typeof circumstances)['funding'];
  readonly coinPrices?: (typeof circumstances)['coinPrices'];
};

function about({ instrument = spot, quote = {}, policy = {}, orders = [], ...rest }: Setting) {
  const price = instrument.base === 'ETH' ? '3000' : '60000';
  const quotes = new Map([...circumstances.quotes, [instrument.id, quoteOf(instrument, price, quote)] as const]);
  return { policy, orders, circumstances: { quotes, ...rest } };
}

function answer(setting: Setting, { side = 'buy', size }: { readonly side?: Side; readonly size?: string } = {}) {
  const instrument = setting.instrument ?? spot;
  return decide(asking(wish(instrument, side, size ?? (instrument.kind === 'spot' ? '0.001' : '1')), about(setting)));
}

function allowed(setting: Setting, how: Parameters<typeof answer>[1] = {}): void {
  const decision = answer(setting, how);
  assert.equal(decision.kind, 'allow', decision.kind === 'deny' ? decision.message : '');
}

function denied(setting: Setting, code: Code, how: Parameters<typeof answer>[1] = {}) {
  const decision = answer(setting, how);
  assert.ok(decision.kind === 'deny', `expected ${code}, was allowed`);
  assert.equal(decision.code, code, decision.message);
  assert.match(decision.message, /^refused: [\x20-\x7e]+$/);
  return decision;
}

function bookOf(bids: readonly (readonly [string, string])[], asks: readonly (readonly [string, string])[]): Book {
  const levels = (side: readonly (readonly [string, string])[]): readonly Level[] => side.map(([price, size]) => [d(price), d(size)]);
  return { bids: levels(bids), asks: levels(asks), at: NOW, receivedAt: NOW };
}

const deep = '1000000';

test('max_spread: up to the limit passes, a tick more does not, and what it is comes with the refusal', () => {
  // 60,000 in the middle, 120 apart: 0.2 %.
  const book = bookOf([['59940', deep]], [['60060', deep]]);
  allowed({ quote: { book }, policy: { maxSpread: d('0.002') } });
  const wider = bookOf([['59939.9', deep]], [['60060.1', deep]]);
  const refused = denied({ quote: { book: wider }, policy: { maxSpread: d('0.002') } }, 'LIQUIDITY');
  assert.deepEqual(refused.limit, { name: 'max_spread', max: '0.2', used: '0.2004', unit: '%' });
  assert.equal(refused.wouldBeAllowed, null, 'no smaller order makes a spread narrower');
});

test('max_spread: our own orders make no spread, neither as the best bid nor as the best offer', () => {
  const book = bookOf(
    [
      ['59999.9', '0.5'],
      ['59000', deep],
    ],
    [
      ['60000.1', '0.5'],
      ['60060', deep],
    ],
  );
  const policy = { maxSpread: d('0.01') };
  allowed({ quote: { book }, policy });
  const bid = openOrder(spot, 'buy', '0.5', { price: d('59999.9') });
  const refused = denied({ quote: { book }, policy, orders: [bid] }, 'LIQUIDITY');
  assert.match(refused.message, /others bid 59000 and offer 60000.1/);
  allowed({ quote: { book }, policy, orders: [{ ...bid, instrument: ether.id }] });
});

test('max_spread: where nobody else stands on a side there is no market', () => {
  const book = bookOf([['59999.9', '0.5']], [['60000', deep]]);
  const alone = openOrder(spot, 'buy', '0.5', { price: d('59999.9') });
  assert.match(denied({ quote: { book }, orders: [alone] }, 'LIQUIDITY').message, /nobody else bids for BTC-USDT/);
  assert.match(denied({ quote: { book: bookOf([['59999.9', deep]], []) } }, 'LIQUIDITY').message, /nobody else offers BTC-USDT/);
});

test('a book that is missing, old by either clock or crossed is no book', () => {
  const book = bookOf([['59999.9', deep]], [['60000', deep]]);
  denied({ quote: { book: null } }, 'STALE_DATA');
  allowed({ quote: { book: { ...book, at: NOW - 2000, receivedAt: NOW - 2000 } } });
  for (const old of [{ at: NOW - 2001 }, { receivedAt: NOW - 2001 }, { at: Number.NaN }]) {
    const refused = denied({ quote: { book: { ...book, ...old } } }, 'STALE_DATA');
    assert.match(refused.message, /order book/);
  }
  denied({ quote: { book: bookOf([['60000', deep]], [['60000', deep]]) } }, 'STALE_DATA');
});

test('spot is measured from the middle that others make, so that no order of ours moves its own collar', () => {
  const book = bookOf(
    [
      ['59800', '1'],
      ['59000', deep],
    ],
    [['60000', deep]],
  );
  const policy = { priceCollar: d('0.001') };
  // With our own bid the middle is 59,900 and a buy at 59,950 inside its collar; without it the middle is 59,500.
  const near = { ...wish(spot, 'buy', '0.001'), price: d('59950') };
  const own = openOrder(spot, 'buy', '1', { price: d('59800') });
  const decision = decide(asking(near, about({ quote: { book }, policy, orders: [own] })));
  assert.equal(decision.kind === 'deny' && decision.code, 'PRICE_COLLAR');
  assert.match(decision.kind === 'deny' ? decision.message : '', /too far from 59500/);
});

test('max_book_share: a share of what others offer inside the collar, on the side that is taken, and what would pass is told', () => {
  // The collar ends at 60,300.
  const book = bookOf(
    [
      ['59999.9', '3'],
      ['59700', '1'],
      ['59000', deep],
    ],
    [
      ['60000.1', '1'],
      ['60299', '1'],
      ['60301', deep],
    ],
  );
  const policy = { maxBookShare: d('0.1') };
  allowed({ quote: { book }, policy }, { size: '0.2' });
  const refused = denied({ quote: { book }, policy }, 'LIQUIDITY', { size: '0.20000001' });
  assert.deepEqual(refused.limit, { name: 'max_book_share', max: '0.2', used: '0.20000001', unit: 'BTC' });
  assert.equal(refused.wouldBeAllowed === null ? '' : formatDecimal(refused.wouldBeAllowed), '0.2');
  const beyond = denied({ quote: { book }, policy: { maxBookShare: d('1') } }, 'LIQUIDITY', { size: '2.5' });
  assert.match(beyond.message, /would be filled beyond it: others offer 2 BTC inside the price collar/);
  // The other side of the same book, in contracts.
  const contracts = { instrument: swap, quote: { book }, policy };
  allowed(contracts, { side: 'sell', size: '0.3' });
  denied(contracts, 'LIQUIDITY', { side: 'sell', size: '0.41' });
});

test('max_book_share: our own resting orders are nobody to trade with, and resting orders are measured too', () => {
  const book = bookOf([['59999.9', deep]], [['60000.1', '10']]);
  const policy = { maxBookShare: d('0.1') };
  const sell = openOrder(swap, 'sell', '5', { price: d('60000.1') });
  const cheap = { ...wish(swap, 'buy', '1'), price: d('59900') };
  const setting = { instrument: swap, quote: { book }, policy };
  assert.equal(decide(asking(cheap, about(setting))).kind, 'allow');
  const decision = decide(asking(cheap, about({ ...setting, orders: [sell] })));
  assert.equal(decision.kind === 'deny' && decision.limit?.name, 'max_book_share');
});

test('max_volume_share: a share of the volume of a day in the unit of the order, which has to be known', () => {
  const policy = { maxVolumeShare: d('0.01') };
  allowed({ quote: { volume: d('100') }, policy }, { size: '1' });
  const refused = denied({ quote: { volume: d('100') }, policy }, 'LIQUIDITY', { size: '1.5' });
  assert.deepEqual(refused.limit, { name: 'max_volume_share', max: '1', used: '1.5', unit: 'BTC' });
  assert.equal(refused.wouldBeAllowed === null ? '' : formatDecimal(refused.wouldBeAllowed), '1');
  denied({ quote: { volume: null }, policy }, 'STALE_DATA');
});

test('max_price_move: a move either way since the range began, up to the limit and no further', () => {
  const range = (lowest: string, highest: string) => ({ lowest: d(lowest), highest: d(highest), since: NOW - 300_000 });
  const policy = { maxPriceMove: d('0.03') };
  const setting = (lowest: string, highest: string) => ({ instrument: swap, quote: { range: range(lowest, highest) }, policy });
  allowed(setting('58200', '61800'));
  const fell = denied(setting('60000', '61800.1'), 'PRICE_COLLAR');
  assert.deepEqual(fell.limit, { name: 'max_price_move', max: '3', used: '3.0002', unit: '%' });
  assert.match(fell.message, /is at 60000 and was between 60000 and 61800.1 in the last 300 s, a move of 3.0002 %/);
  denied(setting('58199.9', '60000'), 'PRICE_COLLAR');
  denied({ instrument: swap, quote: { range: null }, policy }, 'STALE_DATA');
});

test('max_divergence: last, mark and index have to agree, and on spot the middle of the book stands for the mark', () => {
  const policy = { maxDivergence: d('0.01') };
  const on = (instrument: Instrument, quote: Partial<Quote>) => ({ instrument, quote, policy });
  allowed(on(swap, { last: d('60600') }));
  allowed(on(swap, { last: d('59400') }));
  const last = denied(on(swap, { last: d('60600.1') }), 'STALE_DATA');
  assert.match(last.message, /the last price and the mark price of BTC-USDT-SWAP contradict each other: 60600.1 and 60000/);
  assert.equal(last.limit?.name, 'max_divergence');
  assert.match(denied(on(swap, { index: d('59000') }), 'STALE_DATA').message, /the mark price and the index/);
  assert.match(denied(on(spot, { index: d('61000') }), 'STALE_DATA').message, /the middle of the book and the index/);
  assert.match(denied(on(spot, { last: d('59000') }), 'STALE_DATA').message, /the last price and the middle of the book/);
  for (const instrument of [spot, swap]) denied(on(instrument, { index: null }), 'STALE_DATA');
});

test('max_funding_rate: binds in the last half hour before a swap pays, either way, and spot pays nothing', () => {
  const policy = { maxFundingRate: d('0.003') };
  const in_ = (minutes: number, rate: string, age = 0) => ({
    instrument: swap,
    policy,
    funding: new Map([[swap.id, { rate: d(rate), paidAt: NOW + minutes * 60_000, at: NOW - age }]]),
  });
  allowed(in_(10, '0.003'));
  allowed(in_(30.01, '0.02'));
  for (const rate of ['0.00301', '-0.00301']) {
    const refused = denied(in_(30, rate), 'NOT_ALLOWED');
    assert.deepEqual(refused.limit, { name: 'max_funding_rate', max: '0.3', used: '0.301', unit: '%' });
    assert.match(refused.message, /pays funding of 0.301 % in 30 minutes/);
  }
  // Just paid: the next one is an hour away at least, and is asked for every few seconds.
  allowed(in_(-1, '0.02'));
  denied(in_(-3, '0'), 'STALE_DATA');
  allowed(in_(60, '0', 120_000));
  denied(in_(60, '0', 120_001), 'STALE_DATA');
  denied({ ...in_(60, '0'), funding: new Map() }, 'STALE_DATA');
  allowed({ policy, funding: new Map() });
});

const coin = (price: string, age = 0) => ({ coinPrices: new Map([['USDT', { price: d(price), at: NOW - age }]]) });

test('a coin without a believable price refuses what is quoted in it, and contracts of dollars do not ask', () => {
  denied({ coinPrices: new Map() }, 'STALE_DATA');
  assert.match(denied(coin('1', 61_000), 'STALE_DATA').message, /the price of USDT in US dollars is 61 s old, at most 60 s/);
  assert.match(denied(coin('0.3'), 'STALE_DATA').message, /USDT is said to cost 0.3 US dollars/);
  allowed({ instrument: inverse, coinPrices: new Map() });
  allowed(coin('0.97'));
});

test('a coin above a dollar makes orders and positions worth more, one below makes none worth less', () => {
  const worth = (price: string) => {
    const decision = decide(asking(wish(spot, 'buy', '0.001'), about(coin(price))));
    return decision.kind === 'deny' ? decision.code : [formatDecimal(decision.notionalUsd), formatDecimal(decision.worstCaseAfterUsd)];
  };
  assert.deepEqual(worth('1'), ['60.3', '60.3']);
  assert.deepEqual(worth('0.9'), ['60.3', '60.3']);
  assert.deepEqual(worth('1.1'), ['66.33', '66.33']);
  denied({ ...coin('1.1'), policy: { maxOrderSize: d('61') } }, 'MAX_ORDER_SIZE');
  denied({ ...coin('1.1'), policy: { maxPositionSize: d('61') } }, 'MAX_POSITION_SIZE');
});

test('what is held in a coin counts against the total at its price too, and an unknown price of it is an unknown total', () => {
  const total = (changes: Partial<typeof circumstances>, max: string) =>
    decide(
      asking(wish(inverse, 'buy', '1'), {
        positions: [[ether, held('0.1')]],
        policy: { maxTotalExposure: d(max) },
        circumstances: changes,
      }),
    );
  // 0.1 ETH is 301.5 with the collar, the contract 100.
  assert.equal(total(coin('1'), '401.5').kind, 'allow');
  const dearer = total(coin('1.1'), '401.5');
  assert.equal(dearer.kind === 'deny' && dearer.limit?.used, '331.65');
  const unknown = total({ coinPrices: new Map() }, '401.5');
  assert.equal(unknown.kind === 'deny' && unknown.code, 'STALE_DATA');
});

test('a coin below a dollar makes the account worth less, for min_balance and for leverage', () => {
  const funds = { equityUsd: d('100'), available: new Map([['USDT', d('100')]]), at: NOW };
  const asked = (price: string, policy: Partial<Policy>) => {
    const decision = decide(asking(wish(spot, 'buy', '0.001'), { policy, circumstances: { funds, ...coin(price) } }));
    return decision.kind === 'deny' ? decision.code : decision.kind;
  };
  assert.equal(asked('1', { minBalance: d('99') }), 'allow');
  assert.equal(asked('0.98', { minBalance: d('99') }), 'MIN_BALANCE');
  assert.equal(asked('1.02', { minBalance: d('99') }), 'MIN_BALANCE');
  assert.equal(asked('1', { maxLeverage: d('0.61') }), 'allow');
  assert.equal(asked('0.98', { maxLeverage: d('0.61') }), 'MAX_LEVERAGE');
});

test('no exit looks at book, volume, range, index, funding or coin', () => {
  const blind: Partial<Quote> = { book: null, volume: null, range: null, index: null };
  for (const instrument of [spot, swap]) {
    const setting = about({ instrument, quote: { ...blind, last: d('70000') }, funding: new Map(), coinPrices: new Map() });
    const size = instrument.kind === 'spot' ? '0.01' : '10';
    const none = d('0.00000001');
    const tight = {
      maxSpread: none,
      maxBookShare: none,
      maxVolumeShare: none,
      maxPriceMove: none,
      maxDivergence: none,
      maxFundingRate: none,
    };
    const question = { ...setting, policy: tight, positions: [[instrument, held(size)]] as const };
    const decision = decide(asking(closing({ instrument: instrument.id }), question));
    assert.equal(decision.kind, 'allow', decision.kind === 'deny' ? decision.message : '');
  }
});
