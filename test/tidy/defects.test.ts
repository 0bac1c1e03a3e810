import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

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

/** Every test that a row names, with the file that it says it is in. */
function namedIn({ shown }: Row): readonly { readonly file: string; readonly name: string }[] {
  let file = '';
  const named = [];
  for (const [, link, name] of shown.matchAll(/\[[^\]]+\]\(\.\.\/([^)]+)\)|"([^"]+)"/g)) {
    if (link !== undefined) file = link;
    else if (name !== undefined) named.push({ file, name });
  }
  return named;
}

/** Whether a file has a test of this name; names that are made of a table stand in the file with a gap. */
function hasTest(file: string, name: string): boolean {
  const names = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^ *test\(\s*(['"`])(.+?)\1,/gm)].map(([, , said = '']) => said);
  return names.some((said) => {
    const parts = said.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
    return new RegExp(`^${parts.join('.+')}$`).test(name);
  });
}

test('every defect has one row, in order', () => {
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: DEFECTS }, (_, index) => index + 1),
  );
});

test('every row names a test that exists, or says what is open and why', () => {
  let seen = 0;
  for (const row of rows) {
    const named = namedIn(row);
    assert.ok(named.length > 0 || /^\*\*open\*\*: .{20,}/.test(row.shown), `D${row.number} names no test and gives no reason`);
    for (const { file, name } of named) {
      seen += 1;
      assert.ok(hasTest(file, name), `D${row.number}: ${file} has no test "${name}"`);
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
    assert.ok(row !== undefined && namedIn(row).some((named) => named.file === file), `${file} stands in the row of D${number}`);
  }
});

test('a name that no test has is found', () => {
  assert.equal(hasTest('test/tidy/defects.test.ts', 'a name that no test has is found'), true);
  assert.equal(hasTest('test/tidy/defects.test.ts', 'a name that no test has'), false);
  assert.equal(hasTest('test/regressions/d03-what-is-missing-refuses.test.ts', 'an entry is refused while nobody knows the clock'), true);
});
