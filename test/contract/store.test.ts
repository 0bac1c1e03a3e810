import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMemoryDisk, openMemoryJournal } from '../../src/adapters/store/memory.ts';
import { openJournal, SqliteJournal } from '../../src/adapters/store/sqlite.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('memory', () => {
  const disk = createMemoryDisk();
  return {
    open: () => openMemoryJournal(disk),
    fill: () => {
      disk.rowsMax = disk.rows.length;
    },
    makeRoom: () => {
      disk.rowsMax = Number.POSITIVE_INFINITY;
    },
    remove: () => undefined,
  };
});

storeSuite('sqlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-store-'));
  const path = join(folder, 'state', 'journal.db');
  const created = openJournal(path);
  if (!created.ok) throw new Error(created.error);
  created.value.close();
  const databases: DatabaseSync[] = [];
  return {
    open: () => {
      const database = new DatabaseSync(path, { timeout: 2_000 });
      database.exec('PRAGMA synchronous = FULL');
      databases.push(database);
      return new SqliteJournal(database);
    },
    // SQLite's own bound on a file, which it reports as it reports a full disk.
    fill: () => {
      for (const database of databases) database.exec('PRAGMA max_page_count = 1');
    },
    makeRoom: () => {
      for (const database of databases) database.exec('PRAGMA max_page_count = 1000000');
    },
    remove: () => {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
});
