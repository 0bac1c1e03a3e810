import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, message } from '../../test/support/sim-socket.ts';
import { firstRow, trade } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '1' };

test('a ping is answered, and what is no message is refused with its text', () => {
  const client = connect(trade());
  assert.deepEqual(client.say('ping'), ['pong']);
  assert.deepEqual(message(client.say('{"op":')), {
    event: 'error',
    code: '60012',
    msg: 'Invalid request: {"op":',
    connId: client.connId(),
  });
});

test('a login over the signed time opens the private channels', () => {
  const trader = trade();
  const client = connect(trader);
  const orders = { channel: 'orders', instType: 'ANY' };
  assert.equal(message(client.subscribe(orders))['code'], '60011');
  assert.deepEqual(message(client.logIn()), { event: 'login', code: '0', msg: '', connId: client.connId() });
  const [acknowledged, counted] = client.subscribe(orders).map((text): unknown => JSON.parse(text));
  assert.deepEqual(acknowledged, { event: 'subscribe', arg: orders, connId: client.connId() });
  assert.deepEqual(counted, { event: 'channel-conn-count', channel: 'orders', connCount: '1', connId: client.connId() });
  const { ordId } = firstRow(trader.post('/api/v5/trade/order', swap));
  const push = message(client.told());
  assert.deepEqual(push['arg'], { ...orders, uid: '1001' });
  assert.deepEqual(
    (push['data'] as { ordId: string; state: string }[]).map((row) => [row.ordId, row.state]),
    [[ordId, 'live']],
  );
});
