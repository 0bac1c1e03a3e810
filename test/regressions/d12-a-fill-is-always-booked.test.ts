import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Elsewhere a fill of an order that was believed rejected, and one of more than was ordered, was dropped with a warning.

const alerts = (bench: GatewayBench): readonly string[] =>
  bench.entries.flatMap((entry) => (entry.kind === 'alert' && entry.code === 'CONTRADICTION' ? [entry.severity] : []));

test('a fill of an order that was rejected is booked, told, and ends new risk', () => {
  const bench = GatewayBench.running();
  const order = bench.place(swap, 'buy', '1');
  assert.ok(order);
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'rejected', code: '51008' } });
  bench.take(lookedUp(order, 'filled', '1', [fill(order, '1')]));
  assert.equal(bench.position(swap), '1');
  assert.ok(alerts(bench).includes('red'));
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});

test('more than was ordered is booked as it is and told, in one fill or in two', () => {
  for (const second of ['0', '0.5']) {
    const bench = GatewayBench.running();
    const order = bench.accept(bench.place(swap, 'buy', '1'));
    if (second === '0') bench.take(lookedUp(order, 'filled', '1', [fill(order, '1.5')]));
    else {
      bench.take(lookedUp(order, 'filled', '1', [fill(order, '1', 'one')]));
      bench.take(lookedUp(order, 'filled', '1', [fill(order, '1', 'one'), fill(order, second, 'two')]));
    }
    assert.equal(bench.position(swap), '1.5');
    assert.ok(alerts(bench).includes('red'));
    assert.equal(bench.state.mode, 'REDUCE_ONLY');
  }
});

test('a fill that comes after its order ended, before its acknowledgement, or twice, is booked once', () => {
  const bench = GatewayBench.running();
  const order = bench.place(swap, 'buy', '1');
  assert.ok(order);
  bench.take(lookedUp(order, 'partially_filled', '0.4', [fill(order, '0.4', 'one')]));
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
  bench.take(lookedUp(order, 'cancelled', '0.4', [fill(order, '0.4', 'one')]));
  assert.equal(bench.state.openOrders.size, 0);
  assert.equal(bench.position(swap), '0.4');
  bench.take(lookedUp(order, 'cancelled', '1', [fill(order, '0.4', 'one'), fill(order, '0.6', 'two')]));
  assert.equal(bench.position(swap), '1');
});
