import { type Checkpoint, checkpointText, misshapen } from '../core/journal/checkpoint.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Environment } from '../core/policy/policy.ts';
import type { Secret } from './secret.ts';
import { SigningKey } from './signing-key.ts';

/** The key that signs checkpoints of the journal (docs/decisions/0020), derived from the exchange's secret. */
export class CheckpointKey {
  /** The public half, as 64 hexadecimal digits. */
  readonly name: string;
  readonly #key: SigningKey;
  readonly #environment: Environment;
  #last = 0;

  constructor({ secretKey, environment }: { readonly secretKey: Secret; readonly environment: Environment }) {
    this.#key = new SigningKey(secretKey.reveal(), 'twokey checkpoint key 1');
    this.name = this.#key.name;
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
    return ok(this.#key.sign(checkpointText(checkpoint)));
  }
}
