// npm run fuzz -- [--minutes M] [--seed N] [--door NAME] [--rounds K]: odd inputs at every door, and what became of them. `--minutes` are those of all doors together; `--rounds` plays each so often
// instead, and one round of a seed is the same every time.

import { parseArgs } from 'node:util';
import { playApart, shown } from './apart.ts';
import type { Order } from './child.ts';
import { doorsHere } from './doors/all.ts';
import { doorsOutside } from './doors/outside.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string', default: '1' }, door: { type: 'string' }, rounds: { type: 'string' } },
});
const [minutes, seed, rounds] = [values.minutes ?? '10', values.seed, values.rounds ?? '1'].map(Number);
const all = [...doorsHere, ...doorsOutside].map(({ name }) => name);
const chosen = values.door === undefined ? all : all.filter((name) => name === values.door);
const areNumbers = minutes !== undefined && minutes > 0 && Number.isSafeInteger(seed) && Number.isSafeInteger(rounds);
if (!areNumbers || seed === undefined || rounds === undefined || chosen.length === 0) {
  console.error(`usage: npm run fuzz -- [--minutes M] [--seed N] [--rounds K] [--door NAME]\ndoors: ${all.join(' ')}`);
  process.exit(2);
}

const much: Order['much'] =
  values.rounds === undefined ? { kind: 'milliseconds', count: (minutes * 60_000) / chosen.length } : { kind: 'rounds', count: rounds };
const begun = performance.now();
const column = (text: string | number): string => String(text).padStart(10);
console.log(`${'door'.padEnd(18)}${['inputs', 'accepted', 'refused', 'closed', 'findings'].map(column).join('')}`);

let findings = 0;
for (const door of chosen) {
  // One door after the other, each in a process of its own.
  // oxlint-disable-next-line no-await-in-loop
  for (const [name, { thrown, fates, findings: found }] of await playApart({ doors: [door], seed, much })) {
    const { accepted, refused, closed } = fates;
    console.log(`${name.padEnd(18)}${[thrown, accepted, refused, closed, found.length].map(column).join('')}`);
    for (const each of found) console.log(`\n${shown(each)}\n`);
    findings += found.length;
  }
}
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
console.log(
  findings === 0 ? `\nnothing found in ${seconds} s from seed ${seed}` : `\n${findings} findings in ${seconds} s from seed ${seed}`,
);
if (findings > 0) process.exitCode = 1;
