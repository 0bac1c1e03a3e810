import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Appended } from '../../src/ports/store.ts';
import { EngineWorld } from '../support/engine-world.ts';

test('a halt is told as done when it is written, not when something else was', async () => {
  const world = await EngineWorld.running();
  const { store } = world;
  let release: () => void = () => {};
  let held = 0;
  world.crash();
  world.store = {
    ...store,
    append: async (expected, rows): Promise<Appended> => {
      if (rows.some(({ kind }) => kind === 'decision' || kind === 'mode')) {
        held += 1;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return store.append(expected, rows);
    },
  };
  const engine = await world.open();
  await world.until(engine.start());
  void world.place({ quantity: '20' });
  await world.settle();
  assert.equal(held, 1);
  let told = false;
  const halt = engine.operate({ verb: 'halt', reason: 'drill' }).then(() => {
    told = true;
  });
  await world.pass(50);
  release();
  await world.pass(50);
  assert.equal(held, 2, 'the halt is being written');
  assert.equal(told, false);
  release();
  await world.until(halt);
  assert.equal(engine.state.mode, 'HALTED');
});

test('a resume does not undo a halt that came while it was asked for', async () => {
  const world = await EngineWorld.running();
  const { engine } = world;
  await world.until(engine.operate({ verb: 'reduce_only', reason: 'drill' }));
  const resumed = engine.operate({ verb: 'resume', reason: 'all is well' });
  // Written after the comparison that the resume rests on, and before the resume.
  const post = engine.post.bind(engine);
  engine.post = (event) => {
    if (event.kind === 'operated') post({ kind: 'degraded', to: 'HALTED', cause: 'something is wrong' });
    post(event);
  };
  await world.pass(1);
  const refusal = await world.until(resumed);
  assert.match(refusal ?? '', /HALTED meanwhile/);
  assert.equal(engine.state.mode, 'HALTED');
});
