import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from '../../src/core/money/decimal.ts';
import type { ReadReport } from '../../src/core/order/report.ts';
import type { Read } from '../../src/core/order/request.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import { decodeRead } from '../../src/venues/okx/read.ts';
import { body, instrument } from './okx-bodies.ts';

const spot = instrument('BTC-USDT');
const linear = instrument('BTC-USDT-SWAP');
const inverse = instrument('BTC-USD-SWAP');

function read<Kind extends ReadReport['kind']>(request: Read, name: string, kind: Kind): Extract<ReadReport, { readonly kind: Kind }> {
  const report = decodeRead(request, { status: 200, body: body(name) });
  assert.equal(report.kind, kind, report.kind === 'failed' ? report.cause : report.kind);
  return report as Extract<ReadReport, { readonly kind: Kind }>;
}

function failure(request: Read, name: string, status = 200): string {
  const report = decodeRead(request, { status, body: body(name) });
  assert.equal(report.kind, 'failed');
  return report.kind === 'failed' ? report.cause : '';
}

test('the documented server time', () => {
  assert.equal(read({ kind: 'time' }, 'time', 'time').at, 1_597_026_383_085);
});

test('the documented spot instrument', () => {
  const report = read({ kind: 'instruments', product: 'spot' }, 'instruments-spot', 'instruments');
  assert.equal(report.refused, 0);
  assert.deepEqual(report.instruments, [
    {
      kind: 'spot',
      id: spot,
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      tick: decimal('0.1'),
      lot: decimal('0.00000001'),
      minimum: decimal('0.00001'),
      maximum: decimal('9999999999'),
      tradable: true,
    },
  ]);
});

test('swaps: linear counts base, inverse counts dollars, one that is suspended is not tradable, an unknown kind is refused and counted', () => {
  const report = read({ kind: 'instruments', product: 'swap' }, 'instruments-swap', 'instruments');
  assert.equal(report.refused, 1);
  assert.deepEqual(
    report.instruments.map((one) => [one.kind, one.id, one.base, one.quote, one.settle, one.tradable, one.kind === 'spot' ? null : one.contractValue]),
    [
      ['linear', 'BTC-USDT-SWAP', 'BTC', 'USDT', 'USDT', true, decimal('0.01')],
      ['inverse', 'BTC-USD-SWAP', 'BTC', 'USD', 'BTC', true, decimal('100')],
      ['linear', 'ETH-USDT-SWAP', 'ETH', 'USDT', 'USDT', false, decimal('0.1')],
    ],
  );
});

test('dated futures: as swaps, and with the moment of their delivery; one without it, or with the name of another, is refused', () => {
  const report = read({ kind: 'instruments', product: 'futures' }, 'instruments-futures', 'instruments');
  assert.equal(report.refused, 2);
  assert.deepEqual(
    report.instruments.map((one) => [one.kind, one.id, one.settle, one.kind === 'spot' ? null : one.expiry]),
    [
      ['linear', 'BTC-USDT-261225', 'USDT', 1_798_185_600_000],
      ['inverse', 'BTC-USD-261225', 'BTC', 1_798_185_600_000],
    ],
  );
  assert.deepEqual(read({ kind: 'instruments', product: 'swap' }, 'instruments-futures', 'instruments').instruments, []);
});

test('the documented stop orders of somebody else: one that waits, and one that was reached', () => {
  const [waiting] = read({ kind: 'protections', type: 'conditional', olderThan: '' }, 'orders-algo-pending', 'protections').protections;
  assert.deepEqual(waiting, {
    clientOrderId: '',
    exchangeOrderId: '1753184812254216192',
    instrument: spot,
    side: 'buy',
    leg: 'net',
    // Ten quote currency units: no size in base.
    size: null,
    takeProfit: decimal('10000'),
    stopLoss: null,
    reduceOnly: false,
    state: 'live',
    childOrderIds: [],
    updatedAt: 1_724_751_378_980,
  });
  const [reached] = read({ kind: 'protections', type: 'oco', olderThan: '' }, 'orders-algo-history', 'protections').protections;
  assert.deepEqual(
    [reached?.state, reached?.childOrderIds, reached?.takeProfit, reached?.stopLoss, reached?.size, reached?.reduceOnly],
    ['effective', ['1884789786215137280'], decimal('63000'), decimal('57000'), decimal('100'), true],
  );
});

test('the stop order that was asked for; only 51603 says that there is none', () => {
  const query = { kind: 'protection', clientOrderId: 'b15' as ClientOrderId } as const;
  const answered = body('order-algo').replace('"algoClOrdId": ""', '"algoClOrdId": "b15"');
  assert.equal(decodeRead(query, { status: 200, body: answered }).kind, 'protection');
  assert.match(failure(query, 'order-algo'), /another client order id/);
  assert.deepEqual(decodeRead(query, { status: 200, body: body('order-absent-51603') }), { kind: 'absent' });
});

test('the documented ticker, book, candle, mark price, index and funding rate', () => {
  assert.deepEqual(read({ kind: 'ticker', instrument: inverse }, 'ticker', 'ticker').ticker, {
    instrument: inverse,
    bid: decimal('8888.88'),
    ask: decimal('9999.99'),
    last: decimal('9999.99'),
    volume: decimal('2222'),
    at: 1_597_026_383_085,
  });
  assert.deepEqual(read({ kind: 'book', instrument: spot, depth: 1 }, 'books', 'book').book, {
    instrument: spot,
    bids: [[decimal('41006.3'), decimal('0.30178218')]],
    asks: [[decimal('41006.8'), decimal('0.60038921')]],
    at: 1_629_966_436_396,
  });
  assert.deepEqual(read({ kind: 'candles', instrument: spot, bar: '1m', count: 100 }, 'candles', 'candles').candles, [
    {
      at: 1_597_026_383_085,
      open: decimal('3.721'),
      high: decimal('3.743'),
      low: decimal('3.677'),
      close: decimal('3.708'),
      volume: decimal('8422410'),
    },
  ]);
  assert.deepEqual(read({ kind: 'mark_price', instrument: linear }, 'mark-price', 'price').price, decimal('200'));
  assert.deepEqual(read({ kind: 'index', pair: 'BTC-USDT' }, 'index-tickers', 'price').price, decimal('43350'));
  assert.deepEqual(read({ kind: 'funding_rate', instrument: linear }, 'funding-rate', 'funding_rate'), {
    kind: 'funding_rate',
    rate: decimal('0.0000182221218054'),
    paidAt: 1_743_609_600_000,
    at: 1_743_588_686_291,
  });
});

test('the documented account: a main account whose key may withdraw, in long-short mode', () => {
  assert.deepEqual(read({ kind: 'account_config' }, 'account-config', 'account_config').config, {
    uid: '44705892343619584',
    mainUid: '44705892343619584',
    accountLevel: '2',
    positionMode: 'long_short_mode',
    permissions: ['read_only', 'withdraw', 'trade'],
    addresses: [],
    label: 'v5 test',
    autoLoan: false,
    spotBorrow: false,
  });
});

test('the documented balance: total is cash, available is what may be sold', () => {
  assert.deepEqual(read({ kind: 'balance' }, 'account-balance', 'balance').balance, {
    equityUsd: decimal('55837.43556134779'),
    currencies: [{ currency: 'USDT', total: decimal('4850.435693622894'), available: decimal('4834.317093622894') }],
    at: 1_705_474_164_160,
  });
});

test('positions in net mode: short is negative, and a closed one is left out', () => {
  assert.deepEqual(read({ kind: 'positions' }, 'account-positions', 'positions').positions, [
    { leg: 'net', instrument: linear, size: decimal('-3'), averagePrice: decimal('29783.8999999995535393'), liquidationPrice: decimal('53615.448336593756') },
    { leg: 'net', instrument: inverse, size: decimal('3'), averagePrice: decimal('60000'), liquidationPrice: null },
  ]);
});

test('the documented margin position has no place in our books', () => {
  assert.match(failure({ kind: 'positions' }, 'account-positions-margin'), /margin position/);
});

test('leverage is that of net mode; the documented answer for longs only is not', () => {
  assert.deepEqual(read({ kind: 'leverage', instrument: linear }, 'leverage-info-net', 'leverage').leverage, decimal('10'));
  assert.match(failure({ kind: 'leverage', instrument: linear }, 'leverage-info'), /neither of net mode nor of both legs/);
});

test("the documented pending order of somebody else is reported, with no client order id", () => {
  assert.deepEqual(read({ kind: 'pending', olderThan: '' }, 'orders-pending', 'orders').orders, [
    {
      clientOrderId: '',
      exchangeOrderId: '1752588852617379840',
      algoClientOrderId: '',
      instrument: spot,
      side: 'buy',
      leg: 'net',
      size: decimal('0.001'),
      price: decimal('13013.5'),
      filled: decimal('0'),
      averagePrice: null,
      state: 'live',
      reduceOnly: false,
      tag: '',
      category: 'normal',
      updatedAt: 1_724_733_617_998,
    },
  ]);
});

test('the documented market order was counted in quote currency: its size is what it filled', () => {
  const request = { kind: 'orders_history', product: 'spot', instrument: spot, begin: 0, olderThan: '' } as const;
  const [order] = read(request, 'orders-history', 'orders').orders;
  assert.deepEqual([order?.size, order?.filled, order?.averagePrice, order?.state], [decimal('0.00192834'), decimal('0.00192834'), decimal('51858'), 'filled']);
});

test('the documented fill', () => {
  const request = { kind: 'fills', product: 'spot', instrument: spot, begin: 0, olderThan: '', exchangeOrderId: '' } as const;
  assert.deepEqual(read(request, 'fills', 'fills').fills, [
    {
      tradeId: '744876980',
      billId: '680800019754098688',
      clientOrderId: '',
      exchangeOrderId: '680800019749904384',
      instrument: spot,
      side: 'buy',
      leg: 'net',
      liquidity: 'taker',
      size: decimal('0.00192834'),
      price: decimal('51858'),
      fee: decimal('-0.00000192834'),
      feeCurrency: 'BTC',
      at: 1_708_587_373_362,
    },
  ]);
});

test('the documented bill, of the week and of the archive', () => {
  for (const span of ['recent', 'archive'] as const) {
    assert.deepEqual(read({ kind: 'bills', span, begin: 0, olderThan: '' }, 'account-bills', 'bills').bills, [
      {
        billId: '623950854533513219',
        kind: 'trade',
        type: '2',
        subType: '1',
        currency: 'USDT',
        change: decimal('0.0219338232210000'),
        balance: decimal('8694.2179403378290202'),
        fee: decimal('-0.000021955779'),
        profit: decimal('0'),
        instrument: spot,
        exchangeOrderId: '623950854525124608',
        clientOrderId: '',
        tag: '',
        tradeId: '586760148',
        at: 1_695_033_476_167,
      },
    ]);
  }
});

test('the documented balance of the funding account', () => {
  assert.deepEqual(read({ kind: 'funding_balances' }, 'asset-balances', 'funding_balances').currencies, [
    { currency: 'ETH', total: decimal('37.11827078'), available: decimal('37.11827078') },
  ]);
});

test('the documented waiting stop order of somebody else, as a list of all that waits tells it', () => {
  assert.deepEqual(read({ kind: 'algo_orders', type: 'conditional', olderThan: '' }, 'orders-algo-pending', 'algo_orders').orders, [
    {
      type: 'conditional',
      clientOrderId: '',
      exchangeOrderId: '1753184812254216192',
      instrument: spot,
      side: 'buy',
      leg: 'net',
      reduceOnly: false,
      tag: '',
      updatedAt: 1_724_751_378_980,
    },
  ]);
});

const query = { kind: 'order', instrument: spot, clientOrderId: 'b15' as ClientOrderId } as const;

test('only 51603 says that an order does not exist; the order of another id proves nothing', () => {
  assert.deepEqual(decodeRead(query, { status: 200, body: body('order-absent-51603') }), { kind: 'absent' });
  assert.match(failure(query, 'order'), /another client order id/);
  assert.match(failure(query, 'invalid-sign-50113', 401), /50113/);
  assert.match(failure(query, 'too-many-requests-50011', 429), /50011/);
  assert.match(failure({ kind: 'positions' }, 'order-absent-51603'), /51603/);
});

test('the order that was asked for', () => {
  const answered = body('order').replace('"clOrdId": ""', '"clOrdId": "b15"');
  const report = decodeRead(query, { status: 200, body: answered });
  assert.equal(report.kind, 'order');
});
