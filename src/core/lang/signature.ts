import { createPublicKey, verify } from 'node:crypto';

const keyShape = /^[0-9a-f]{64}$/;
const signatureShape = /^[0-9a-f]{128}$/;

/** What stands before the 32 bytes of an Ed25519 public key in its usual form (RFC 8410). */
const KEY_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A raw Ed25519 public key and a signature of its private half, both in lower-case hex. */
export type Signature = { readonly key: string; readonly signature: string };

/** Whether that signature was made with the private half of that key over exactly this text. */
export function isSignatureOf(text: string, { key, signature }: Signature): boolean {
  if (!keyShape.test(key) || !signatureShape.test(signature)) return false;
  const publicKey = createPublicKey({ key: Buffer.concat([KEY_PREFIX, Buffer.from(key, 'hex')]), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'hex'));
}
