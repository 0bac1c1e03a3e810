import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../support/gateway-bench.ts';
import { spot, swap } from '../support/policy-samples.ts';

// Elsewhere the kill switch was off by default, swallowed its own failures, and stood still when a price or a balance was missing.

test('without prices, balance or a clock, and before the first comparison, a halt is written and every entry is cancelled', () => {
  const bench = GatewayBench.running();
  bench.accept(bench.place(swap, 'buy', '1'));
  bench.lose(bench.place(spot, 'buy', '0.1'));
  bench.changes = { quotes: new Map(), funds: null, leverage: new Map(), clockTrusted: false };
  bench.start();
  assert.equal(bench.state.booting, true);
  bench.operate('halt');
  assert.equal(bench.state.mode, 'HALTED');
  assert.deepEqual(bench.effectKinds(), ['cancel', 'cancel', 'enumerate']);
});

test('a halt cancels again until the exchange says that the order ended', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.operate('halt');
  for (let tries = 0; tries < 5; tries += 1) {
    bench.take({ kind: 'cancel_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'unknown', cause: 'no answer' } });
    assert.deepEqual(bench.effectKinds(), ['inspect']);
    bench.accept(order);
    assert.ok(bench.effectKinds().includes('cancel'));
  }
});

test('where equity is not known no entry passes: what is missing never counts as zero loss', () => {
  const bench = GatewayBench.running();
  bench.changes = { funds: null };
  assert.equal(bench.place(swap, 'buy', '1'), undefined);
  assert.equal(bench.lastDecision(), 'STALE_DATA');
});
