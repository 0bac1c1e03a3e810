import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trade, type Trader } from '../../../test/support/sim-trader.ts';
import { readLedger } from '../try/facts.ts';
import { conditions, holds } from './condition.ts';

const ORDER = '/api/v5/trade/order';
const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy' };

function thatHold(trader: Trader): readonly string[] {
  const ledger = readLedger(trader.exchange.ledger());
  return conditions.filter((condition) => holds(condition, ledger));
}

test('a condition holds when the ledger of the exchange says so, of orders of the API alone', () => {
  const trader = trade();
  assert.deepEqual(thatHold(trader), []);
  trader.desk('/sim/orders', { instId: 'BTC-USDT', side: 'buy', ordType: 'limit', px: '59000', sz: '0.001' });
  assert.deepEqual(thatHold(trader), [], 'a person is no client');
  trader.post(ORDER, { ...spot, ordType: 'limit', px: '59000', sz: '0.001', clOrdId: 'a' });
  assert.deepEqual(thatHold(trader), ['an order rests']);
  trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT', clOrdId: 'a' });
  assert.deepEqual(thatHold(trader), []);
  trader.post(ORDER, { ...spot, ordType: 'market', sz: '20' });
  assert.deepEqual(thatHold(trader), ['an order is filled']);
  trader.post(ORDER, { ...spot, instId: 'BTC-USDT-SWAP', tdMode: 'cross', ordType: 'market', sz: '1' });
  assert.deepEqual(thatHold(trader), ['an order is filled', 'a position is open']);
  trader.post(ORDER, { ...spot, ordType: 'limit', px: '90000', sz: '0.001' });
  assert.deepEqual(thatHold(trader), ['an order is filled', 'a position is open', 'a request is refused']);
});
