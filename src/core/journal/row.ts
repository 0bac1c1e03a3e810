import type { Json } from '../lang/canonical.ts';

/** One line of the journal, as it stands on disk. `hash` is defined in docs/formats/journal.md. */
export type Row = {
  /** 1 for the first entry, then one more each. */
  readonly seq: number;
  /** UTC milliseconds, gateway clock. */
  readonly at: number;
  /** `okx:ENVIRONMENT:UID`, the same in every row of a chain. */
  readonly account: string;
  readonly kind: string;
  /** Canonical JSON of an object. */
  readonly body: string;
  /** The hash of the row before. */
  readonly prev: string;
  readonly hash: string;
};

/** The last row's number and hash; `seq` 0 and 64 zeros before the first. */
export type Head = { readonly seq: number; readonly hash: string };

/** What a row is made of; sealing adds its place in the chain. The body is the value, not its text: only sealing writes the text. */
export type Draft = {
  readonly at: number;
  readonly account: string;
  readonly kind: string;
  readonly body: { readonly [key: string]: Json };
};
