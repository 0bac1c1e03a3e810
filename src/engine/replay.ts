import type { Fact } from '../core/account/apply.ts';
import { nothingVerified, readVerified, type Verified } from '../core/journal/chain.ts';
import { readEntry } from '../core/journal/read-entry.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { JournalStore } from '../ports/store.ts';

const PAGE_ROWS = 1000;

/** Hands on every entry of a journal. */
export async function replay(store: Pick<JournalStore, 'read'>, take: (fact: Fact) => void): Promise<Result<Verified>> {
  return replayFrom(store, nothingVerified, take);
}

/** Hands on every entry that follows what is verified already, each checked before it is taken. One wrong byte ends it: what cannot be proven is not believed. */
export async function replayFrom(store: Pick<JournalStore, 'read'>, from: Verified, take: (fact: Fact) => void): Promise<Result<Verified>> {
  let verified = from;
  for (;;) {
    // Pages follow one another.
    const rows = await store.read(verified.head.seq + 1, PAGE_ROWS);
    if (rows.length === 0) return ok(verified);
    const read = readVerified(rows, verified);
    if (!read.ok) return err(`entry ${read.error.seq} (${read.error.kind}) of the journal is wrong: ${read.error.what}`);
    for (const [index, row] of rows.entries()) {
      const entry = readEntry(row.kind, read.value.bodies[index] ?? null);
      if (!entry.ok) return err(`entry ${row.seq} of the journal is wrong: ${entry.error}`);
      take({ seq: row.seq, at: row.at, entry: entry.value });
    }
    verified = read.value.verified;
  }
}
