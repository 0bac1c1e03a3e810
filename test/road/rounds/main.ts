// npm run rounds -- [--rounds N] [--seed S]: processes that are killed while agents trade and the exchange misbehaves, and what happened.

import { parseArgs } from 'node:util';
import { missingIn } from './figures.ts';
import { runRounds } from './run.ts';

const ROUNDS_ENOUGH = 100;

const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { rounds: text('200'), seed: text('1') } });
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (![rounds, seed].every((number) => Number.isSafeInteger(number)) || rounds < 1) {
  console.error('usage: npm run rounds -- [--rounds N] [--seed S]');
  process.exit(2);
}

const begun = performance.now();
const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(0);
const { tally, failures } = await runRounds({ seed, rounds, tell: (line) => console.log(`${seconds()} s: ${line}`) });
console.log(`\n${rounds} rounds from seed ${seed}, ${seconds()} s, ${failures.length} failed\n`);
for (const line of tally.lines()) console.log(line);
// A few rounds do not meet everything.
const missing = rounds >= ROUNDS_ENOUGH ? missingIn(tally) : [];
for (const what of missing) console.log(`never happened: ${what}`);
for (const failure of failures) console.log(`\n${failure}`);
if (failures.length > 0 || missing.length > 0) process.exitCode = 1;
