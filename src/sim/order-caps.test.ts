import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade, type Trader } from '../../test/support/sim-trader.ts';

const resting = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' };

function code(trader: Trader, fields: object): unknown {
  return firstRow(trader.post('/api/v5/trade/order', fields))['sCode'];
}

test('500 orders rest on an instrument, and no more; one that goes makes room for another', () => {
  const trader = trade(openExchange());
  for (let count = 0; count < 500; count += 1) assert.equal(code(trader, { ...resting, clOrdId: `c${count}` }), '0');
  assert.equal(code(trader, resting), '51174');
  assert.equal(code(trader, { ...resting, instId: 'ETH-USDT-SWAP', px: '2950' }), '0');
  trader.post('/api/v5/trade/cancel-order', { instId: resting.instId, clOrdId: 'c7' });
  assert.deepEqual([code(trader, resting), code(trader, resting)], ['0', '51174']);
});

test('4000 orders rest on an account, whatever instruments they are about', () => {
  const trader = trade(openExchange());
  const { ordId = '' } = firstRow(trader.post('/api/v5/trade/order', resting));
  const { pending } = trader.exchange.state().accounts.get('1001') ?? assert.fail();
  const order = pending.get(ordId) ?? assert.fail();
  // As if they had been placed on instruments one after the other: four thousand requests would only take time.
  const names = [
    'ETH-USDT',
    'SOL-USDT',
    'ETH-USDT-SWAP',
    'BTC-USD-SWAP',
    'BTC-USD-261120',
    'BTC-USD-261127',
    'BTC-USD-261225',
    'BTC-USDT-261120',
  ];
  for (let count = 1; count < 4000; count += 1) {
    pending.set(`x${count}`, { ...order, ordId: `x${count}`, instId: names[count % names.length] ?? '', reduceOnly: true });
  }
  assert.equal(pending.size, 4000);
  assert.equal(code(trader, { ...resting, instId: 'BTC-USDT-261225' }), '51174');
  pending.delete('x1');
  assert.equal(code(trader, { ...resting, instId: 'BTC-USDT-261225' }), '0');
});

test('an optimal limit order of contracts takes what the price limit allows and leaves nothing behind; spot has none', () => {
  const trader = trade(openExchange());
  for (const instId of ['BTC-USDT-SWAP', 'BTC-USDT-261225']) {
    const { ordId } = firstRow(trader.post('/api/v5/trade/order', { ...resting, instId, ordType: 'optimal_limit_ioc', sz: '1' }));
    const order = firstRow(trader.get(`/api/v5/trade/order?instId=${instId}&ordId=${ordId}`));
    assert.deepEqual([order['state'], order['ordType'], order['px']], ['filled', 'optimal_limit_ioc', '']);
  }
  assert.equal(
    trader.post('/api/v5/trade/order', { ...resting, instId: 'BTC-USDT', tdMode: 'cash', ordType: 'optimal_limit_ioc' }).body['code'],
    '51000',
  );
});

test('the price limit of a dated contract is 4 % from the index, and a price beyond it is refused or clipped', () => {
  const trader = trade(openExchange());
  const instId = 'BTC-USDT-261225';
  const limit = firstRow(trader.get(`/api/v5/public/price-limit?instId=${instId}`));
  const mark = Number(firstRow(trader.get(`/api/v5/public/mark-price?instId=${instId}`))['markPx']);
  assert.ok(Math.abs(Number(limit['buyLmt']) / mark - 1.04) < 1e-5 && Math.abs(Number(limit['sellLmt']) / mark - 0.96) < 1e-5);
  assert.equal(code(trader, { ...resting, instId, px: '65000' }), '51006');
  assert.equal(code(trader, { ...resting, instId, px: '65000', pxAmendType: '1', ordType: 'ioc' }), '0');
});
