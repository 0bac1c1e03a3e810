// npm run rounds -- [--rounds N] [--seed S] [--worlds W]: processes that are killed while agents trade and the exchange misbehaves.

import { parseArgs } from 'node:util';
import { endWorlds, runRounds } from './run.ts';
import { limits } from './stage.ts';

/** Fewer do not meet everything. */
const ROUNDS_ENOUGH = 100;

const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { rounds: text('200'), seed: text('1'), worlds: text('2') } });
const [rounds, seed, worlds] = [Number(values.rounds), Number(values.seed), Number(values.worlds)];
if (![rounds, seed, worlds].every((number) => Number.isSafeInteger(number)) || rounds < 1 || worlds < 1) {
  console.error('usage: npm run rounds -- [--rounds N] [--seed S] [--worlds W]');
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    process.exitCode = 130;
    void endWorlds().finally(() => process.exit(130));
  });

const begun = performance.now();
const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(0);
const { figures, failures } = await runRounds({ seed, rounds, worlds, tell: (line) => console.log(`${seconds()} s: ${line}`) });
console.log(`\n${rounds} rounds from seed ${seed}, ${seconds()} s, ${failures.length} failed\n`);
for (const line of figures.lines(limits)) console.log(line);
const missing = rounds >= ROUNDS_ENOUGH ? figures.missing() : [];
for (const what of missing) console.log(`never happened: ${what}`);
for (const failure of failures) console.log(`\n${failure}`);
if (failures.length > 0 || missing.length > 0) process.exitCode = 1;
