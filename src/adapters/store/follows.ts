import type { Head, Row } from '../../core/journal/row.ts';
import { assert } from '../../core/lang/assert.ts';

/** Rows that do not hang on the head they were sealed for are our own bug; written down they would spoil the journal for good. */
export function assertFollows(expected: Head, rows: readonly Row[]): void {
  assert(rows.length > 0, 'an append has rows');
  let { seq, hash } = expected;
  for (const row of rows) {
    assert(row.seq === seq + 1, 'the rows of an append are numbered on from the head');
    assert(row.prev === hash, 'the rows of an append are chained to the head');
    ({ seq, hash } = row);
  }
}
