import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', ordType: 'market' };

function history(trader: Trader, query = ''): readonly Readonly<Record<string, string>>[] {
  return trader.get(`/api/v5/account/positions-history${query}`).data;
}

test('an open position has no history until part of it is closed; closed whole it says what it earned', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy', sz: '3' });
  assert.deepEqual(history(trader), []);
  trader.desk('/sim/market', { instId: 'BTC-USDT-SWAP', price: '60300' });
  trader.post('/api/v5/trade/order', { ...swap, side: 'sell', sz: '1' });
  const part = firstRow(trader.get('/api/v5/account/positions-history'));
  assert.deepEqual([part['type'], part['closeTotalPos'], part['openMaxPos'], part['direction']], ['1', '1', '3', 'long']);
  trader.wait(1000);
  trader.post('/api/v5/trade/close-position', { instId: swap.instId, mgnMode: 'cross' });
  const [whole, ...more] = history(trader);
  assert.deepEqual(more, []);
  assert.deepEqual([whole?.['type'], whole?.['closeTotalPos'], whole?.['uly']], ['2', '3', 'BTC-USDT']);
  const sum = trader.get('/api/v5/account/bills').data.reduce((total, { balChg }) => total + Number(balChg), 0);
  assert.ok(Math.abs(Number(whole?.['realizedPnl']) - sum) < 1e-9, `${whole?.['realizedPnl']} against ${sum}`);
});

test('a position that turns over ends one life and begins another, and only the first stands in the history', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy', sz: '1' });
  trader.wait(1000);
  trader.post('/api/v5/trade/order', { ...swap, side: 'sell', sz: '3' });
  assert.deepEqual(
    history(trader).map(({ type, direction, closeTotalPos }) => [type, direction, closeTotalPos]),
    [['2', 'long', '1']],
  );
  trader.wait(1000);
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy', sz: '2' });
  assert.deepEqual(
    history(trader).map(({ type, direction, closeTotalPos }) => [type, direction, closeTotalPos]),
    [
      ['2', 'short', '2'],
      ['2', 'long', '1'],
    ],
  );
  assert.equal(history(trader, '?limit=1').length, 1);
  assert.equal(history(trader, `?after=${history(trader)[0]?.['uTime']}`).length, 1);
});

test('each leg has its own history with its own funding', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy', posSide: 'long', sz: '3' });
  trader.post('/api/v5/trade/order', { ...swap, side: 'sell', posSide: 'short', sz: '2' });
  trader.desk('/sim/clock', { advance_ms: 9 * 3_600_000 });
  const held = new Map(trader.get('/api/v5/account/positions').data.map((row) => [row['posSide'], row['fundingFee']]));
  for (const posSide of ['long', 'short']) trader.post('/api/v5/trade/close-position', { instId: swap.instId, mgnMode: 'cross', posSide });
  const told = new Map(history(trader).map((row) => [row['posSide'], row['fundingFee']]));
  assert.deepEqual(told, held);
  assert.notEqual(Number(held.get('long')), 0);
});

test('a liquidated position says so, with the price at which it went', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy', sz: '3' });
  trader.desk('/sim/liquidations', { instId: swap.instId });
  const row = firstRow(trader.get('/api/v5/account/positions-history'));
  assert.equal(row['type'], '3');
  assert.equal(row['triggerPx'], row['closeAvgPx']);
});

test('all accounts of a user are valued together, in bitcoin or in what is asked for', () => {
  const trader = trade(openExchange());
  trader.desk('/sim/deposits', { ccy: 'USDT', amt: '500' });
  const row = firstRow(trader.get('/api/v5/asset/asset-valuation?ccy=USDT')) as unknown as Record<string, unknown>;
  assert.deepEqual(row['details'], { classic: '0', earn: '0', funding: '500', trading: '10000' });
  assert.equal(row['totalBal'], '10500');
  assert.equal(trader.get('/api/v5/asset/asset-valuation?ccy=XXX').body['code'], '51012');
});

test('past funding rates are those that were paid, newest first, and only of swaps', () => {
  const trader = trade(openExchange());
  const rows = trader.get('/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP&limit=5').data;
  assert.equal(rows.length, 5);
  const times = rows.map(({ fundingTime }) => Number(fundingTime));
  for (const [index, time] of times.entries()) assert.equal(time, (times[0] ?? 0) - index * 28_800_000);
  const now = firstRow(trader.get('/api/v5/public/funding-rate?instId=BTC-USDT-SWAP'));
  assert.equal(rows[0]?.['fundingRate'], now['settFundingRate']);
  assert.equal(trader.get(`/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP&before=${times[2]}`).data.length, 2);
  assert.equal(trader.get('/api/v5/public/funding-rate-history?instId=BTC-USDT').body['code'], '51000');
});
