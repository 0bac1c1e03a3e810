import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { haltFileExists, haltFileSays, openHome, writeHaltFile } from './home.ts';

function inFolder(prove: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-home-'));
  try {
    prove(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a home is made with its folders, closed to others, and opened again as it is', () => {
  inFolder((folder) => {
    const home = join(folder, 'deep', 'home');
    assert.deepEqual(openHome(home), { ok: true, value: home });
    for (const path of [home, join(home, 'state'), join(home, 'run')]) assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.deepEqual(openHome(home), { ok: true, value: home });
  });
});

test('a home that others can write to is refused with the chmod that mends it', () => {
  inFolder((home) => {
    chmodSync(home, 0o722);
    const opened = openHome(home);
    assert.ok(!opened.ok);
    assert.match(opened.error, new RegExp(`chmod 700 ${home}$`));
  });
});

test('state and run that others can look into are refused, the home itself may be looked at', () => {
  inFolder((home) => {
    chmodSync(home, 0o755);
    assert.ok(openHome(home).ok);
    // Agents with users of their own pass through to their sockets.
    chmodSync(join(home, 'run'), 0o711);
    assert.ok(openHome(home).ok);
    for (const [name, mode] of [
      ['run', 0o755],
      ['run', 0o740],
      ['state', 0o711],
    ] as const) {
      chmodSync(join(home, name), mode);
      const opened = openHome(home);
      assert.ok(!opened.ok);
      assert.match(opened.error, new RegExp(`chmod 700 ${home}/${name}`));
      chmodSync(join(home, name), 0o700);
    }
  });
});

test('a home that is a file is refused', () => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'file'), '');
    assert.ok(!openHome(join(folder, 'file')).ok);
  });
});

test('a HALT file counts whatever it is, a link to nothing included', () => {
  inFolder((home) => {
    assert.equal(haltFileExists(home), false);
    symlinkSync('/nowhere/at/all', join(home, 'HALT'));
    assert.equal(haltFileExists(home), true);
  });
});

test('a HALT file that stands there is kept with the reason that it has, and says who wrote it and why', () => {
  inFolder((home) => {
    const path = writeHaltFile(home, { by: 'twokey', reason: 'first' });
    assert.equal(writeHaltFile(home, { by: 'watch', reason: 'second' }), path);
    const { by, reason, at } = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<'by' | 'reason' | 'at', string>>;
    assert.deepEqual({ by, reason }, { by: 'twokey', reason: 'first' });
    assert.ok(!Number.isNaN(Date.parse(at)));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
});

test('who wrote the file HALT is read from a small file alone; a pipe is not waited for, and any reason can be read back', () => {
  inFolder((home) => {
    const path = writeHaltFile(home, { by: 'twokey', reason: '\u0001'.repeat(10_000) });
    assert.equal(haltFileSays(home).by, 'twokey');
    writeFileSync(path, JSON.stringify({ by: 'twokey', reason: ' '.repeat(10_000) }));
    assert.equal(haltFileSays(home).by, 'operator');
    rmSync(path);
    execFileSync('mkfifo', [path]);
    assert.equal(haltFileSays(home).by, 'operator');
  });
});
