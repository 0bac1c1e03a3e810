import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../core/lang/result.ts';
import { isFields } from './fields.ts';

/** A key that one of the operator's devices holds and uses only when its owner is there (WebAuthn level 2). What stands here is its public half. */
export type Passkey = {
  readonly name: string;
  /** Scheme, host and port of the page that it was made on. It is good there and nowhere else. */
  readonly origin: string;
  /** By which its device knows it; base64url. */
  readonly id: string;
  readonly algorithm: 'ES256' | 'EdDSA';
  /** ES256: x and y of a point of P-256, 64 bytes. EdDSA: a key of Ed25519, 32 bytes. */
  readonly key: Uint8Array;
};

const FLAGS = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40, extended: 0x80 } as const;
const RP_HASH_BYTES = 32;
const DATA_BYTES = RP_HASH_BYTES + 1 + 4;
const TEXT_CHARACTERS_MAX = 8192;

/** The public key as this program can use it; throws for what is none. */
export function keyOf({ algorithm, key }: Pick<Passkey, 'algorithm' | 'key'>): KeyObject {
  const part = (from: number): string => Buffer.from(key.subarray(from, from + 32)).toString('base64url');
  const jwk = algorithm === 'ES256' ? { kty: 'EC', crv: 'P-256', x: part(0), y: part(32) } : { kty: 'OKP', crv: 'Ed25519', x: part(0) };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** Bytes that are written as base64url in the one way that there is; `null` for everything else. */
export function fromBase64url(text: string): Buffer | null {
  if (text.length > TEXT_CHARACTERS_MAX) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

type Asked = { readonly type: 'webauthn.get' | 'webauthn.create'; readonly challenge: string; readonly origin: string };

/** What is wrong with what the browser says it was asked, on which page; `null` where nothing is. */
export function clientDataFault(bytes: Buffer, { type, challenge, origin }: Asked): string | null {
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return 'what the browser says cannot be read';
  }
  if (!isFields(said) || said['type'] !== type) return 'the browser was asked for something else';
  if (said['challenge'] !== challenge) return 'what was signed is not this deed';
  if (said['origin'] !== origin) return 'it was signed on another page';
  const { crossOrigin = false, topOrigin } = said;
  return crossOrigin === false && topOrigin === undefined ? null : 'it was signed inside another page';
}

/** Whose page it was, whether its owner was there and was verified, and how often the key was used; an error where any of that is not as it has to be. */
export function readAuthenticatorData(
  data: Buffer,
  { origin, attested }: { readonly origin: string; readonly attested: boolean },
): Result<number> {
  if (data.length < DATA_BYTES) return err('what the device says is too short');
  const { hostname } = new URL(origin);
  if (!data.subarray(0, RP_HASH_BYTES).equals(hash('sha256', hostname, 'buffer'))) return err('the key was used for another host');
  const flags = data[RP_HASH_BYTES] ?? 0;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (!has(FLAGS.userPresent) || !has(FLAGS.userVerified)) return err('the device did not verify who holds it');
  if (has(FLAGS.backedUp) && !has(FLAGS.backupEligible)) return err('what the device says of itself contradicts itself');
  if (has(FLAGS.attested) !== attested || has(FLAGS.extended)) return err('the device says other things than were asked');
  if (!attested && data.length !== DATA_BYTES) return err('what the device says has an end of its own');
  return ok(data.readUInt32BE(RP_HASH_BYTES + 1));
}
