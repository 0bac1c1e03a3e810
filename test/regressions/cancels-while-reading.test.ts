import assert from 'node:assert/strict';
import { test } from 'node:test';
import { d, spot } from '../support/policy-samples.ts';
import { EngineWorld } from '../support/engine-world.ts';
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

// What the gateway itself wants cancelled, as when the account goes down, was tried and journaled every second in the same way.
test('a gateway that only reads writes once what it would cancel, sends nothing, and cancels it in the next start that may act', async () => {
  const world = await EngineWorld.running();
  const far = { type: 'limit', price: '59500', quantity: '0.0006', quantity_unit: 'base', expected_notional_usd: '35.7' };
  assert.equal((await world.until(world.place(far))).kind, 'recorded');
  world.crash();
  world.vaultReadsOnly = true;
  await world.open({ readOnly: true });
  await world.until(world.engine.start());
  const written = world.kinds().length;
  const sent = world.sent.length;
  assert.equal(await world.until(world.engine.operate({ verb: 'reduce_only', reason: 'a test' })), null);
  await world.pass(10_000);
  assert.deepEqual(
    world
      .kinds()
      .slice(written)
      .filter((kind) => kind.startsWith('cancel')),
    ['cancelling'],
  );
  assert.equal(world.sent.length, sent);
  world.crash();
  world.vaultReadsOnly = false;
  await world.open();
  await world.until(world.engine.start());
  await world.pass(3000);
  assert.ok(world.sent.slice(sent).some(({ path }) => path === '/api/v5/trade/cancel-order'));
  assert.equal(world.engine.state.openOrders.size, 0);
});
