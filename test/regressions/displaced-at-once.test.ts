// Found by simulation, seed 23: in one second the market reached a plain order that turned the position and, behind it, a reduce-only order
// that had been resting against the old one. The simulated exchange filled both, and the reduce-only order opened.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, trade } from '../support/sim-trader.ts';

test('a reduce-only order that nothing carries any more is cancelled before the same movement of the market reaches it', () => {
  const trader = trade();
  const place = (fields: object) =>
    firstRow(trader.post('/api/v5/trade/order', { instId: 'BTC-USDT-SWAP', tdMode: 'cross', ordType: 'limit', ...fields }));
  place({ side: 'sell', ordType: 'market', sz: '1' });
  place({ side: 'buy', px: '59900', sz: '3' });
  const exit = place({ side: 'buy', px: '59800', sz: '1', reduceOnly: true });
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '59000' });
  const row = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${exit['ordId'] ?? ''}`));
  assert.deepEqual([row['state'], row['accFillSz']], ['canceled', '0']);
  assert.equal(firstRow(trader.get('/api/v5/account/positions'))['pos'], '2');
});
