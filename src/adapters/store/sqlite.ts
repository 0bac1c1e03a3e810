import { closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { genesisHead } from '../../core/journal/chain.ts';
import type { Head, Row } from '../../core/journal/row.ts';
import { assert } from '../../core/lang/assert.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Appended, JournalStore } from '../../ports/store.ts';
import { assertFollows } from './follows.ts';
import { SNAPSHOT_SCHEMA, SqliteSnapshots } from './snapshots.ts';

/** Stands in the file's `user_version`; another number is another layout, and guessing would spoil it. */
const SCHEMA_VERSION = 1;

/** How long a write waits for another process that is writing: long against one append, short against a person's patience. */
const BUSY_MILLISECONDS_MAX = 2_000;

// SQLite's primary result codes (https://sqlite.org/rescode.html).
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;

const SCHEMA = `
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT`;

/** What can be asked of a journal that is not ours to write. */
export type JournalReader = Pick<JournalStore, 'head' | 'read'> & {
  /** What is wrong with the file as such, or an empty text. Damage there can hide the last entries, which no chain can miss. */
  readonly damage: () => string;
  readonly close: () => void;
};

/** The journal on disk. SQLite in WAL mode with `synchronous = FULL`: when an append answers, it survives a loss of power. */
export class SqliteJournal implements JournalStore, Disposable {
  readonly snapshots: SqliteSnapshots;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #insert: StatementSync;
  readonly #reading: Reading;
  /** Why nothing can be written any more; empty while all is well. */
  #broken = '';

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#insert = database.prepare('INSERT INTO entry (seq, at, account, kind, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#reading = new Reading(database);
    this.snapshots = new SqliteSnapshots(database);
  }

  async head(): Promise<Head> {
    return this.#reading.head();
  }

  async read(from: number, limit: number): Promise<readonly Row[]> {
    return this.#reading.rows(from, limit);
  }

  async append(expected: Head, rows: readonly Row[]): Promise<Appended> {
    assertFollows(expected, rows);
    if (this.#broken !== '') return { kind: 'not_written', cause: this.#broken };
    try {
      this.#begin.run();
      const head = this.#reading.head();
      if (head.seq !== expected.seq || head.hash !== expected.hash) {
        this.#undo();
        return { kind: 'conflict', head };
      }
      for (const row of rows) this.#insert.run(row.seq, row.at, row.account, row.kind, row.body, row.prev, row.hash);
    } catch (error) {
      // Nothing is in the journal before COMMIT, whatever went wrong.
      this.#undo();
      return { kind: 'not_written', cause: causeOf(error) };
    }
    return this.#conclude(rows);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #conclude(rows: readonly Row[]): Appended {
    try {
      this.#commit.run();
    } catch (error) {
      const cause = causeOf(error);
      const undone = this.#undo();
      // No room means that the frame which makes the others count was not written, so a rollback settles it. After any other
      // failure (a failed fsync, say) that frame may stand on disk and be found at the next start.
      if (undone && resultCode(error) === SQLITE_FULL) return { kind: 'not_written', cause };
      this.#broken = `an append ended without a known outcome (${cause}); restart to read what is on disk`;
      return { kind: 'uncertain', cause };
    }
    const last = rows.at(-1);
    assert(last !== undefined, 'an append has rows');
    return { kind: 'appended', head: { seq: last.seq, hash: last.hash } };
  }

  /** Leaves the transaction. SQLite has left it by itself after some failures; where it cannot be left, nothing may follow it. */
  #undo(): boolean {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return true;
    } catch (error) {
      this.#broken = `a failed append could not be rolled back (${causeOf(error)}); restart`;
      return false;
    }
  }
}

class Reading {
  readonly #head: StatementSync;
  readonly #rows: StatementSync;

  constructor(database: DatabaseSync) {
    this.#head = database.prepare('SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1');
    this.#rows = database.prepare('SELECT seq, at, account, kind, body, prev, hash FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?');
    this.#rows.setReturnArrays(true);
  }

  head(): Head {
    const found = this.#head.get();
    return found === undefined ? genesisHead : { seq: number(found['seq']), hash: text(found['hash']) };
  }

  rows(from: number, limit: number): readonly Row[] {
    assert(Number.isSafeInteger(limit) && limit > 0, 'a page has at least one row');
    // Lists in the order of the columns: a start reads a million rows, and objects take twice as long.
    const found: readonly unknown[] = this.#rows.all(from, limit);
    return found.filter(Array.isArray).map(([seq, at, account, kind, body, prev, hash]: readonly unknown[]) => ({
      seq: number(seq),
      at: number(at),
      account: text(account),
      kind: text(kind),
      body: text(body),
      prev: text(prev),
      hash: text(hash),
    }));
  }
}

// A damaged file may hold a value of another type. It is read as one that no sealed row has, so that the verifier names the row.
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : -1;
}

/** Opens the journal for writing and creates it where there is none. The only writer beside us is refused by the head. */
export function openJournal(path: string): Result<SqliteJournal> {
  let database: DatabaseSync | undefined;
  try {
    const created = createFile(path);
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) return err(`${path} can be read or written by others (mode ${mode.toString(8)}): chmod 600 ${path}`);
    database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS_MAX });
    const problem = prepare(database, path);
    if (problem !== '') {
      database.close();
      return err(problem);
    }
    // With a snapshot a start does not read the whole file: `snapshots.damage` does, beside what the gateway does by then.
    const damage = hasSnapshot(database) ? '' : damageOf(database);
    if (damage !== '') {
      database.close();
      return err(`the journal ${path} is damaged (${damage}): stop, keep the file, and restore a copy that log verify accepts`);
    }
    if (created) syncFolder(dirname(path));
    return ok(new SqliteJournal(database));
  } catch (error) {
    if (database?.isOpen === true) database.close();
    return err(`cannot open the journal ${path}: ${causeOf(error)}`);
  }
}

/** Opens a journal only to read it, also while a gateway writes to it, and also a copy in a folder that is not ours. */
export function openJournalReadOnly(path: string): Result<JournalReader> {
  if (!existsSync(path)) return err(`there is no journal at ${path}`);
  try {
    return readerOf(new DatabaseSync(path, { readOnly: true, timeout: BUSY_MILLISECONDS_MAX }), path);
  } catch (error) {
    // A copy in a folder that cannot be written has no place for SQLite's shared memory. It is complete without one only where
    // no write-ahead log lies beside it.
    if (resultCode(error) !== SQLITE_CANTOPEN || existsSync(`${path}-wal`))
      return err(`cannot read the journal ${path}: ${causeOf(error)}`);
  }
  try {
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    return readerOf(new DatabaseSync(url, { readOnly: true }), path);
  } catch (error) {
    return err(`cannot read the journal ${path}: ${causeOf(error)}`);
  }
}

function readerOf(database: DatabaseSync, path: string): Result<JournalReader> {
  try {
    const problem = versionProblem(database, path);
    if (problem !== '') {
      database.close();
      return err(problem);
    }
    const reading = new Reading(database);
    return ok({
      head: async () => reading.head(),
      read: async (from, limit) => reading.rows(from, limit),
      damage: () => damageOf(database),
      close: () => {
        if (database.isOpen) database.close();
      },
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync, path: string): string {
  const journalMode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (journalMode !== 'wal')
    return `${path} cannot use write-ahead logging, which a network file system does not offer: keep it on a local disk`;
  database.exec('PRAGMA synchronous = FULL');
  assert(database.prepare('PRAGMA synchronous').get()?.['synchronous'] === 2, 'every commit is synced to disk');
  // Within a transaction, because two processes may both find the file empty.
  database.exec('BEGIN IMMEDIATE');
  if (userVersion(database) === 0 && tableCount(database) === 0) {
    database.exec(SCHEMA);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  }
  if (userVersion(database) === SCHEMA_VERSION) database.exec(SNAPSHOT_SCHEMA);
  database.exec('COMMIT');
  return versionProblem(database, path);
}

function versionProblem(database: DatabaseSync, path: string): string {
  const version = userVersion(database);
  if (version === SCHEMA_VERSION) return '';
  return version === 0
    ? `${path} is not a journal of twokey`
    : `${path} has layout ${version}, and this version of twokey knows layout ${SCHEMA_VERSION}: use the version that wrote it`;
}

/** A changed count in a page makes its rows disappear without an error; SQLite's own check sees what does not add up. */
function damageOf(database: DatabaseSync): string {
  const found = text(database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
  return found === 'ok' ? '' : found.replaceAll('\n', ' ');
}

function hasSnapshot(database: DatabaseSync): boolean {
  return database.prepare('SELECT seq FROM snapshot LIMIT 1').get() !== undefined;
}

function userVersion(database: DatabaseSync): number {
  return number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function tableCount(database: DatabaseSync): number {
  return number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables']);
}

/** Whether the file is new. An existing one is not opened here: closing it again would drop the locks that SQLite holds on it. */
function createFile(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) return false;
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
    return true;
  } catch (error) {
    // Another process was faster, and the file is as good as if it had been there.
    if (existsSync(path)) return false;
    throw error;
  }
}

/** Without this a loss of power may leave a journal whose name is in no folder. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY);
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown failure';
}

/** SQLite's primary result code, or -1 where the failure is not SQLite's. */
function resultCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return -1;
  return error.errcode & 0xff;
}
