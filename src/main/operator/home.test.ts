import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfiguration } from './home.ts';

test('limits that others could have written are not read, unless the folder keeps them out', () => {
  const home = mkdtempSync(join(tmpdir(), 'twokey-home-'));
  try {
    const file = join(home, 'twokey.toml');
    writeFileSync(file, '[policy]\nmax_order_size = 7\n');
    chmodSync(home, 0o755);
    for (const mode of [0o602, 0o664, 0o666]) {
      chmodSync(file, mode);
      const read = readConfiguration(home);
      assert.ok(!read.ok, mode.toString(8));
      assert.match(read.error, new RegExp(`others can write to ${file}.*chmod go-w ${file}$`));
    }
    chmodSync(home, 0o700);
    assert.ok(readConfiguration(home).ok);
    chmodSync(home, 0o755);
    chmodSync(file, 0o644);
    assert.ok(readConfiguration(home).ok);
    rmSync(file);
    assert.ok(readConfiguration(home).ok);
  } finally {
    rmSync(home, { recursive: true });
  }
});
