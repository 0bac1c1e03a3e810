import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemoryJournal } from '../../src/adapters/store/memory.ts';
import { UNSURE } from '../../src/engine/engine.ts';
import type { JournalStore } from '../../src/ports/store.ts';
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

test('a file HALT that no person wrote halts in the name of who did, and the alert waits for a person', async () => {
  const world = await EngineWorld.running();
  world.haltFileSays = { by: 'twokey', reason: 'a bug of twokey: a number is not a number' };
  world.haltFile = true;
  await world.pass(3000);
  const { mode, modeCause } = world.engine.state;
  assert.equal(mode, 'HALTED');
  assert.equal(modeCause, 'the file HALT stands in the home folder: twokey wrote it, because of a bug of twokey: a number is not a number');
  const bodyOf = (wanted: string): string => world.disk.rows.find(({ kind }) => kind === wanted)?.body ?? '';
  assert.match(bodyOf('mode'), /"by":"twokey"/);
  assert.match(bodyOf('alert'), /"code":"HALTED"/);
  assert.doesNotMatch(bodyOf('alert'), /"by":/, 'nobody is taken to know of it');
});

test('whether what a person asked for was written is not known when the disk did not say, and the person is told so', async () => {
  const world = await EngineWorld.running();
  world.crash();
  const { store } = world;
  let isSure = true;
  const unsure: JournalStore = {
    ...store,
    append: async (...given) => {
      const appended = await store.append(...given);
      return isSure ? appended : { kind: 'uncertain', cause: 'the disk did not say' };
    },
  };
  const engine = await world.open({ store: unsure });
  await world.until(engine.start());
  isSure = false;
  assert.equal(await world.until(engine.operate({ verb: 'reduce_only', reason: 'a test' })), UNSURE);
  world.crash();
  assert.equal((await world.open()).state.mode, 'REDUCE_ONLY', 'it was done');
});
