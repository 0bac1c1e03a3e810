import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { haltFileSays, writeHaltFile } from '../../src/adapters/home/home.ts';
import { err } from '../../src/core/lang/result.ts';
import { parseCommand } from '../../src/doors/operator/command.ts';
import { control } from '../../src/doors/operator/control.ts';
import { exits } from '../../src/doors/operator/output.ts';

async function halted(home: string, reason: string): Promise<void> {
  const command = parseCommand(['--home', home, '--reason', reason]);
  assert.ok(command.ok);
  const nobody = () => Promise.resolve(err({ kind: 'not_running', message: 'no gateway answers' } as const));
  assert.equal(await control('halt', command.value, nobody), exits.fine);
}

test('a halt without a gateway writes who and why, and one that finds the file there leaves the first reason in it', async (context) => {
  const home = mkdtempSync(join(tmpdir(), 'tk-'));
  context.after(() => rmSync(home, { recursive: true }));
  await halted(home, `${'a long story '.repeat(1000)}`);
  assert.equal(haltFileSays(home).by, 'operator');
  assert.match(haltFileSays(home).reason, /^a long story/, 'it is short enough to be read back');
  rmSync(join(home, 'HALT'));
  writeHaltFile(home, { by: 'twokey', reason: 'a bug of its own' });
  const before = readFileSync(join(home, 'HALT'), 'utf8');
  await halted(home, 'just to be sure');
  assert.equal(readFileSync(join(home, 'HALT'), 'utf8'), before);
  assert.deepEqual(haltFileSays(home), { by: 'twokey', reason: 'a bug of its own' });
  // Made by hand, and empty: it halts as it is.
  writeFileSync(join(home, 'HALT'), '');
  await halted(home, 'once more');
  assert.equal(readFileSync(join(home, 'HALT'), 'utf8'), '');
});
