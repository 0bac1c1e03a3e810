import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, trade, type Trader } from '../../test/support/sim-trader.ts';

const index = (trader: Trader, coin: string) => firstRow(trader.get(`/api/v5/market/index-tickers?instId=${coin}-USD`))['idxPx'];
const equity = (trader: Trader) => Number(firstRow(trader.get('/api/v5/account/balance'))['totalEq']);

test('a coin is a dollar until the desk moves it, and equity is told at its price', () => {
  const trader = trade();
  assert.deepEqual([index(trader, 'USDT'), index(trader, 'USDC')], ['1', '1']);
  assert.equal(equity(trader), 10_000);
  trader.wait(1000);
  assert.equal(trader.desk('/sim/market', { instId: 'USDT-USD', price: '0.97' }).status, 200);
  assert.deepEqual([index(trader, 'USDT'), index(trader, 'USDC')], ['0.97', '1']);
  assert.equal(equity(trader), 9700);
  const row = firstRow(trader.get('/api/v5/market/index-tickers?instId=USDT-USD'));
  assert.deepEqual([row['open24h'], row['high24h'], row['low24h']], ['1', '1', '0.97']);
  const all = trader.get('/api/v5/market/index-tickers?quoteCcy=USD').data.map((each) => each['instId']);
  assert.ok(all.includes('USDT-USD') && all.includes('BTC-USD'));
});

test('what a coin costs is a positive decimal', () => {
  const trader = trade();
  for (const price of ['0', '-1', 'one', '']) assert.equal(trader.desk('/sim/market', { instId: 'USDC-USD', price }).status, 400, price);
  assert.equal(index(trader, 'USDC'), '1');
});
