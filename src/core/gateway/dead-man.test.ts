import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, lookedUp } from '../../../test/support/gateway-bench.ts';
import { spot, swap } from '../../../test/support/policy-samples.ts';

function timers(bench: GatewayBench): readonly number[] {
  return bench.entries.flatMap((entry) => (entry.kind === 'timer' ? [entry.seconds] : []));
}

test('the exchange’s timer is armed in the append of the first entry that can rest, and once for all of them', () => {
  const bench = GatewayBench.running();
  bench.place(swap, 'buy', '1');
  assert.deepEqual(bench.kinds().slice(-2), ['submitting', 'timer']);
  bench.place(swap, 'buy', '2');
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), [20]);
});

test('what executes at once or only reduces needs no timer', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(spot, 'buy', '0.1', { type: 'market', price: null }));
  bench.accept(bench.place(spot, 'sell', '0.1'));
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), []);
});

test('it is disarmed when no entry rests any more, and armed again with the next', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), [20]);
  bench.take(lookedUp(order, 'cancelled', '0'));
  bench.take({ kind: 'tick' });
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), [20, 0]);
  bench.place(swap, 'buy', '2');
  assert.deepEqual(timers(bench), [20, 0, 20]);
});

test('a halt leaves it to run out: the exchange cancels once more by itself', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.operate('halt');
  bench.take(lookedUp(order, 'cancelled', '0'));
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), [20]);
  bench.enumerate();
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), [20, 0]);
});

test('a start goes on with the timer of the one before where an entry may still rest', () => {
  const bench = GatewayBench.running();
  bench.accept(bench.place(swap, 'buy', '1'));
  bench.start();
  bench.take({ kind: 'tick' });
  assert.deepEqual(timers(bench), [20]);
  assert.equal(bench.state.timer?.seconds, 20);
});
