import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { type ClosableExchange, createExchange } from '../../src/adapters/exchange/https.ts';
import { decimal } from '../../src/core/money/decimal.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import type { ClearingReport, ReadReport, WriteReport } from '../../src/core/order/report.ts';
import { algoTypes, type Arming, type Clearing, type ExchangeRequest, type Read, type Write } from '../../src/core/order/request.ts';
import type { Sent } from '../../src/ports/exchange.ts';
import { listen, type Listener } from '../../src/doors/okx/listener.ts';
import { createExchange as createSimulator } from '../../src/sim/exchange.ts';
import { decodeRead } from '../../src/venues/okx/read.ts';
import { encode, type WireRequest } from '../../src/venues/okx/request.ts';
import { prehash, publicHeaders, signedHeaders } from '../../src/venues/okx/sign.ts';
import { decodeClearing, decodeWrite } from '../../src/venues/okx/write.ts';
import { instrument } from '../golden/okx-bodies.ts';
import { trade } from '../support/sim-trader.ts';

const spot = instrument('BTC-USDT');

/** Codec and connection together, against the simulated exchange on a real socket; what an engine and a vault do between them is left out. */
class Bench implements AsyncDisposable {
  readonly listener: Listener;
  readonly exchange: ClosableExchange;

  private constructor(listener: Listener, exchange: ClosableExchange) {
    this.listener = listener;
    this.exchange = exchange;
  }

  static async open(): Promise<Bench> {
    const simulator = createSimulator({
      settings: {
        seed: 1,
        candles: [],
        candleMilliseconds: 60_000,
        rateLimits: 'lenient',
        sign: ({ secret, parts }) => {
          const hash = createHmac('sha256', secret);
          for (const part of parts) hash.update(part);
          return hash.digest('base64');
        },
        prove: () => undefined,
      },
      startedAt: Date.now(),
      restored: undefined,
    });
    const listener = await listen({
      backend: (request) => simulator.handle({ request, at: Date.now() }).reaction,
      host: '127.0.0.1',
      port: 0,
    });
    const exchange = createExchange({ baseUrl: listener.url, clock: systemClock, writeMilliseconds: 1500, readMilliseconds: 1500 });
    if (!exchange.ok) throw new Error(exchange.error);
    return new Bench(listener, exchange.value);
  }

  async #send(request: ExchangeRequest): Promise<Sent> {
    return this.#signed(encode(request, { simulated: true }));
  }

  async #signed(wire: WireRequest): Promise<Sent> {
    const timestamp = new Date().toISOString();
    const signature = createHmac('sha256', 'sim-secret')
      .update(prehash({ timestamp, ...wire }))
      .digest('base64');
    const headers = wire.private
      ? signedHeaders(wire, { key: 'sim-key', passphrase: 'sim-pass', timestamp, signature })
      : publicHeaders(wire);
    return this.exchange.send({ method: wire.method, path: wire.path, body: wire.body, headers }, () => true);
  }

  async read(request: Read): Promise<ReadReport> {
    const sent = await this.#send(request);
    return sent.kind === 'answered' ? decodeRead(request, sent) : { kind: 'failed', cause: sent.cause };
  }

  async write(request: Write | Arming): Promise<WriteReport | { readonly kind: 'not_sent' }> {
    const sent = await this.#send(request);
    if (sent.kind === 'answered') return decodeWrite(request, sent);
    return sent.kind === 'unknown' ? sent : { kind: 'not_sent' };
  }

  async clear(request: Clearing): Promise<ClearingReport> {
    const sent = await this.#send(request);
    return sent.kind === 'answered' ? decodeClearing(request, sent) : { accepted: 0, cause: sent.cause };
  }

  async arm(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    const sent = await this.exchange.send({ method: 'POST', path: '/sim/faults', headers, body: JSON.stringify(fault) }, () => true);
    assert.equal(sent.kind === 'answered' && sent.status, 200, JSON.stringify(sent));
  }

  async move(instId: string, price: string): Promise<void> {
    await this.desk('/sim/market', { instId, price });
  }

  async desk(path: string, body: object): Promise<void> {
    const request = { method: 'POST', path, headers: { 'Content-Type': 'application/json' } } as const;
    const sent = await this.exchange.send({ ...request, body: JSON.stringify(body) }, () => true);
    assert.equal(sent.kind === 'answered' && sent.status, 200, JSON.stringify(sent));
  }

  /** What twokey itself never asks for: a person changes the account. */
  async post(path: string, body: object): Promise<void> {
    const wire = { method: 'POST', path, body: JSON.stringify(body), expTime: '', private: true, simulated: true } as const;
    const sent = await this.#signed(wire);
    assert.match(sent.kind === 'answered' ? sent.body : '', /"code":"0"/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exchange.close();
    await this.listener.close();
  }
}

function placement(clientOrderId: string, price = '30000'): Write {
  return {
    kind: 'place',
    clientOrderId: clientOrderId as ClientOrderId,
    expiresAt: Date.now() + 1500,
    protection: null,
    terms: {
      instrument: spot,
      product: 'spot',
      side: 'buy',
      type: 'limit',
      size: decimal('0.001'),
      price: decimal(price),
      reduceOnly: false,
      leg: 'net',
      purpose: 'entry',
    },
  };
}

const reads: readonly (readonly [request: Read, kind: ReadReport['kind']])[] = [
  [{ kind: 'time' }, 'time'],
  [{ kind: 'instruments', product: 'spot' }, 'instruments'],
  [{ kind: 'instruments', product: 'swap' }, 'instruments'],
  [{ kind: 'instruments', product: 'futures' }, 'instruments'],
  [{ kind: 'ticker', instrument: spot }, 'ticker'],
  [{ kind: 'book', instrument: spot, depth: 5 }, 'book'],
  [{ kind: 'candles', instrument: spot, bar: '1m', count: 5 }, 'candles'],
  [{ kind: 'mark_price', instrument: instrument('BTC-USDT-SWAP') }, 'price'],
  [{ kind: 'index', pair: 'BTC-USDT' }, 'price'],
  [{ kind: 'index', pair: 'USDT-USD' }, 'price'],
  [{ kind: 'funding_rate', instrument: instrument('BTC-USDT-SWAP') }, 'funding_rate'],
  [{ kind: 'account_config' }, 'account_config'],
  [{ kind: 'balance' }, 'balance'],
  [{ kind: 'positions' }, 'positions'],
  [{ kind: 'pending', olderThan: '' }, 'orders'],
  [{ kind: 'protections', type: 'conditional', olderThan: '' }, 'protections'],
  [{ kind: 'protections', type: 'oco', olderThan: '' }, 'protections'],
  [{ kind: 'protection', clientOrderId: 't0' as ClientOrderId }, 'absent'],
  [{ kind: 'placed_order', instrument: spot, exchangeOrderId: '1' }, 'absent'],
  [{ kind: 'orders_history', product: 'spot', instrument: spot, begin: 0, olderThan: '' }, 'orders'],
  [{ kind: 'fills', product: 'spot', instrument: spot, begin: 0, olderThan: '', exchangeOrderId: '' }, 'fills'],
  [{ kind: 'leverage', instrument: instrument('BTC-USDT-SWAP') }, 'leverage'],
  [{ kind: 'funding_balances' }, 'funding_balances'],
  [{ kind: 'bills', span: 'recent', begin: 0, olderThan: '' }, 'bills'],
  [{ kind: 'bills', span: 'archive', begin: 0, olderThan: '' }, 'bills'],
  ...algoTypes.map((type) => [{ kind: 'algo_orders', type, olderThan: '' }, 'algo_orders'] as const),
];

test('every read that twokey knows is answered and understood', async () => {
  await using bench = await Bench.open();
  for (const [request, kind] of reads) {
    const report = await bench.read(request);
    assert.equal(report.kind, kind, report.kind === 'failed' ? `${request.kind}: ${report.cause}` : request.kind);
    if (report.kind === 'instruments') assert.equal(report.refused, 0);
  }
});

test('an order lives its life: accepted, found, cancelled, found cancelled; a cancel too many is unknown', async () => {
  await using bench = await Bench.open();
  const order = placement('t1', '58000');
  assert.equal((await bench.write(order)).kind, 'accepted');
  const query = { kind: 'order', instrument: spot, clientOrderId: order.clientOrderId } as const;
  const live = await bench.read(query);
  assert.equal(live.kind === 'order' && live.order.state, 'live');
  const cancel = { kind: 'cancel', instrument: spot, clientOrderId: order.clientOrderId } as const;
  assert.equal((await bench.write(cancel)).kind, 'accepted');
  const ended = await bench.read(query);
  assert.equal(ended.kind === 'order' && ended.order.state, 'cancelled');
  assert.equal((await bench.write(cancel)).kind, 'unknown');
});

const swap = instrument('BTC-USDT-SWAP');

function long(clientOrderId: string, stopId: string): Write {
  const id = (text: string) => text as ClientOrderId;
  const terms = { instrument: swap, product: 'linear', side: 'buy', type: 'ioc', size: decimal('2'), price: decimal('61000') } as const;
  return {
    kind: 'place',
    clientOrderId: id(clientOrderId),
    expiresAt: Date.now() + 1500,
    terms: { ...terms, leg: 'net', reduceOnly: false, purpose: 'entry' },
    protection: { clientOrderId: id(stopId), takeProfit: decimal('66000'), stopLoss: decimal('55000') },
  };
}

function stopOrder(clientOrderId: string): Extract<Write, { readonly kind: 'protect' }> {
  const terms = {
    instrument: swap,
    product: 'linear',
    side: 'sell',
    leg: 'net',
    size: decimal('1'),
    takeProfit: null,
    stopLoss: decimal('54000'),
  } as const;
  return { kind: 'protect', clientOrderId: clientOrderId as ClientOrderId, terms };
}

test('what travels with an entry is live when the entry is filled, is moved, is reached, and its order is found by number', async () => {
  await using bench = await Bench.open();
  const entry = long('t1', 't2');
  assert.equal((await bench.write(entry)).kind, 'accepted');
  const clientOrderId = 't2' as ClientOrderId;
  const query = { kind: 'protection', clientOrderId } as const;
  const live = await bench.read(query);
  assert.ok(live.kind === 'protection');
  assert.deepEqual([live.protection.state, live.protection.size, live.protection.side], ['live', decimal('2'), 'sell']);
  const listed = await bench.read({ kind: 'protections', type: 'oco', olderThan: '' });
  assert.deepEqual(listed.kind === 'protections' && listed.protections, [live.protection]);
  const triggers = { takeProfit: null, stopLoss: decimal('56000') };
  assert.equal((await bench.write({ kind: 'amend_protection', instrument: swap, clientOrderId, triggers })).kind, 'accepted');
  const wrong = { takeProfit: null, stopLoss: decimal('65000') };
  assert.deepEqual(await bench.write({ kind: 'amend_protection', instrument: swap, clientOrderId, triggers: wrong }), {
    kind: 'rejected',
    code: '51304',
  });
  await bench.move('BTC-USDT-SWAP', '56000');
  const reached = await bench.read(query);
  assert.ok(reached.kind === 'protection' && reached.protection.state === 'effective');
  const [exchangeOrderId = ''] = reached.protection.childOrderIds;
  const child = await bench.read({ kind: 'placed_order', instrument: swap, exchangeOrderId });
  assert.ok(child.kind === 'order');
  assert.deepEqual(
    [child.order.clientOrderId, child.order.algoClientOrderId, child.order.state, child.order.reduceOnly],
    ['', 't2', 'filled', true],
  );
  assert.deepEqual(await bench.read({ kind: 'positions' }), { kind: 'positions', positions: [] });
});

test('a stop order of its own is placed, found and cancelled; a cancel too many is unknown, and one without a position is refused', async () => {
  await using bench = await Bench.open();
  const stop = stopOrder('t3');
  assert.deepEqual(await bench.write(stop), { kind: 'rejected', code: '51058' });
  assert.equal((await bench.write(long('t1', 't2'))).kind, 'accepted');
  const accepted = await bench.write(stop);
  assert.ok(accepted.kind === 'accepted');
  for (const exchangeOrderId of ['', accepted.exchangeOrderId]) {
    const cancel = { kind: 'cancel_protection', instrument: swap, clientOrderId: stop.clientOrderId, exchangeOrderId } as const;
    assert.equal((await bench.write(cancel)).kind, exchangeOrderId === '' ? 'accepted' : 'unknown');
  }
  const ended = await bench.read({ kind: 'protection', clientOrderId: stop.clientOrderId });
  assert.equal(ended.kind === 'protection' && ended.protection.state, 'cancelled');
});

test('what somebody else does to the account is found in its bills: a deposit, a trade, a liquidation', async () => {
  await using bench = await Bench.open();
  await bench.desk('/sim/deposits', { ccy: 'USDT', amt: '100', to: '18' });
  await bench.desk('/sim/deposits', { ccy: 'USDT', amt: '7' });
  await bench.desk('/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'buy', sz: '2' });
  await bench.desk('/sim/liquidations', { instId: 'BTC-USDT-SWAP', sz: '1' });
  const report = await bench.read({ kind: 'bills', span: 'recent', begin: 0, olderThan: '' });
  assert.ok(report.kind === 'bills');
  const [liquidation, trade, transfer] = report.bills;
  assert.deepEqual(
    report.bills.map(({ kind, clientOrderId }) => [kind, clientOrderId]),
    [
      ['liquidation', ''],
      ['trade', ''],
      ['movement', ''],
    ],
  );
  assert.deepEqual([transfer?.change, transfer?.balance, transfer?.instrument], [decimal('100'), decimal('10100'), null]);
  const older = await bench.read({ kind: 'bills', span: 'recent', begin: 0, olderThan: trade?.billId ?? '' });
  assert.deepEqual(older.kind === 'bills' && older.bills, [transfer]);
  const order = await bench.read({ kind: 'placed_order', instrument: swap, exchangeOrderId: liquidation?.exchangeOrderId ?? '' });
  assert.ok(order.kind === 'order');
  assert.deepEqual([order.order.category, order.order.clientOrderId, order.order.state], ['liquidation', '', 'filled']);
  const fills = await bench.read({ kind: 'fills', product: 'linear', instrument: swap, begin: 0, olderThan: '', exchangeOrderId: '' });
  assert.equal(fills.kind === 'fills' && fills.fills[0]?.tradeId, liquidation?.tradeId);
  const funding = await bench.read({ kind: 'funding_balances' });
  assert.deepEqual(funding.kind === 'funding_balances' && funding.currencies, [
    { currency: 'USDT', total: decimal('7'), available: decimal('7') },
  ]);
});

test('what the private channels tell of orders, stop orders and positions is read as the lists are', () => {
  const trader = trade();
  const swapOrder = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '2', clOrdId: 't1' };
  trader.post('/api/v5/trade/order', { ...swapOrder, attachAlgoOrds: [{ attachAlgoClOrdId: 't2', slTriggerPx: '55000', slOrdPx: '-1' }] });
  const pushes = trader.exchange.pushes({ seed: 3, duplicatedPerMille: 500, lateMax: 2 });
  const read = (request: Read, channel: string): ReadReport => {
    const data = pushes.filter(({ message }) => message.arg['channel'] === channel).flatMap(({ message }) => message.data);
    return decodeRead(request, { status: 200, body: JSON.stringify({ code: '0', msg: '', data }) });
  };
  const orders = read({ kind: 'pending', olderThan: '' }, 'orders');
  assert.ok(orders.kind === 'orders');
  assert.deepEqual(
    new Set(orders.orders.map(({ state, clientOrderId }) => `${clientOrderId} ${state}`)),
    new Set(['t1 live', 't1 filled']),
  );
  const stops = read({ kind: 'protections', type: 'conditional', olderThan: '' }, 'orders-algo');
  assert.equal(stops.kind === 'protections' && stops.protections[0]?.clientOrderId, 't2');
  const positions = read({ kind: 'positions' }, 'positions');
  assert.equal(positions.kind === 'positions' && positions.positions[0]?.instrument, 'BTC-USDT-SWAP');
});

test('in long/short mode the legs are opened, protected, told and closed apart', async () => {
  await using bench = await Bench.open();
  await bench.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  const open = long('t1', 't2');
  assert.ok(open.kind === 'place');
  const legOf = (leg: 'long' | 'short', clientOrderId: string, change: object): Write => ({
    ...open,
    clientOrderId: clientOrderId as ClientOrderId,
    protection: null,
    terms: { ...open.terms, leg, ...change },
  });
  assert.equal((await bench.write({ ...open, terms: { ...open.terms, leg: 'long' } })).kind, 'accepted');
  const sell = { side: 'sell', price: decimal('59000') } as const;
  assert.equal((await bench.write(legOf('short', 't3', { ...sell, size: decimal('1') }))).kind, 'accepted');
  const positions = await bench.read({ kind: 'positions' });
  assert.deepEqual(positions.kind === 'positions' && positions.positions.map(({ leg, size }) => [leg, size]), [
    ['long', decimal('2')],
    ['short', decimal('-1')],
  ]);
  const stop = await bench.read({ kind: 'protection', clientOrderId: 't2' as ClientOrderId });
  assert.deepEqual(stop.kind === 'protection' && [stop.protection.leg, stop.protection.state], ['long', 'live']);
  const leverage = await bench.read({ kind: 'leverage', instrument: swap });
  assert.deepEqual(leverage, { kind: 'leverage', leverage: decimal('3') });
  const exit = { reduceOnly: true, purpose: 'exit' } as const;
  assert.deepEqual(await bench.write(legOf('long', 't4', { ...sell, ...exit, size: decimal('3') })), { kind: 'rejected', code: '51112' });
  assert.equal((await bench.write(legOf('long', 't5', { ...sell, ...exit }))).kind, 'accepted');
  assert.equal((await bench.write(legOf('short', 't6', { ...exit, size: decimal('1') }))).kind, 'accepted');
  assert.deepEqual(await bench.read({ kind: 'positions' }), { kind: 'positions', positions: [] });
  const ended = await bench.read({ kind: 'protection', clientOrderId: 't2' as ClientOrderId });
  assert.equal(ended.kind === 'protection' && ended.protection.state, 'cancelled');
});

test('the timer of the exchange is armed, moved and disarmed; a lost answer proves nothing', async () => {
  await using bench = await Bench.open();
  const arming = { kind: 'cancel_all_after', seconds: 10, tag: '' } as const;
  assert.deepEqual(await bench.write(arming), { kind: 'accepted', exchangeOrderId: '' });
  assert.equal((await bench.write({ ...arming, seconds: 60 })).kind, 'accepted');
  assert.equal((await bench.write({ ...arming, seconds: 0 })).kind, 'accepted');
  assert.equal((await bench.write(placement('t1', '58000'))).kind, 'accepted');
  await bench.arm({ kind: 'lost_ack', path: '/api/v5/trade/cancel-all-after', executed: true, count: 1 });
  assert.equal((await bench.write(arming)).kind, 'unknown');
  await bench.desk('/sim/clock', { advance_ms: 10_001 });
  const ended = await bench.read({ kind: 'order', instrument: spot, clientOrderId: 't1' as ClientOrderId });
  assert.equal(ended.kind === 'order' && ended.order.state, 'cancelled');
});

test('every kind of waiting order that is there is listed, under its kind and no other', async () => {
  await using bench = await Bench.open();
  assert.equal((await bench.write(long('t1', 't2'))).kind, 'accepted');
  assert.equal((await bench.write(stopOrder('t3'))).kind, 'accepted');
  const found: Record<string, readonly string[]> = {};
  for (const type of algoTypes) {
    const report = await bench.read({ kind: 'algo_orders', type, olderThan: '' });
    assert.ok(report.kind === 'algo_orders');
    found[type] = report.orders.map(({ clientOrderId }) => clientOrderId);
  }
  const none = { trigger: [], move_order_stop: [], chase: [], twap: [], smart_iceberg: [] };
  assert.deepEqual(found, { conditional: ['t3'], oco: ['t2'], ...none });
});

test('what is listed is cancelled by the exchange’s numbers, and what ended before is told apart', async () => {
  await using bench = await Bench.open();
  for (const id of ['t1', 't2', 't3']) assert.equal((await bench.write(placement(id, '58000'))).kind, 'accepted');
  const pending = await bench.read({ kind: 'pending', olderThan: '' });
  assert.ok(pending.kind === 'orders');
  const ids = pending.orders.map(({ exchangeOrderId }) => exchangeOrderId);
  assert.deepEqual(await bench.clear({ kind: 'clear_orders', instrument: spot, exchangeOrderIds: ids.slice(0, 2) }), {
    accepted: 2,
    cause: '',
  });
  const again = await bench.clear({ kind: 'clear_orders', instrument: spot, exchangeOrderIds: ids });
  assert.equal(again.accepted, 1);
  assert.match(again.cause, /2 not cancelled, code 51400/);
  assert.deepEqual(await bench.read({ kind: 'pending', olderThan: '' }), { kind: 'orders', orders: [] });
  assert.equal((await bench.write(long('t4', 't5'))).kind, 'accepted');
  const stops = await bench.read({ kind: 'algo_orders', type: 'oco', olderThan: '' });
  assert.ok(stops.kind === 'algo_orders');
  const algos = stops.orders.map(({ exchangeOrderId }) => exchangeOrderId);
  assert.deepEqual(await bench.clear({ kind: 'clear_algos', instrument: swap, exchangeOrderIds: algos }), { accepted: 1, cause: '' });
  await bench.arm({ kind: 'lost_ack', path: '/api/v5/trade/cancel-algos', executed: true, count: 1 });
  assert.equal((await bench.clear({ kind: 'clear_algos', instrument: swap, exchangeOrderIds: algos })).accepted, 0);
});

for (const kind of ['lost_ack', 'truncated', 'code_51149'] as const) {
  for (const executed of [true, false]) {
    test(`a stop order under ${kind}, ${executed ? 'executed' : 'not executed'}: unknown, and only the query tells`, async () => {
      await using bench = await Bench.open();
      assert.equal((await bench.write(long('t1', 't2'))).kind, 'accepted');
      await bench.arm({ kind, path: '/api/v5/trade/order-algo', executed, count: 1 });
      const stop = stopOrder('t3');
      assert.equal((await bench.write(stop)).kind, 'unknown');
      const found = await bench.read({ kind: 'protection', clientOrderId: stop.clientOrderId });
      assert.equal(found.kind, executed ? 'protection' : 'absent');
    });
  }
}

const faults = ['lost_ack', 'late_ack', 'reset', 'truncated', 'http_502', 'code_50004', 'code_51149', 'rate_limit'] as const;

for (const kind of faults) {
  for (const executed of [true, false]) {
    test(`${kind}, ${executed ? 'executed' : 'not executed'}: unknown, and only the query tells`, async () => {
      await using bench = await Bench.open();
      await bench.arm({ kind, path: '/api/v5/trade/order', executed, count: 1 });
      const order = placement('t1', '58000');
      assert.equal((await bench.write(order)).kind, 'unknown');
      const found = await bench.read({ kind: 'order', instrument: spot, clientOrderId: order.clientOrderId });
      assert.equal(found.kind, executed ? 'order' : 'absent');
    });
  }
}

test('a query that fails is neither found nor absent', async () => {
  await using bench = await Bench.open();
  await bench.arm({ kind: 'query_fails', path: '/api/v5/trade/order', count: 1 });
  const query = { kind: 'order', instrument: spot, clientOrderId: placement('t1').clientOrderId } as const;
  assert.equal((await bench.read(query)).kind, 'failed');
  assert.equal((await bench.read(query)).kind, 'absent');
});
