import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { test } from 'node:test';
import { genesisHead, nothingVerified, seal, verifyRows } from '../../src/core/journal/chain.ts';
import type { Head, Row } from '../../src/core/journal/row.ts';
import type { Result } from '../../src/core/lang/result.ts';
import { openJournal, openJournalReadOnly, SqliteJournal } from '../../src/adapters/store/sqlite.ts';

function note(head: Head, text: string): readonly Row[] {
  return seal(head, [{ at: 1_000, account: 'okx:sim:1001', kind: 'note', body: { text } }]);
}

async function inFolder(prove: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-store-'));
  try {
    await prove(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function opened<Value>(result: Result<Value>): Value {
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

function refusal(result: Result<unknown>): string {
  assert.equal(result.ok, false);
  return result.error;
}

/** A database whose COMMIT fails as asked: `before` it took place, or `after`, with SQLite's code for the cause. */
class FailingDatabase extends DatabaseSync {
  failure: { readonly when: 'before' | 'after'; readonly errcode: number } | undefined;

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    if (sql !== 'COMMIT') return statement;
    const run = statement.run.bind(statement);
    statement.run = () => {
      const { failure } = this;
      if (failure === undefined) return run();
      if (failure.when === 'after') run();
      throw Object.assign(new Error('made to fail'), { errcode: failure.errcode });
    };
    return statement;
  }
}

const SQLITE_FULL = 13;
const SQLITE_IOERR_FSYNC = 1034;

async function withFailingCommit(prove: (journal: SqliteJournal, database: FailingDatabase) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    opened(openJournal(path)).close();
    const database = new FailingDatabase(path);
    using journal = new SqliteJournal(database);
    await prove(journal, database);
  });
}

test('a commit without room did not happen, and the journal goes on once there is room', async () => {
  await withFailingCommit(async (journal, database) => {
    database.failure = { when: 'before', errcode: SQLITE_FULL };
    assert.equal((await journal.append(genesisHead, note(genesisHead, 'one'))).kind, 'not_written');
    database.failure = undefined;
    assert.deepEqual(await journal.head(), genesisHead);
    assert.equal((await journal.append(genesisHead, note(genesisHead, 'one'))).kind, 'appended');
  });
});

test('a commit that failed to sync is uncertain, whether it happened or not, and nothing is written after it', async () => {
  for (const when of ['before', 'after'] as const) {
    await withFailingCommit(async (journal, database) => {
      database.failure = { when, errcode: SQLITE_IOERR_FSYNC };
      assert.equal((await journal.append(genesisHead, note(genesisHead, 'one'))).kind, 'uncertain');
      database.failure = undefined;
      const head = await journal.head();
      assert.equal(head.seq, when === 'after' ? 1 : 0);
      const next = await journal.append(head, note(head, 'two'));
      assert.equal(next.kind, 'not_written');
      assert.match(next.cause, /restart/);
    });
  }
});

test('the journal and its folder are closed to others', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'state', 'journal.db');
    using journal = opened(openJournal(path));
    await journal.append(genesisHead, note(genesisHead, 'one'));
    assert.equal(statSync(join(folder, 'state')).mode & 0o777, 0o700);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  });
});

test('a journal that others can read is refused with the chmod that mends it', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    opened(openJournal(path)).close();
    chmodSync(path, 0o644);
    assert.match(refusal(openJournal(path)), new RegExp(`chmod 600 ${path}`));
  });
});

test('a file of another layout, of another program or of no database at all is refused and left as it was', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    opened(openJournal(path)).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    assert.match(refusal(openJournal(path)), /layout 99.*knows layout 1/);
    assert.match(refusal(openJournalReadOnly(path)), /layout 99/);

    const foreign = join(folder, 'foreign.db');
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE shopping (item TEXT)');
    other.close();
    chmodSync(foreign, 0o600);
    assert.match(refusal(openJournal(foreign)), /not a journal of twokey/);
    assert.match(refusal(openJournalReadOnly(foreign)), /not a journal of twokey/);

    const garbage = join(folder, 'garbage.db');
    writeFileSync(garbage, 'not a database, '.repeat(300), { mode: 0o600 });
    assert.match(refusal(openJournal(garbage)), /garbage\.db/);
    assert.equal(readFileSync(garbage, 'utf8'), 'not a database, '.repeat(300));
  });
});

test('a reader sees what a writer appends while both are open, and a missing journal is not created', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    assert.match(refusal(openJournalReadOnly(path)), /no journal at/);
    assert.equal(existsSync(path), false);
    using journal = opened(openJournal(path));
    const reader = opened(openJournalReadOnly(path));
    assert.deepEqual(await reader.head(), genesisHead);
    const rows = note(genesisHead, 'one');
    await journal.append(genesisHead, rows);
    assert.deepEqual(await reader.read(1, 10), rows);
    reader.close();
  });
});

test('a copy in a folder that cannot be written can be read', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    const journal = opened(openJournal(path));
    const rows = note(genesisHead, 'one');
    await journal.append(genesisHead, rows);
    journal.close();
    const vault = mkdtempSync(join(folder, 'copy-'));
    copyFileSync(path, join(vault, 'copy.db'));
    chmodSync(vault, 0o500);
    const reader = opened(openJournalReadOnly(join(vault, 'copy.db')));
    assert.deepEqual(await reader.read(1, 10), rows);
    reader.close();
    chmodSync(vault, 0o700);
  });
});

test('a value of another type in a damaged file is named by the verifier', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    using journal = opened(openJournal(path));
    await journal.append(genesisHead, note(genesisHead, 'one'));
    const head = await journal.head();
    await journal.append(head, note(head, 'two'));
    const database = new DatabaseSync(path);
    database.enableDefensive(false);
    database.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')`);
    database.close();
    const damaged = new DatabaseSync(path);
    damaged.exec(`UPDATE entry SET body = x'00ff' WHERE seq = 2`);
    damaged.close();
    const reader = opened(openJournalReadOnly(path));
    const verdict = verifyRows(await reader.read(1, 10), nothingVerified);
    reader.close();
    assert.equal(verdict.ok, false);
    assert.equal(verdict.error.seq, 2);
  });
});

test('one bit changed anywhere in the file is found, or changes nothing that can be read', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'journal.db');
    const journal = opened(openJournal(path));
    const rows = seal(
      genesisHead,
      ['one', 'two', 'three'].map((text) => ({ at: 1_000, account: 'okx:sim:1001', kind: 'note', body: { text } })),
    );
    await journal.append(genesisHead, rows);
    journal.close();
    const bytes = readFileSync(path);
    const copy = join(folder, 'copy.db');
    let found = 0;
    // The second page holds the rows from its end on, densely; the rest is mostly empty.
    for (let at = 0; at < bytes.length; at += at >= 2 * 4096 - 900 && at < 2 * 4096 ? 3 : 41) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(copy, damaged, { mode: 0o600 });
      const read = await readAll(copy);
      if (read.ok && verifyRows(read.value, nothingVerified).ok) assert.deepEqual(read.value, rows, `byte ${at}`);
      else found += 1;
    }
    assert.ok(found > 100, `${found} were found`);
  });
});

async function readAll(path: string): Promise<Result<readonly Row[]>> {
  const reader = openJournalReadOnly(path);
  if (!reader.ok) return reader;
  try {
    const damage = reader.value.damage();
    return damage === '' ? { ok: true, value: await reader.value.read(1, 100) } : { ok: false, error: damage };
  } catch (error) {
    return { ok: false, error: String(error) };
  } finally {
    reader.value.close();
  }
}
