import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayNotProve } from '../gateway/proving.ts';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { waitAfter, waitLeft } from './proofs.ts';

const tried = { kind: 'proof_tried', purpose: 'approve a1', cause: '', step: 0 } as const;

function fail(bench: GatewayBench): void {
  bench.take({ ...tried, outcome: 'begun' });
  bench.take({ ...tried, outcome: 'refused', cause: 'wrong' });
}

function alertsOf(bench: GatewayBench): readonly string[] {
  return bench.entries.flatMap((entry) =>
    entry.kind === 'alert' && entry.code === 'OPERATOR_PROOF' ? [`${entry.severity} ${entry.value}`] : [],
  );
}

test('waits double from one second and end at a quarter of an hour', () => {
  assert.deepEqual([0, 1, 2, 3, 10, 11, 12, 1000].map(waitAfter), [0, 1000, 2000, 4000, 512_000, 900_000, 900_000, 900_000]);
});

test('a try that was begun counts as failed, whatever ended it, until the vault has said otherwise', () => {
  const bench = GatewayBench.running();
  assert.equal(mayNotProve(bench.state, bench.now), null);
  bench.take({ ...tried, outcome: 'begun' });
  assert.match(mayNotProve(bench.state, bench.now) ?? '', /after 1 tries that failed the next one may come in 1 s/);
  bench.take({ ...tried, outcome: 'accepted', step: 7 });
  assert.equal(mayNotProve(bench.state, bench.now), null);
  assert.deepEqual([bench.state.proofs.failures, bench.state.proofs.usedStep], [0, 7]);
});

test('no earlier step comes back, and a wait is not lengthened by a clock that was set back', () => {
  const bench = GatewayBench.running();
  for (const step of [9, 8]) {
    bench.take({ ...tried, outcome: 'begun' });
    bench.take({ ...tried, outcome: 'accepted', step });
  }
  assert.equal(bench.state.proofs.usedStep, 9);
  fc.assert(
    fc.property(fc.nat(30), fc.nat(10_000_000), fc.integer({ min: -10_000_000, max: 10_000_000 }), (failures, triedAt, later) => {
      const left = waitLeft({ failures, triedAt, usedStep: 0 }, triedAt + later);
      assert.ok(left >= 0 && left <= waitAfter(failures));
      if (later >= waitAfter(failures)) assert.equal(left, 0);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('the third failure in a row is a red alert that names what was asked for, and the next of them a person sees once', () => {
  const bench = GatewayBench.running();
  fail(bench);
  fail(bench);
  assert.deepEqual(alertsOf(bench), []);
  fail(bench);
  assert.deepEqual(alertsOf(bench), ['red 3']);
  const alert = bench.entries.findLast((entry) => entry.kind === 'alert');
  assert.match(alert?.message ?? '', /^3 times in a row .*: approve a1$/);
  for (let count = 0; count < 3; count += 1) fail(bench);
  assert.deepEqual(alertsOf(bench), ['red 3'], 'nobody has acknowledged the first, and it says the same');
  bench.now += 700_000;
  for (let count = 0; count < 3; count += 1) fail(bench);
  assert.deepEqual(alertsOf(bench), ['red 3', 'red 9']);
});
