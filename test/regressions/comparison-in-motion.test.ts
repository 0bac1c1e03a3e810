// Found by simulation, seeds 8 and 158: a person compared while the outcome of one order was looked for. That kept the comparison going to its
// last attempt, and what that order, or the agents in just that moment, had done was then believed to be a difference.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../support/gateway-bench.ts';
import { d, inverse, swap } from '../support/policy-samples.ts';

function undecided(): GatewayBench {
  const bench = GatewayBench.running();
  bench.lose(bench.place(swap, 'buy', '0.1'));
  return bench;
}

const holding = (instrument: typeof swap, size: string) => ({
  instrument: instrument.id,
  leg: 'net' as const,
  size: d(size),
  averagePrice: null,
  liquidationPrice: null,
});

test('what an order of unknown outcome may have done ends a comparison unclean, and stops nothing', () => {
  const bench = undecided();
  const entries = bench.compare('operator', { positions: [holding(swap, '0.1')] });
  assert.deepEqual(
    entries.map((entry) => entry.kind === 'compared' && [entry.clean, entry.differences.map(({ subject }) => subject)]),
    [[false, [swap.id, bench.state.openOrders.keys().next().value]]],
  );
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('what it cannot have done stops the account, and is what the account says that it stopped for', () => {
  const bench = undecided();
  bench.compare('operator', { positions: [holding(swap, '0.1'), holding(inverse, '7')] });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.state.modeCause, `${inverse.id}: the books say 0, the exchange says 7`);
});

test('a start does not wait for it', () => {
  const bench = undecided();
  bench.start();
  bench.compare('boot', { positions: [holding(swap, '0.1')] });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.state.booting, false);
});
