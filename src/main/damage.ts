// A thread that looks whether SQLite finds a file whole, says what it found, and ends. Started by SqliteSnapshots.

import { parentPort, workerData } from 'node:worker_threads';
import { openJournalReadOnly } from '../adapters/store/sqlite.ts';

const path: unknown = workerData;
parentPort?.postMessage(typeof path === 'string' ? damageOf(path) : 'no file was named');

function damageOf(file: string): string {
  const reader = openJournalReadOnly(file);
  if (!reader.ok) return reader.error;
  const found = reader.value.damage();
  reader.value.close();
  return found;
}
