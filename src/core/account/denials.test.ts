import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coolingMilliseconds, COOLING_MAX_MILLISECONDS, remembered } from './denials.ts';

const NOW = 1_790_000_000_000;

test('a denial cools 10 s, and twice as long each time that it is repeated, at most 10 minutes', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((repeats) => coolingMilliseconds(repeats) / 1000),
    [10, 20, 40, 80, 160, 320, 600, 600, 600],
  );
});

test('the same reason counts as a repetition until 10 minutes after it had cooled, another reason starts anew', () => {
  const denied = (at: number, code = 'MAX_ORDER_SIZE') => ({ intentId: 'a', code, at, nextAllowedAt: at + 10_000 });
  const first = remembered(undefined, denied(NOW));
  assert.deepEqual(first, { intentId: 'a', code: 'MAX_ORDER_SIZE', at: NOW, repeats: 0, coolsUntil: NOW + 10_000 });
  assert.equal(remembered(first, denied(NOW + 10_000)).repeats, 1);
  assert.equal(remembered(first, denied(NOW + 10_000 + COOLING_MAX_MILLISECONDS)).repeats, 1);
  assert.equal(remembered(first, denied(NOW + 10_001 + COOLING_MAX_MILLISECONDS)).repeats, 0);
  assert.equal(remembered(first, denied(NOW + 10_000, 'HALTED')).repeats, 0);
});

test('nothing is answered from memory for longer than 10 minutes, whatever was told, and not at all where nothing was', () => {
  const at = NOW;
  const told = (nextAllowedAt: number | null) =>
    remembered(undefined, { intentId: 'a', code: 'MAX_DAILY_TRADES', at, nextAllowedAt }).coolsUntil;
  assert.equal(told(NOW + 8 * 3_600_000), NOW + COOLING_MAX_MILLISECONDS);
  assert.equal(told(null), NOW);
});
