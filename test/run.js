// `npm test`: the checks, then every test. Pure tests share one process, because starting one for each costs more than
// running them all; whatever starts servers or processes gets a process of its own. Every stage runs even when an
// earlier one failed, so that one run tells everything; the worst exit code wins. A stage that found no file says so, and the two
// that always have files fail without them: a test run that tested nothing is not green.
//
//   npm test                    everything
//   npm test -- money sim/      only the files whose path contains one of these words; no checks

import '../bin/node-version.js';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SEED = { TWOKEY_TEST_SEED: process.env.TWOKEY_TEST_SEED ?? '1' };

const STAGES = [
  { name: 'pure', required: true, flags: ['--test-isolation=none'], files: ['src/**/*.test.ts'] },
  {
    name: 'house',
    required: true,
    flags: ['--test-concurrency=2'],
    files: ['test/{tidy,contract,golden,simulation,differential,regressions,fuzz}/**/*.test.ts'],
  },
  { name: 'road', required: false, flags: ['--test-concurrency=2'], files: ['test/{road,attack}/**/*.test.ts'] },
];

/** What waits for ever is named and ended, the test first, and the stage where the test still holds its process. Nothing needs half of it. */
const TEST_MINUTES_MAX = 15;
const STAGE_MINUTES_MAX = 40;
const TIMEOUT = `--test-timeout=${TEST_MINUTES_MAX * 60_000}`;

const words = process.argv.slice(2);
const failed = [];

if (words.length === 0) {
  for (const check of ['types', 'lint', 'layout']) stage(check, 'npm', ['run', '--silent', `check:${check}`]);
}

for (const { name, required, flags, files } of STAGES) {
  const found = globSync(files, { cwd: ROOT })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
  if (found.length > 0) stage(name, process.execPath, ['--test', TIMEOUT, ...flags, ...found]);
  else if (required && words.length === 0) failed.push(`${name} (no test file found)`);
}

if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

function stage(name, command, args) {
  // In one process a loop that never yields hears nothing else; what has processes of its own ends them when it is told to end.
  const bounds = { timeout: STAGE_MINUTES_MAX * 60_000, killSignal: name === 'pure' ? 'SIGKILL' : 'SIGTERM' };
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...SEED }, ...bounds });
  if (error) console.error(`${name}: ${error.message}`);
  if (error || status !== 0) failed.push(name);
}
