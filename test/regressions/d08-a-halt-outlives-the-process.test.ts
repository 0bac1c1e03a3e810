import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, told } from '../support/gateway-bench.ts';
import { d, swap } from '../support/policy-samples.ts';

// Elsewhere the state began ACTIVE at each start, and nothing but a person ever changed it.

test('a halt is there after every start, and nothing passes', () => {
  const bench = GatewayBench.running();
  bench.operate('halt');
  for (let starts = 0; starts < 3; starts += 1) {
    bench.start();
    bench.compare('boot');
    assert.equal(bench.state.booting, false);
    assert.equal(bench.state.mode, 'HALTED');
    assert.equal(bench.place(swap, 'buy', '1'), undefined);
    assert.equal(bench.lastDecision(), 'HALTED');
  }
});

test('it halts by itself when a position is the opposite of the books', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  for (let looks = 0; looks < 3; looks += 1) {
    bench.now += 2000;
    const observation = { instrument: swap.id, exchange: d('-1'), evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now };
    bench.take({ kind: 'observed', observation });
  }
  assert.equal(bench.state.mode, 'HALTED');
});

test('only the operator makes it milder, one step at a time, and not while books and exchange differ', () => {
  const bench = GatewayBench.running();
  bench.operate('halt');
  bench.compare('operator', told(swap, '5'));
  bench.operate('resume');
  assert.equal(bench.state.mode, 'HALTED');
  bench.compare('operator');
  bench.operate('resume');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  bench.operate('resume');
  assert.equal(bench.state.mode, 'ACTIVE');
});
