import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade } from '../../test/support/sim-trader.ts';

// The demo account as the exchange hands it out.

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '1' };
const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'sell', ordType: 'limit', px: '60500', sz: '0.1' };

test('it is a main account with coins, for spot alone', () => {
  const demo = trade(openExchange(), 'sim-key-demo');
  const config = firstRow(demo.get('/api/v5/account/config'));
  assert.deepEqual([config['uid'], config['mainUid'], config['acctLv'], config['type']], ['2000', '2000', '1', '0']);
  const [balance] = demo.get('/api/v5/account/balance').data as unknown as { details: Record<string, string>[] }[];
  assert.deepEqual(
    balance?.details.map(({ ccy, eq }) => [ccy, eq]),
    [
      ['BTC', '1'],
      ['ETH', '1'],
      ['USDC', '5000'],
      ['USDT', '5000'],
    ],
  );
  assert.equal(demo.post('/api/v5/trade/order', spot).body['code'], '0');
  assert.equal(demo.post('/api/v5/trade/order', swap).data[0]?.['sCode'], '51010');
  assert.equal(demo.post('/api/v5/account/set-leverage', { instId: swap.instId, lever: '2', mgnMode: 'cross' }).body['code'], '51010');
});

test('set-account-level opens contracts, not while anything is open, and other levels are not offered', () => {
  const demo = trade(openExchange(), 'sim-key-demo');
  const level = (acctLv: string) => demo.post('/api/v5/account/set-account-level', { acctLv });
  const { ordId } = firstRow(demo.post('/api/v5/trade/order', spot));
  assert.equal(level('2').body['code'], '59000');
  demo.post('/api/v5/trade/cancel-order', { instId: spot.instId, ordId });
  assert.deepEqual(level('2').data, [{ acctLv: '2' }]);
  assert.equal(demo.post('/api/v5/trade/order', swap).body['code'], '0');
  assert.deepEqual(
    [level('1').body['code'], level('2').body['code'], level('3').body['code'], level('9').body['code']],
    ['59000', '0', '51010', '51000'],
  );
});

test('its key works inside demo trading alone, and no other key cares', () => {
  const exchange = openExchange();
  const demo = trade(exchange, 'sim-key-demo');
  const without = demo.post('/api/v5/trade/order', spot, { 'x-simulated-trading': '0' });
  assert.deepEqual([without.status, without.body['code']], [401, '50101']);
  const other = trade(exchange, 'sim-key-main');
  for (const header of ['0', '1']) {
    const asked = other.post('/api/v5/trade/cancel-all-after', { timeOut: '0' }, { 'x-simulated-trading': header });
    assert.equal(asked.body['code'], '0');
  }
});

test('orders of another master account are no self-trade and are not met', () => {
  const exchange = openExchange();
  const [demo, sub, main] = ['sim-key-demo', 'sim-key', 'sim-key-main'].map((key) => trade(exchange, key));
  const resting = firstRow(demo?.post('/api/v5/trade/order', { ...spot, px: '60500' }) ?? assert.fail());
  const buy = { ...spot, side: 'buy', px: '60500', sz: '0.05', ordType: 'ioc' };
  assert.equal(sub?.post('/api/v5/trade/order', buy).body['code'], '0');
  assert.equal(firstRow(demo?.get(`/api/v5/trade/order?instId=BTC-USDT&ordId=${resting['ordId']}`) ?? assert.fail())['state'], 'live');
  // Within one master account the older order goes.
  const { askPx } = firstRow(trade(exchange).get('/api/v5/market/ticker?instId=BTC-USDT'));
  const own = firstRow(sub?.post('/api/v5/trade/order', { ...spot, px: askPx, sz: '0.01' }) ?? assert.fail());
  main?.post('/api/v5/trade/order', { ...buy, sz: '0.1', ordType: 'limit' });
  assert.equal(firstRow(sub?.get(`/api/v5/trade/order?instId=BTC-USDT&ordId=${own['ordId']}`) ?? assert.fail())['cancelSource'], '32');
});
