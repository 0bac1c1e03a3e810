import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { breakers } from '../gateway/breakers.ts';
import { parsedButNotEnforced } from './configuration.ts';
import { askingControls, controls, orderControls, protectionControls } from './controls.ts';
import { policyShape } from './policy.ts';

/** Keys of `[policy]` that no control reads: they shape answers, or are the limits of another control, or of changes to all of them (ratchet.ts). */
const notControls = ['agent_halt', 'answer_wait', 'loosening_wait', 'tripwire'];

test('every limit of the file is enforced by a control or a breaker, or named as not enforced', () => {
  const inFile = [...controls, ...protectionControls].filter((control) => control.inFile);
  const enforced = new Set([...inFile, ...breakers].map(({ name }) => name));
  for (const key of Object.keys(policyShape)) {
    const places = [enforced.has(key), parsedButNotEnforced.includes(key), notControls.includes(key)].filter(Boolean).length;
    assert.equal(places, 1, `${key} has one place`);
  }
  const elsewhere = ['approval.above', 'approval.first_of_kind', 'exchange.read_only'];
  for (const key of enforced) assert.ok(Object.hasOwn(policyShape, key) || elsewhere.includes(key), key);
});

test('no two controls have one name or one id', () => {
  for (const facts of [controls.map(({ name }) => name), controls.map(({ id }) => id)]) assert.equal(new Set(facts).size, controls.length);
});

test('read-only is the last that refuses, and a person is asked after it, so that everything before has been decided', () => {
  assert.equal(orderControls.at(-1)?.name, 'exchange.read_only');
  assert.deepEqual(controls.slice(-askingControls.length), askingControls);
});

/** The cells of the page's rows, without their links. */
function pageRows(cells: number): readonly (readonly string[])[] {
  const page = readFileSync(new URL('../../../docs/controls.md', import.meta.url), 'utf8');
  return page
    .split('\n')
    .filter((line) => line.includes('](../src/core/policy/controls/'))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter((row) => row.length === cells);
}

const nameIn = (cell = '') => /`([^`]+)`/.exec(cell)?.[1] ?? '';

test('orders are asked what docs/controls.md lists, in its order, with its ids, for whom and from where', () => {
  const rows = pageRows(8).map(([, id, name, key, , who, , source]) => [id, nameIn(name), key !== '–', who, source]);
  assert.deepEqual(
    controls.map(({ id, name, inFile, applies, source }) => [id, name, inFile, applies === 'both' ? 'all' : applies, source]),
    rows,
  );
});

test('a wish for stop orders is asked what docs/controls.md lists, in its order', () => {
  const rows = pageRows(6).map(([id, name, key, , , source]) => [id, nameIn(name), key !== '–', source]);
  assert.deepEqual(
    protectionControls.map(({ id, name, inFile, source }) => [id, name, inFile, source]),
    rows,
  );
});

test('a smaller order passes where a control grows with the size, and the search for it trusts no other', () => {
  const by = (kind: string) => [...orderControls, ...askingControls].filter(({ bySize }) => bySize === kind).map(({ name }) => name);
  assert.deepEqual(by('aside'), ['expected_notional_usd', 'exchange.read_only']);
  assert.deepEqual(by('exact'), ['duplicate_window']);
  assert.deepEqual(by('sizeless'), [
    'price_collar',
    'exit_collar',
    'attached_protection',
    'require_stop',
    'min_stop_distance',
    'max_same_side',
    'max_order_rate',
    'instrument_frozen',
    'self_match',
    'max_open_positions',
    'max_open_orders',
    'max_daily_trades',
    'max_account_equity',
    'min_balance',
  ]);
  assert.equal(by('monotone').length + 17, [...orderControls, ...askingControls].length);
});
