// One suite for everything that keeps snapshots: in memory, as simulations do, and in the journal's own file.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createMemoryShelf, openMemorySnapshots } from '../../src/adapters/store/memory-snapshots.ts';
import { SqliteSnapshots } from '../../src/adapters/store/snapshots.ts';
import { openJournal, type SqliteJournal } from '../../src/adapters/store/sqlite.ts';
import { genesisHead, seal } from '../../src/core/journal/chain.ts';
import type { Part } from '../../src/core/snapshot/tree.ts';
import type { Snapshot, SnapshotStore } from '../../src/ports/snapshots.ts';
import { claimsAbout } from './claims.ts';

type Place = {
  /** Opens it once more, as the next process does. */
  readonly open: () => SnapshotStore;
  readonly fill: () => void;
  readonly remove: () => void;
};

function part(id: number, parts: readonly number[] = []): Part {
  return { id, parts, text: `part ${id} "ü €" 🔑` };
}

function snapshot(seq: number, lastPart: number): Snapshot {
  const checkpoint = { account: 'okx:sim:1001', seq, hash: 'a', state: 'b', key: 'c', signature: 'd' };
  return { checkpoint, text: `{"state":${seq}}`, parts: [lastPart, 1], lastPart };
}

async function swept(store: SnapshotStore): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  while (await store.sweep());
}

function suite(name: string, make: () => Place): void {
  const claim = claimsAbout(name, make);

  claim('where nothing was kept there is nothing', async (place) => {
    const store = place.open();
    assert.deepEqual(await store.snapshots(), []);
    assert.equal(store.part(1), null);
    assert.equal(await store.sweep(), false);
    assert.equal(await store.damage(), '');
  });

  claim('an id is given once: parts of which one stands there already are refused, all of them', async (place) => {
    const store = place.open();
    assert.equal(await store.addParts([part(1)]), '');
    assert.notEqual(await store.addParts([part(2), part(1, [2])]), '');
    assert.equal(store.part(2), null);
    assert.deepEqual(store.part(1)?.parts, []);
  });

  claim('what is kept reads back as it was, also in the next process, and of three the last two stay, the newest first', async (place) => {
    const store = place.open();
    assert.equal(await store.addParts([part(1), part(2, [1])]), '');
    assert.equal(await store.keep(snapshot(10, 2), []), '');
    assert.equal(await store.addParts([part(3)]), '');
    assert.equal(await store.keep(snapshot(20, 3), [2]), '');
    assert.equal(await store.keep(snapshot(30, 3), []), '');
    const next = place.open();
    assert.deepEqual(await next.snapshots(), [snapshot(30, 3), snapshot(20, 3)]);
    const { parts, text } = part(2, [1]);
    assert.deepEqual(next.part(2), { parts, text });
  });

  claim('parts that were dropped go when no kept snapshot names them any more, and not before', async (place) => {
    const store = place.open();
    await store.addParts([part(1), part(2)]);
    await store.keep(snapshot(10, 2), []);
    await store.addParts([part(3)]);
    await store.keep(snapshot(20, 3), [2]);
    await swept(store);
    assert.notEqual(store.part(2), null, 'the snapshot of entry 10 names it');
    await store.keep(snapshot(30, 3), [1]);
    await swept(store);
    assert.equal(store.part(2), null);
    assert.notEqual(store.part(1), null, 'the snapshot of entry 20 names it');
    assert.notEqual(store.part(3), null);
  });

  claim('parts of a snapshot that never came to be are swept, a thousand as well as one', async (place) => {
    const store = place.open();
    await store.addParts([part(1)]);
    await store.keep(snapshot(10, 1), []);
    await store.addParts(Array.from({ length: 1000 }, (_, index) => part(index + 2)));
    const next = place.open();
    await swept(next);
    assert.notEqual(next.part(1), null);
    for (const id of [2, 500, 1001]) assert.equal(next.part(id), null);
    assert.equal(await next.addParts([part(2)]), '', 'their ids are free again');
  });

  claim('forgetting takes the snapshots from an entry on, and their parts can be read until they are swept', async (place) => {
    const store = place.open();
    await store.addParts([part(1)]);
    await store.keep(snapshot(10, 1), []);
    await store.addParts([part(2)]);
    await store.keep(snapshot(20, 2), []);
    await store.forget(20);
    assert.deepEqual(await store.snapshots(), [snapshot(10, 1)]);
    assert.notEqual(store.part(2), null);
    await swept(store);
    assert.equal(store.part(2), null);
    await store.forget(0);
    assert.deepEqual(await store.snapshots(), []);
  });

  claim('without room nothing is kept, what was there stays, and the answer says why', async (place) => {
    const store = place.open();
    await store.addParts([part(1)]);
    await store.keep(snapshot(10, 1), []);
    place.fill();
    const large = Array.from({ length: 200 }, (_, index) => ({ ...part(index + 2), text: 'x'.repeat(4000) }));
    assert.match(await store.addParts(large), /full/);
    assert.deepEqual(await store.snapshots(), [snapshot(10, 1)]);
    assert.equal(store.part(2), null);
  });
}

suite('memory', () => {
  const shelf = createMemoryShelf();
  return {
    open: () => openMemorySnapshots(shelf),
    fill: () => {
      shelf.partsMax = shelf.parts.size;
    },
    remove: () => undefined,
  };
});

function journalIn(folder: string): SqliteJournal {
  const journal = openJournal(join(folder, 'journal.db'));
  if (!journal.ok) throw new Error(journal.error);
  return journal.value;
}

suite('sqlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-snapshots-'));
  journalIn(folder).close();
  const databases: DatabaseSync[] = [];
  return {
    open: () => {
      const database = new DatabaseSync(join(folder, 'journal.db'));
      databases.push(database);
      return new SqliteSnapshots(database);
    },
    // SQLite's own bound on a file, which it reports as it reports a full disk.
    fill: () => {
      for (const database of databases) database.exec('PRAGMA max_page_count = 1');
    },
    remove: () => {
      for (const database of databases) database.close();
      rmSync(folder, { recursive: true });
    },
  };
});

test('a file that is damaged opens where it has a snapshot, and is found by who looks at it in the background', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-snapshots-'));
  const path = join(folder, 'journal.db');
  try {
    for (const kept of [false, true]) {
      rmSync(path, { force: true });
      const journal = journalIn(folder);
      const drafts = Array.from({ length: 2000 }, () => ({
        at: 1,
        account: 'okx:sim:1001',
        kind: 'note',
        body: { text: 'x'.repeat(100) },
      }));
      // oxlint-disable-next-line no-await-in-loop
      await journal.append(genesisHead, seal(genesisHead, drafts));
      // oxlint-disable-next-line no-await-in-loop
      if (kept) await journal.snapshots.keep(snapshot(10, 1), []);
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(await journal.snapshots.damage(), '');
      journal.close();
      const bytes = readFileSync(path);
      // How many cells a page in the middle has.
      bytes.writeUInt16BE(1, 4096 * 40 + 3);
      writeFileSync(path, bytes);
      const opened = openJournal(path);
      assert.equal(opened.ok, kept);
      if (!opened.ok) continue;
      // oxlint-disable-next-line no-await-in-loop
      assert.notEqual(await opened.value.snapshots.damage(), '');
      opened.value.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
