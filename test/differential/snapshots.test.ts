import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply } from '../../src/core/account/apply.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import { laidOpen, SnapshotShelf, wholeText } from '../support/snapshot-shelf.ts';
import { factsOf } from './play.ts';

const SEEDS = 120;

test('in random histories a snapshot is the state that it was taken of, and whoever goes on from it comes to the same as from the first entry', (context) => {
  let taken = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const facts = factsOf(seed);
    const shelf = new SnapshotShelf();
    const every = 1 + (seed % 4);
    let state: State = emptyState('okx:sim:1001');
    let resumed: State | null = null;
    for (const fact of facts) {
      state = apply(state, fact);
      if (resumed !== null) resumed = apply(resumed, fact);
      if (fact.seq % every > 0) continue;
      // Each is written by the process that read the one before, or by the one that wrote it.
      const written = resumed !== null && fact.seq % 2 === 0 ? resumed : state;
      const text = shelf.put(written);
      const read = shelf.read(text, state);
      assert.ok(read.ok, read.ok ? '' : `seed ${seed}, entry ${fact.seq}: ${read.error}`);
      assert.deepEqual(laidOpen(read.value), laidOpen(state), `seed ${seed}, entry ${fact.seq}`);
      assert.equal(shelf.parts.size, shelf.count(text), 'what is kept is what the last snapshot names');
      shelf.continueFrom(read.value);
      resumed = read.value;
      taken += 1;
    }
    if (resumed !== null) assert.equal(wholeText(resumed), wholeText(state), `seed ${seed}`);
  }
  context.diagnostic(`${taken} snapshots of ${SEEDS} histories`);
  assert.ok(taken > SEEDS * 5);
});
