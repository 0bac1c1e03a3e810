// npm run attack [-- WORD…] [--json]: every attack whose name, adversary, asset or control has one of the words in it, for real, and both verdicts on each.
// Ends with 0 only if each that ran succeeded where its control was removed and failed on the code as it is.

import { attacks } from './attacks.ts';
import { runAttacks } from './run.ts';
import { documentOf, isGood, renderRow, renderSum } from './table.ts';

const isJson = process.argv.includes('--json');
const words = process.argv.slice(2).filter((word) => word !== '--json');
const chosen = attacks.filter(
  ({ name, adversary, asset, control }) =>
    words.length === 0 || words.some((word) => `${name} ${adversary} ${asset} ${control}`.includes(word)),
);
if (chosen.length === 0) {
  console.error(`no attack has ${words.join(' or ')} in it`);
  process.exit(2);
}
// Users and folders that were made have to go again, however this is ended.
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
const rows = await runAttacks(
  chosen,
  (row) => {
    if (!isJson) console.log(`${renderRow(row)}\n`);
  },
  ending.signal,
);
console.log(isJson ? JSON.stringify(documentOf(rows), null, 2) : renderSum(rows));
process.exitCode = isGood(rows) && !ending.signal.aborted ? 0 : 1;
