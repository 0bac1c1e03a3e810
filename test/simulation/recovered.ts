import { isDeepStrictEqual } from 'node:util';
import { apply } from '../../src/core/account/apply.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import { openMemoryJournal } from '../../src/adapters/store/memory.ts';
import { recover } from '../../src/engine/recovery.ts';
import { replay } from '../../src/engine/replay.ts';
import { laidOpen } from '../support/snapshot-shelf.ts';
import { demand } from './demand.ts';
import type { World } from './world.ts';

/**
 * After every start: what it came to is what every entry from the first comes to. Looked at in a copy, because to look into a snapshot is to read its
 * parts, and the process shall meet those that are broken by itself.
 */
export async function judgeRecovery({ disk, tally }: World, { seq }: State, key: string): Promise<void> {
  const rows = disk.rows.slice(0, seq);
  demand(rows.length === disk.rows.length, 'I-L2', () => `a start ends at entry ${seq}, and ${disk.rows.length} are on disk`);
  const store = openMemoryJournal({ rows, rowsMax: rows.length });
  const { lied } = disk;
  const signer = { key, sign: () => Promise.resolve({ kind: 'dead' } as const) };
  const found = await recover({
    account: 'okx:sim:1001',
    version: '0',
    store,
    checkpoints: { store: disk.copiedSnapshots(), signer, everyEntries: 1 },
  });
  demand(found.ok, 'I-L2', () => (found.ok ? '' : `a start from a snapshot is refused: ${found.error}`));
  if (found.value.from === null) {
    tally.add('snapshot: a start without one');
    return;
  }
  tally.add(found.value.from.snapshot.checkpoint.seq === seq ? 'snapshot: a start at the head' : 'snapshot: a start with entries after it');
  let folded = emptyState('okx:sim:1001');
  const replayed = await replay(store, (fact) => {
    folded = apply(folded, fact);
  });
  demand(replayed.ok, 'I-L1', () => (replayed.ok ? '' : replayed.error));
  let opened: unknown = null;
  try {
    opened = laidOpen(found.value.state);
  } catch (error) {
    demand(lied, 'I-L2', () => `a snapshot cannot be read: ${error instanceof Error ? error.message : ''}`);
    tally.add('snapshot: a start on broken parts');
    return;
  }
  demand(
    isDeepStrictEqual(opened, laidOpen(folded)),
    'I-L2',
    () => 'a start from a snapshot comes to another state than the whole journal',
  );
}
