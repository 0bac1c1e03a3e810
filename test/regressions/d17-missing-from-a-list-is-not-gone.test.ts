import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { leaves } from '../../src/core/order/order.ts';
import { fill, GatewayBench, lookedUp, told } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Elsewhere an accepted order that was not in a list several times became REJECTED, without anybody asking about it; one filled in part could not
// become so, and was tried for ever.

test('an order filled in part that no list names is asked about by its own name, stays open and keeps what it may still execute', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.take(lookedUp(order, 'partially_filled', '0.4', [fill(order, '0.4')]));
  for (let looks = 0; looks < 10; looks += 1) {
    bench.now += 10_000;
    bench.compare('routine', told(swap, '0.4'));
    assert.ok(bench.effects.some((effect) => effect.kind === 'inspect' && effect.clientOrderId === order.clientOrderId));
    bench.take({ kind: 'inspected', clientOrderId: order.clientOrderId, order: { kind: 'failed', cause: 'no answer' }, fills: null });
  }
  assert.equal(bench.current(order).life.kind, 'working');
  assert.equal(formatDecimal(leaves(bench.current(order))), '0.6');
});

test('that the exchange does not know it is no end either, until every place was looked at twice', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.take(lookedUp(order, 'partially_filled', '0.4', [fill(order, '0.4')]));
  bench.now += 10_000;
  bench.take({ kind: 'inspected', clientOrderId: order.clientOrderId, order: { kind: 'absent' }, fills: [] });
  assert.deepEqual(bench.effectKinds(), ['search']);
  assert.equal(formatDecimal(leaves(bench.current(order))), '0.6');
  assert.deepEqual(bench.search(order, { holding: 'changed' }), []);
  assert.deepEqual(bench.search(order, { history: 'failed' }), []);
  assert.equal(formatDecimal(leaves(bench.current(order))), '0.6');
  bench.search(order);
  bench.now += 1000;
  bench.search(order);
  assert.equal(bench.state.openOrders.size, 0);
  assert.equal(bench.position(swap), '0.4', 'what it executed stays booked');
});
