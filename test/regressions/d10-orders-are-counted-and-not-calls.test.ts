import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../support/gateway-bench.ts';
import { ether, inverse, spot, swap } from '../support/policy-samples.ts';

// Elsewhere a list of orders took one token of the rate, and cancels had no rate of their own.

const slow = 'max_order_rate = { per_second = 3, per_minute = 4 }';

test('every order takes from the rate, and what was denied takes nothing', () => {
  const bench = GatewayBench.running(slow);
  for (const size of ['1', '2', '3']) bench.filled(bench.place(swap, 'buy', size));
  assert.equal(bench.place(swap, 'buy', '4'), undefined);
  assert.equal(bench.lastDecision(), 'RATE_LIMIT');
  bench.now += 1100;
  bench.filled(bench.place(swap, 'buy', '4'));
  bench.now += 1100;
  bench.place(swap, 'buy', '5');
  assert.equal(bench.lastDecision(), 'RATE_LIMIT', 'four in a minute');
  assert.equal(bench.state.activity.today.entries, 4);
});

test('a list takes as many as it has orders, and one that is more than is left takes nothing', () => {
  const bench = GatewayBench.running(slow);
  assert.equal(
    bench.rebalance(
      [
        [spot, '0.1'],
        [ether, '0.1'],
      ],
      '10000',
    ).length,
    2,
  );
  assert.deepEqual(
    bench.rebalance(
      [
        [swap, '0.1'],
        [inverse, '0.1'],
      ],
      '10000',
    ),
    [],
  );
  assert.equal(bench.lastDecision(), 'RATE_LIMIT');
  assert.equal(bench.state.activity.today.entries, 2);
  assert.equal(bench.rebalance([[swap, '0.1']], '10000').length, 1);
});

test('cancels and closes pass when entries have used up their rate', () => {
  const bench = GatewayBench.running(slow);
  bench.filled(bench.place(spot, 'buy', '0.1'));
  for (const size of ['1', '2']) bench.accept(bench.place(swap, 'buy', size));
  bench.place(swap, 'buy', '3');
  assert.equal(bench.lastDecision(), 'RATE_LIMIT');
  assert.ok(bench.close(spot));
  bench.cancelAll();
  // The close is an open order of the same agent by now, and "all" means all.
  assert.deepEqual(bench.effectKinds(), ['cancel', 'cancel', 'cancel']);
});
