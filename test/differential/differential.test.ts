import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Tally } from '../simulation/tally.ts';
import { bindingTable, lacking } from './judged.ts';
import { namesThatDiffer, playSeed } from './play.ts';
import { shrunk } from './shrink.ts';
import { told } from './tell.ts';

const HISTORIES = 1200;
const FIRST = 1;

test('the core decides random histories as an oracle does that plays out every fill, and every control is the one that refuses at times', (context) => {
  const tally = new Tally();
  for (let seed = FIRST; seed < FIRST + HISTORIES; seed += 1) {
    const { history, disagreement } = playSeed(seed, tally);
    if (disagreement !== null) assert.fail([disagreement.says, ...told(shrunk(history))].join('\n'));
  }
  for (const line of [...bindingTable(tally), ...tally.lines().filter((line) => !line.startsWith('binding'))]) context.diagnostic(line);
  assert.deepEqual(lacking(tally), []);
});

test('the oracle knows every control by its name, in the order in which they are asked', () => {
  assert.deepEqual(namesThatDiffer(), []);
});

test('the oracle imports nothing but itself and plain words', () => {
  const folder = new URL('./oracle/', import.meta.url);
  const own = readdirSync(folder);
  const found = [...own.map((name) => new URL(name, folder)), new URL('./story.ts', import.meta.url)].flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    return [...source.matchAll(/\bfrom\s+'([^']*)'|\bimport\s*\(?\s*['`]([^'`]*)/g)].map(([, from, other]) => from ?? other ?? '');
  });
  assert.ok(found.length > 20);
  const allowed = new Set(['../story.ts', ...own.map((name) => `./${name}`)]);
  assert.deepEqual(
    found.filter((from) => !allowed.has(from)),
    [],
  );
});
