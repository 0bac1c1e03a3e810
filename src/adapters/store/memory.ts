import { genesisHead } from '../../core/journal/chain.ts';
import type { Head, Row } from '../../core/journal/row.ts';
import { assert } from '../../core/lang/assert.ts';
import type { Appended, JournalStore } from '../../ports/store.ts';
import { assertFollows } from './follows.ts';

/** What outlives the store that writes to it, as a disk outlives a process. `rowsMax` is its size: past it, it is full. */
export type MemoryDisk = { rows: readonly Row[]; rowsMax: number };

export function createMemoryDisk(): MemoryDisk {
  return { rows: [], rowsMax: Number.POSITIVE_INFINITY };
}

/** A journal in memory, for simulated worlds and tests. Several may be open on one disk: the head decides who writes. */
export function openMemoryJournal(disk: MemoryDisk): JournalStore {
  const headNow = (): Head => {
    const last = disk.rows.at(-1);
    return last === undefined ? genesisHead : { seq: last.seq, hash: last.hash };
  };
  return {
    head: () => Promise.resolve(headNow()),
    append: (expected, rows) => Promise.resolve(append(disk, headNow(), expected, rows)),
    read: (from, limit) => {
      assert(Number.isSafeInteger(limit) && limit > 0, 'a page has at least one row');
      // A verified chain has no gaps, so that a row's place is its number.
      const start = Math.max(from - 1, 0);
      return Promise.resolve(disk.rows.slice(start, start + limit));
    },
  };
}

function append(disk: MemoryDisk, head: Head, expected: Head, rows: readonly Row[]): Appended {
  assertFollows(expected, rows);
  if (head.seq !== expected.seq || head.hash !== expected.hash) return { kind: 'conflict', head };
  if (disk.rows.length + rows.length > disk.rowsMax) return { kind: 'not_written', cause: `the disk is full at ${disk.rowsMax} rows` };
  disk.rows = [...disk.rows, ...rows];
  const last = rows.at(-1);
  assert(last !== undefined, 'an append has rows');
  return { kind: 'appended', head: { seq: last.seq, hash: last.hash } };
}
