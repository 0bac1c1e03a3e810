import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { challengeOf, registrationChallengeOf } from '../../src/core/page/challenge.ts';
import { formatEnrolment, parseEnrolment } from '../../src/vault/operator-proof.ts';
import { formatPasskey } from '../../src/vault/passkey-file.ts';
import type { Passkey } from '../../src/vault/passkey.ts';
import { Passkeys } from '../../src/vault/passkeys.ts';
import { readRegistration } from '../../src/vault/registration.ts';
import { Authenticator, type Twist, type Written } from '../support/authenticator.ts';

const ORIGIN = 'https://box.example:8443';
const algorithms = ['ES256', 'EdDSA'] as const;
const deed = '{"arguments":{"approval":"a1"},"digest":"aa","verb":"approve"}';

function passkeyOf(device: Authenticator, algorithm: Passkey['algorithm'] = 'ES256'): Passkey {
  return { name: 'phone', origin: ORIGIN, id: device.id.toString('base64url'), algorithm, key: device.key };
}

/** A vault that knows one passkey, and its device. */
class Bench {
  readonly device: Authenticator;
  readonly vault: Passkeys;
  #sequence = 0;

  constructor(algorithm: Passkey['algorithm'] = 'ES256') {
    this.device = new Authenticator({ algorithm, origin: ORIGIN });
    this.vault = new Passkeys([passkeyOf(this.device, algorithm)]);
  }

  ask(more: object): string {
    this.#sequence += 1;
    const answer = this.vault.answer({ kind: 'prove_passkey', id: this.#sequence, sequence: this.#sequence, nonce: 'n', deed, ...more });
    assert.ok(answer !== undefined);
    return answer.kind === 'proved' ? `proved by ${answer.by}` : answer.cause;
  }

  signed(twist: Twist = {}, nonce = 'n'): string {
    return this.ask({ nonce, assertion: this.device.assert(challengeOf({ nonce, deed }), twist) });
  }
}

test('a challenge is SHA-256 over the deed and a number of its own', () => {
  const by = (text: string) => createHash('sha256').update(text).digest('base64url');
  assert.equal(challengeOf({ nonce: 'n', deed }), by(`twokey passkey 1\nn\n${deed}`));
  assert.equal(registrationChallengeOf('c'), by('twokey passkey registration 1\nc'));
});

for (const algorithm of algorithms) {
  test(`${algorithm}: what a device makes is read, and what it signs for a deed proves that deed, once`, () => {
    const { device } = new Bench(algorithm);
    const made = readRegistration(device.register('c'), { name: 'phone', origin: ORIGIN, challenge: 'c' });
    assert.ok(made.ok, made.ok ? '' : made.error);
    assert.deepEqual(made.value, passkeyOf(device, algorithm));
    const bench = new Bench(algorithm);
    const assertion = bench.device.assert(challengeOf({ nonce: 'n', deed }));
    assert.match(bench.ask({ assertion, deed: deed.replace('a1', 'a2') }), /what was signed is not this deed/);
    assert.match(bench.ask({ assertion, nonce: 'm' }), /what was signed is not this deed/);
    assert.equal(bench.ask({ assertion }), 'proved by phone');
    assert.match(bench.ask({ assertion }), /what was signed has been used/);
    assert.equal(bench.signed({}, 'm'), 'proved by phone');
  });
}

test('another page, host, purpose or frame, nobody there, nobody verified, and bytes that nobody asked for are refused', () => {
  const twists: readonly (readonly [Twist, RegExp])[] = [
    [{ origin: 'https://box.example' }, /another page/],
    [{ origin: 'https://evil.example' }, /another page/],
    [{ rpId: 'evil.example' }, /another host/],
    [{ rpId: 'box.example:8443' }, /another host/],
    [{ type: 'webauthn.create' }, /something else/],
    [{ challenge: 'x' }, /not this deed/],
    [{ said: { crossOrigin: true } }, /inside another page/],
    [{ said: { topOrigin: 'https://evil.example' } }, /inside another page/],
    [{ flags: 0x00 }, /did not verify/],
    [{ flags: 0x01 }, /did not verify/],
    [{ flags: 0x04 }, /did not verify/],
    [{ flags: 0x15 }, /contradicts itself/],
    [{ flags: 0x45 }, /other things/],
    [{ flags: 0x85 }, /other things/],
    [{ more: Uint8Array.of(0) }, /end of its own/],
  ];
  for (const [twist, why] of twists) assert.match(new Bench().signed(twist), why, JSON.stringify(twist));
  for (const fine of [{ flags: 0x1d }, { flags: 0x0d }, { said: { other: 'a browser says more' } }])
    assert.equal(new Bench().signed(fine), 'proved by phone');
});

test('a signature of another key, a changed byte of anything and base64 with a second reading are refused', () => {
  const other = new Authenticator({ origin: ORIGIN });
  const bench = new Bench();
  const right = bench.device.assert(challengeOf({ nonce: 'n', deed }));
  const foreign = other.assert(challengeOf({ nonce: 'n', deed }));
  assert.match(bench.ask({ assertion: foreign }), /no passkey of this operator/);
  assert.match(bench.ask({ assertion: { ...foreign, id: right.id } }), /signature is not of this passkey/);
  assert.match(bench.ask({ assertion: { ...right, signature: `${right.signature}=` } }), /expected base64url/);
  assert.match(bench.ask({ assertion: { ...right, signature: '' } }), /signature is not of this passkey/);
  for (const part of ['authenticatorData', 'clientData', 'signature'] as const) {
    const bytes = Buffer.from(right[part], 'base64url');
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.doesNotMatch(bench.ask({ assertion: { ...right, [part]: changed.toString('base64url') } }), /proved/, `${part} ${at}`);
    }
  }
  assert.equal(bench.ask({ assertion: right }), 'proved by phone', 'none of these has used it up');
});

test('a device that counts must count up, and one that never counts may go on', () => {
  const bench = new Bench();
  assert.equal(bench.signed({ count: 7 }, '1'), 'proved by phone');
  assert.match(bench.signed({ count: 7 }, '2'), /may be a copy/);
  assert.match(bench.signed({ count: 0 }, '3'), /may be a copy/);
  assert.equal(bench.signed({ count: 8 }, '4'), 'proved by phone');
  const never = new Bench();
  for (const nonce of ['1', '2']) assert.equal(never.signed({ count: 0 }, nonce), 'proved by phone');
});

test('other messages are not its own, one of an unknown form ends the vault, and an old one is refused', () => {
  const { vault, device } = new Bench();
  for (const other of [null, 'prove_passkey', { kind: 'prove' }, { kind: 'sign' }]) assert.equal(vault.answer(other), undefined);
  const right = { kind: 'prove_passkey', id: 1, sequence: 5, nonce: 'n', deed, assertion: device.assert('x') };
  for (const odd of [
    { ...right, more: 1 },
    { ...right, deed: {} },
    { ...right, assertion: {} },
    { ...right, assertion: { ...right.assertion, more: '' } },
  ])
    assert.equal(vault.answer(odd)?.kind, 'fatal');
  vault.answer(right);
  const late = vault.answer(right);
  assert.ok(late?.kind === 'refused');
  assert.equal(late.cause, 'message 5 came after 5');
});

test('a registration with another challenge, page or purpose, with more or less than one key, or with a point off the curve is refused', () => {
  const device = new Authenticator({ origin: ORIGIN });
  const asked = { name: 'phone', origin: ORIGIN, challenge: 'c' };
  const refusal = (registration: Parameters<typeof readRegistration>[0]): string => {
    const read = readRegistration(registration, asked);
    return read.ok ? 'taken' : read.error;
  };
  const cose = (...changes: (readonly [number, Written])[]): Written => new Map([...device.cose, ...changes]);
  const right = device.register('c');
  assert.equal(refusal(right), 'taken');
  assert.match(refusal(device.register('d')), /not this deed/);
  assert.match(refusal(device.register('c', { origin: 'https://evil.example' })), /another page/);
  assert.match(refusal(device.register('c', { type: 'webauthn.get' })), /something else/);
  assert.match(refusal(device.register('c', { flags: 0x41 })), /did not verify/);
  assert.match(refusal(device.register('c', { flags: 0x05 })), /other things/);
  assert.match(refusal(device.register('c', { more: Uint8Array.of(0) })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { cose: cose([3, -257]) })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { cose: cose([-1, 2]) })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { cose: cose([-3, new Uint8Array(32)]) })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { cose: cose([-2, new Uint8Array(31)]) })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { cose: cose([-4, 1]) })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { cose: [] })), /ES256 or EdDSA/);
  assert.match(refusal(device.register('c', { object: new Map([['authData', 'text']]) })), /attestation object/);
  assert.match(refusal({ ...right, attestation: `${right.attestation}AA` }), /attestation object|base64url/);
  assert.match(refusal({ ...right, attestation: '' }), /ends in the middle/);
});

test('passkeys stand in operator.toml and read back as they were; one that is none is refused with its line and without its content', () => {
  const devices = algorithms.map((algorithm) => [algorithm, new Authenticator({ algorithm, origin: ORIGIN })] as const);
  const passkeys = devices.map(([algorithm, device], index) => ({ ...passkeyOf(device, algorithm), name: `device-${index}` }));
  const enrolment = { cost: 16_384, salt: Buffer.alloc(16, 1), hash: Buffer.alloc(32, 2), totp: Buffer.alloc(20, 3) };
  const text = formatEnrolment(enrolment) + passkeys.map(formatPasskey).join('');
  const read = parseEnrolment(text);
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(read.value.passkeys, passkeys);
  assert.deepEqual(new Passkeys(read.value.passkeys).origins, [ORIGIN]);
  const refusal = (from: string | RegExp, to: string): string => {
    const parsed = parseEnrolment(text.replace(from, to));
    return parsed.ok ? '' : `${parsed.error.line} ${parsed.error.key} ${parsed.error.message}`;
  };
  assert.match(refusal('[passkeys.device-0]', '[passkeys."Device 0"]'), /expected \[passkeys\.NAME\]/);
  assert.match(refusal(/key = "[0-9a-f]{4}/, 'key = "0000'), /^\d+ device-0 expected a passkey of its own/);
  assert.match(refusal('"ES256"', '"RS256"'), /algorithm/);
  assert.match(refusal(/id = .*\n/, ''), /expected origin, id, algorithm and key/);
  assert.match(refusal(`origin = "${ORIGIN}"`, 'origin = "https://a/b"'), /origin expected the address of a page/);
  assert.match(
    refusal(
      '[passkeys.device-0]',
      `[passkeys.device-9]\norigin = "${ORIGIN}"\nid = "${passkeys[0]?.id}"\nalgorithm = "ES256"\nkey = "${Buffer.from(passkeys[0]?.key ?? []).toString('hex')}"\n[passkeys.device-0]`,
    ),
    /device-0 expected a passkey of its own/,
  );
});
