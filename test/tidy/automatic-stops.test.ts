import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasTest, testsNamedIn } from './named-tests.ts';

// docs/automatic-stops.md promises a test for each automatic way down of reference/risk.md §6.3, and for those of our own.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Words of each clause, in the order of the page. */
const clauses = [
  'daily loss reaches its limit',
  'half as much again',
  'drawdown',
  'books and exchange differ',
  'more than one largest order',
  'unknown',
  'refuses order after order',
  'valued',
  "host's clock",
  'journal cannot be written',
  'setting of the account',
  'somebody else trades',
  'another twokey',
  'red alert',
  'held up',
  'assertion',
  'vault dies',
  'timer',
  'nothing is heard',
  'nothing was compared',
  'first live stage',
  'a stage was signed for',
  'filled far from the market',
  'damaged before its snapshot',
  "behind the operator's back",
  'key or the account',
  'advisory mode',
  'can read the key',
];

const rows = readFileSync(join(ROOT, 'docs/automatic-stops.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, what = '', follows = '', keptBy = '', shownBy = ''] = /^\| (.+?) \| (.+?) \| (.+?) \| (.+) \|$/.exec(line) ?? [];
    return keptBy.includes('](') ? [{ what, follows, keptBy, shownBy }] : [];
  });

test('every clause has one row, in order, and says what mode or stage follows', () => {
  assert.equal(rows.length, clauses.length);
  for (const [index, clause] of clauses.entries()) assert.ok(rows[index]?.what.includes(clause), `${clause}: ${rows[index]?.what}`);
  for (const { what, follows } of rows) assert.match(follows, /REDUCE_ONLY|HALTED|SHADOW/, what);
  assert.match(rows.find(({ what }) => what.includes('drawdown'))?.follows ?? '', /HALTED, and one stage/);
});

test('every row names files that exist and at least one test that exists', () => {
  for (const { what, keptBy, shownBy } of rows) {
    const files = [...keptBy.matchAll(/\]\(\.\.\/(src\/[^)]+)\)/g)].map(([, file = '']) => file);
    assert.ok(files.length > 0, what);
    for (const file of files) assert.ok(existsSync(join(ROOT, file)), `${what}: there is no ${file}`);
    const named = testsNamedIn(shownBy);
    assert.ok(named.length > 0, `${what} is shown by a test`);
    for (const each of named) assert.ok(hasTest(ROOT, each), `${what}: ${each.file} has no test "${each.name}"`);
  }
});
