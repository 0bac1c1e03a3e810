import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { formatEnrolment, parseEnrolment } from '../../src/vault/operator-proof.ts';
import { formatPasskey } from '../../src/vault/passkey-file.ts';
import type { Passkey } from '../../src/vault/passkey.ts';
import { Authenticator } from '../support/authenticator.ts';

// Found while every door was fuzzed (npm run fuzz, door files): an address with the form of one and a port that there is not was taken from operator.toml, and the first question about that passkey
// was an error of the vault, which ends by it. The same address as public_url ended a start in words of nobody's.

test('a passkey for a page that cannot be is refused when operator.toml is read, with its line, and not when somebody signs with it', () => {
  const device = new Authenticator({ origin: 'https://box.example' });
  const file = (origin: string): string => {
    const passkey: Passkey = { name: 'phone', origin, id: device.id.toString('base64url'), algorithm: 'ES256', key: device.key };
    const known = { cost: 16_384, salt: new Uint8Array(16), hash: new Uint8Array(32), totp: new Uint8Array(20) };
    return formatEnrolment(known) + formatPasskey(passkey);
  };
  assert.ok(parseEnrolment(file('https://box.example:8443')).ok);
  for (const origin of ['https://box.example:88443', 'https://999.1.1.1']) {
    const read = parseEnrolment(file(origin));
    assert.ok(!read.ok, origin);
    assert.match(read.error.message, /origin/);
    assert.equal(read.error.key, 'phone');
  }
});

test('a page of the owner’s that cannot be is refused with its line in twokey.toml', () => {
  const file = (origin: string): string => `[http]\npublic_url = "${origin}"\nallowed_origins = ["${origin}"]\n`;
  assert.ok(parseConfiguration(file('https://box.example:8443')).ok);
  for (const origin of ['https://box.example:88443', 'https://999.1.1.1']) {
    const read = parseConfiguration(file(origin));
    assert.ok(!read.ok, origin);
    assert.deepEqual([read.error.line, read.error.message], [2, 'expected an origin such as "https://box.example", without a path']);
  }
});
