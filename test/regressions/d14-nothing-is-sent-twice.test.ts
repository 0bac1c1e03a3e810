import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, lookedUp, nothingSaid, report } from '../support/gateway-bench.ts';
import { swap, wish } from '../support/policy-samples.ts';
import type { IntentId } from '../../src/core/order/intent.ts';

// Elsewhere a request that failed on the way was sent again under the same client order id, on the belief that the exchange refuses the second one.
// It does so only while the first one is pending: what has filled at once is bought twice.

test('whatever comes of an order, it is submitted once: a second submit has another id', () => {
  const bench = GatewayBench.running();
  const submitted: string[] = [];
  const take = bench.take.bind(bench);
  bench.take = (event) => {
    const entries = take(event);
    for (const effect of bench.effects) if (effect.kind === 'submit') submitted.push(effect.clientOrderId);
    return entries;
  };
  const order = bench.lose(bench.place(swap, 'buy', '1'));
  for (let tries = 0; tries < 20; tries += 1) {
    bench.now += 1000;
    bench.search(order, nothingSaid);
    bench.take({ kind: 'tick' });
  }
  bench.start();
  bench.compare('boot', { pending: [report(order, 'live', '0')] });
  bench.search(order, { order: { kind: 'order', order: report(order, 'live', '0') } });
  bench.take(lookedUp(order, 'cancelled', '0'));
  assert.deepEqual(submitted, [order.clientOrderId]);
  assert.equal(bench.state.openOrders.size, 0);
  const next = bench.place(swap, 'buy', '2');
  assert.ok(next);
  assert.notEqual(next.clientOrderId, order.clientOrderId);
});

test('the same wish asked again while nobody knows, and after it ended, sends nothing', () => {
  const bench = GatewayBench.running();
  const asked = { ...wish(swap, 'buy', '1'), intentId: 'mine' as IntentId };
  const order = bench.lose(bench.ask(asked));
  bench.ask(asked);
  assert.deepEqual(bench.effects, []);
  bench.take(lookedUp(order, 'cancelled', '0'));
  bench.ask(asked);
  assert.deepEqual(bench.effects, []);
});
