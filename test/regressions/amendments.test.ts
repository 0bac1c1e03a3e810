import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AmendIntent, IntentId } from '../../src/core/order/intent.ts';
import type { Order } from '../../src/core/order/order.ts';
import { type AmendQuestion, decideAmend } from '../../src/core/policy/amend.ts';
import { alpha, asking, closing, d, held, openOrder, spot, swap } from '../support/policy-samples.ts';

// Both were found by the differential test, or on the way to it.

function amending(order: Order, intent: Partial<AmendIntent>, changes: Parameters<typeof asking>[1] = {}): AmendQuestion {
  const { intent: _, replaces: __, ...question } = asking(closing(), { ...changes, orders: [order] });
  const asked = { principal: alpha, intentId: 'a1' as IntentId, reason: 'a test', evidence: [], strategy: '' };
  const { clientOrderId } = order;
  return { ...question, intent: { ...asked, kind: 'amend', clientOrderId, size: null, price: null, expectedNotionalUsd: null, ...intent } };
}

test('an exit that is made larger is no trade of the day', () => {
  const order = openOrder(swap, 'sell', '1', { reduceOnly: true, purpose: 'exit' });
  const decided = decideAmend(amending(order, { size: d('2'), expectedNotionalUsd: d('1200') }, { positions: [[swap, held('3')]] }));
  assert.ok(decided.ok && decided.value.decision.kind === 'allow');
  assert.equal(decided.value.increases, false);
});

test('what an order may cost at the price that it has counts as a loss until the exchange has moved it', () => {
  // 0.3 USD to its limit and 0.09 of fees; at the new price the fees alone.
  const order = openOrder(spot, 'buy', '0.001', { price: d('60300') });
  const lower = (most: string) => {
    const decided = decideAmend(
      amending(order, { price: d('59900'), expectedNotionalUsd: d('60') }, { policy: { maxDailyLoss: d(most), maxDrawdown: d('1000') } }),
    );
    return decided.ok && decided.value.decision.kind === 'deny' ? decided.value.decision.code : 'allow';
  };
  assert.equal(lower('0.4'), 'allow');
  assert.equal(lower('0.38'), 'MAX_DAILY_LOSS');
});
