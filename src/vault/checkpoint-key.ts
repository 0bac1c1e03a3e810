import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type Checkpoint, checkpointText, misshapen } from '../core/journal/checkpoint.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Environment } from '../core/policy/policy.ts';
import type { Secret } from './secret.ts';

/** What stands before the 32 bytes of an Ed25519 private key in its usual form (RFC 8410). */
const KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The key that signs checkpoints of the journal (docs/decisions/0020). It is derived from the exchange's secret, so that there is no further secret
 * to make, to keep and to lose, and the vault writes nothing. Neither its signatures nor its public half say anything of that secret.
 */
export class CheckpointKey {
  /** The public half, as 64 hexadecimal digits. */
  readonly name: string;
  readonly #key: KeyObject;
  readonly #environment: Environment;
  #last = 0;

  constructor({ secretKey, environment }: { readonly secretKey: Secret; readonly environment: Environment }) {
    const seed = createHmac('sha256', secretKey.reveal()).update('twokey checkpoint key 1').digest();
    this.#key = createPrivateKey({ key: Buffer.concat([KEY_PREFIX, seed]), format: 'der', type: 'pkcs8' });
    this.name = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    this.#environment = environment;
  }

  /** Signs a checkpoint of an account of this environment, each later than the one before: no head is signed beside another. */
  sign(checkpoint: Checkpoint): Result<string> {
    const { account, seq } = checkpoint;
    const fault = misshapen(checkpoint);
    if (fault !== '') return err(`a checkpoint is refused: ${fault}`);
    if (!account.startsWith(`okx:${this.#environment}:`))
      return err(`a checkpoint of ${account}, and this vault is for ${this.#environment}`);
    if (seq <= this.#last) return err(`a checkpoint of entry ${seq}, and entry ${this.#last} is signed already`);
    this.#last = seq;
    return ok(sign(null, Buffer.from(checkpointText(checkpoint)), this.#key).toString('hex'));
  }
}
