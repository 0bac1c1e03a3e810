import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare, decimal as d, formatDecimal, maximum, subtract, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import { changeToday, type Course, fallsOf, isMarkDue, noCourse, withMark, withoutMark } from './course.ts';

const seed = 20261123;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const midnight = Date.UTC(2026, 10, 23);
const step = d('0.3');

const marked = (course: Course, at: number, usd: string): Course => withMark(course, { at, usd: d(usd), halting: [] });
const daily = (course: Course, now: number, usd: string): string => formatDecimal(fallsOf(course, { usd: d(usd), now }).daily);
const drawdown = (course: Course, now: number, usd: string): string => formatDecimal(fallsOf(course, { usd: d(usd), now }).drawdown);

test('before the first mark losses count from zero, what the equity was before the first fill', () => {
  assert.equal(daily(noCourse, midnight, '-4'), '4');
  assert.equal(drawdown(noCourse, midnight, '-4'), '4');
  assert.equal(daily(noCourse, midnight, '4'), '0');
});

test('a daily loss cannot be spent on both sides of midnight', () => {
  const evening = marked(marked(noCourse, midnight - 2 * HOUR, '0'), midnight - MINUTE, '-14');
  const morning = marked(evening, midnight + 1000, '-14');
  assert.equal(formatDecimal(changeToday(morning, { usd: d('-14'), now: midnight + 2000 }) ?? zero), '0');
  assert.equal(daily(morning, midnight + 2000, '-28'), '28');
  assert.equal(daily(morning, midnight + 21 * HOUR, '-28'), '28');
  // What fell before is no loss of the last 24 hours any more once its highest is older.
  assert.equal(daily(marked(morning, midnight + HOUR, '-28'), midnight + 26 * HOUR, '-28'), '0');
  assert.equal(drawdown(marked(morning, midnight + HOUR, '-28'), midnight + 26 * HOUR, '-28'), '28');
});

test('the day is anchored once, by its first mark, and by no later one', () => {
  let course = marked(noCourse, midnight - HOUR, '3');
  assert.equal(changeToday(course, { usd: d('1'), now: midnight }), null);
  assert.ok(isMarkDue(course, { usd: d('3'), now: midnight, step }), 'the first look of a day is marked, changed or not');
  course = marked(course, midnight + 500, '2');
  for (const [at, usd] of [
    [HOUR, '9'],
    [2 * HOUR, '-5'],
  ] as const)
    course = marked(course, midnight + at, usd);
  assert.equal(formatDecimal(changeToday(course, { usd: d('-5'), now: midnight + 2 * HOUR }) ?? zero), '-7');
});

test('a clock that is put ahead or back by an hour anchors nothing anew and forgets nothing', () => {
  const before = marked(marked(noCourse, midnight - 22 * HOUR, '10'), midnight - 30 * MINUTE, '4');
  const ahead = marked(before, midnight + 30 * MINUTE, '3');
  assert.equal(daily(ahead, midnight + 30 * MINUTE, '3'), '7');
  const back = marked(ahead, midnight - 29 * MINUTE, '2');
  assert.deepEqual(back.today, ahead.today, 'the day has begun, and does not begin again');
  assert.equal(daily(back, midnight - 29 * MINUTE, '2'), '8', 'the highest of 22 hours ago still counts');
  const again = marked(back, midnight + 1000, '1');
  assert.deepEqual(again.today, ahead.today);
  assert.equal(daily(again, midnight + 1000, '1'), '9');
  // Ahead so far that the highest falls out of the window, and back again: it is still there.
  const far = marked(marked(noCourse, midnight, '10'), midnight + 24 * HOUR + 30 * MINUTE, '5');
  assert.equal(daily(far, midnight + 23 * HOUR + 30 * MINUTE, '5'), '5');
});

test('after a time without marks the last of before still counts: what fell unseen is a loss of this day', () => {
  const course = marked(noCourse, midnight - 3 * DAY, '20');
  assert.equal(daily(course, midnight, '5'), '15');
  const seen = marked(course, midnight, '5');
  assert.equal(daily(seen, midnight + HOUR, '5'), '15');
  assert.equal(daily(seen, midnight + DAY + 11 * MINUTE, '5'), '0');
});

test('once a minute is enough, unless nothing changed, or the equity is at its highest', () => {
  const course = marked(marked(noCourse, midnight - HOUR, '5'), midnight, '2');
  const due = (usd: string, after: number) => isMarkDue(course, { usd: d(usd), now: midnight + after, step });
  assert.equal(due('1.5', 59_000), false);
  assert.equal(due('1.5', MINUTE), true);
  assert.equal(due('2.00', 10 * HOUR), false);
  assert.equal(due('5.2', 1000), false);
  assert.equal(due('5.31', 1000), true);
  assert.equal(isMarkDue(withoutMark(course, midnight), { usd: d('2'), now: midnight + 1000, step }), true, 'it is known again');
  assert.equal(withoutMark(withoutMark(course, midnight), midnight + HOUR).unknownSince, midnight);
});

// The oracle keeps every mark, and looks at all of them.
type Plain = { readonly at: number; readonly usd: Usd };

function highestSince(marks: readonly Plain[], from: number): Usd {
  const standing = marks.findLast(({ at }) => at <= from)?.usd ?? zero;
  return marks.filter(({ at }) => at > from).reduce((highest, { usd }) => maximum(highest, usd), standing);
}

test('the highest of 24 hours is never less than that of every single mark, nor more than that of ten minutes longer', (context) => {
  const steps = fc.array(
    fc.record({ after: fc.integer({ min: 1000, max: 9 * HOUR }), cents: fc.integer({ min: -5000, max: 5000 }), often: fc.boolean() }),
    { minLength: 25, maxLength: 60 },
  );
  let binding = 0;
  let runs = 0;
  fc.assert(
    fc.property(steps, (rows) => {
      let now = midnight;
      let course = noCourse;
      const marks: Plain[] = [];
      for (const { after, cents, often } of rows) {
        now += often ? Math.ceil(after / 40) : after;
        const usd = { coefficient: BigInt(cents), scale: 2 };
        marks.push({ at: now, usd });
        course = withMark(course, { at: now, usd, halting: [] });
        const later = now + (after % (2 * HOUR));
        const { daily: fall, drawdown: total } = fallsOf(course, { usd: d('-100'), now: later });
        const least = subtract(highestSince(marks, later - DAY), d('-100'));
        const most = subtract(highestSince(marks, later - DAY - 10 * MINUTE), d('-100'));
        assert.ok(compare(fall, least) >= 0, `${formatDecimal(fall)} is at least ${formatDecimal(least)}`);
        const anchor = course.today === null ? most : maximum(most, subtract(course.today.anchor, d('-100')));
        assert.ok(compare(fall, anchor) <= 0, `${formatDecimal(fall)} is at most ${formatDecimal(anchor)}`);
        assert.ok(compare(total, fall) >= 0, 'nothing was ever higher than the peak');
        assert.ok(course.slots.length <= 160, 'what is kept is bounded');
        runs += 1;
        if (compare(fall, total) < 0) binding += 1;
      }
    }),
    { seed, numRuns: 300 },
  );
  context.diagnostic(`the day was below the peak in ${binding} of ${runs}`);
  assert.ok(binding > runs / 20);
});
