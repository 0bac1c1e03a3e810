import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { apply, type Fact } from '../../src/core/account/apply.ts';
import { emptyState } from '../../src/core/account/state.ts';
import { entryKinds, readEntry } from '../../src/core/journal/read-entry.ts';
import { digest } from '../../src/core/lang/digest.ts';
import { SNAPSHOT_FORMAT } from '../../src/core/snapshot/snapshot.ts';
import { recordHistories } from './fold-histories.ts';
import { wholeText } from '../support/snapshot-shelf.ts';

// A snapshot is used only by the fold that wrote it: else a start would go on from what an older `apply` made of the same entries. Versions of the
// package tell them apart for people; for whoever works in a checkout the number of the form has to, and this finds that it was forgotten.

const golden = new URL('snapshot.json', import.meta.url);
const recorded = new URL('facts.jsonl', import.meta.url);

// Only where entries themselves changed so that the old ones cannot be read any more.
if (process.env['TWOKEY_WRITE'] === 'facts')
  writeFileSync(recorded, `${recordHistories().map((facts) => JSON.stringify(facts)).join('\n')}\n`);

/** Histories that were journaled once, one a line; what they come to is what is compared. */
const histories = readFileSync(recorded, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as readonly Fact[]);
const journal = readFileSync(new URL('journal-1.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Fact => {
    const { seq, at, kind, body } = JSON.parse(line) as { readonly seq: number; readonly at: number; readonly kind: string; readonly body: string };
    const entry = readEntry(kind, JSON.parse(body) as never);
    assert.ok(entry.ok, entry.ok ? '' : entry.error);
    return { seq, at, entry: entry.value };
  });

function foldOf(facts: readonly Fact[]): string {
  return digest(wholeText(facts.reduce(apply, emptyState('okx:sim:1001'))).replace(/"format":\d+/, ''));
}

test('every kind of entry stands in the histories whose fold is compared', () => {
  const kinds = new Set<string>([...histories, journal].flat().map(({ entry }) => entry.kind));
  assert.deepEqual(
    entryKinds.filter((kind) => !kinds.has(kind)),
    [],
    'record them anew with TWOKEY_WRITE=facts',
  );
});

test('what entries come to has not changed since the number of the form was given', () => {
  const now = [...histories, journal].map(foldOf);
  const last = JSON.parse(readFileSync(golden, 'utf8')) as { readonly format: number; readonly folds: readonly string[] };
  const changed = JSON.stringify(last.folds) !== JSON.stringify(now);
  if (process.env['TWOKEY_WRITE'] !== undefined && changed) {
    assert.ok(SNAPSHOT_FORMAT > last.format, 'first raise SNAPSHOT_FORMAT in src/core/snapshot/snapshot.ts');
    writeFileSync(golden, `${JSON.stringify({ format: SNAPSHOT_FORMAT, folds: now }, null, 2)}\n`);
    return;
  }
  assert.ok(
    !changed && SNAPSHOT_FORMAT === last.format,
    'State or apply changed: raise SNAPSHOT_FORMAT in src/core/snapshot/snapshot.ts, then run this test with TWOKEY_WRITE=1',
  );
});
