import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Each fill was judged against the order as it was before all of them: two that are too much only together were booked and nobody was
// told.
test('more than was ordered in two fills of one look-up is booked and told', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.take(lookedUp(order, 'filled', '1', [fill(order, '1', 'one'), fill(order, '0.5', 'two')]));
  assert.equal(bench.position(swap), '1.5');
  assert.ok(bench.entries.some((entry) => entry.kind === 'alert' && entry.code === 'CONTRADICTION'));
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});
