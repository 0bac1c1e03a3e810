import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

test('what is asked before the start is decided after it: genesis stays first, and nothing passes before the first comparison', async () => {
  const world = new EngineWorld();
  const engine = await world.open();
  const early = world.place({ intent_id: 'early' });
  const halted = engine.operate({ verb: 'reduce_only', reason: 'a person was faster' });
  await world.pass(50);
  assert.deepEqual(world.kinds(), []);
  await world.until(engine.start());
  assert.deepEqual(world.kinds().slice(0, 2), ['genesis', 'started']);
  assert.equal(engine.state.journal, 'abcdef');
  const outcome = await early;
  assert.ok(outcome.kind === 'recorded' && outcome.record.result.kind === 'denied');
  assert.equal(outcome.record.result.denial.code, 'BOOTING');
  assert.equal(await halted, null);
  assert.equal(engine.state.mode, 'REDUCE_ONLY');
});

test('between two starts nothing passes on the belief of the first', async () => {
  const world = await EngineWorld.running();
  world.crash();
  const engine = await world.open();
  const early = world.place({});
  await world.pass(10);
  await world.until(engine.start());
  const outcome = await early;
  assert.ok(outcome.kind === 'recorded' && outcome.record.result.kind === 'denied');
  assert.equal(outcome.record.result.denial.code, 'BOOTING');
});

test('a comparison that a person asks for during the start does not end it', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) =>
    request.method === 'POST' || request.path.startsWith('/api/v5/trade/fills') ? { kind: 'unknown', cause: 'lost' } : undefined;
  void world.place({});
  await world.pass(100);
  world.crash();
  const engine = await world.open();
  const started = engine.start();
  await world.pass(500);
  await world.until(engine.compareNow());
  assert.equal(engine.state.booting, true, 'the lost order has not been found or proven absent yet');
  world.intercept = () => undefined;
  await world.until(started);
  assert.equal(engine.state.mode, 'ACTIVE');
});
