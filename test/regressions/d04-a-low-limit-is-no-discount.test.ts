import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { asking, d, openOrder, swap, wish } from '../support/policy-samples.ts';

// Elsewhere an order was worth what its own limit said: a sell far below the market counted next to nothing and filled at the bid.

const low = wish(swap, 'sell', '10', { price: '30000.1', worth: '3000.01' });
const wideCollar = { priceCollar: d('0.5') };

test('a sell at half the price counts as much as one at the market', () => {
  const atMarket = decide(asking(wish(swap, 'sell', '10'), { policy: wideCollar }));
  const atHalf = decide(asking(low, { policy: wideCollar }));
  assert.ok(atMarket.kind === 'allow' && atHalf.kind === 'allow');
  assert.equal(formatDecimal(atHalf.notionalUsd), formatDecimal(atMarket.notionalUsd));
  const capped = decide(asking(low, { policy: { ...wideCollar, maxOrderSize: d('6000') } }));
  assert.equal(capped.kind === 'deny' && capped.code, 'MAX_ORDER_SIZE');
});

test('open sells at a low limit hold their full place in the limits', () => {
  const orders = [openOrder(swap, 'sell', '10', { price: d('30000.1') })];
  const decision = decide(asking(wish(swap, 'sell', '1'), { orders, policy: { maxPositionSize: d('6500') } }));
  assert.equal(decision.kind === 'deny' && decision.code, 'MAX_POSITION_SIZE');
});

test('under the collar of the default policy it is not even sent', () => {
  const decision = decide(asking(low));
  assert.equal(decision.kind === 'deny' && decision.code, 'PRICE_COLLAR');
});
