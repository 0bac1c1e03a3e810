import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from '../../core/money/decimal.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import type { ClientOrderId, OrderTerms, ProtectionTerms } from '../../core/order/order.ts';
import type { AttachedProtection, ExchangeRequest } from '../../core/order/request.ts';
import { okxOrigin, simulatorOrigin } from './hosts.ts';
import { requestHash } from './hash.ts';
import { typeOfInstrument } from './kind.ts';
import { encode, type WireRequest } from './request.ts';

const spot = 'BTC-USDT' as InstrumentId;
const swap = 'BTC-USDT-SWAP' as InstrumentId;
const future = 'BTC-USDT-261225' as InstrumentId;
const id = 't1' as ClientOrderId;
const terms: OrderTerms = {
  instrument: spot,
  product: 'spot',
  side: 'buy',
  type: 'limit',
  size: decimal('1'),
  price: decimal('2'),
  reduceOnly: false,
  leg: 'net',
  purpose: 'entry',
};

function path(request: ExchangeRequest): string {
  return encode(request, { simulated: true }).path;
}

function place(changes: Partial<OrderTerms>, clientOrderId: string = id): WireRequest {
  return encode(
    {
      kind: 'place',
      clientOrderId: clientOrderId as ClientOrderId,
      expiresAt: 1_795_000_000_000,
      protection: null,
      terms: { ...terms, ...changes },
    },
    { simulated: true },
  );
}

test('each read has its path, and what is not asked for is not in it', () => {
  assert.deepEqual(
    (
      [
        { kind: 'order', instrument: spot, clientOrderId: id },
        { kind: 'placed_order', instrument: spot, exchangeOrderId: '77' },
        { kind: 'protection', clientOrderId: id },
        { kind: 'protections', type: 'oco', olderThan: '' },
        { kind: 'protections', type: 'conditional', olderThan: '12' },
        { kind: 'pending', olderThan: '' },
        { kind: 'pending', olderThan: '12' },
        { kind: 'orders_history', product: 'spot', instrument: spot, begin: 0, olderThan: '' },
        {
          kind: 'orders_history',
          product: 'inverse',
          instrument: 'BTC-USD-SWAP' as InstrumentId,
          begin: 1_795_000_000_000,
          olderThan: '12',
        },
        { kind: 'fills', product: 'spot', instrument: spot, begin: 0, olderThan: '', exchangeOrderId: '' },
        { kind: 'fills', product: 'linear', instrument: swap, begin: 5, olderThan: '9', exchangeOrderId: '7' },
        { kind: 'algo_orders', type: 'smart_iceberg', olderThan: '' },
        { kind: 'algo_orders', type: 'oco', olderThan: '12' },
        { kind: 'funding_balances' },
        { kind: 'bills', span: 'recent', begin: 0, olderThan: '' },
        { kind: 'bills', span: 'archive', begin: 5, olderThan: '9' },
        { kind: 'positions' },
        { kind: 'balance' },
        { kind: 'account_config' },
        { kind: 'leverage', instrument: swap },
        { kind: 'instruments', product: 'spot' },
        { kind: 'instruments', product: 'swap' },
        { kind: 'instruments', product: 'futures' },
        { kind: 'fills', product: 'linear', instrument: future, begin: 0, olderThan: '', exchangeOrderId: '' },
        { kind: 'mark_price', instrument: future },
        { kind: 'ticker', instrument: spot },
        { kind: 'book', instrument: spot, depth: 400 },
        { kind: 'candles', instrument: spot, bar: '1Dutc', count: 300 },
        { kind: 'mark_price', instrument: swap },
        { kind: 'mark_price', instrument: spot },
        { kind: 'index', pair: 'BTC-USD' },
        { kind: 'funding_rate', instrument: swap },
        { kind: 'time' },
      ] as const
    ).map(path),
    [
      '/api/v5/trade/order?instId=BTC-USDT&clOrdId=t1',
      '/api/v5/trade/order?instId=BTC-USDT&ordId=77',
      '/api/v5/trade/order-algo?algoClOrdId=t1',
      '/api/v5/trade/orders-algo-pending?ordType=oco&limit=100',
      '/api/v5/trade/orders-algo-pending?ordType=conditional&after=12&limit=100',
      '/api/v5/trade/orders-pending?limit=100',
      '/api/v5/trade/orders-pending?after=12&limit=100',
      '/api/v5/trade/orders-history?instType=SPOT&instId=BTC-USDT&limit=100',
      '/api/v5/trade/orders-history?instType=SWAP&instId=BTC-USD-SWAP&after=12&begin=1795000000000&limit=100',
      '/api/v5/trade/fills?instType=SPOT&instId=BTC-USDT&limit=100',
      '/api/v5/trade/fills?instType=SWAP&instId=BTC-USDT-SWAP&ordId=7&after=9&begin=5&limit=100',
      '/api/v5/trade/orders-algo-pending?ordType=smart_iceberg&limit=100',
      '/api/v5/trade/orders-algo-pending?ordType=oco&after=12&limit=100',
      '/api/v5/asset/balances',
      '/api/v5/account/bills?limit=100',
      '/api/v5/account/bills-archive?after=9&begin=5&limit=100',
      '/api/v5/account/positions',
      '/api/v5/account/balance',
      '/api/v5/account/config',
      '/api/v5/account/leverage-info?instId=BTC-USDT-SWAP&mgnMode=cross',
      '/api/v5/public/instruments?instType=SPOT',
      '/api/v5/public/instruments?instType=SWAP',
      '/api/v5/public/instruments?instType=FUTURES',
      '/api/v5/trade/fills?instType=FUTURES&instId=BTC-USDT-261225&limit=100',
      '/api/v5/public/mark-price?instType=FUTURES&instId=BTC-USDT-261225',
      '/api/v5/market/ticker?instId=BTC-USDT',
      '/api/v5/market/books?instId=BTC-USDT&sz=400',
      '/api/v5/market/candles?instId=BTC-USDT&bar=1Dutc&limit=300',
      '/api/v5/public/mark-price?instType=SWAP&instId=BTC-USDT-SWAP',
      '/api/v5/public/mark-price?instType=MARGIN&instId=BTC-USDT',
      '/api/v5/market/index-tickers?instId=BTC-USD',
      '/api/v5/public/funding-rate?instId=BTC-USDT-SWAP',
      '/api/v5/public/time',
    ],
  );
});

test('a timer is armed with seconds as a text, for a tag or for the whole account; what OKX would refuse is our own bug', () => {
  const arm = (seconds: number, tag: string) => encode({ kind: 'cancel_all_after', seconds, tag }, { simulated: true });
  const { method, path: to, body, private: isSigned, expTime } = arm(30, 'bot1');
  assert.deepEqual(
    [method, to, body, isSigned, expTime],
    ['POST', '/api/v5/trade/cancel-all-after', '{"timeOut":"30","tag":"bot1"}', true, ''],
  );
  assert.equal(arm(0, '').body, '{"timeOut":"0"}');
  for (const [seconds, tag] of [
    [9, ''],
    [121, ''],
    [10.5, ''],
    [-1, ''],
    [30, 'a-b'],
    [30, 'x'.repeat(17)],
  ] as const)
    assert.throws(() => arm(seconds, tag));
});

test('a list of cancels names each order by the exchange’s number; what OKX would refuse is our own bug', () => {
  const clear = (kind: 'clear_orders' | 'clear_algos', exchangeOrderIds: readonly string[]) =>
    encode({ kind, instrument: spot, exchangeOrderIds }, { simulated: true });
  const orders = clear('clear_orders', ['12', '13']);
  assert.deepEqual(
    [orders.method, orders.path, orders.body, orders.expTime],
    ['POST', '/api/v5/trade/cancel-batch-orders', '[{"instId":"BTC-USDT","ordId":"12"},{"instId":"BTC-USDT","ordId":"13"}]', ''],
  );
  const algos = clear('clear_algos', ['7']);
  assert.deepEqual([algos.path, algos.body], ['/api/v5/trade/cancel-algos', '[{"instId":"BTC-USDT","algoId":"7"}]']);
  const ids = Array.from({ length: 21 }, (_, index) => String(index + 1));
  for (const wrong of [[], ids, ['1', '1'], [''], ['x']]) assert.throws(() => clear('clear_orders', wrong));
  assert.throws(() => clear('clear_algos', ids.slice(0, 11)));
});

test('what is private is signed, what is public carries no key', () => {
  for (const kind of ['positions', 'balance', 'account_config'] as const) assert.equal(encode({ kind }, { simulated: true }).private, true);
  assert.equal(encode({ kind: 'time' }, { simulated: true }).private, false);
  assert.equal(place({}).private, true);
});

test('a self-match costs the entry its life, and never the exit', () => {
  assert.match(place({}).body, /"stpMode":"cancel_taker"/);
  assert.match(place({ purpose: 'exit', side: 'sell' }).body, /"stpMode":"cancel_maker"/);
});

test('spot is cash without a reduce-only flag; swaps are crossed and in net mode', () => {
  assert.match(place({}).body, /"tdMode":"cash"/);
  assert.doesNotMatch(place({ purpose: 'exit' }).body, /reduceOnly/);
  const reducing = place({ instrument: swap, product: 'linear', reduceOnly: true, purpose: 'exit' }).body;
  assert.match(reducing, /"tdMode":"cross".*"reduceOnly":true/);
  assert.doesNotMatch(reducing, /posSide/);
  assert.doesNotMatch(place({ instrument: swap, product: 'linear' }).body, /reduceOnly/);
});

test('what an instrument is follows from its name, and a name of another form is nothing that we send', () => {
  const kinds = {
    'BTC-USDT': 'SPOT',
    'BTC-USDT-SWAP': 'SWAP',
    'BTC-USD-SWAP': 'SWAP',
    'BTC-USDT-261225': 'FUTURES',
    'BTC-USD-261225': 'FUTURES',
  };
  for (const [name, kind] of Object.entries(kinds)) assert.equal(typeOfInstrument(name), kind);
  for (const name of ['BTC', 'BTC-SWAP', 'BTC-USD-26122', 'BTC-USD-2612251', 'BTC-USD-261225-60000-C', 'BTC-USDT-swap', 'BTC--SWAP', '']) {
    assert.equal(typeOfInstrument(name), undefined, name);
    assert.throws(() => path({ kind: 'mark_price', instrument: name as InstrumentId }), /spot pair, a swap or a dated future/);
  }
  assert.match(place({ instrument: future, product: 'linear' }).body, /"instId":"BTC-USDT-261225","tdMode":"cross"/);
  assert.throws(() => place({ instrument: future, product: 'spot' }), /product/);
});

const triggers = { takeProfit: decimal('3'), stopLoss: decimal('1') };
const attached = { clientOrderId: 't2' as ClientOrderId, ...triggers };

function placed(changes: Partial<OrderTerms>, protection: AttachedProtection): string {
  const request = { kind: 'place', clientOrderId: id, expiresAt: 1, terms: { ...terms, ...changes }, protection } as const;
  return encode(request, { simulated: true }).body;
}

test('a stop order is for closing: never attached to an exit, never buying on spot, never without a trigger above zero', () => {
  assert.throws(() => placed({ instrument: swap, product: 'linear', reduceOnly: true, purpose: 'exit' }, attached), /reduce-only/);
  assert.throws(() => placed({ side: 'sell', purpose: 'exit' }, attached), /only a buy/);
  assert.throws(() => placed({}, { ...attached, takeProfit: null, stopLoss: null }), /at least one trigger/);
  assert.throws(() => placed({}, { ...attached, stopLoss: decimal('0') }), /above zero/);
  assert.throws(() => placed({}, { ...attached, clientOrderId: 'a-b' as ClientOrderId }), /client order id/);
  const protect = { instrument: spot, product: 'spot', side: 'sell', leg: 'net', size: decimal('1'), ...triggers } as const;
  const encoded = (changes: Partial<ProtectionTerms>) =>
    encode({ kind: 'protect', clientOrderId: id, terms: { ...protect, ...changes } }, { simulated: true }).body;
  assert.match(encoded({}), /"ordType":"oco"/);
  assert.throws(() => encoded({ side: 'buy' }), /sells/);
  assert.match(encoded({ instrument: swap, product: 'linear', leg: 'long' }), /"side":"sell","posSide":"long"/);
  assert.throws(() => encoded({ instrument: swap, product: 'linear', leg: 'short' }), /closes its leg/);
  assert.throws(() => encoded({ size: decimal('0') }), /size above zero/);
  assert.throws(() => encoded({ instrument: swap }), /product/);
  assert.throws(() => encoded({ takeProfit: null, stopLoss: null }), /at least one trigger/);
  const amend = { kind: 'amend_protection', instrument: spot, clientOrderId: id } as const;
  assert.throws(() => encode({ ...amend, triggers: { takeProfit: null, stopLoss: null } }, { simulated: true }), /at least one trigger/);
  assert.throws(() => encode({ ...amend, triggers: { takeProfit: null, stopLoss: decimal('0') } }, { simulated: true }), /above zero/);
  assert.throws(
    () => encode({ kind: 'cancel_protection', instrument: spot, clientOrderId: id, exchangeOrderId: 'x' }, { simulated: true }),
    /digits/,
  );
});

test('what OKX would misread is our own bug, and never leaves', () => {
  assert.throws(() => place({ reduceOnly: true }), /spot has no reduce-only/);
  assert.throws(() => place({ size: decimal('0') }), /size above zero/);
  assert.throws(() => place({ size: decimal('-1') }), /size above zero/);
  assert.throws(() => place({ price: decimal('0') }), /price above zero/);
  assert.throws(() => place({ instrument: swap }), /product/);
  assert.throws(() => place({ product: 'linear' }), /product/);
  for (const bad of ['', 'a-b', 'a_b', 'x'.repeat(33), 'a b', 'ä']) assert.throws(() => place({}, bad), /client order id/);
  assert.throws(() => path({ kind: 'pending', olderThan: '1&instId=x' }), /digits/);
  assert.throws(() => path({ kind: 'candles', instrument: spot, bar: '1x', count: 1 }), /candle/);
  assert.throws(() => path({ kind: 'book', instrument: spot, depth: 401 }), /levels/);
  assert.throws(
    () => encode({ kind: 'place', clientOrderId: id, expiresAt: Number.NaN, protection: null, terms }, { simulated: true }),
    /void/,
  );
});

test('whatever differs in the bytes, in expTime or in demo and live, differs in the hash', () => {
  const base = place({});
  const hashes = [
    requestHash(base, true),
    requestHash({ ...base, simulated: false }, false),
    requestHash({ ...base, expTime: '' }, true),
    requestHash({ ...base, expTime: '1' }, true),
    requestHash({ ...base, method: 'GET' }, true),
    requestHash({ ...base, path: `${base.path}x`, body: base.body.slice(1) }, true),
    requestHash({ ...base, path: base.path + base.body, body: '' }, true),
    requestHash({ ...base, body: base.body + base.expTime, expTime: '' }, true),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.throws(() => requestHash(base, false), /demo/);
});

test('an order goes to a pinned host over https, and to a simulator on this machine only', () => {
  assert.deepEqual((['global', 'eea', 'us'] as const).map(okxOrigin), ['https://www.okx.com', 'https://eea.okx.com', 'https://us.okx.com']);
  assert.deepEqual(simulatorOrigin('127.0.0.1:7392'), { ok: true, value: 'http://127.0.0.1:7392' });
  for (const bad of [
    '0.0.0.0:7392',
    '10.0.0.1:7392',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:70000',
    '127.0.0.1:1/x',
    'a@127.0.0.1:1',
    '',
  ]) {
    assert.equal(simulatorOrigin(bad).ok, false, bad);
  }
});
