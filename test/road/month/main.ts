// npm run month -- --candles FILE [--seed N] [--minute-ms N] [--days N]: a trading program on a recorded market, through the gateway.

import { parseArgs } from 'node:util';
import { readCandles } from '../../../src/main/sim/files.ts';
import { shortfalls } from './enough.ts';
import { runMonth } from './month.ts';

const { values } = parseArgs({
  options: {
    candles: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'minute-ms': { type: 'string', default: '3000' },
    days: { type: 'string', default: '31' },
  },
});
const [seed, minuteMilliseconds, days] = [Number(values.seed), Number(values['minute-ms']), Number(values.days)];
const numbersAreRight = [seed, minuteMilliseconds, days].every((number) => Number.isSafeInteger(number) && number >= 1);
if (values.candles === undefined || !numbersAreRight || minuteMilliseconds < 1000) {
  console.error('usage: npm run month -- --candles FILE [--seed N] [--minute-ms N, 1000 at least] [--days N]');
  process.exit(2);
}
const read = readCandles(values.candles);
if (!read.ok) {
  console.error(read.error);
  process.exit(1);
}
const candles = read.value.candles.slice(0, days * 1440);
const begun = performance.now();
const figures = await runMonth({ candles, seed, minuteMilliseconds, tell: (line) => console.log(line) });
const { differences, outcomes, fillsByDay, orders, stops, ...counts } = figures;
console.log(`\n${JSON.stringify(counts)}\norders ${JSON.stringify(orders)}, stops ${JSON.stringify(stops)}`);
console.log(`fills a day: ${fillsByDay.join(' ')}`);
for (const [what, count] of [...outcomes].toSorted(([one], [other]) => one.localeCompare(other)))
  console.log(`${String(count).padStart(6)}  ${what}`);
for (const difference of differences.slice(0, 40)) console.log(`DIFFERENCE ${difference}`);
const missing = shortfalls(figures);
for (const what of missing) console.log(`FELL SHORT ${what}`);
console.log(`${differences.length} differences in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
if (differences.length > 0 || missing.length > 0) process.exitCode = 1;
