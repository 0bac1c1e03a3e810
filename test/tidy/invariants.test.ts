import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasTest, testsNamedIn } from './named-tests.ts';

// docs/invariants.md promises a test for each invariant. One that is missing there, and a promise that names what is not there, are found here.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const counts = { E: 7, R: 6, D: 5, A: 5, U: 4, T: 4, L: 3, C: 3, S: 3 } as const;
const invariants = [
  ...Object.entries(counts).flatMap(([letter, count]) => Array.from({ length: count }, (_, index) => `I-${letter}${index + 1}`)),
  'Liveness',
];

type Row = { readonly name: string; readonly sentence: string; readonly keptBy: string; readonly shownBy: string };

const rows: readonly Row[] = readFileSync(join(ROOT, 'docs/invariants.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, name = '', sentence = '', keptBy = '', shownBy = ''] = /^\| (I-\w+|Liveness) \| (.+?) \| (.+?) \| (.+) \|$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, sentence, keptBy, shownBy }];
  });

test('every invariant has one row', () => {
  assert.deepEqual(
    rows.map(({ name }) => name),
    invariants,
  );
});

test('every row says in what files it is kept, and names at least one test that exists', () => {
  for (const { name, keptBy, shownBy } of rows) {
    const files = [...keptBy.matchAll(/\]\(\.\.\/(src\/[^)]+)\)/g)].map(([, file = '']) => file);
    assert.ok(files.length > 0, `${name} is kept somewhere`);
    for (const file of files) assert.ok(existsSync(join(ROOT, file)), `${name}: there is no ${file}`);
    const named = testsNamedIn(shownBy);
    assert.ok(named.length > 0, `${name} is shown by a test`);
    for (const each of named) assert.ok(hasTest(ROOT, each), `${name}: ${each.file} has no test "${each.name}"`);
  }
});

test('what a judge or a plant of the simulation names as broken is an invariant of the page', () => {
  const named = ['oracle', 'aftermath', 'stop-judge', 'release-judge', 'list-judge', 'verified', 'stops-aftermath'].flatMap((file) =>
    [...readFileSync(join(ROOT, `test/simulation/${file}.ts`), 'utf8').matchAll(/'(I-[A-Z]\d)'/g)].map(([, name = '']) => name),
  );
  assert.ok(new Set(named).size > 10);
  for (const name of new Set(named)) assert.ok(invariants.includes(name), name);
});
