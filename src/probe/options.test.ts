import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reading, waits } from './case.ts';
import { readOptions } from './options.ts';

const cases = [reading('one', () => Promise.resolve()), waits('other', 'why')];

test('without --only every case is run, with it those that are named', () => {
  const chosen = (...argv: readonly string[]) => {
    const read = readOptions(argv, cases);
    return read.ok ? read.value.chosen.map(({ rule }) => rule) : read.error;
  };
  assert.deepEqual(chosen(), ['one', 'other']);
  assert.deepEqual(chosen('--only', 'other'), ['other']);
  assert.match(String(chosen('--only', 'third')), /no case "third"; there are one, other/);
});

test('nothing leads to live, and an unknown flag or word is refused', () => {
  for (const argv of [['--env', 'live'], ['--live'], ['live'], ['--demo', '--env', 'sim']])
    assert.equal(readOptions(argv, cases).ok, false);
  const demo = readOptions(['--demo', '--yes', '--read-only'], cases);
  assert.ok(demo.ok);
  assert.deepEqual([demo.value.environment, demo.value.yes, demo.value.readOnly], ['demo', true, true]);
});
