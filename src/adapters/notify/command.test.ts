import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommand } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'tk-command-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A program of this test, as a command line without a shell. */
function program(name: string, source: string, ...argv: readonly string[]): readonly string[] {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, source);
  return [process.execPath, path, ...argv];
}

const reading = "import { readFileSync, writeFileSync } from 'node:fs'; const input = readFileSync(0, 'utf8');";

test('the program gets one line on its standard input, its arguments as they stand, and nothing of our environment', async () => {
  const out = join(folder, 'out.json');
  const source = `${reading} writeFileSync(process.argv[2], JSON.stringify({ input, argv: process.argv.slice(3), environment: Object.keys(process.env) }));`;
  process.env['TWOKEY_TEST_CANARY'] = 'x';
  const told = await runCommand({ command: program('reads', source, out, '$(touch x); "y"'), input: '{"code":"HALTED"}' });
  delete process.env['TWOKEY_TEST_CANARY'];
  assert.deepEqual(told, { kind: 'told' });
  assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), {
    input: '{"code":"HALTED"}\n',
    argv: ['$(touch x); "y"'],
    environment: ['PATH', 'LANG'],
  });
});

test('a program that ends with another number, or is not there, says so', async () => {
  assert.deepEqual(await runCommand({ command: program('three', 'process.exit(3)'), input: '{}' }), {
    kind: 'failed',
    cause: 'ended with 3',
  });
  // What Node throws instead of telling it as an event is no other failure.
  assert.deepEqual(await runCommand({ command: ['/bin/true', 'a\0b'], input: '{}' }), { kind: 'failed', cause: 'ERR_INVALID_ARG_VALUE' });
  assert.deepEqual(await runCommand({ command: [join(folder, 'nothing')], input: '{}' }), { kind: 'failed', cause: 'ENOENT' });
  assert.deepEqual(
    await runCommand({ command: program('killed', "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 10000)"), input: '{}' }),
    {
      kind: 'failed',
      cause: 'ended by SIGTERM',
    },
  );
});

test('a program that reads nothing, or prints without an end, is told all the same', async () => {
  const large = JSON.stringify({ text: 'x'.repeat(1_000_000) });
  assert.deepEqual(await runCommand({ command: program('deaf', 'process.exit(0)'), input: large }), { kind: 'told' });
  const loud = "for (let n = 0; n < 2000; n += 1) process.stdout.write('x'.repeat(10000)); process.exitCode = 0;";
  assert.deepEqual(await runCommand({ command: program('loud', loud), input: '{}' }), { kind: 'told' });
});

test('a program that does not end is killed with what it started', async () => {
  const mark = join(folder, 'child');
  const child = `setTimeout(() => require('node:fs').writeFileSync(${JSON.stringify(mark)}, ''), 1500)`;
  const source = `import { spawn } from 'node:child_process'; spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' }); setTimeout(() => {}, 60000);`;
  const told = await runCommand({ command: program('stays', source), input: '{}', timeoutMilliseconds: 700 });
  assert.deepEqual(told, { kind: 'failed', cause: 'killed: it had not ended within 700 ms' });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.ok(!existsSync(mark));
});
