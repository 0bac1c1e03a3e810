import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import { noted, type PriceHistory, rangeOf } from './price-history.ts';
import { d, NOW } from '../../../test/support/policy-samples.ts';

function history(...prices: readonly (readonly [price: string, seconds: number])[]): PriceHistory {
  return prices.reduce<PriceHistory>((before, [price, seconds]) => noted(before, { price: d(price), at: NOW + seconds * 1000 }), []);
}

function told(of: PriceHistory) {
  const range = rangeOf(of);
  return range === null ? null : [formatDecimal(range.lowest), formatDecimal(range.highest), (range.since - NOW) / 1000];
}

test('the range is that of the last five minutes, whatever came before', () => {
  assert.deepEqual(told(history(['100', 0], ['90', 60], ['110', 120])), ['90', '110', 0]);
  assert.deepEqual(told(history(['100', 0], ['90', 60], ['110', 120], ['105', 300])), ['90', '110', 0]);
  assert.deepEqual(told(history(['100', 0], ['90', 60], ['110', 120], ['105', 361])), ['105', '110', 120]);
});

test('a start has no range but its first price', () => {
  assert.equal(told([]), null);
  assert.deepEqual(told(history(['100', 0])), ['100', '100', 0]);
});

test('prices within one step lose no extreme, and what is kept stays bounded', () => {
  assert.deepEqual(told(history(['100', 0], ['80', 0.6], ['120', 1.2], ['100', 1.8])), ['80', '120', 0]);
  const many = history(...Array.from({ length: 2000 }, (_, index) => ['100', index * 0.6] as const));
  assert.ok(many.length <= 61, `${many.length} steps`);
});

test('a clock that was set back forgets what it has not reached', () => {
  assert.deepEqual(told(history(['100', 0], ['50', 3600], ['101', 10])), ['101', '101', 10]);
});
