import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemoryJournal } from '../../src/adapters/store/memory.ts';
import { EngineWorld } from '../support/engine-world.ts';

// A failure that nobody thought of is a bug of ours: the process ends, and says that it is one, so that the next start is halted.

test('an engine that finds itself wrong ends as a bug, and everybody who waits is answered', async () => {
  const world = await EngineWorld.running();
  const { append } = world.store;
  world.crash();
  const broken = { ...openMemoryJournal(world.disk) };
  let isWrong = false;
  broken.append = (...given) => {
    if (isWrong) throw new Error('a number is not a number');
    return append(...given);
  };
  const engine = await world.open({ store: broken });
  await world.until(engine.start());
  isWrong = true;
  const outcome = await world.until(world.place({ quantity: '20' }));
  assert.notEqual(outcome.kind, 'recorded');
  assert.deepEqual([world.fatal, world.foundBug], ['a number is not a number', true]);
  isWrong = false;
  assert.deepEqual(world.ledger().orders, []);
});
