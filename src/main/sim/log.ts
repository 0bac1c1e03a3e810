import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { type Event, parseEvent } from '../../sim/exchange.ts';
import { RULES_VERSION } from '../../sim/rules.ts';
import type { State } from '../../sim/state.ts';

/** The log of the embedded exchange: every event that changed it, and at times a snapshot to start from. */
export type SimLog = {
  readonly seed: number;
  readonly startedAt: number;
  /** The state of the last snapshot, when there is one that these rules can read. */
  readonly restored: State | undefined;
  /** Gives every event after the snapshot to `apply`, oldest first. */
  readonly replay: (apply: (event: Event) => void) => Result<number>;
  readonly append: (events: readonly Event[]) => void;
  /** Ends the log; a state is kept as the snapshot for the next start. */
  readonly close: (state: State | undefined) => void;
};

export type Opening = {
  readonly path: string;
  readonly seed: number | undefined;
  readonly replayHash: string;
  readonly startedAt: number;
};

const SEED_DEFAULT = 1;

/** Opens the log and keeps every other process out: the lock is the kernel's, so a killed exchange leaves none behind. */
export function openLog({ path, seed, replayHash, startedAt }: Opening): Result<SimLog> {
  let database: DatabaseSync;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    database = new DatabaseSync(path, { timeout: 0 });
    // In this mode the first access takes the file for as long as the process lives.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
    database.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT');
    database.exec(
      'CREATE TABLE IF NOT EXISTS snapshots (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, rules INTEGER NOT NULL, state BLOB NOT NULL) STRICT',
    );
    chmodSync(path, 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure';
    if (/locked|busy/.test(reason)) return err(`another exchange holds ${path}: end it, or use another --state or --home`);
    return err(`cannot open ${path}: ${reason}; use another --state, or move the file away for a new exchange`);
  }
  const genesis = readGenesis(database, { seed: seed ?? SEED_DEFAULT, replayHash, startedAt });
  if (seed !== undefined && genesis.seed !== seed) {
    database.close();
    return err(
      `${path} holds the exchange of seed ${genesis.seed}; start with --seed ${genesis.seed}, or use another --state for seed ${seed}`,
    );
  }
  if (genesis.replayHash !== replayHash) {
    database.close();
    const how = genesis.replayHash === '' ? 'without --replay' : 'with --replay and the same file as at first';
    return err(`${path} holds an exchange of another market; start ${how}, or use another --state`);
  }
  const snapshot = readSnapshot(database);
  return ok(logOver({ database, ...genesis, snapshot }));
}

type Genesis = { readonly seed: number; readonly replayHash: string; readonly startedAt: number };

function readGenesis(database: DatabaseSync, first: Genesis): Genesis {
  const put = database.prepare('INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)');
  put.run('seed', String(first.seed));
  put.run('replay', first.replayHash);
  put.run('started', String(first.startedAt));
  const get = database.prepare('SELECT value FROM meta WHERE name = ?');
  const read = (name: string): string => String(get.get(name)?.['value'] ?? '');
  return { seed: Number(read('seed')), replayHash: read('replay'), startedAt: Number(read('started')) };
}

type Snapshot = { readonly seq: number; readonly state: State | undefined };

function readSnapshot(database: DatabaseSync): Snapshot {
  const row = database.prepare('SELECT seq, state FROM snapshots WHERE id = 1 AND rules = ?').get(RULES_VERSION);
  const [seq, bytes] = [row?.['seq'], row?.['state']];
  if (typeof seq !== 'number' || !(bytes instanceof Uint8Array)) return { seq: 0, state: undefined };
  // Our own bytes, written by the same rules in a file that only this user can read.
  return { seq, state: deserialize(bytes) as State };
}

type Over = Genesis & { readonly database: DatabaseSync; readonly snapshot: Snapshot };

function logOver({ database, seed, startedAt, snapshot }: Over): SimLog {
  const insert = database.prepare('INSERT INTO events (line) VALUES (?)');
  return {
    seed,
    startedAt,
    restored: snapshot.state,
    replay: (apply) => {
      let count = 0;
      for (const row of database.prepare('SELECT seq, line FROM events WHERE seq > ? ORDER BY seq').iterate(snapshot.seq)) {
        const event = parseEvent(String(row['line']));
        if (!event.ok) return err(`event ${String(row['seq'])} of the exchange's log cannot be read: ${event.error}`);
        apply(event.value);
        count += 1;
      }
      return ok(count);
    },
    append: (events) => {
      database.exec('BEGIN');
      for (const event of events) insert.run(JSON.stringify(event));
      database.exec('COMMIT');
    },
    close: (state) => {
      if (state !== undefined) keepSnapshot(database, state);
      database.close();
    },
  };
}

function keepSnapshot(database: DatabaseSync, state: State): void {
  const seq = database.prepare('SELECT coalesce(max(seq), 0) AS seq FROM events').get()?.['seq'];
  if (typeof seq !== 'number') return;
  const put = 'INSERT OR REPLACE INTO snapshots (id, seq, rules, state) VALUES (1, ?, ?, ?)';
  database.prepare(put).run(seq, RULES_VERSION, serialize(state));
}
