import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

test('whoever waits for a comparison hears that the gateway stops, and so does whoever asks afterwards', async () => {
  const world = await EngineWorld.running();
  const { engine } = world;
  // The exchange never answers it.
  world.intercept = () => new Promise(() => {});
  const waiting = [engine.compareNow(), engine.operate({ verb: 'resume', reason: 'a test' })];
  const adopting = engine.adopt('a test');
  await world.pass(100);
  engine.close();
  const answers = [...(await Promise.all(waiting)), await engine.compareNow()];
  for (const answer of answers) assert.match(answer ?? '', /^the gateway is stopping; nothing was compared/);
  const adopted = await adopting;
  assert.ok(!adopted.ok && adopted.error.startsWith('the gateway is stopping'));
});
