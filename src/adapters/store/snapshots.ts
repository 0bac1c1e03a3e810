import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { canonicalJson, parseJson } from '../../core/lang/canonical.ts';
import type { Part } from '../../core/snapshot/tree.ts';
import type { Snapshot, SnapshotStore } from '../../ports/snapshots.ts';

/** Added to the journal's layout without another number: who does not know these tables loses nothing by them. */
export const SNAPSHOT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS part (
    id INTEGER PRIMARY KEY,
    parts TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS snapshot (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    hash TEXT NOT NULL,
    state TEXT NOT NULL,
    key TEXT NOT NULL,
    signature TEXT NOT NULL,
    text TEXT NOT NULL,
    parts TEXT NOT NULL,
    last_part INTEGER NOT NULL,
    dropped TEXT NOT NULL
  ) STRICT`;

/** Parts thrown away at once: a few milliseconds. */
const SWEEP_PARTS = 200;
/** Digits and commas of every id that one snapshot may list. */
const IDS_CHARACTERS_MAX = 67_108_864;

/** What the thread runs. This file stands in `src` in a checkout and in `dist` when published; its siblings are found beside it. */
const damageEntry = new URL(`../../main/damage.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** Snapshots in the journal's own database, in tables of their own: one copy of the file has both. */
export class SqliteSnapshots implements SnapshotStore {
  readonly #database: DatabaseSync;
  readonly #newest: StatementSync;
  readonly #part: StatementSync;
  readonly #addPart: StatementSync;
  readonly #removePart: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#newest = database.prepare('SELECT * FROM snapshot ORDER BY seq DESC LIMIT 2');
    this.#part = database.prepare('SELECT parts, text FROM part WHERE id = ?');
    this.#addPart = database.prepare('INSERT INTO part (id, parts, text) VALUES (?, ?, ?)');
    this.#removePart = database.prepare('DELETE FROM part WHERE id = ?');
  }

  async snapshots(): Promise<readonly Snapshot[]> {
    return this.#newest.all().map((row) => ({
      checkpoint: {
        account: text(row['account']),
        seq: number(row['seq']),
        hash: text(row['hash']),
        state: text(row['state']),
        key: text(row['key']),
        signature: text(row['signature']),
      },
      text: text(row['text']),
      parts: idsOf(row['parts']),
      lastPart: number(row['last_part']),
    }));
  }

  part(id: number): Pick<Part, 'parts' | 'text'> | null {
    const row = this.#part.get(id);
    return row === undefined ? null : { parts: idsOf(row['parts']), text: text(row['text']) };
  }

  async addParts(parts: readonly Part[]): Promise<string> {
    return this.#write(() => {
      for (const { id, parts: ids, text: content } of parts) this.#addPart.run(id, canonicalJson(ids), content);
    });
  }

  async keep({ checkpoint, text: content, parts, lastPart }: Snapshot, dropped: readonly number[]): Promise<string> {
    const { account, seq, hash, state, key, signature } = checkpoint;
    return this.#write(() => {
      this.#database.exec('DELETE FROM snapshot WHERE seq < (SELECT max(seq) FROM snapshot)');
      this.#database
        .prepare('INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(seq, account, hash, state, key, signature, content, canonicalJson(parts), lastPart, canonicalJson(dropped));
    });
  }

  async sweep(): Promise<boolean> {
    const oldest = this.#database.prepare('SELECT seq, dropped FROM snapshot ORDER BY seq LIMIT 1').get();
    const dropped = idsOf(oldest?.['dropped'] ?? '[]');
    const loose = this.#database
      .prepare('SELECT id FROM part WHERE id > (SELECT coalesce(max(last_part), 0) FROM snapshot) LIMIT ?')
      .all(SWEEP_PARTS)
      .map((row) => number(row['id']));
    const failed = this.#write(() => {
      for (const id of [...dropped.slice(0, SWEEP_PARTS), ...loose]) this.#removePart.run(id);
      if (oldest !== undefined && dropped.length > 0)
        this.#database
          .prepare('UPDATE snapshot SET dropped = ? WHERE seq = ?')
          .run(canonicalJson(dropped.slice(SWEEP_PARTS)), number(oldest['seq']));
    });
    return failed === '' && (dropped.length > SWEEP_PARTS || loose.length === SWEEP_PARTS);
  }

  async forget(from: number): Promise<void> {
    this.#write(() => this.#database.prepare('DELETE FROM snapshot WHERE seq >= ?').run(from));
  }

  /** SQLite reads the whole file for this: in a thread of its own, with a connection of its own. */
  async damage(): Promise<string> {
    const worker = new Worker(damageEntry, { workerData: this.#database.location(), env: {}, execArgv: [] });
    return new Promise((resolve) => {
      worker.once('message', (found) => resolve(text(found)));
      worker.once('error', (error) => resolve(`the file could not be looked at: ${causeOf(error)}`));
      worker.once('exit', () => resolve('the file could not be looked at'));
      // Whoever stops meanwhile does not wait for it.
      worker.unref();
    });
  }

  /** Either all of it or nothing. Why nothing, in words; an empty text when all of it. */
  #write(act: () => void): string {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      act();
      this.#database.exec('COMMIT');
      return '';
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return causeOf(error);
    }
  }
}

/** A list of ids as we write it; what is none names no part, so that whoever needs one does not find it. */
function idsOf(value: unknown): readonly number[] {
  const parsed = parseJson(text(value), { charactersMax: IDS_CHARACTERS_MAX, depthMax: 1 });
  return parsed.ok && Array.isArray(parsed.value) ? parsed.value.filter((id) => typeof id === 'number') : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : -1;
}

function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown failure';
}
