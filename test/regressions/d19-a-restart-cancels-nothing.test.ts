import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Elsewhere a look-up that failed at the start meant "older than five days, so cancelled", for orders of any age.

const DAY_MILLISECONDS = 86_400_000;

test('an order that cannot be looked up after a restart stays open, a minute old or a week old', () => {
  for (const age of [60_000, 7 * DAY_MILLISECONDS]) {
    const bench = GatewayBench.running();
    const order = bench.accept(bench.place(swap, 'buy', '1'));
    bench.now += age;
    bench.start();
    assert.deepEqual(bench.effectKinds(), ['inspect']);
    for (let looks = 0; looks < 10; looks += 1)
      bench.take({ kind: 'inspected', clientOrderId: order.clientOrderId, order: { kind: 'failed', cause: 'invalid order' }, fills: null });
    assert.equal(bench.current(order).life.kind, 'working');
    bench.take(lookedUp(order, 'filled', '1', [fill(order, '1')]));
    assert.equal(bench.position(swap), '1');
  }
});

test('one that was on its way when the process died is looked for, and not taken for dead either', () => {
  const bench = GatewayBench.running();
  const order = bench.place(swap, 'buy', '1');
  assert.ok(order);
  bench.now += 7 * DAY_MILLISECONDS;
  bench.start();
  assert.equal(bench.current(order).life.kind, 'unknown');
  assert.deepEqual(bench.effectKinds(), ['search']);
});
