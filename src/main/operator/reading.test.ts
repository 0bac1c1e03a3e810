import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEvidence } from './reading.ts';

test('what a promotion asks for is asked of the account that the gateway was started for, whatever environment the file names', async () => {
  const home = mkdtempSync(join(tmpdir(), 'twokey-home-'));
  try {
    writeFileSync(join(home, 'twokey.toml'), '[exchange]\nenvironment = "sim"\n', { mode: 0o600 });
    for (const [environment, stage] of [
      [null, 'SIM'],
      ['demo', 'DEMO'],
    ] as const) {
      const asked = await askEvidence(home, environment);
      assert.ok(asked.ok, asked.ok ? '' : asked.error);
      assert.equal(asked.value.stage, stage);
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});
