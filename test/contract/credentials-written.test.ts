import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InstrumentId } from '../../src/core/market/instrument.ts';
import { decimal } from '../../src/core/money/decimal.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { filesOf, spotAt } from '../../src/doors/init/files.ts';
import { checkKey, type KeyFields } from '../../src/doors/init/secrets.ts';
import { findCredentials } from '../../src/vault/credentials.ts';

const instrument = 'BTC-USDT' as InstrumentId;
const market = [spotAt(instrument, decimal('50000'))];

/** What the vault reads of the file that init writes. */
function readBack(home: string, key: KeyFields): KeyFields {
  const answers = { environment: 'demo', site: 'eea', equityUsd: decimal('300'), instruments: [instrument], agent: 'a', key } as const;
  const files = filesOf(answers, market);
  assert.ok(files.ok);
  const text = (wanted: string): string => files.value.find(({ name }) => name === wanted)?.text ?? '';
  const path = join(home, 'credentials.toml');
  writeFileSync(path, text('credentials.toml'));
  chmodSync(path, 0o600);
  const configuration = parseConfiguration(text('twokey.toml'));
  assert.ok(configuration.ok);
  const { exchange } = configuration.value;
  const found = findCredentials({ home, userHome: home, exchange, input: { kind: 'none' }, serviceFolder: '' });
  assert.ok(found.ok, found.ok ? '' : found.error);
  const { apiKey, secretKey, passphrase } = found.value.credentials;
  return { api_key: apiKey.reveal(), secret_key: secretKey.reveal(), passphrase: passphrase.reveal() };
}

test('every key that init takes is read by the vault as it was typed, whatever characters it has', (context) => {
  const home = mkdtempSync(join(tmpdir(), 'tk-c-'));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 40,
  });
  const anything = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  const all = Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index)).join('');
  const whole = `a${all}a`;
  assert.deepEqual(readBack(home, { api_key: whole, secret_key: whole, passphrase: whole }).passphrase, whole, 'every printable character');
  let taken = 0;
  fc.assert(
    fc.property(printable, anything, printable, (apiKey, secretKey, passphrase) => {
      const key: KeyFields = { api_key: apiKey, secret_key: secretKey, passphrase };
      if (!checkKey(key).ok) return;
      taken += 1;
      assert.deepEqual(readBack(home, key), key);
    }),
    { seed: 11, numRuns: 150 },
  );
  assert.ok(taken > 15, `only ${taken} were taken`);
});
