// npm run simulate -- --seed N [--seeds COUNT] [--rows LAST]: whole worlds from seeds, and what happened in them.

import { parseArgs } from 'node:util';
import { START } from '../support/sim-trader.ts';
import { Tally } from './tally.ts';
import { simulate } from './world.ts';

const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { seed: text('1'), seeds: text('1'), rows: text('0') } });
const [first, count, last] = [Number(values.seed), Number(values.seeds), Number(values.rows)];
if (![first, count, last].every((number) => Number.isSafeInteger(number)) || count < 1) {
  console.error('usage: npm run simulate -- --seed N [--seeds COUNT] [--rows LAST]');
  process.exit(2);
}

const all = new Tally();
let failures = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const begun = performance.now();
  // One seed after the other: they would only share two cores.
  // oxlint-disable-next-line no-await-in-loop
  const report = await simulate({ seed });
  all.merge(report.tally);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const length = `${Math.round(report.virtualMilliseconds / 1000)} virtual seconds, ${report.entries} entries, ${seconds} s, head ${report.head.slice(0, 12)}`;
  console.log(`seed ${seed}: ${report.failure === '' ? 'held' : `FAILED ${report.failure}`} (${length})`);
  if (last > 0) for (const { at, seq, kind, body } of report.rows.slice(-last)) console.log(seq, at - START, kind, body.slice(0, 400));
  if (report.failure !== '') failures += 1;
}
console.log('');
for (const line of all.lines()) console.log(line);
if (failures > 0) {
  console.log(`\n${failures} of ${count} seeds failed; npm run simulate -- --seed N shows one again`);
  process.exitCode = 1;
}
