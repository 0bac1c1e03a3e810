import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// An order whose end was reported waited for its fills, and every fill was taken for one of them: more than the exchange had said, or
// than was ordered at all, was booked and nobody was told.
test('more than the exchange said had executed, in a fill after the end, is booked and told', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.take(lookedUp(order, 'cancelled', '0.5'));
  assert.equal(bench.current(order).life.kind, 'settling');
  bench.take(lookedUp(order, 'cancelled', '0.5', [fill(order, '0.75', 'one')]));
  assert.equal(bench.position(swap), '0.75');
  assert.ok(bench.entries.some((entry) => entry.kind === 'alert' && entry.code === 'CONTRADICTION'));
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});
