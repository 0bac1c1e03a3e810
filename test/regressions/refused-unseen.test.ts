import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, report } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Found by the simulation: the exchange refused an order that it carried out, and the process died before it looked. The next start asked about open
// orders alone, and believed in the refusal for ever.

test('a start looks at the orders that the exchange refused last, and books what it did all the same', () => {
  const bench = GatewayBench.running();
  const order = bench.place(swap, 'buy', '1');
  assert.ok(order);
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'rejected', code: '51008' } });
  bench.start();
  assert.deepEqual(
    bench.effects.map((effect) => (effect.kind === 'inspect' ? effect.clientOrderId : effect.kind)),
    [order.clientOrderId],
  );
  bench.take({
    kind: 'inspected',
    clientOrderId: order.clientOrderId,
    order: { kind: 'order', order: report(order, 'cancelled', '0') },
    fills: [],
  });
  assert.deepEqual(bench.current(order).life, { kind: 'done', outcome: 'cancelled' });
});

test('a start asks about the last ten refusals at most', () => {
  const bench = GatewayBench.running('max_rejects = { in_a_row = 100, per_10_minutes = 100 }');
  for (let count = 1; count <= 15; count += 1) {
    const order = bench.place(swap, 'buy', String(count));
    if (order === undefined) {
      bench.now += 60_000;
      continue;
    }
    bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'rejected', code: '51008' } });
  }
  bench.start();
  assert.deepEqual(
    bench.effectKinds(),
    Array.from({ length: 10 }, () => 'inspect'),
  );
});
