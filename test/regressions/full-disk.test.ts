import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

async function halted(): Promise<EngineWorld> {
  const world = await EngineWorld.running();
  await world.until(world.place({ intent_id: 'before', quantity: '40' }));
  await world.pass(3000);
  world.disk.rowsMax = world.disk.rows.length;
  const refused = await world.until(Promise.all(['11', '12', '13'].map((quantity) => world.place({ quantity }))));
  assert.deepEqual(
    refused.map((outcome) => outcome.kind === 'refused' && outcome.code),
    ['HALTED', 'HALTED', 'HALTED'],
  );
  return world;
}

test('what was signed and could not be written costs no later order its id: the first exit after a full disk leaves', async () => {
  const world = await halted();
  world.disk.rowsMax = Number.POSITIVE_INFINITY;
  await world.pass(5000);
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.equal(await world.until(world.engine.operate({ verb: 'resume', reason: 'there is room again' })), null);
  await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  const ids = world.ledger().orders.map(({ side, clOrdId }) => [side, clOrdId]);
  assert.deepEqual(ids, [
    ['buy', 'tabcdef000100000001'],
    ['sell', 'tabcdef000100000005'],
  ]);
});

test('the halt is written first where there is room for little', async () => {
  const world = await EngineWorld.running();
  for (const price of ['59700', '59800']) {
    // oxlint-disable-next-line no-await-in-loop
    await world.until(world.place({ type: 'limit', price }));
  }
  await world.pass(2000);
  world.disk.rowsMax = world.disk.rows.length;
  void world.place({ quantity: '11' });
  world.engine.post({ kind: 'degraded', to: 'REDUCE_ONLY', cause: 'something else at the same time' });
  await world.settle();
  // Mode, alert, the halt itself and two cancels, and nothing more.
  world.disk.rowsMax += 5;
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'HALTED');
});

test('a wish that was carried out before is told as it was while the disk is full', async () => {
  const world = await halted();
  const again = await world.until(world.place({ intent_id: 'before', quantity: '40' }));
  assert.ok(again.kind === 'recorded' && again.record.result.kind === 'order');
});

test('an agent that goes on asking cannot fill what was kept for the halt', async () => {
  const world = await halted();
  world.disk.rowsMax += 100;
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'HALTED');
  const before = world.disk.rows.length;
  for (let count = 0; count < 50; count += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await world.until(world.place({ quantity: String(20 + count) }));
  }
  assert.equal(world.disk.rows.length, before);
});
