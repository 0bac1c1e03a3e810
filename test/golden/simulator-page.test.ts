import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findKey } from '../../src/sim/keys.ts';
import { routes } from '../../src/sim/routes.ts';
import { rules } from '../../src/sim/rules.ts';
import { openExchange, trade } from '../support/sim-trader.ts';

// docs/simulator.md: its two long tables are those of the code. To change them on purpose, change the code and run this file with TWOKEY_WRITE=1.

const file = fileURLToPath(new URL('../../docs/simulator.md', import.meta.url));

const rulesTable = [
  '| rule | | section | what it does |',
  '| --- | --- | --- | --- |',
  ...Object.entries(rules).map(([id, { tag, source, says }]) => `| \`${id}\` | ${tag} | ${source} | ${says} |`),
];

const pathsTable = [
  '| method | path | at most, where limits are strict |',
  '| --- | --- | --- |',
  ...[...routes].map(([name, { counting }]) => {
    const [method, path] = name.split(' ');
    const { limit, by, andInstrument } = counting;
    const each = by === 'address' ? 'address' : 'account';
    return `| ${method} | \`${path}\` | ${limit.count} in ${limit.milliseconds / 1000} s an ${each}${andInstrument ? ' and instrument' : ''} |`;
  }),
];

function withTables(page: string): string {
  return [
    ['rules', rulesTable] as const,
    ['paths', pathsTable] as const,
  ].reduce((text, [name, rows]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    assert.ok(from > -1 && to > from, `the page has a place for its ${name}`);
    return `${text.slice(0, from)}${begin}\n\n${rows.join('\n')}\n\n${text.slice(to)}`;
  }, page);
}

if (process.env['TWOKEY_WRITE'] === '1') writeFileSync(file, withTables(readFileSync(file, 'utf8')));
const page = readFileSync(file, 'utf8');

test('docs/simulator.md lists every rule and every path of the code, with DOC or ASSUMED and the section of the documentation', () => {
  assert.equal(withTables(page), page);
});

test('every rule names a section, says something, and no two say the same', () => {
  const told = Object.entries(rules);
  assert.ok(told.length > 100);
  for (const [id, { source, says }] of told) {
    assert.match(source, /^[A-Z][A-Za-z ]+$/, id);
    assert.ok(says.length > 20 && !says.includes('|') && !says.endsWith('.'), id);
  }
  assert.equal(new Set(told.map(([, { says }]) => says)).size, told.length);
});

test('every key and every request of the desk stands on the page, and no other', () => {
  const source = readFileSync(new URL('../../src/sim/keys.ts', import.meta.url), 'utf8');
  const inCode = [...source.matchAll(/apiKey: '([a-z-]+)'/g)].map((match) => match[1] ?? '');
  const onPage = [...page.matchAll(/^\| `(sim-key[a-z-]*)` \|/gm)].map((match) => match[1] ?? '');
  assert.deepEqual(onPage.toSorted(), inCode.toSorted());
  for (const key of onPage) assert.notEqual(findKey(key), undefined);
  const unknown = String(trade(openExchange()).desk('/sim/nothing', {}).body['error']);
  const requests = [...unknown.matchAll(/(?:GET|POST|DELETE) \/sim\/[a-z]+/g)].map(String).filter((name) => !name.endsWith('nothing'));
  const told = [...page.matchAll(/^\| `((?:GET|POST|DELETE) \/sim\/[a-z]+)` \|/gm)].map((match) => match[1] ?? '');
  assert.deepEqual(told.toSorted(), requests.toSorted());
});
