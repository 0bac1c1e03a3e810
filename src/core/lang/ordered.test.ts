import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from './canonical.ts';
import { ordered } from './ordered.ts';

test('the keys stand as the journal writes them, whatever order they came in, and of two with one name the later stays', () => {
  const pairs = [
    ['USDT', '1'],
    ['BTC', '2'],
    ['a', '3'],
    ['BTC', '4'],
  ] as const;
  assert.deepEqual(Object.entries(ordered(pairs)), [
    ['BTC', '4'],
    ['USDT', '1'],
    ['a', '3'],
  ]);
  assert.equal(JSON.stringify(ordered(pairs)), canonicalJson(Object.fromEntries(pairs)));
});
