import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** Held for the life of a process. `release` is for an orderly end; a killed process is released by the kernel. */
export type RunLock = { readonly release: () => void } & Disposable;

const SQLITE_BUSY = 5;

/** Bytes of the note about the holder that are believed to be one. */
const NOTE_BYTES_MAX = 1_000;

/** Without a name that stays, the collector closes a database nobody mentions any more, and with it goes the lock. */
const heldLocks = new Set<DatabaseSync>();

/**
 * Takes the one right to run on a home, or says who has it. The lock is an open SQLite transaction on `path` (`run/lock.db`), that is
 * a lock of the kernel: it ends with the process, however that ends, so that a file left behind means nothing. Take it after
 * `execve` and never open the file otherwise: either would drop it.
 */
export function acquireRunLock(path: string, startedAt: number): Result<RunLock> {
  const note = join(dirname(path), 'lock.json');
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    createFile(path);
    database = new DatabaseSync(path, { timeout: 0 });
    // Nothing is ever written to it, so that a killed holder leaves no file of SQLite's behind.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (database?.isOpen === true) database.close();
    return err(
      isBusy(error) ? `another twokey runs on this home${holder(note)}: stop it first, or use another --home` : failure(path, error),
    );
  }
  const held = database;
  heldLocks.add(held);
  const release = (): void => {
    if (!held.isOpen) return;
    rmSync(note, { force: true });
    held.close();
    heldLocks.delete(held);
  };
  try {
    writeNote(note, startedAt);
  } catch (error) {
    release();
    return err(failure(note, error));
  }
  return ok({ release, [Symbol.dispose]: release });
}

/** SQLite would make it readable by others. An existing file is not touched, because closing it again would drop a lock on it. */
function createFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // Another process was faster, which the lock itself will tell.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) throw error;
  }
}

/** For people only: whether the lock is held is decided by the lock alone. */
function writeNote(note: string, startedAt: number): void {
  const draft = `${note}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ pid: process.pid, since: startedAt })}\n`, { mode: 0o600 });
  renameSync(draft, note);
}

function holder(note: string): string {
  try {
    if (statSync(note).size > NOTE_BYTES_MAX) return '';
    const value: unknown = JSON.parse(readFileSync(note, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !Number.isSafeInteger(value.pid)) return '';
    return ` (process ${String(value.pid)})`;
  } catch {
    // The holder may not have written it yet; the refusal stands without it.
    return '';
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY;
}

function failure(path: string, error: unknown): string {
  const cause = error instanceof Error ? error.message : 'an unknown failure';
  return `cannot take the run lock ${path}: ${cause} (no gateway runs, or it would say so: remove the file and start again)`;
}
