import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../../../test/support/gateway-bench.ts';
import { d, swap } from '../../../test/support/policy-samples.ts';
import type { Entry } from '../journal/entry.ts';
import type { Order } from '../order/order.ts';

/** The exchange says what it holds. */
function says(bench: GatewayBench, size: string): readonly Entry[] {
  const observation = { instrument: swap.id, exchange: d(size), evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now };
  return bench.take({ kind: 'observed', observation });
}

/** Two contracts long, proven, and an order that closes them on its way. */
function closing(): { readonly bench: GatewayBench; readonly close: Order } {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  says(bench, '2');
  const close = bench.close(swap);
  assert.ok(close !== undefined);
  bench.take({ kind: 'place_answered', clientOrderId: close.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
  return { bench, close };
}

test('an exit that opened the other way halts, though books and exchange agree', () => {
  const { bench, close } = closing();
  bench.take(lookedUp(close, 'filled', '3', [fill(close, '3')]));
  assert.equal(bench.position(swap), '-1');
  says(bench, '-1');
  assert.equal(bench.state.mode, 'HALTED');
  assert.match(bench.state.modeCause, /^reversed position: BTC-USDT-SWAP: what was to close it has opened the other way$/);
  assert.ok(bench.state.alerts.some(({ code, severity }) => code === 'HALTED' && severity === 'red'));
});

test('an exit that closed all of it, or a part, halts nothing', () => {
  for (const [size, left] of [
    ['2', '0'],
    ['1', '1'],
  ] as const) {
    const { bench, close } = closing();
    bench.take(lookedUp(close, 'cancelled', size, [fill(close, size)]));
    says(bench, left);
    assert.equal(bench.state.mode, 'ACTIVE', bench.state.modeCause);
    assert.equal(bench.current(close).verification, 'matched');
  }
});

test('what a plain order on the same side opened explains a position on the other side', () => {
  const { bench, close } = closing();
  const entry = bench.place(swap, 'sell', '1');
  assert.ok(entry !== undefined, bench.lastDecision());
  bench.take(lookedUp(close, 'filled', '2', [fill(close, '2')]));
  bench.filled(entry);
  says(bench, '-1');
  assert.equal(bench.state.mode, 'ACTIVE', bench.state.modeCause);
});

test('one answer that differs is no verdict, two that lasted are, and a position where the books are flat halts', () => {
  const { bench, close } = closing();
  bench.take(lookedUp(close, 'filled', '2', [fill(close, '2')]));
  assert.deepEqual(
    says(bench, '-2').map(({ kind }) => kind),
    ['mismatch'],
  );
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.now += 2500;
  says(bench, '-2');
  assert.equal(bench.state.mode, 'HALTED');
  assert.match(bench.state.modeCause, /^reversed position: BTC-USDT-SWAP: the books say 0, the exchange says -2$/);
});
