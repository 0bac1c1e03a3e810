import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepLimits } from '../../adapters/home/limits.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import { limitsInForce, readConfiguration } from './home.ts';

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

test('what a promotion rests on is asked of the limits that hold, and not of a file that was changed since', () => {
  const home = mkdtempSync(join(tmpdir(), 'twokey-home-'));
  try {
    const held = keepLimits(home, '[exchange]\nenvironment = "live"\n[agents.alpha]\n[agents.beta]\n');
    assert.ok(held.ok);
    // Fewer agents want proof, and a gateway that only reads wants no week of reading.
    const file = parseConfiguration('[exchange]\nenvironment = "live"\nread_only = true\n[agents.alpha]\n');
    assert.ok(file.ok);
    const asked = limitsInForce(home, { limits: { inForce: [held.value], pending: null }, file: file.value });
    assert.ok(asked.ok);
    assert.deepEqual([[...asked.value.agents.keys()], asked.value.exchange.readOnly], [['alpha', 'beta'], false]);
    const first = limitsInForce(home, { limits: null, file: file.value });
    assert.ok(first.ok && first.value === file.value);
    const lost = limitsInForce(home, { limits: { inForce: [held.value, 'lost'], pending: null }, file: file.value });
    assert.ok(!lost.ok && lost.error.includes('state/policy/lost.toml'));
  } finally {
    rmSync(home, { recursive: true });
  }
});
