// npm run mutate [-- FILE…]: changes the code of what decides, one place at a time, and asks the core's unit tests whether they notice.
// docs/mutation.md says what is measured and lists each change that no test notices, with the reason.

import { Stryker } from '@stryker-mutator/core';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Mutant, nameAll } from './mutant.ts';
import { listedSurvivors } from './page.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCOPE = 'src/core/{policy,exposure,order}/**/*.ts';
type StrykerOptions = ConstructorParameters<typeof Stryker>[0];

const SCORE_MIN = 90;
/** Characters of a changed text that are told. */
const WIDTH_MAX = 80;

process.chdir(ROOT);
const all = globSync(SCOPE).filter((file) => !file.endsWith('.test.ts'));
const words = process.argv.slice(2);
const files = all.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).sort();
if (files.length === 0) {
  console.error(`no file of ${SCOPE} has ${words.join(' or ')} in its path`);
  process.exit(2);
}

// What the tests are told: the seed of `npm test`, and to make fewer runs of the properties that take long.
Object.assign(process.env, { TWOKEY_TEST_SEED: '1', TWOKEY_TEST_RUNS: '100' });

const begun = performance.now();
const results = await new Stryker({
  mutate: [...files],
  plugins: [fileURLToPath(new URL('runner.ts', import.meta.url))],
  testRunner: 'core-tests',
  coverageAnalysis: 'perTest',
  // Most endless loops end when a mutant is reached a hundred times more often than without it; these seconds are for the rest. On a
  // busy machine they must not take slow for endless.
  timeoutMS: 30_000,
  timeoutFactor: 4,
  dryRunTimeoutMinutes: 10,
  concurrency: 2,
  // Modules that were loaded stay in memory.
  maxTestRunnerReuse: 200,
  // The copies stand inside the checkout, where they find node_modules without another link, and hold what the tests load.
  tempDirName: '.cache/mutation',
  symlinkNodeModules: false,
  ignorePatterns: ['/*', '!/src', '!/docs', '!/test', '/test/*', '!/test/support', '!/package.json'],
  disableTypeChecks: false,
  reporters: [process.stdout.isTTY ? 'progress' : 'progress-append-only'],
  logLevel: 'off' as NonNullable<StrykerOptions['logLevel']>,
}).runMutationTest();

const mutants = nameAll(results, ROOT);
const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
const survivors = mutants.filter(({ outcome }) => outcome === 'survived');
const listed = listedSurvivors(readFileSync('docs/mutation.md', 'utf8'));
const unlisted = survivors.filter(({ id }) => !listed.has(id));
const gone = [...listed.keys()].filter((id) => isOfThisRun(id) && !survivors.some((survivor) => survivor.id === id));

for (const mutant of unlisted) console.log(`survived, not listed: ${mutant.where}\n- \`${mutant.id}\`: ${change(mutant)}`);
for (const id of gone) console.log(`listed, and no longer a survivor: ${id}`);
console.log('');
for (const folder of new Set(mutants.map((mutant) => mutant.folder)))
  tell(
    folder,
    mutants.filter((mutant) => mutant.folder === folder),
  );
const score = tell('all', mutants);
console.log(`${files.length} of ${all.length} files in ${minutes} minutes`);
if (score < SCORE_MIN) console.log(`the score is below ${SCORE_MIN} %`);
if (score < SCORE_MIN || unlisted.length > 0 || gone.length > 0) process.exitCode = 1;

function tell(name: string, of: readonly Mutant[]): number {
  const count = (outcome: Mutant['outcome']): number => of.filter((mutant) => mutant.outcome === outcome).length;
  const score = (100 * (of.length - count('survived'))) / Math.max(1, of.length);
  const counts = `${of.length} mutants, ${count('killed')} killed, ${count('timed out')} timed out, ${count('survived')} survived`;
  console.log(`${name.padEnd(26)} ${score.toFixed(1).padStart(5)} %  ${counts}`);
  return score;
}

/** A run of everything holds every row to be true, also one of a file that is gone. */
function isOfThisRun(id: string): boolean {
  return files.length === all.length || files.includes(`src/core/${id.slice(0, id.indexOf(':'))}.ts`);
}

/** A change on one line, as Markdown shows code: of a long text, what is around the first difference. */
function change({ from, to }: Mutant): string {
  const before = from.replace(/\s+/g, ' ');
  const after = to.replace(/\s+/g, ' ');
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const start = Math.max(before.length, after.length) <= WIDTH_MAX ? 0 : Math.max(0, same - WIDTH_MAX / 2);
  return `${code(before, start)} → ${code(after, start)}`;
}

function code(text: string, start: number): string {
  const short = `${start > 0 ? '… ' : ''}${text.slice(start, start + WIDTH_MAX)}${start + WIDTH_MAX < text.length ? ' …' : ''}`;
  return short.includes('`') ? `\`\` ${short} \`\`` : `\`${short}\``;
}
