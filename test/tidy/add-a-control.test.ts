import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// docs/operate/add-a-control.md says that a control is one file and one row. Here its blocks are taken at their word: put into a copy of the core,
// compiled and run, so that nothing of the trusted code has a door for made-up controls.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TABLE = 'src/core/policy/controls.ts';
const FILE = 'src/core/policy/controls/long-only.ts';
const TEST = 'src/core/policy/controls/long-only.test.ts';

const page = readFileSync(join(ROOT, 'docs/operate/add-a-control.md'), 'utf8');
const [file = '', row = '', ownTest = '', ...rest] = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, block = '']) => block);

test('the control that the guide adds compiles, refuses what it says, and does so because of its row', () => {
  assert.ok(ownTest !== '' && rest.length === 0, 'the guide has a file, a row and a test');
  for (const path of [FILE, TEST]) assert.ok(page.includes(`\`${path}\``), path);
  const copy = mkdtempSync(join(tmpdir(), 'twokey-control-'));
  try {
    for (const part of ['src/core', 'test/support/policy-samples.ts', 'package.json', 'tsconfig.json'])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: (path) => !path.endsWith('.test.ts') });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, FILE), file);
    writeFileSync(join(copy, TEST), ownTest);
    const without = run(copy, process.execPath, ['--test', TEST]);
    assert.equal(without.status, 1, 'a file that no row names refuses nothing');
    const table = readFileSync(join(copy, TABLE), 'utf8');
    const head = 'export const orderControls: readonly OrderControl[] = [\n';
    assert.equal(table.split(head).length, 2);
    writeFileSync(join(copy, TABLE), `import { longOnly } from './controls/long-only.ts';\n${table.replace(head, () => `${head}${row}`)}`);
    const compiled = run(copy, process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']);
    assert.equal(compiled.status, 0, compiled.said);
    const tested = run(copy, process.execPath, ['--test', TEST]);
    assert.equal(tested.status, 0, tested.said);
    assert.match(tested.said, /pass 1\b/);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

function run(folder: string, command: string, argv: readonly string[]): { readonly status: number | null; readonly said: string } {
  // The test runner tells its children by this variable to report to it, which this one is not for.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const { status, stdout, stderr } = spawnSync(command, argv, { cwd: folder, env: environment, encoding: 'utf8', timeout: 60_000 });
  return { status, said: `${stdout}${stderr}` };
}
