import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelOf, connect, json, message } from '../../test/support/sim-socket.ts';
import { firstRow, openExchange, trade, type Trader } from '../../test/support/sim-trader.ts';
import { parseEvent } from './exchange.ts';

const code = 1_000_000_011;
const swap = { instIdCode: code, tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '1' };

function loggedIn(trader: Trader, apiKey = 'sim-key') {
  const client = connect(trader, { apiKey });
  client.logIn();
  return client;
}

test('instruments tell the code by which an order over a socket names them', () => {
  const row = firstRow(trade().get('/api/v5/public/instruments?instType=SWAP&instId=BTC-USDT-SWAP')) as unknown;
  assert.equal((row as { instIdCode: unknown }).instIdCode, code);
});

test('an order is placed, amended and cancelled over a socket, each answer with the id of its message', () => {
  const trader = trade();
  const client = loggedIn(trader);
  const placed = message(client.ask({ id: 'a1', op: 'order', args: [{ ...swap, clOrdId: 'one', tag: 'x' }] }));
  assert.deepEqual(Object.keys(placed), ['id', 'op', 'code', 'msg', 'data', 'inTime', 'outTime']);
  assert.deepEqual([placed['id'], placed['op'], placed['code'], placed['msg']], ['a1', 'order', '0', '']);
  const [row] = placed['data'] as Record<string, string>[];
  assert.deepEqual([row?.['clOrdId'], row?.['tag'], row?.['sCode']], ['one', 'x', '0']);
  const ordId = row?.['ordId'];
  const amended = message(client.ask({ id: '2', op: 'amend-order', args: [{ instIdCode: code, ordId, newSz: '2', reqId: 'r' }] }));
  assert.equal((amended['data'] as Record<string, string>[])[0]?.['reqId'], 'r');
  const cancelled = message(client.ask({ id: '3', op: 'cancel-order', args: [{ instIdCode: code, clOrdId: 'one' }] }));
  assert.deepEqual((cancelled['data'] as Record<string, string>[])[0]?.['ordId'], ordId);
  const again = message(client.ask({ id: '4', op: 'cancel-order', args: [{ instIdCode: code, ordId }] }));
  assert.deepEqual([again['code'], (again['data'] as Record<string, string>[])[0]?.['sCode']], ['1', '51400']);
});

test('batches take twenty and answer in part', () => {
  const client = loggedIn(trade());
  const args = [swap, { ...swap, sz: '0.001' }];
  const placed = message(client.ask({ id: '1', op: 'batch-orders', args }));
  const data = placed['data'] as Record<string, string>[];
  assert.deepEqual([placed['code'], data.map(({ sCode }) => sCode)], ['2', ['0', '51020']]);
  const named = [{ instIdCode: code, ordId: data[0]?.['ordId'] }];
  assert.equal(
    message(client.ask({ id: '2', op: 'batch-amend-orders', args: named.map((each) => ({ ...each, newPx: '58000' })) }))['code'],
    '0',
  );
  assert.equal(message(client.ask({ id: '3', op: 'batch-cancel-orders', args: named }))['code'], '0');
  assert.equal(message(client.ask({ id: '4', op: 'batch-orders', args: Array.from({ length: 21 }, () => swap) }))['code'], '51111');
});

test('the code wins over the name, the name is taken without one, and neither is refused', () => {
  const trader = trade();
  const client = loggedIn(trader);
  client.ask({ id: '1', op: 'order', args: [{ ...swap, instId: 'ETH-USDT-SWAP' }] });
  client.ask({ id: '2', op: 'order', args: [{ ...swap, instIdCode: undefined, instId: 'ETH-USDT-SWAP', px: '2950' }] });
  assert.deepEqual(
    [...trader.exchange.state().orders.values()].map(({ instId }) => instId),
    ['BTC-USDT-SWAP', 'ETH-USDT-SWAP'],
  );
  const neither = message(client.ask({ id: '3', op: 'order', args: [{ ...swap, instIdCode: undefined }] }));
  assert.deepEqual([neither['code'], neither['msg'], neither['data']], ['60013', 'Parameter instIdCode can not be empty.', []]);
  const unknown = message(client.ask({ id: '4', op: 'order', args: [{ ...swap, instIdCode: 7 }] }));
  assert.deepEqual([unknown['code'], (unknown['data'] as Record<string, string>[])[0]?.['sCode']], ['1', '51001']);
});

test('what is malformed, without an id, of a stranger or of a reader is refused whole', () => {
  const trader = trade();
  const client = loggedIn(trader);
  const codeOf = (asked: unknown): unknown => message(client.ask(asked))['code'];
  assert.equal(codeOf({ op: 'order', args: [swap] }), '60013');
  assert.equal(codeOf({ id: '1', op: 'order', args: [swap, swap] }), '60013');
  assert.equal(codeOf({ id: '1', op: 'order', args: 'buy' }), '60013');
  assert.equal(codeOf({ id: '1', op: 'order', args: [{ ...swap, tdMode: '' }] }), '60013');
  assert.equal(codeOf({ id: '1', op: 'mass-cancel', args: [{ instType: 'OPTION', instFamily: 'BTC-USD' }] }), '50038');
  assert.equal(message(connect(trader).ask({ id: '1', op: 'order', args: [swap] }))['code'], '60011');
  assert.equal(message(loggedIn(trader, 'sim-key-readonly').ask({ id: '1', op: 'order', args: [swap] }))['code'], '50120');
  assert.equal(trader.exchange.state().orders.size, 0);
});

test('an order whose expTime has passed is refused and not executed', () => {
  const trader = trade();
  const client = loggedIn(trader);
  const late = message(client.ask({ id: '1', op: 'order', args: [swap], expTime: String(trader.now() - 1) }));
  assert.deepEqual([late['code'], late['data']], ['50036', []]);
  assert.equal(message(client.ask({ id: '2', op: 'order', args: [swap], expTime: String(trader.now() + 1000) }))['code'], '0');
  assert.equal(trader.exchange.state().orders.size, 1);
});

test('socket and path share the limit of an instrument', () => {
  const trader = trade(openExchange({ rateLimits: 'strict' }));
  const client = loggedIn(trader);
  const order = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' };
  for (let count = 0; count < 30; count += 1) {
    assert.equal(trader.post('/api/v5/trade/order', order).body['code'], '0');
    assert.equal(message(client.ask({ id: '1', op: 'order', args: [{ ...swap, sz: '0.01' }] }))['code'], '0');
  }
  const limited = message(client.ask({ id: '61', op: 'order', args: [swap] }));
  assert.deepEqual([limited['code'], limited['data']], ['50011', []]);
  assert.equal(trader.post('/api/v5/trade/order', order).body['code'], '50011');
});

test('the log of the exchange keeps what came over sockets', () => {
  const trader = trade();
  const client = loggedIn(trader);
  client.ask({ id: '1', op: 'order', args: [swap] });
  client.ask({ id: '2', op: 'batch-orders', args: [{ ...swap, ordType: 'market' }] });
  trader.desk('/sim/faults', { kind: 'push_missing' });
  const copy = openExchange();
  for (const event of trader.events) {
    const parsed = parseEvent(JSON.stringify(event));
    assert.ok(parsed.ok);
    copy.replay(parsed.value);
  }
  assert.deepEqual(copy.ledger(), trader.exchange.ledger());
  assert.deepEqual(trade(copy).get('/sim/faults').body, { faults: [] }, 'what is armed for sockets goes with them');
});

test('a fault of a path meets the operation that means the same', () => {
  const trader = trade();
  const client = loggedIn(trader);
  client.subscribe({ channel: 'orders', instType: 'ANY' });
  trader.desk('/sim/faults', { kind: 'lost_ack', path: '/api/v5/trade/order' });
  const [push, ...more] = json(client.ask({ id: '1', op: 'order', args: [swap] }));
  assert.deepEqual([channelOf(push ?? {}), more.length], ['orders', 0], 'executed, and no answer');
  trader.desk('/sim/faults', { kind: 'late_ack', path: '/api/v5/trade/order' });
  assert.equal(client.ask({ id: '2', op: 'order', args: [swap] }).length, 1);
  trader.wait(2000);
  assert.equal(message(client.told())['id'], '2');
  trader.desk('/sim/faults', { kind: 'http_502', path: '/api/v5/trade/order', executed: false });
  client.ask({ id: '3', op: 'order', args: [swap] });
  assert.deepEqual(client.fate(), [{ kind: 'abort', socket: client.socket }]);
  assert.equal(trader.exchange.state().orders.size, 2);
});
