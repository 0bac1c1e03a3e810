import { strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fastCheck from 'fast-check';
import { isoTime } from './head.ts';

test('a time is written as the calendar object of the runtime writes it', () => {
  fastCheck.assert(
    fastCheck.property(fastCheck.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }), (milliseconds) => {
      strictEqual(isoTime(milliseconds), new Date(milliseconds).toISOString());
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test('leap days and the turns of centuries are where the calendar has them', () => {
  for (const text of ['2000-02-29T23:59:59.999Z', '2100-02-28T00:00:00.000Z', '2100-03-01T00:00:00.000Z', '2028-02-29T12:00:00.000Z']) {
    strictEqual(isoTime(Date.parse(text)), text);
  }
});
