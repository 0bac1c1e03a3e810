import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { leaves } from '../../src/core/order/order.ts';
import { fill, GatewayBench, lookedUp, nothingSaid } from '../support/gateway-bench.ts';
import { swap } from '../support/policy-samples.ts';

// Elsewhere five tries without an answer made a submitted order REJECTED and a cancelled one CANCELED: the strategy went in again beside a live order.

test('an order without an answer stays unknown for as long as nobody answers, keeps its whole reservation, and bars its instrument', () => {
  const bench = GatewayBench.running();
  const order = bench.lose(bench.place(swap, 'buy', '1'));
  for (let tries = 0; tries < 200; tries += 1) {
    bench.now += 5000;
    bench.search(order, nothingSaid);
    bench.take({ kind: 'tick' });
  }
  assert.equal(bench.current(order).life.kind, 'unknown');
  assert.equal(formatDecimal(leaves(bench.current(order))), '1');
  assert.equal(bench.state.mode, 'HALTED', 'after ten minutes a person has to look');
});

test('while it is unknown its agent cannot go in again', () => {
  const bench = GatewayBench.running();
  bench.lose(bench.place(swap, 'buy', '1'));
  assert.equal(bench.place(swap, 'buy', '2'), undefined);
  assert.equal(bench.lastDecision(), 'INSTRUMENT_FROZEN');
});

test('a cancel without an answer cancels nothing in the books: the fill that came instead is booked', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.cancelAll();
  for (let tries = 0; tries < 6; tries += 1)
    bench.take({ kind: 'cancel_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'unknown', cause: 'no answer' } });
  assert.equal(bench.current(order).life.kind, 'working');
  assert.equal(formatDecimal(leaves(bench.current(order))), '1');
  bench.take(lookedUp(order, 'filled', '1', [fill(order, '1')]));
  assert.equal(bench.position(swap), '1');
});
