import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** What stands before the 32 bytes of an Ed25519 private key in its usual form (RFC 8410). */
const KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * An Ed25519 key that is derived from a secret the vault has anyway, so that there is no further one to make, to keep and to lose, and the vault writes
 * nothing. Neither its signatures nor its public half say anything of that secret.
 */
export class SigningKey {
  /** The public half, as 64 hexadecimal digits. */
  readonly name: string;
  readonly #key: KeyObject;

  /** `purpose` keeps two keys of one secret apart. */
  constructor(secret: string | Uint8Array, purpose: string) {
    const seed = createHmac('sha256', secret).update(purpose).digest();
    this.#key = createPrivateKey({ key: Buffer.concat([KEY_PREFIX, seed]), format: 'der', type: 'pkcs8' });
    this.name = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  }

  /** In hexadecimal digits. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString('hex');
  }
}
