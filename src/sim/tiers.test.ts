import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openExchange, trade } from '../../test/support/sim-trader.ts';

const order = { instId: 'BTC-USD-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59500', sz: '12000' };

function rich() {
  const trader = trade(openExchange());
  trader.desk('/sim/deposits', { ccy: 'BTC', amt: '1000', to: '18' });
  return trader;
}

test('tiers are told by family, one after the other, and the more contracts the less leverage', () => {
  const trader = trade(openExchange());
  const ask = (query: string) => trader.get(`/api/v5/public/position-tiers?${query}`);
  const rows = ask('instType=SWAP&tdMode=cross&instFamily=BTC-USD').data;
  assert.equal(rows.length, 6);
  for (const [index, row] of rows.entries()) {
    assert.equal(row['minSz'], index === 0 ? '0' : rows[index - 1]?.['maxSz']);
    assert.ok(Number(row['imr']) > Number(row['mmr']) && Number(row['imr']) * Number(row['maxLever']) > 0.99);
  }
  assert.equal(ask('instType=FUTURES&tdMode=cross&uly=BTC-USD,BTC-USDT&tier=2').data.length, 2);
  for (const query of [
    'instType=MARGIN&tdMode=cross&instFamily=BTC-USDT',
    'instType=SWAP&instFamily=BTC-USD',
    'instType=SWAP&tdMode=cross',
  ]) {
    assert.equal(ask(query).status, 400, query);
  }
});

test('what is held, pending and new together may not be more than the leverage allows; less leverage allows more', () => {
  const trader = rich();
  const lever = (times: string) =>
    trader.post('/api/v5/account/set-leverage', { instId: order.instId, lever: times, mgnMode: 'cross' }).body['code'];
  const place = (sz: string) => trader.post('/api/v5/trade/order', { ...order, sz }).data[0]?.['sCode'];
  assert.equal(lever('100'), '0');
  assert.deepEqual([place('11000'), place('1001'), place('1000')], ['0', '51004', '0']);
  assert.equal(lever('75'), '0');
  assert.deepEqual([place('12001'), place('12000'), place('1')], ['51004', '0', '51004']);
  assert.equal(lever('20'), '0');
  assert.equal(place('90000'), '0');
});

test('a larger position has to be worth a larger share', () => {
  const trader = rich();
  trader.post('/api/v5/account/set-leverage', { instId: order.instId, lever: '20', mgnMode: 'cross' });
  const shareOf = () => {
    const [row] = trader.get('/api/v5/account/positions').data;
    return Number(row?.['mmr']) / (Number(row?.['notionalUsd']) / Number(row?.['markPx']));
  };
  trader.post('/api/v5/trade/order', { ...order, ordType: 'market', sz: '12000' });
  assert.ok(Math.abs(shareOf() - 0.004) < 1e-9, `${shareOf()}`);
  trader.wait(1000);
  trader.post('/api/v5/trade/order', { ...order, ordType: 'market', sz: '1000' });
  assert.ok(Math.abs(shareOf() - 0.006) < 1e-9, `${shareOf()}`);
});
