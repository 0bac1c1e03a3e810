import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { journalOf } from './harness/journal.ts';
import { acts } from './desk/accidents.ts';
import { Scene } from './desk/scene.ts';

describe('the gateway survives what the desk does to the exchange', { concurrency: 4 }, () => {
  for (const { name, accidents } of acts) {
    test(name, async (context) => {
      await using scene = await Scene.open();
      for (const { of, outcome, stage, stops } of accidents) {
        // One after the other: each begins with an account that is open.
        // oxlint-disable-next-line no-await-in-loop
        await context.test(`${of}: ${outcome}`, async () => {
          await scene.open();
          const since = journalOf(scene.world.home).length;
          await stage(scene, since);
          const found = scene.stopsSince(since);
          assert.equal(found.length > 0, stops !== null, found.join('; '));
          for (const cause of found) assert.match(cause, stops ?? /^$/);
          await scene.world.exchange.heal();
          await scene.open();
          // Business as before.
          await scene.proven(await scene.enter({ instrument: 'ETH-USDT' }));
          await scene.isTrue();
        });
      }
    });
  }
});
