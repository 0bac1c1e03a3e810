import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, formatDecimal } from '../core/money/decimal.ts';
import { lossesOf, type Marks, marksAfter } from './losses.ts';
import { loadMarks, saveMarks } from './marks-file.ts';

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

test('marks outlive the process, for nobody else to read, and leave no draft behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tk-marks-'));
  try {
    const path = join(folder, 'watch.json');
    assert.deepEqual(loadMarks(path), { ok: true, value: null });
    const marks = after([
      ['1000.5', monday],
      ['1200', monday + 1],
    ]);
    saveMarks(path, marks);
    const read = loadMarks(path);
    assert.ok(read.ok && read.value !== null);
    assert.deepEqual(told(read.value, '1000'), ['0.5', '200']);
    assert.equal(statSync(path).mode & 0o077, 0);
    assert.deepEqual(readdirSync(folder), ['watch.json']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('marks that cannot be understood are refused and not begun anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tk-marks-'));
  const path = join(folder, 'watch.json');
  const good = { account: 'okx:sim:1001', day: '2026-11-23', day_start_usd: '5', peak_usd: '9' };
  try {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      ...Object.keys(good).map((key) => JSON.stringify({ ...good, [key]: 'x y' }).replace('"account":"x y"', '"account":1')),
    ]) {
      writeFileSync(path, text);
      assert.equal(loadMarks(path).ok, false, text);
    }
    writeFileSync(path, JSON.stringify({ ...good, peak_usd: '4' }));
    assert.equal(loadMarks(path).ok, false, 'a peak below the start of the day');
    writeFileSync(path, JSON.stringify(good));
    assert.equal(loadMarks(path).ok, true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
