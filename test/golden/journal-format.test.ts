import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rowHash } from '../../src/core/journal/chain.ts';
import { readEntry } from '../../src/core/journal/read-entry.ts';

const page = readFileSync(new URL('../../docs/formats/journal.md', import.meta.url), 'utf8');
const entrySource = readFileSync(new URL('../../src/core/journal/entry.ts', import.meta.url), 'utf8');

const documented = new Map(
  [...page.matchAll(/^\| `([a-z_]+)` \| ((?:`[a-z_]+` ?)+)\| /gm)].map(([, kind = '', keys = '']) => [
    kind,
    [...keys.matchAll(/`([a-z_]+)`/g)].map(([, key = '']) => key),
  ]),
);

test('the page lists exactly the kinds that there are', () => {
  const kinds = [...entrySource.matchAll(/readonly kind: '([a-z_]+)';/g)].map(([, kind = '']) => kind);
  assert.ok(kinds.length > 20);
  assert.deepEqual([...documented.keys()].toSorted(), [...new Set(kinds)].toSorted());
});

test('the page lists exactly the keys that an entry of each kind must have', () => {
  for (const [kind, keys] of documented) {
    const body = Object.fromEntries(keys.map((key) => [key, '']));
    const whole = readEntry(kind, body);
    assert.ok(whole.ok, whole.ok ? '' : whole.error);
    for (const key of keys) {
      const { [key]: _, ...rest } = body;
      assert.equal(readEntry(kind, rest).ok, false, `${kind} without ${key}`);
    }
  }
});

test('the example of the page has the hash that it claims', () => {
  const [, claimed] = /sha256sum\n# ([0-9a-f]{64})/.exec(page) ?? [];
  const row = { seq: 1, at: 1_700_000_000_000, account: 'okx:sim:1001', kind: 'note', body: '{"text":"one"}', prev: '0'.repeat(64) };
  assert.equal(rowHash(row), claimed);
});
