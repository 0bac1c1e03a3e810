import { match, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seekFlags } from './seeking.ts';

test('the process that looks for the key reads files, and can neither speak to anybody nor write nor start anything', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-seek-'));
  try {
    const file = join(folder, 'one.txt');
    writeFileSync(file, 'x');
    const tried = (program: string): string => {
      const { stdout, stderr } = spawnSync(process.execPath, [...seekFlags, '-e', program], { encoding: 'utf8', env: {} });
      return stdout + stderr;
    };
    const path = JSON.stringify(file);
    strictEqual(tried(`process.stdout.write(require('fs').readFileSync(${path}, 'utf8'))`), 'x');
    for (const attempt of [
      `require('fs').writeFileSync(${path}, 'y')`,
      `require('child_process').spawnSync('true')`,
      `new (require('worker_threads').Worker)('', { eval: true })`,
      `require('net').connect({ host: '127.0.0.1', port: 9 })`,
      `require('net').connect(${path})`,
      `require('dgram').createSocket('udp4').bind(0)`,
    ])
      match(tried(attempt), /ERR_ACCESS_DENIED/, attempt);
    match(tried(`require('node:sqlite')`), /ERR_UNKNOWN_BUILTIN_MODULE|No such built-in/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
