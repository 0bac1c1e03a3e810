import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, json } from '../../test/support/sim-socket.ts';
import { firstRow, openExchange, trade, type Trader } from '../../test/support/sim-trader.ts';

const ORDER = '/api/v5/trade/order';
const STATUS = '/api/v5/system/status';
const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.001' };

function stateOf(trader: Trader, clOrdId: string): string | undefined {
  return firstRow(trader.get(`${ORDER}?instId=BTC-USDT&clOrdId=${clOrdId}`))['state'];
}

test('during maintenance nothing private is answered, carried out or matched, and afterwards everything is as it was', () => {
  const trader = trade();
  trader.post(ORDER, { ...order, clOrdId: 'a' });
  assert.equal(trader.desk('/sim/maintenance', { for_ms: 20_000 }).status, 200);
  const refused = trader.post(ORDER, { ...order, clOrdId: 'b' });
  assert.deepEqual([refused.status, refused.body['code']], [503, '50001']);
  for (const path of ['/api/v5/account/config', '/api/v5/account/balance', `${ORDER}?instId=BTC-USDT&clOrdId=a`])
    assert.deepEqual([trader.get(path).status, trader.get(path).body['code']], [503, '50001'], path);
  assert.equal(trader.get('/api/v5/market/ticker?instId=BTC-USDT').body['code'], '0', 'prices are told');
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '58000' });
  trader.wait(10_000);
  const seen = (): readonly unknown[] => [...trader.exchange.state().orders.values()].map(({ clOrdId, state }) => [clOrdId, state]);
  assert.deepEqual(seen(), [['a', 'live']]);
  trader.wait(10_000);
  assert.equal(stateOf(trader, 'a'), 'filled', 'the price is there when trading goes on');
  assert.equal(trader.get(`${ORDER}?instId=BTC-USDT&clOrdId=b`).body['code'], '51603');
  assert.deepEqual(
    (trader.exchange.ledger()['refused'] as readonly { code: string; clOrdId: string }[]).map(({ code, clOrdId }) => [code, clOrdId]),
    [['50001', 'b']],
  );
  const again = openExchange();
  for (const event of trader.events) again.replay(event);
  assert.deepEqual(again.ledger(), trader.exchange.ledger());
});

test('a liquidation and a stop order wait for the end of maintenance too', () => {
  const trader = trade();
  trader.post(ORDER, { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '20' });
  const stop = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'sell', ordType: 'conditional', sz: '20', reduceOnly: true };
  trader.post('/api/v5/trade/order-algo', { ...stop, slTriggerPx: '59000', slOrdPx: '-1' });
  trader.desk('/sim/maintenance', { for_ms: 5000 });
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '58000' });
  trader.wait(4000);
  assert.equal(trader.exchange.ledger()['fills']?.length, 1);
  trader.wait(1000);
  const [, stopped] = trader.exchange.ledger()['orders'] as readonly { origin: string; state: string }[];
  assert.deepEqual([stopped?.origin, stopped?.state], ['algo', 'filled']);
});

test('maintenance is told as scheduled, ongoing and completed, by the path and on the channel', () => {
  const trader = trade();
  const client = connect(trader, { path: '/ws/v5/public' });
  client.subscribe({ channel: 'status' });
  const states = (): readonly unknown[] => json(client.told()).map(({ data }) => (data as readonly { state: string }[])[0]?.state);
  trader.desk('/sim/maintenance', { in_ms: 10_000, for_ms: 5000 });
  const row = firstRow(trader.get(STATUS));
  const { begin, end, ...rest } = row;
  assert.deepEqual([Number(begin) - trader.now(), Number(end) - trader.now()], [10_000, 15_000]);
  assert.deepEqual(rest, {
    href: '',
    preOpenBegin: '',
    scheDesc: '',
    serviceType: '5',
    state: 'scheduled',
    maintType: '1',
    env: '2',
    system: 'unified',
    title: 'Trading system upgrade',
  });
  assert.deepEqual(states(), ['scheduled']);
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'a' }).body['code'], '0', 'it has not begun');
  trader.wait(10_000);
  assert.deepEqual(states(), ['ongoing']);
  assert.deepEqual([trader.get(STATUS).data.length, trader.get(`${STATUS}?state=scheduled`).data.length], [1, 0]);
  trader.wait(5000);
  assert.deepEqual(states(), ['completed']);
  assert.deepEqual([trader.get(STATUS).data.length, trader.get(`${STATUS}?state=completed`).data.length], [0, 1]);
  assert.equal(trader.get(`${STATUS}?state=soon`).body['code'], '51000');
});

test('maintenance that the desk takes back is over, or never came', () => {
  const trader = trade();
  const heal = () =>
    trader.exchange.handle({
      request: { method: 'DELETE', url: '/sim/faults', headers: {}, body: Buffer.from(''), remoteAddress: '127.0.0.1' },
      at: trader.now(),
    });
  trader.desk('/sim/maintenance', { in_ms: 10_000 });
  trader.wait(100);
  heal();
  assert.equal(trader.get(`${STATUS}?state=canceled`).data.length, 1);
  trader.desk('/sim/maintenance', {});
  trader.wait(100);
  assert.equal(trader.get('/api/v5/account/balance').status, 503);
  heal();
  assert.equal(trader.get('/api/v5/account/balance').status, 200);
  assert.equal(trader.get(`${STATUS}?state=completed`).data.length, 1);
  for (const wrong of [{ in_ms: -1 }, { for_ms: 0 }, { in_ms: 'soon' }]) assert.equal(trader.desk('/sim/maintenance', wrong).status, 400);
});
