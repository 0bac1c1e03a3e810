// npm run simulate -- --seed N [--seeds COUNT] [--rows LAST] [--threads T]: whole worlds from seeds, and what happened in them.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { least, scarce, told } from './hardship.ts';
import { required } from './required.ts';
import type { News, Part } from './shard.ts';
import { Tally } from './tally.ts';

/** So many worlds meet everything that can happen in one. */
const ENOUGH_SEEDS = 1000;

const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({
  options: { seed: text('1'), seeds: text('1'), rows: text('0'), threads: text(String(Math.min(availableParallelism(), 8))) },
});
const [first, count, rows, threads] = [Number(values.seed), Number(values.seeds), Number(values.rows), Number(values.threads)];
if (![first, count, rows, threads].every((number) => Number.isSafeInteger(number)) || count < 1 || threads < 1) {
  console.error('usage: npm run simulate -- --seed N [--seeds COUNT] [--rows LAST] [--threads T]');
  process.exit(2);
}

const all = new Tally();
const failed: number[] = [];
const easy: number[] = [];
const begun = performance.now();

function heard({ seed, failure, hardship, counts, virtualMilliseconds, entries, head, seconds, rows: shown }: News): void {
  for (const [what, times] of counts) all.add(what, times);
  if (failure !== '') failed.push(seed);
  // A world that failed ended where it did.
  const lacks = failure === '' ? scarce(hardship) : [];
  if (lacks.length > 0) easy.push(seed);
  const verdict = failure !== '' ? `FAILED ${failure}` : lacks.length > 0 ? `TOO EASY, too few ${lacks.join(' and ')}` : 'held';
  const length = `${Math.round(virtualMilliseconds / 1000)} virtual seconds, ${entries} entries, ${seconds.toFixed(1)} s, head ${head.slice(0, 12)}`;
  console.log(`seed ${seed}: ${verdict} (${told(hardship)}; ${length})`);
  for (const row of shown) console.log(row);
}

function run(part: Part): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Short-lived values are most of what a world leaves behind.
  const worker = new Worker(new URL('./shard.ts', import.meta.url), { workerData: part, resourceLimits: { maxYoungGenerationSizeMb: 16 } });
  worker.on('message', heard);
  worker.on('error', reject);
  worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  return promise;
}

const step = Math.min(threads, count);
await Promise.all(
  Array.from({ length: step }, (_, index) => run({ first: first + index, count: Math.ceil((count - index) / step), step, rows })),
);

console.log('');
for (const line of all.lines()) console.log(line);
const missing = count < ENOUGH_SEEDS ? [] : all.missing(required);
const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
console.log(`\n${count} ${count === 1 ? 'seed' : 'seeds'} from ${first} in ${minutes} minutes, each with at least ${told(least)}`);
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}; npm run simulate -- --seed N shows one again`);
if (easy.length > 0) console.log(`too easy: ${easy.join(', ')}`);
if (missing.length > 0) console.log(`never happened: ${missing.join(', ')}`);
const found = failed.length + easy.length + missing.length;
if (found === 0) console.log('nothing found');
else process.exitCode = 1;
