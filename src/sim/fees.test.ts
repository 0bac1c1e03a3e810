import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '1' };

test('a higher level of fees is told, and paid from then on', () => {
  const trader = trade(openExchange());
  const rateOf = () => {
    trader.wait(1000);
    trader.post('/api/v5/trade/order', swap);
    const fill = firstRow(trader.get('/api/v5/trade/fills'));
    return -Number(fill['fee']) / (Number(fill['fillPx']) * 0.01);
  };
  assert.ok(Math.abs(rateOf() - 0.0005) < 1e-12);
  assert.equal(trader.desk('/sim/fees', { level: 'Lv3' }).status, 200);
  const told = firstRow(trader.get('/api/v5/account/trade-fee?instType=SWAP'));
  assert.deepEqual([told['level'], told['taker'], firstRow(trader.get('/api/v5/account/config'))['level']], ['Lv3', '-0.0003', 'Lv3']);
  assert.ok(Math.abs(rateOf() - 0.0003) < 1e-12);
  assert.equal(trader.desk('/sim/fees', { level: 'VIP9' }).status, 400);
});

test('the more a position earned on its margin the sooner it would be closed for the losses of others', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/trade/order', swap);
  const adl = (price: string) => {
    trader.desk('/sim/market', { instId: swap.instId, price });
    return trader.get('/api/v5/account/positions').data[0]?.['adl'];
  };
  assert.deepEqual(['59000', '63000', '75000', '100000', '200000'].map(adl), ['1', '2', '3', '4', '5']);
});
