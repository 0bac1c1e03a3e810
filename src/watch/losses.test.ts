import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../core/lang/canonical.ts';
import { decimal, formatDecimal } from '../core/money/decimal.ts';
import { lossesOf, type Marks, marksAfter, marksDocument, readMarks } from './losses.ts';

const day = 86_400_000;
const monday = Date.UTC(2026, 10, 23, 12);

function after(looks: readonly (readonly [equity: string, now: number])[], account = 'okx:sim:1001'): Marks {
  let marks: Marks | null = null;
  for (const [equity, now] of looks) marks = marksAfter(marks, { account, equityUsd: decimal(equity), now });
  assert.ok(marks !== null);
  return marks;
}

function told(marks: Marks, equity: string): readonly string[] {
  const { dayUsd, fromPeakUsd } = lossesOf(marks, decimal(equity));
  return [formatDecimal(dayUsd), formatDecimal(fromPeakUsd)];
}

test('a loss is told from the first equity of the day and from the highest ever', () => {
  const marks = after([
    ['1000', monday],
    ['1200', monday + 1],
    ['1100', monday + 2],
  ]);
  assert.deepEqual(told(marks, '950'), ['50', '250']);
  assert.deepEqual(told(marks, '1300'), ['0', '0']);
});

test('a new day in UTC begins with its first equity, and the peak stays', () => {
  const marks = after([
    ['1000', monday],
    ['900', monday + day],
  ]);
  assert.deepEqual(told(marks, '890'), ['10', '110']);
});

test('a clock that goes back a day opens no day again', () => {
  const marks = after([
    ['1000', monday],
    ['900', monday - day],
    ['900', monday],
  ]);
  assert.deepEqual(told(marks, '900'), ['100', '100']);
});

test('another account begins with marks of its own', () => {
  const marks = marksAfter(after([['1000', monday]]), { account: 'okx:demo:7', equityUsd: decimal('10'), now: monday });
  assert.deepEqual(told(marks, '9'), ['1', '1']);
});

test('the peak is the highest of all looks, and a loss is never below nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 3 })), { minLength: 1 }), (drawn) => {
      const looks = drawn.map(([equity, days]) => [String(equity), monday + days * day] as const);
      const equities = drawn.map(([equity]) => equity);
      const last = equities.at(-1) ?? 0;
      const lastDay = Math.max(...drawn.map(([, days]) => days));
      const first = drawn.find(([, days]) => days === lastDay)?.[0] ?? 0;
      assert.deepEqual(told(after(looks), String(last)), [String(Math.max(0, first - last)), String(Math.max(...equities) - last)]);
    }),
    { seed: 4, numRuns: 500 },
  );
});

test('marks are read back as they were written', () => {
  const marks = after([
    ['1000.5', monday],
    ['1200', monday + 1],
  ]);
  const read = readMarks(JSON.parse(JSON.stringify(marksDocument(marks))) as Json);
  assert.ok(read !== undefined);
  assert.deepEqual([read.account, read.day, ...told(read, '1000')], [marks.account, marks.day, '0.5', '200']);
});

test('marks that cannot be understood are refused and not begun anew', () => {
  const good = { account: 'okx:sim:1001', day: '2026-11-23', day_start_usd: '5', peak_usd: '9' };
  assert.notEqual(readMarks(good), undefined);
  const bad = [
    null,
    [],
    'x',
    {},
    { ...good, account: 1 },
    { ...good, day: 'x' },
    { ...good, day_start_usd: 5 },
    { ...good, peak_usd: '4' },
  ];
  for (const each of bad) assert.equal(readMarks(each), undefined, JSON.stringify(each));
});
