import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, told } from '../support/gateway-bench.ts';
import { spot, swap } from '../support/policy-samples.ts';

// Elsewhere what closes by force worked only while the bot ran, and "no more entries" was a setting in memory that the next reload undid.

test('with entries stopped a swap is closed and cancels leave; with everything halted cancels still do', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  bench.accept(bench.place(spot, 'buy', '0.1'));
  bench.operate('reduce_only');
  assert.deepEqual(bench.effectKinds(), ['cancel'], 'the entry that rests is cancelled');
  assert.equal(bench.place(swap, 'buy', '2'), undefined);
  const close = bench.close(swap);
  assert.ok(close);
  bench.accept(close);
  bench.operate('halt');
  bench.cancelAll();
  assert.ok(bench.effects.some((effect) => effect.kind === 'cancel' && effect.clientOrderId === close.clientOrderId));
});

test('no start, and no other policy with it, opens entries again', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  bench.operate('reduce_only');
  bench.start();
  bench.take({ kind: 'started', journal: 'abcdef', environment: 'sim', version: '1', policyHash: 'another policy', readOnly: false });
  bench.compare('boot', told(swap, '1'));
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.place(swap, 'buy', '2'), undefined);
  assert.equal(bench.lastDecision(), 'REDUCE_ONLY');
  assert.ok(bench.close(swap));
});
