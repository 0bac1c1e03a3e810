import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Order } from '../../src/core/order/order.ts';
import { fill, GatewayBench, lookedUp, nothingSaid } from '../support/gateway-bench.ts';
import { d, swap } from '../support/policy-samples.ts';

// Elsewhere any exception counted as "order not found", and the fourth one lost it: an outage of name resolution dropped six accepted sells, and
// the bot was short without knowing.

test('six accepted sells live through an outage of a day, and their fills are booked', () => {
  const bench = GatewayBench.running();
  const orders: Order[] = [];
  for (const size of ['1', '2', '3', '4', '5', '6']) {
    bench.now += 1000;
    orders.push(bench.accept(bench.place(swap, 'sell', size, { price: d('60100') })));
  }
  for (let minutes = 0; minutes < 1440; minutes += 10) {
    bench.now += 600_000;
    bench.take({ kind: 'tick' });
    for (const { clientOrderId } of orders)
      bench.take({ kind: 'inspected', clientOrderId, order: { kind: 'failed', cause: 'name not resolved' }, fills: null });
  }
  assert.equal(bench.state.openOrders.size, 6);
  for (const order of orders) {
    const size = bench.current(order).size;
    bench.take(lookedUp(order, 'filled', String(size.coefficient), [fill(order, String(size.coefficient))]));
  }
  assert.equal(bench.position(swap), '-21');
});

test('one complete answer and one failed one are not two negatives', () => {
  const bench = GatewayBench.running();
  const order = bench.lose(bench.place(swap, 'buy', '1'));
  bench.now = order.expiresAt + 4000;
  bench.search(order);
  for (const part of Object.keys(nothingSaid) as (keyof typeof nothingSaid)[]) {
    bench.now += 1000;
    bench.search(order, { [part]: nothingSaid[part] });
    assert.equal(bench.current(order).life.kind, 'unknown', part);
  }
  bench.search(order);
  assert.equal(bench.state.openOrders.size, 0);
});
