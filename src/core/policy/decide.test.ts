import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import type { PlaceIntent } from '../order/intent.ts';
import type { Code } from './codes.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';
import type { Denial } from './decision.ts';
import {
  asking,
  beta,
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
} from '../../../test/support/policy-samples.ts';

function denied(question: Question, code: Code): Denial {
  const decision = decide(question);
  assert.equal(decision.kind, 'deny', `expected ${code}, was allowed`);
  assert.equal(decision.code, code, decision.message);
  assert.match(decision.message, /^refused: [\x20-\x7e]+$/);
  assert.doesNotMatch(decision.message, /retry|transfer/i);
  return decision;
}

function allowed(question: Question) {
  const decision = decide(question);
  assert.ok(decision.kind === 'allow', decision.kind === 'deny' ? decision.message : '');
  return decision;
}

test('an order inside every limit is allowed with the terms that were asked', () => {
  const { terms, notionalUsd, worstCaseAfterUsd } = allowed(asking(wish(spot, 'buy', '0.001')));
  assert.deepEqual(
    { ...terms, size: formatDecimal(terms.size), price: formatDecimal(terms.price) },
    {
      instrument: spot.id,
      product: 'spot',
      side: 'buy',
      type: 'limit',
      size: '0.001',
      price: '60000',
      reduceOnly: false,
      leg: 'net',
      purpose: 'entry',
    },
  );
  // 0.001 × 60,000 × 1.005: the margin is the price collar.
  assert.equal(formatDecimal(notionalUsd), '60.3');
  assert.equal(formatDecimal(worstCaseAfterUsd), '60.3');
});

test('a market wish becomes an immediate order at the collar, rounded inward to the tick', () => {
  const buy = allowed(
    asking(wish(swap, 'buy', '1', { type: 'market' }), { circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000.1')]]) } }),
  ).terms;
  assert.deepEqual([buy.type, formatDecimal(buy.price)], ['ioc', '60300.1']);
  const sell = allowed(
    asking(wish(swap, 'sell', '1', { type: 'market' }), { circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000.1')]]) } }),
  ).terms;
  assert.deepEqual([sell.type, formatDecimal(sell.price)], ['ioc', '59700.1']);
});

test('nothing passes while booting, and only the operator closes in HALTED', () => {
  const position = { positions: [[spot, held('0.001')]] as const };
  denied(asking(wish(spot, 'buy', '0.001'), { books: { booting: true } }), 'BOOTING');
  denied(asking(closing(), { ...position, mode: 'HALTED' }), 'HALTED');
  denied(asking(wish(spot, 'buy', '0.001'), { mode: 'HALTED' }), 'HALTED');
  denied(asking({ ...wish(spot, 'buy', '0.001'), principal: closing({}).principal }, { mode: 'HALTED' }), 'HALTED');
  allowed(asking(closing({ principal: operator }), { ...position, mode: 'HALTED' }));
});

test('REDUCE_ONLY refuses entries, flat or not, and lets exits through', () => {
  denied(asking(wish(spot, 'buy', '0.001'), { mode: 'REDUCE_ONLY' }), 'REDUCE_ONLY');
  denied(asking(wish(swap, 'sell', '1'), { mode: 'REDUCE_ONLY', positions: [[swap, held('1')]] }), 'REDUCE_ONLY');
  allowed(asking(wish(swap, 'sell', '1', { reduceOnly: true }), { mode: 'REDUCE_ONLY', positions: [[swap, held('1')]] }));
  allowed(asking(closing(), { mode: 'REDUCE_ONLY', positions: [[spot, held('0.001')]] }));
});

test('only instruments on the list are traded, and what is held may be closed after it left the list', () => {
  const none = { policy: { instruments: [] } };
  denied(asking(wish(spot, 'buy', '0.001'), none), 'NOT_ALLOWED');
  denied(asking(closing(), none), 'NOT_ALLOWED');
  allowed(asking(closing(), { ...none, positions: [[spot, held('0.001')]] }));
  denied(asking(placing({ instrument: id('DOGE-USDT') }), { policy: { instruments: [id('DOGE-USDT')] } }), 'NOT_ALLOWED');
  denied(asking(wish(spot, 'buy', '0.001'), { books: { instruments: new Map([[spot.id, { ...spot, tradable: false }]]) } }), 'NOT_ALLOWED');
  denied(asking(wish(spot, 'buy', '0.001'), { books: { instruments: new Map([[spot.id, { ...spot, quote: 'EUR' }]]) } }), 'NOT_ALLOWED');
});

test('a reason is required where the policy says so, and blanks are none', () => {
  denied(asking({ ...wish(spot, 'buy', '0.001'), reason: '  ' }), 'REASON_REQUIRED');
  allowed(asking({ ...wish(spot, 'buy', '0.001'), reason: '' }, { policy: { requireReason: false } }));
});

test('a stop or take-profit on the wrong side, off the tick, or on an order that closes is refused', () => {
  const bought = (changes: Partial<PlaceIntent>) => asking({ ...wish(swap, 'buy', '1'), ...changes });
  const sold = (changes: Partial<PlaceIntent>) => asking({ ...wish(swap, 'sell', '1'), ...changes });
  allowed(bought({ stopLoss: d('58000'), takeProfit: d('63000') }));
  allowed(sold({ stopLoss: d('62000'), takeProfit: d('57000') }));
  for (const wrong of [
    bought({ stopLoss: d('60000') }),
    bought({ takeProfit: d('60000') }),
    sold({ stopLoss: d('60000') }),
    sold({ takeProfit: d('60000.1') }),
  ])
    assert.match(denied(wrong, 'NOT_ALLOWED').message, /wrong side/);
  // Between the order's own price and the market it would be reached as soon as the order is.
  assert.match(
    denied(asking({ ...wish(swap, 'buy', '1', { price: '59800' }), stopLoss: d('59850') }), 'NOT_ALLOWED').message,
    /below 59800/,
  );
  denied(bought({ stopLoss: d('58000.05') }), 'PRECISION');
  denied(
    asking({ ...wish(swap, 'sell', '1', { reduceOnly: true }), stopLoss: d('62000') }, { positions: [[swap, held('1')]] }),
    'NOT_ALLOWED',
  );
});

test('a stop nearer than the least distance is refused, and one where the policy wants it and there is none', () => {
  const near = { policy: { minStopDistance: d('0.01') } };
  assert.match(
    denied(asking({ ...wish(swap, 'buy', '1'), stopLoss: d('59400.1') }, near), 'NOT_ALLOWED').message,
    /nearer than 1%.*min_stop_distance/,
  );
  allowed(asking({ ...wish(swap, 'buy', '1'), stopLoss: d('59400') }, near));
  const derivatives = { policy: { requireStop: 'derivatives' } } as const;
  const always = { policy: { requireStop: 'always' } } as const;
  assert.match(denied(asking(wish(swap, 'buy', '1'), derivatives), 'NOT_ALLOWED').message, /require_stop/);
  denied(asking({ ...wish(swap, 'buy', '1'), takeProfit: d('63000') }, derivatives), 'NOT_ALLOWED');
  allowed(asking(wish(spot, 'buy', '0.001'), derivatives));
  denied(asking(wish(spot, 'buy', '0.001'), always), 'NOT_ALLOWED');
  allowed(asking({ ...wish(spot, 'buy', '0.001'), stopLoss: d('58000') }, always));
  allowed(asking(closing({ instrument: swap.id }), { ...always, positions: [[swap, held('1')]] }));
});

test('an order with a stop takes two of the open orders, with one trigger or with two', () => {
  const two = { policy: { maxOpenOrders: 2 }, orders: [openOrder(spot, 'buy', '0.001', { price: d('59000') })] };
  allowed(asking(wish(swap, 'buy', '1'), two));
  denied(asking({ ...wish(swap, 'buy', '1'), stopLoss: d('58000') }, two), 'MAX_OPEN_ORDERS');
  denied(asking({ ...wish(swap, 'buy', '1'), stopLoss: d('58000'), takeProfit: d('63000') }, two), 'MAX_OPEN_ORDERS');
});

test('units that do not fit the instrument are refused', () => {
  denied(asking(wish(spot, 'buy', '1', { unit: 'contracts' })), 'UNIT_MISMATCH');
  denied(asking(wish(inverse, 'buy', '1', { unit: 'base' })), 'UNIT_MISMATCH');
});

test('an order that is worth something else than expected is refused, to the cent of the tolerance', () => {
  // 0.001 BTC are 60 USD by its own price.
  allowed(asking(wish(spot, 'buy', '0.001', { worth: '57' })));
  allowed(asking(wish(spot, 'buy', '0.001', { worth: '63' })));
  denied(asking(wish(spot, 'buy', '0.001', { worth: '56.99' })), 'UNIT_MISMATCH');
  denied(asking(wish(spot, 'buy', '0.001', { worth: '63.01' })), 'UNIT_MISMATCH');
  denied(asking(wish(spot, 'buy', '0.001', { worth: null })), 'UNIT_MISMATCH');
  // One contract meant as one coin.
  denied(asking(wish(swap, 'buy', '1', { worth: '60000' })), 'UNIT_MISMATCH');
  allowed(asking(wish(spot, 'buy', '60', { unit: 'usd', worth: null })));
  denied(asking(wish(spot, 'buy', '60', { unit: 'usd', worth: '600' })), 'UNIT_MISMATCH');
});

test('decimals too many are refused and not rounded', () => {
  denied(asking(wish(spot, 'buy', '0.001000001', { worth: '60' })), 'PRECISION');
  denied(asking(wish(swap, 'buy', '0.015', { worth: '9' })), 'PRECISION');
  denied(asking(wish(swap, 'buy', '0.00015', { unit: 'base', worth: '9' })), 'PRECISION');
  assert.equal(formatDecimal(allowed(asking(wish(swap, 'buy', '0.0015', { unit: 'base', worth: '90' }))).terms.size), '0.15');
  denied(asking(wish(spot, 'buy', '0.001', { price: '60000.05' })), 'PRECISION');
  denied(asking(closing({ instrument: swap.id, quantity: d('0.005') }), { positions: [[swap, held('1')]] }), 'PRECISION');
});

test('below the minimum and above the maximum of the exchange nothing is sent', () => {
  allowed(asking(wish(spot, 'buy', '0.00001')));
  denied(asking(wish(spot, 'buy', '0.00000999', { worth: '0.6' })), 'MIN_ORDER_SIZE');
  denied(asking(wish(spot, 'buy', '0.5', { unit: 'usd', worth: null })), 'MIN_ORDER_SIZE');
  const small = { books: { instruments: new Map([[spot.id, { ...spot, maximum: d('0.001') }]]) } };
  allowed(asking(wish(spot, 'buy', '0.001'), small));
  assert.equal(formatDecimal(denied(asking(wish(spot, 'buy', '0.002'), small), 'MAX_ORDER_SIZE').wouldBeAllowed ?? d('0')), '0.001');
});

test('prices outside the collar are refused, exits having a wider one', () => {
  const even = { circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000')]]) } };
  allowed(asking(wish(swap, 'buy', '1', { price: '60300' }), even));
  denied(asking(wish(swap, 'buy', '1', { price: '60300.1' }), even), 'PRICE_COLLAR');
  allowed(asking(wish(swap, 'buy', '1', { price: '50000', worth: '600' }), even));
  allowed(asking(wish(swap, 'sell', '1', { price: '59700' }), even));
  denied(asking(wish(swap, 'sell', '1', { price: '59699.9' }), even), 'PRICE_COLLAR');
  const long = { ...even, positions: [[swap, held('1')]] as const };
  allowed(asking(wish(swap, 'sell', '1', { price: '58200', reduceOnly: true }), long));
  denied(asking(wish(swap, 'sell', '1', { price: '58199.9', reduceOnly: true }), long), 'PRICE_COLLAR');
  // Spot is measured from the middle of its book.
  const wide = { circumstances: { quotes: new Map([[spot.id, quoteOf(spot, '60000', { bid: d('59900'), ask: d('60100') })]]) } };
  allowed(asking(wish(spot, 'buy', '0.001', { price: '60300' }), wide));
  denied(asking(wish(spot, 'buy', '0.001', { price: '60300.1' }), wide), 'PRICE_COLLAR');
});

test('old, missing or contradicting data refuse entries by both clocks; exits may rest on prices half a minute old', () => {
  const quoted = (changes: Parameters<typeof quoteOf>[2]) => ({
    circumstances: { quotes: new Map([[spot.id, quoteOf(spot, '60000', changes)]]) },
  });
  const buy = wish(spot, 'buy', '0.001');
  const position = { positions: [[spot, held('0.001')]] as const };
  allowed(asking(buy, quoted({ at: NOW - 2000, receivedAt: NOW - 2000 })));
  denied(asking(buy, quoted({ at: NOW - 2001 })), 'STALE_DATA');
  denied(asking(buy, quoted({ receivedAt: NOW - 2001 })), 'STALE_DATA');
  denied(asking(buy, quoted({ at: Number.NaN })), 'STALE_DATA');
  denied(asking(buy, quoted({ bid: d('60001'), ask: d('60000') })), 'STALE_DATA');
  denied(asking(buy, quoted({ last: d('0') })), 'STALE_DATA');
  denied(asking(buy, { circumstances: { quotes: new Map() } }), 'STALE_DATA');
  denied(asking(buy, { circumstances: { funds: null } }), 'STALE_DATA');
  denied(asking(buy, { circumstances: { funds: { equityUsd: d('1000'), available: new Map(), at: NOW - 10_001 } } }), 'STALE_DATA');
  denied(
    asking(wish(swap, 'buy', '1'), { circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000', { mark: null })]]) } }),
    'STALE_DATA',
  );
  allowed(asking(closing(), { ...position, circumstances: { ...quoted({ at: NOW - 30_000 }).circumstances, funds: null } }));
  denied(asking(closing(), { ...position, ...quoted({ at: NOW - 30_001 }) }), 'STALE_DATA');
});

test('max_order_size binds at the valuation, and says what would pass', () => {
  const limit = { policy: { maxOrderSize: d('60.3') } };
  allowed(asking(wish(spot, 'buy', '0.001'), limit));
  const no = denied(asking(wish(spot, 'buy', '0.00100001'), limit), 'MAX_ORDER_SIZE');
  assert.equal(
    no.message,
    'refused: this order of BTC-USDT counts as 60.31 USD of at most 60.3 USD (max_order_size); 0.001 BTC would pass',
  );
  assert.deepEqual(no.limit, { name: 'max_order_size', max: '60.3', used: '60.31', unit: 'USD' });
});

test('as many dollars as the limit are inside the limit', () => {
  const limit = { policy: { maxOrderSize: d('50') } };
  for (const instrument of [spot, swap])
    allowed(asking(wish(instrument, 'buy', '50', { unit: 'usd', type: 'market', worth: null }), limit));
  allowed(asking(wish(inverse, 'buy', '100', { unit: 'usd', type: 'market', worth: null }), { policy: { maxOrderSize: d('100') } }));
});

test('a sell is not counted at its own low limit', () => {
  const sell = wish(swap, 'sell', '1', { price: '59700', worth: '600' });
  allowed(asking(sell, { policy: { maxOrderSize: d('603') } }));
  denied(asking(sell, { policy: { maxOrderSize: d('602.99') } }), 'MAX_ORDER_SIZE');
});

test('max_position_size binds over the position, open orders and this one', () => {
  const changes = {
    policy: { maxPositionSize: d('180.9') },
    positions: [[spot, held('0.001')]] as const,
    orders: [openOrder(spot, 'buy', '0.001', { life: { kind: 'submitting' } })],
  };
  allowed(asking(wish(spot, 'buy', '0.001'), changes));
  const no = denied(asking(wish(spot, 'buy', '0.0015'), changes), 'MAX_POSITION_SIZE');
  assert.equal(no.message, 'refused: BTC-USDT would reach 211.05 USD of at most 180.9 USD (max_position_size); 0.001 BTC would pass');
  assert.deepEqual(no.limit, { name: 'max_position_size', max: '180.9', used: '120.6', unit: 'USD' });
});

test('an order whose outcome is not known keeps its place in every limit', () => {
  const changes = { policy: { maxPositionSize: d('180.9') }, orders: [openOrder(spot, 'buy', '0.0021', { life: unknownLife })] };
  denied(asking(wish(spot, 'buy', '0.001'), changes), 'INSTRUMENT_FROZEN');
  const elsewhere = { policy: { maxTotalExposure: d('180') }, orders: [openOrder(swap, 'buy', '0.3', { life: unknownLife })] };
  denied(asking(wish(spot, 'buy', '0.001'), elsewhere), 'MAX_TOTAL_EXPOSURE');
});

test('max_total_exposure adds worst cases without netting', () => {
  const changes = (max: string) => ({ policy: { maxTotalExposure: d(max) }, positions: [[swap, held('-1')]] as const });
  // Short 600 and long 60 are 660 and not 540; with the margin 663.3.
  allowed(asking(wish(spot, 'buy', '0.001'), changes('663.3')));
  const no = denied(asking(wish(spot, 'buy', '0.001'), changes('663.29')), 'MAX_TOTAL_EXPOSURE');
  assert.deepEqual(no.limit, { name: 'max_total_exposure', max: '663.29', used: '603', unit: 'USD' });
});

test('what is held where no fresh price is known refuses every entry', () => {
  const quotes = new Map(circumstances.quotes);
  quotes.set(ether.id, quoteOf(ether, '3000', { at: NOW - 10_001 }));
  denied(asking(wish(spot, 'buy', '0.001'), { positions: [[ether, held('1')]], circumstances: { quotes } }), 'STALE_DATA');
  allowed(asking(wish(spot, 'buy', '0.001'), { circumstances: { quotes } }));
});

test('both leverages are bounded, and one that is not known refuses', () => {
  denied(asking(wish(swap, 'buy', '1'), { circumstances: { leverage: new Map() } }), 'STALE_DATA');
  allowed(asking(wish(swap, 'buy', '1'), { policy: { maxLeverage: d('3') } }));
  denied(asking(wish(swap, 'buy', '1'), { policy: { maxLeverage: d('2.9') } }), 'MAX_LEVERAGE');
  const poor = (equity: string) => ({
    policy: { maxLeverage: d('3') },
    circumstances: { funds: { equityUsd: d(equity), available: new Map(), at: NOW } },
  });
  allowed(asking(wish(swap, 'buy', '1'), poor('201')));
  denied(asking(wish(swap, 'buy', '1'), poor('200.99')), 'MAX_LEVERAGE');
  denied(asking(wish(swap, 'buy', '1'), poor('-5')), 'MAX_LEVERAGE');
});

test('positions are counted with the entries that may become one, and dust is not', () => {
  const two = (orders = [openOrder(ether, 'buy', '1')]) => ({
    policy: { maxOpenPositions: 2 },
    positions: [[swap, held('1')]] as const,
    orders,
  });
  denied(asking(wish(spot, 'buy', '0.001'), two()), 'MAX_OPEN_POSITIONS');
  allowed(asking(wish(swap, 'buy', '1'), two()));
  allowed(asking(wish(spot, 'buy', '0.001'), two([openOrder(swap, 'buy', '1')])));
  allowed(asking(wish(spot, 'buy', '0.001'), { policy: { maxOpenPositions: 1 }, positions: [[ether, held('0.0009')]] }));
});

test('open orders of every kind count, and exits are not refused for them', () => {
  const orders = [openOrder(ether, 'buy', '1'), openOrder(ether, 'buy', '1', { life: unknownLife })];
  allowed(asking(wish(spot, 'buy', '0.001'), { policy: { maxOpenOrders: 3 }, orders }));
  denied(asking(wish(spot, 'buy', '0.001'), { policy: { maxOpenOrders: 2 }, orders }), 'MAX_OPEN_ORDERS');
  allowed(asking(closing(), { policy: { maxOpenOrders: 2 }, orders, positions: [[spot, held('0.001')]] }));
});

test('an account with more than it should hold, or less than it needs, opens nothing', () => {
  const funds = (equity: string) => ({
    circumstances: { funds: { equityUsd: d(equity), available: new Map([['USDT', d('100')]]), at: NOW } },
  });
  const policy = { maxAccountEquity: d('10000'), minBalance: d('50') };
  allowed(asking(wish(spot, 'buy', '0.001'), { policy, ...funds('10000') }));
  denied(asking(wish(spot, 'buy', '0.001'), { policy, ...funds('10000.01') }), 'MAX_ACCOUNT_EQUITY');
  allowed(asking(wish(spot, 'buy', '0.001', {}), { policy, ...funds('50') }));
  denied(asking(wish(spot, 'buy', '0.001'), { policy, ...funds('49.999') }), 'MIN_BALANCE');
});

test('a spot buy needs its cost with fees, beside what open buys will take', () => {
  const funds = (available: string) => ({
    circumstances: { funds: { equityUsd: d('1000'), available: new Map([['USDT', d(available)]]), at: NOW } },
  });
  allowed(asking(wish(spot, 'buy', '0.001'), funds('60.09')));
  const no = denied(asking(wish(spot, 'buy', '0.001'), funds('60.08')), 'INSUFFICIENT_FUNDS');
  assert.equal(no.limit?.name, 'available_funds');
  const sending = [openOrder(spot, 'buy', '0.001', { life: { kind: 'submitting' } })];
  denied(asking(wish(spot, 'buy', '0.002'), { ...funds('180.26'), orders: sending }), 'INSUFFICIENT_FUNDS');
  allowed(asking(wish(spot, 'buy', '0.002'), { ...funds('180.27'), orders: sending }));
  // A working order older than the balance has been taken off it by the exchange.
  allowed(asking(wish(spot, 'buy', '0.002'), { ...funds('120.18'), orders: [openOrder(spot, 'buy', '0.001')] }));
});

test('an order that could trade with our own is refused', () => {
  denied(asking(wish(swap, 'buy', '1', { price: '60000' }), { orders: [openOrder(swap, 'sell', '1')] }), 'SELF_MATCH');
  allowed(asking(wish(swap, 'buy', '1', { price: '59999.9' }), { orders: [openOrder(swap, 'sell', '1')] }));
  denied(
    asking(wish(swap, 'sell', '1', { price: '60000' }), { orders: [openOrder(swap, 'buy', '1', { life: { kind: 'submitting' } })] }),
    'SELF_MATCH',
  );
  allowed(asking(wish(swap, 'sell', '1', { price: '60000' }), { orders: [openOrder(swap, 'buy', '1', { price: d('59999.9') })] }));
});

test('read-only answers with the whole decision first', () => {
  const readOnly = { circumstances: { readOnly: true } };
  denied(asking(wish(spot, 'buy', '0.001'), readOnly), 'READ_ONLY');
  denied(asking(closing(), { ...readOnly, positions: [[spot, held('0.001')]] }), 'READ_ONLY');
  const no = denied(asking(wish(spot, 'buy', '0.002'), { ...readOnly, policy: { maxOrderSize: d('60.3') } }), 'MAX_ORDER_SIZE');
  assert.equal(formatDecimal(no.wouldBeAllowed ?? d('0')), '0.001');
});

test('a close takes everything that the asker may close, at the exit collar, reduce-only where the exchange enforces it', () => {
  const long = allowed(asking(closing({ instrument: swap.id }), { positions: [[swap, held('1.5')]] })).terms;
  assert.deepEqual(
    [long.side, long.type, formatDecimal(long.size), formatDecimal(long.price), long.reduceOnly, long.purpose],
    ['sell', 'ioc', '1.5', '58200', true, 'exit'],
  );
  const short = allowed(asking(closing({ instrument: swap.id }), { positions: [[swap, held('-1.5')]] })).terms;
  assert.deepEqual([short.side, formatDecimal(short.size), formatDecimal(short.price), short.reduceOnly], ['buy', '1.5', '61800', true]);
  // 0.001 BTC less a fee in BTC: sold down to whole lots.
  const cash = allowed(asking(closing(), { positions: [[spot, held('0.000999001234')]] })).terms;
  assert.deepEqual([cash.side, formatDecimal(cash.size), cash.reduceOnly, cash.purpose], ['sell', '0.000999', false, 'exit']);
});

test('a close takes what is left when other exits are on their way', () => {
  const orders = [openOrder(swap, 'sell', '0.5', { reduceOnly: true, purpose: 'exit' })];
  const { terms } = allowed(asking(closing({ instrument: swap.id }), { positions: [[swap, held('1.5')]], orders }));
  assert.equal(formatDecimal(terms.size), '1');
  denied(asking(closing({ instrument: swap.id }), { positions: [[swap, held('0.5')]], orders }), 'NOT_REDUCING');
});

test('what does not really reduce is no exit', () => {
  const long = { positions: [[swap, held('1')]] as const };
  const reduceOnly = { reduceOnly: true };
  denied(asking(wish(swap, 'sell', '1', reduceOnly)), 'NOT_REDUCING');
  denied(asking(wish(swap, 'buy', '1', reduceOnly), long), 'NOT_REDUCING');
  const no = denied(asking(wish(swap, 'sell', '1.01', reduceOnly), long), 'NOT_REDUCING');
  assert.equal(formatDecimal(no.wouldBeAllowed ?? d('0')), '1');
  assert.equal(
    no.message,
    'refused: a sell of 1.01 contracts would do more than close: 1 contracts can be closed (reducible); 1 contracts would pass',
  );
  denied(
    asking(wish(swap, 'sell', '1', reduceOnly), {
      ...long,
      orders: [openOrder(swap, 'sell', '0.01', { reduceOnly: true, purpose: 'exit' })],
    }),
    'NOT_REDUCING',
  );
  denied(
    asking(wish(swap, 'sell', '0.5', reduceOnly), { ...long, orders: [openOrder(swap, 'sell', '0.01', { life: unknownLife })] }),
    'NOT_REDUCING',
  );
  allowed(asking(wish(swap, 'sell', '0.5', reduceOnly), { ...long, orders: [openOrder(swap, 'buy', '0.01', { life: unknownLife })] }));
});

test('a spot sell is an exit without saying so, and never sells more than twokey manages', () => {
  const position = { positions: [[spot, held('0.001')]] as const, policy: { maxOrderSize: d('1') } };
  assert.equal(allowed(asking(wish(spot, 'sell', '0.001'), position)).terms.purpose, 'exit');
  denied(asking(wish(spot, 'sell', '0.00100001'), position), 'NOT_REDUCING');
  denied(
    asking(wish(spot, 'sell', '0.001'), { books: { baseline: { currencies: new Map([['BTC', d('5')]]), contracts: new Map() } } }),
    'NOT_REDUCING',
  );
  denied(
    asking(wish(spot, 'sell', '0.0006'), {
      ...position,
      orders: [openOrder(spot, 'sell', '0.0005', { purpose: 'exit', price: d('61000') })],
    }),
    'NOT_REDUCING',
  );
});

test('dust says that it is dust', () => {
  assert.match(denied(asking(closing(), { positions: [[spot, held('0.000009')]] }), 'NOT_REDUCING').message, /0\.000009 BTC is dust/);
});

test('an agent closes what it opened, unless positions are shared', () => {
  const both = { positions: [[swap, held('3', { alpha: '1', beta: '2' })]] as const };
  assert.equal(formatDecimal(allowed(asking(closing({ instrument: swap.id }), both)).terms.size), '1');
  assert.equal(formatDecimal(allowed(asking(closing({ instrument: swap.id, principal: beta }), both)).terms.size), '2');
  assert.equal(formatDecimal(allowed(asking(closing({ instrument: swap.id }), { ...both, sharedPositions: true })).terms.size), '3');
  assert.equal(formatDecimal(allowed(asking(closing({ instrument: swap.id, principal: operator }), both)).terms.size), '3');
  denied(asking(closing({ instrument: swap.id }), { positions: [[swap, held('2', { beta: '2' })]] }), 'NOT_ALLOWED');
});

test('an exit beside a plain order on its side must not let the position turn', () => {
  const beside = { positions: [[swap, held('2')]] as const, orders: [openOrder(swap, 'sell', '3')] };
  // Long 2, plain sell 3, reduce-only sell 2: it may end short 3, 1,809 USD.
  allowed(asking(closing({ instrument: swap.id }), { ...beside, policy: { maxPositionSize: d('1809') } }));
  denied(asking(closing({ instrument: swap.id }), { ...beside, policy: { maxPositionSize: d('1808') } }), 'NOT_REDUCING');
  denied(asking(closing({ instrument: swap.id }), { ...beside, mode: 'REDUCE_ONLY' }), 'NOT_REDUCING');
});

test('exits pass every entry limit', () => {
  const policy = {
    maxOrderSize: d('1'),
    maxPositionSize: d('1'),
    maxTotalExposure: d('1'),
    maxOpenPositions: 1,
    maxOpenOrders: 1,
    maxDailyTrades: 1,
    maxLeverage: d('0.1'),
    maxAccountEquity: d('1'),
  };
  const orders = [openOrder(ether, 'buy', '1'), openOrder(swap, 'buy', '1')];
  allowed(
    asking(closing({ instrument: swap.id }), {
      policy,
      orders,
      positions: [[swap, held('10')]],
      circumstances: { leverage: new Map(), funds: null },
    }),
  );
});

test('what would pass passes, in every unit, and one lot more does not', () => {
  const limits = { policy: { maxPositionSize: d('100') } };
  for (const [instrument, unit, quantity] of [
    [spot, 'base', '0.01'],
    [spot, 'usd', '500'],
    [spot, 'quote', '500'],
    [swap, 'contracts', '10'],
    [swap, 'base', '0.1'],
    [swap, 'usd', '700'],
    [inverse, 'contracts', '9'],
    [inverse, 'usd', '900'],
  ] as const) {
    const no = denied(
      asking(
        wish(instrument, 'buy', quantity, {
          unit,
          worth: unit === 'usd' ? null : instrument === inverse ? '900' : unit === 'quote' ? '500' : instrument === spot ? '600' : '6000',
        }),
        limits,
      ),
      'MAX_POSITION_SIZE',
    );
    assert.notEqual(no.wouldBeAllowed, null, `${instrument.id} in ${unit}`);
    const would = formatDecimal(no.wouldBeAllowed ?? d('0'));
    const worth =
      { base: instrument === spot ? 60_000 : 60_000, contracts: instrument === inverse ? 100 : 600, quote: 1, usd: 1 }[unit] *
      Number(would);
    allowed(asking(wish(instrument, 'buy', would, { unit, worth: worth.toFixed(6) }), limits));
    assert.match(no.message, /; [0-9.]+ (BTC|contracts|USD|USDT) would pass$/);
  }
});
