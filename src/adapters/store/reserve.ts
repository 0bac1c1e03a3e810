import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Room on the disk for the entries of a halt and of the exits after it. */
const RESERVE_BYTES = 1024 * 1024;

/** Keeps space in `state/reserve`, so that a full disk can still be told that it is full. */
export function createReserve(home: string): void {
  const path = reservePath(home);
  if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
  const descriptor = openSync(path, 'w', 0o600);
  try {
    // Written and not only made long: a file with a hole keeps no space.
    writeSync(descriptor, Buffer.alloc(RESERVE_BYTES, 1));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function freeReserve(home: string): void {
  rmSync(reservePath(home), { force: true });
}

function reservePath(home: string): string {
  return join(home, 'state', 'reserve');
}
