import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** Room on the disk for the entries of a halt and of the exits after it. */
const RESERVE_BYTES = 1024 * 1024;

/** Keeps space in `state/reserve`, so that a full disk can still be told that it is full. The error says how much room is missing. */
export function createReserve(home: string): Result<void> {
  const path = reservePath(home);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return ok(undefined);
    const descriptor = openSync(path, 'w', 0o600);
    try {
      // Written and not only made long: a file with a hole keeps no space. A short write is one that found the disk full.
      if (writeSync(descriptor, Buffer.alloc(RESERVE_BYTES, 1)) === RESERVE_BYTES) {
        fsyncSync(descriptor);
        return ok(undefined);
      }
    } finally {
      closeSync(descriptor);
    }
    freeReserve(home);
    return err(`no room for ${path} (${RESERVE_BYTES} bytes): make room on the disk`);
  } catch (error) {
    freeReserve(home);
    return err(`cannot keep room in ${path}: ${error instanceof Error ? error.message : 'an unknown failure'}`);
  }
}

export function freeReserve(home: string): void {
  rmSync(reservePath(home), { force: true });
}

function reservePath(home: string): string {
  return join(home, 'state', 'reserve');
}
