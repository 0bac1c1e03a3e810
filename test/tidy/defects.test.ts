import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasTest, testsNamedIn } from './named-tests.ts';

// docs/defects.md promises a test for each defect. A promise that names a test which is not there, or a test that no row names, is found here.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEFECTS = 31;

type Row = { readonly number: number; readonly shown: string };

const rows: readonly Row[] = readFileSync(join(ROOT, 'docs/defects.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const match = /^\| D(\d+) \|.*\| (.+) \|$/.exec(line);
    return match === null ? [] : [{ number: Number(match[1]), shown: match[2] ?? '' }];
  });

test('every defect has one row, in order', () => {
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: DEFECTS }, (_, index) => index + 1),
  );
});

test('every row names a test that exists, and none is open', () => {
  let seen = 0;
  for (const row of rows) {
    const named = testsNamedIn(row.shown);
    assert.ok(named.length > 0, `D${row.number} names no test`);
    assert.ok(!row.shown.includes('**open**'), `D${row.number} is open`);
    for (const { file, name } of named) {
      seen += 1;
      assert.ok(hasTest(ROOT, { file, name }), `D${row.number}: ${file} has no test "${name}"`);
    }
  }
  assert.ok(seen > DEFECTS);
});

test('every regression test of a defect stands in the row of its number', () => {
  const files = globSync('test/regressions/d[0-9][0-9]-*.test.ts', { cwd: ROOT });
  assert.ok(files.length > 20);
  for (const file of files) {
    const number = Number(basename(file).slice(1, 3));
    const row = rows.find((each) => each.number === number);
    assert.ok(row !== undefined && testsNamedIn(row.shown).some((named) => named.file === file), `${file} stands in the row of D${number}`);
  }
});

test('a name that no test has is found', () => {
  const has = (file: string, name: string): boolean => hasTest(ROOT, { file, name });
  assert.equal(has('test/tidy/defects.test.ts', 'a name that no test has is found'), true);
  assert.equal(has('test/tidy/defects.test.ts', 'a name that no test has'), false);
  assert.equal(has('test/regressions/d03-what-is-missing-refuses.test.ts', 'an entry is refused while nobody knows the clock'), true);
  assert.equal(has('test/regressions/d03-what-is-missing-refuses.test.ts', 'an entry is refused while nobody knows what to do'), false);
});
