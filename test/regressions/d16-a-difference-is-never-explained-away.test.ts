import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, told } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Elsewhere a position that did not agree was made to agree with an invented fill, or after three tries nobody looked any more.

test('a position that nobody can explain ends new risk, is told, and leaves the books as they were', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  const fills = bench.kinds().filter((kind) => kind === 'fill').length;
  bench.now += 60_000;
  for (let looks = 0; looks < 10; looks += 1) bench.compare('hourly', told(swap, '3'));
  assert.equal(bench.position(swap), '1');
  assert.equal(bench.kinds().filter((kind) => kind === 'fill').length, fills);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.ok(
    bench.state.alerts.some(({ severity, message }) => severity === 'red' && message.includes('the books say 1, the exchange says 3')),
  );
  assert.equal(bench.entries.filter((entry) => entry.kind === 'compared' && !entry.clean).length, 10, 'every look says so again');
});

test('it stays so over a restart, and no resume passes while they differ', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  bench.now += 60_000;
  bench.compare('hourly', told(swap, '3'));
  bench.start();
  bench.compare('boot', told(swap, '3'));
  bench.operate('resume');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.place(swap, 'buy', '1'), undefined);
  assert.equal(bench.lastDecision(), 'REDUCE_ONLY');
});
