import assert from 'node:assert/strict';
import { test } from 'node:test';
import { d, spot } from '../support/policy-samples.ts';
import { GatewayBench } from '../support/gateway-bench.ts';

// The vault of a read-only gateway signs questions alone: a cancel was told as sent, and tried again every second without end.
test('a gateway that only reads refuses a cancel in plain words, asks for nothing, and cancels once it may act again', () => {
  const bench = GatewayBench.running();
  assert.ok(bench.place(spot, 'buy', '0.001', { price: d('50000'), type: 'limit' }));
  bench.changes = { readOnly: true };
  bench.cancelAll();
  const refused = bench.entries.at(-1);
  assert.ok(refused?.kind === 'decision' && refused.outcome === 'deny', JSON.stringify(refused));
  assert.equal(refused.code, 'READ_ONLY');
  assert.match(refused.message ?? '', /read-only and sends nothing/);
  assert.ok(bench.effects.every(({ kind }) => kind !== 'submit'));
  assert.ok(bench.entries.every(({ kind }) => kind !== 'cancelling'));
  bench.changes = {};
  bench.cancelAll();
  assert.equal(bench.entries.at(-1)?.kind, 'cancelling');
});
