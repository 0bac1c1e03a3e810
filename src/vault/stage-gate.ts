import { err, ok, type Result } from '../core/lang/result.ts';
import type { Environment } from '../core/policy/policy.ts';
import { artefactText, isStageSigned, misshapenStage, type SignedStage, type StageArtefact } from '../core/stage/artefact.ts';
import type { Signature } from '../core/lang/signature.ts';
import { exactly, parseInstant, type Parser, parseText } from './fields.ts';
import { SigningKey } from './signing-key.ts';

const artefact = {
  account: parseText,
  stage: parseText,
  equityUsd: parseText,
  version: parseText,
  positionMode: parseText,
  issuedAt: parseInstant,
};

/** A stage that is to be signed; whether its fields are of the known form is asked when it is. */
export const parseArtefact: Parser<StageArtefact> = exactly(artefact);
export const parseSignedStage: Parser<SignedStage> = exactly({ ...artefact, key: parseText, signature: parseText });

/**
 * Whether entries are signed at all. In live none is before the operator has signed a stage of the roll-out (reference/risk.md I-C3): with a proof here, or earlier,
 * as the journal says. What signs is derived from what the vault knows the operator by, so that another operator, and another home, is another key.
 */
export class StageGate {
  readonly #environment: Environment;
  readonly #key: SigningKey | null;
  #isOpen: boolean;

  /** `operator` is what the vault knows the operator by and nobody else has; `null`: nobody is enrolled. */
  constructor({ environment, operator }: { readonly environment: Environment; readonly operator: Uint8Array | null }) {
    this.#environment = environment;
    this.#key = operator === null ? null : new SigningKey(operator, 'twokey stage key 1');
    this.#isOpen = environment !== 'live';
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Signs a stage and opens. Whoever asks has had a proof of the operator checked for exactly this. */
  sign(artefact: StageArtefact): Result<Signature> {
    const fault = misshapenStage(artefact);
    if (fault !== '') return err(`a stage is refused: ${fault}`);
    if (this.#environment !== 'live' || this.#key === null) return err('a stage is signed in live alone, by an operator who is enrolled');
    this.#isOpen = true;
    return ok({ key: this.#key.name, signature: this.#key.sign(artefactText(artefact)) });
  }

  /** Takes a stage that was signed before, or with `null` none: then nothing is opened. @returns why it is not taken; empty where it is. */
  hold(signed: SignedStage | null): string {
    if (this.#environment !== 'live') return '';
    this.#isOpen = signed !== null && signed.key === this.#key?.name && isStageSigned(signed);
    return signed === null || this.#isOpen ? '' : 'the stage was not signed by the operator whom this vault knows';
  }
}
