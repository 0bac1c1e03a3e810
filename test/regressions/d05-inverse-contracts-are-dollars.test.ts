import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { asking, d, inverse, openOrder, spot, wish } from '../support/policy-samples.ts';

// Elsewhere 100 coin-margined contracts of 100 USD each were compared with the limit as 100 USD.

test('a hundred contracts of 100 USD are 10,000 USD in every limit that counts dollars', () => {
  const ten = wish(inverse, 'buy', '100');
  for (const [key, code] of [
    ['maxOrderSize', 'MAX_ORDER_SIZE'],
    ['maxPositionSize', 'MAX_POSITION_SIZE'],
    ['maxTotalExposure', 'MAX_TOTAL_EXPOSURE'],
  ] as const) {
    assert.equal(decide(asking(ten, { policy: { [key]: d('10000') } })).kind, 'allow', key);
    const decision = decide(asking(ten, { policy: { [key]: d('9999') } }));
    assert.ok(decision.kind === 'deny', key);
    assert.equal(decision.code, code);
    assert.equal(formatDecimal(decision.wouldBeAllowed ?? d('0')), '99');
  }
});

test('open contracts weigh the same on what another instrument may still take', () => {
  const orders = [openOrder(inverse, 'buy', '100')];
  const decision = decide(asking(wish(spot, 'buy', '0.001'), { orders, policy: { maxTotalExposure: d('10000') } }));
  assert.equal(decision.kind === 'deny' && decision.code, 'MAX_TOTAL_EXPOSURE');
});

test('whoever means contracts as dollars or as coins is stopped by what they expect it to be worth', () => {
  for (const worth of ['100', '6000000']) {
    const decision = decide(asking(wish(inverse, 'buy', '100', { worth })));
    assert.equal(decision.kind === 'deny' && decision.code, 'UNIT_MISMATCH');
  }
});
