import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type JournalEntry = {
  readonly seq: number;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly hash: string;
};

/** Every entry of a home's journal, read from the file as anybody could, with or without a gateway running. */
export function journalOf(home: string): readonly JournalEntry[] {
  const path = join(home, 'state', 'journal.db');
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    return database
      .prepare('SELECT seq, kind, body, hash FROM entry ORDER BY seq')
      .all()
      .map((row) => ({
        seq: Number(row['seq']),
        kind: String(row['kind']),
        hash: String(row['hash']),
        body: JSON.parse(String(row['body'])) as JournalEntry['body'],
      }));
  } finally {
    database.close();
  }
}

/** The mode in which the newest start-up ended. What is found after it may close more before `ready` is printed, on a slow machine. */
export function bootedMode(home: string): unknown {
  return journalOf(home).findLast(({ kind }) => kind === 'booted')?.body['mode'];
}

/** The kinds of the entries that speak of one order, in their order. */
export function lifeOf(home: string, clientOrderId: string): readonly string[] {
  return journalOf(home)
    .filter(({ body }) => body['client_order_id'] === clientOrderId)
    .map(({ kind }) => kind);
}
