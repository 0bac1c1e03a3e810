import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, trade, type Trader } from '../../test/support/sim-trader.ts';

const path = '/api/v5/trade/order';
const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01', clOrdId: 'f1' };

function arm(trader: Trader, fault: object): void {
  const answer = trader.desk('/sim/faults', { path, ...fault });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

function ordersIn(trader: Trader): number {
  return trader.exchange.ledger()['orders']?.length ?? -1;
}

/** What the caller sees under each fault, and that it says nothing about whether the order exists. */
const seen: Readonly<Record<string, object>> = {
  lost_ack: { kind: 'hang', closeAfterMilliseconds: 30_000 },
  reset: { kind: 'reset', delayMilliseconds: 0 },
  http_502: { kind: 'answer', status: 502, contentType: 'text/html' },
  code_50004: { kind: 'answer', status: 400 },
  code_51149: { kind: 'answer', status: 500 },
  reject: { kind: 'answer', status: 200 },
  rate_limit: { kind: 'answer', status: 429 },
  truncated: { kind: 'truncated', status: 200 },
  late_ack: { kind: 'answer', status: 200, delayMilliseconds: 2000 },
};

for (const executed of [true, false]) {
  for (const [kind, reaction] of Object.entries(seen)) {
    test(`${kind}, ${executed ? '' : 'not '}executed: the caller sees the fault, the ledger has ${executed ? 'one order' : 'none'}, the next request is answered`, () => {
      const trader = trade();
      arm(trader, { kind, executed });
      const struck = trader.post(path, order);
      assert.deepEqual({ ...struck.reaction, ...reaction }, struck.reaction);
      assert.equal(ordersIn(trader), executed ? 1 : 0);
      assert.equal(trader.exchange.ledger()['refused']?.length, executed ? 0 : 1);
      const found = trader.get(`${path}?instId=BTC-USDT&clOrdId=f1`);
      assert.equal(found.body['code'], executed ? '0' : '51603');
      assert.equal(firstRow(trader.post(path, { ...order, clOrdId: 'f2' }))['sCode'], '0');
    });
  }
}

test('a rejection is definitive in its words, executed or not; a late answer is the true one, or says that the order had expired', () => {
  const trader = trade();
  arm(trader, { kind: 'reject', executed: true });
  assert.equal(firstRow(trader.post(path, order))['sCode'], '51008');
  arm(trader, { kind: 'late_ack', executed: true, delay_ms: 7 });
  const late = trader.post(path, { ...order, clOrdId: 'f2' });
  assert.equal(firstRow(late)['sCode'], '0');
  assert.equal(late.reaction.kind === 'answer' ? late.reaction.delayMilliseconds : -1, 7);
  arm(trader, { kind: 'late_ack', executed: false });
  assert.equal(trader.post(path, { ...order, clOrdId: 'f3' }).body['code'], '50037');
});

test('a stale read answers from before the last write, as often as it was armed, and the truth is untouched', () => {
  const trader = trade();
  trader.post(path, { ...order, clOrdId: 'before' });
  trader.post(path, { ...order, ordType: 'market', sz: '100', clOrdId: 'bought' });
  const truth = JSON.stringify(trader.exchange.ledger());
  arm(trader, { kind: 'stale_read', path: '/api/v5/trade', count: 3 });
  assert.equal(trader.get(`${path}?instId=BTC-USDT&clOrdId=bought`).body['code'], '51603');
  assert.equal(trader.get('/api/v5/trade/fills').data.length, 0);
  assert.equal(trader.get('/api/v5/trade/orders-pending').data.length, 1);
  assert.equal(trader.get(`${path}?instId=BTC-USDT&clOrdId=bought`).body['code'], '0');
  arm(trader, { kind: 'stale_read', path: '/api/v5/account/balance' });
  assert.equal(trader.get('/api/v5/account/balance').body['code'], '0');
  assert.equal(JSON.stringify(trader.exchange.ledger()), truth);
});

test('a failing query says nothing, and only queries under its path fail', () => {
  const trader = trade();
  arm(trader, { kind: 'query_fails', path: '/api/v5/account/positions', count: 2 });
  for (let index = 0; index < 2; index += 1) {
    const failed = trader.get('/api/v5/account/positions');
    assert.deepEqual([failed.status, failed.body['code'], failed.data], [500, '50026', []]);
    assert.equal(trader.get('/api/v5/account/balance').body['code'], '0');
  }
  assert.equal(trader.get('/api/v5/account/positions').body['code'], '0');
});

test('a fault on a path that takes writes waits for a write; a query of the same path passes', () => {
  const trader = trade();
  arm(trader, { kind: 'lost_ack', executed: false });
  assert.equal(trader.get(`${path}?instId=BTC-USDT&clOrdId=f1`).body['code'], '51603');
  assert.equal(trader.post(path, order).reaction.kind, 'hang');
});

test('bad input of the desk is refused with what would be right', () => {
  const trader = trade();
  const cases: [string, object, RegExp][] = [
    ['/sim/faults', { kind: 'nonsense', path }, /use one of lost_ack/],
    ['/sim/faults', { kind: 'reset', path: 'trade/order' }, /use a path such as/],
    ['/sim/faults', { kind: 'reset', path, executed: 'perhaps' }, /use true/],
    ['/sim/faults', { kind: 'reset', path, count: 0 }, /from 1 to/],
    ['/sim/faults', { kind: 'reset', path, delay_ms: -1 }, /from 0 to/],
    ['/sim/market', { instId: 'DOGE-USDT', price: '1' }, /use one of BTC-USDT/],
    ['/sim/market', { instId: 'BTC-USDT', price: '-1' }, /positive decimal/],
    ['/sim/market', { instId: 'BTC-USDT', price: '1.23' }, /multiple of 0.1/],
    ['/sim/orders', { instId: 'BTC-USDT', side: 'sell', sz: '1' }, /51008/],
    ['/sim/clock', { advance_ms: 'soon' }, /whole number/],
  ];
  for (const [desk, body, words] of cases) {
    const answer = trader.desk(desk, body);
    assert.equal(answer.status, 400, desk);
    assert.match(String(answer.body['error']), words);
  }
  assert.equal(trader.exchange.state().faults.length, 0);
});

test('the clock of the desk moves the time of the exchange, and clients that did not ask it are too late', () => {
  const trader = trade();
  const before = Number(firstRow(trader.get('/api/v5/public/time'))['ts']);
  trader.desk('/sim/clock', { advance_ms: 60_000 });
  assert.equal(Number(firstRow(trader.get('/api/v5/public/time'))['ts']), before + 60_000);
  const old = new Date(before).toISOString();
  assert.equal(trader.post(path, order, { 'ok-access-timestamp': old }).body['code'], '50102');
});
