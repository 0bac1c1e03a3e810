import type { Head, Row } from '../core/journal/row.ts';

/** The two ways an append goes wrong are different cases: only `not_written` is certain. */
export type Appended =
  | { readonly kind: 'appended'; readonly head: Head }
  | { readonly kind: 'conflict'; readonly head: Head }
  | { readonly kind: 'not_written'; readonly cause: string }
  | { readonly kind: 'uncertain'; readonly cause: string };

/** A journal of one account: a head that moves by compare-and-swap. An append is durable when it answers, all rows or none. */
export type JournalStore = {
  readonly head: () => Promise<Head>;
  readonly append: (expected: Head, rows: readonly Row[]) => Promise<Appended>;
  /** Rows with `seq` of at least `from`, in order, at most `limit`. */
  readonly read: (from: number, limit: number) => Promise<readonly Row[]>;
};
