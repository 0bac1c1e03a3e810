// Worlds in which the gateway listens, to pushes that are lost, late and double and on connections that break and fall silent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './tally.ts';
import { simulate } from './world.ts';

const SEEDS = [1, 2, 3, 5, 6, 8];
const accidents = ['lost', 'late', 'twice', 'a connection broke', 'a connection fell silent', 'a connection was refused'];

test('a gateway that listens holds in every bad world, and its books are equal in every good one', async () => {
  const all = new Tally();
  for (const seed of SEEDS) {
    // oxlint-disable-next-line no-await-in-loop
    const report = await simulate({ seed, isFed: true });
    assert.equal(report.failure, '', `seed ${seed} with a feed`);
    all.merge(report.tally);
  }
  for (const accident of accidents) assert.ok(all.count(`push: ${accident}`) > 0, accident);
});
