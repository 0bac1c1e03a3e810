import { needsProof, purposeOf } from '../adapters/operator/proof.ts';
import type { OperatorFailure, OperatorRequest, Proof } from '../adapters/operator/protocol.ts';
import type { Proved } from '../adapters/vault/signer.ts';
import { mayNotProve } from '../core/gateway/proving.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import type { Engine } from '../engine/engine.ts';

type ProvingSettings = {
  readonly engine: Pick<Engine, 'state' | 'now' | 'tell'>;
  /** Those that hold. */
  readonly limits: { readonly configuration: Configuration };
  /** Whether the vault knows anybody. */
  readonly enrolled: boolean;
  readonly prove: Asking;
  /** Shared with whatever else lets people prove who they are. */
  readonly tried?: Trying;
};

/** Lets somebody try to prove that they are the operator; `judge` asks the vault. Why it was not proven, or `null`. */
export type Trying = (purpose: string, judge: () => Promise<Proved>) => Promise<OperatorFailure | null>;

/** Why a request is not done, because nobody has proven to be the operator; `null` where that is proven or not asked for. */
export type Proving = (request: OperatorRequest, proof: Proof | null, asking?: Asking) => Promise<OperatorFailure | null>;

/** How the vault is asked, where more is asked of it than whether somebody is the operator. */
export type Asking = (asked: Proof & { readonly after: number }) => Promise<Proved>;

/** Whether a request has to come with a proof: in live by its verb alone. */
export function demandsProof({ exchange, operator }: Pick<Configuration, 'exchange' | 'operator'>, { verb }: OperatorRequest): boolean {
  return needsProof[verb] && (exchange.environment === 'live' || operator.requireProof);
}

/** The way of every proof: one at a time, none before its time, written down before the vault is asked and when it has answered. */
export function createTrying(engine: ProvingSettings['engine']): Trying {
  let isBusy = false;
  const judged = async (purpose: string, judge: () => Promise<Proved>): Promise<OperatorFailure | null> => {
    const told = { kind: 'proof_tried', purpose, cause: '', step: 0 } as const;
    const unwritten = await engine.tell({ ...told, outcome: 'begun' });
    if (unwritten !== null) return { code: 'UNAVAILABLE', message: unwritten };
    const said = await judge();
    if (said.kind === 'dead') return { code: 'UNAVAILABLE', message: 'the vault died; nothing was done' };
    if (said.kind === 'refused') {
      await engine.tell({ ...told, outcome: 'refused', cause: said.cause });
      return { code: 'PROOF_REFUSED', message: `${said.cause}; nothing was done` };
    }
    // A code that is not written down as used could be used again after a start.
    const unsure = await engine.tell({
      ...told,
      outcome: 'accepted',
      step: said.step,
      cause: said.by === undefined ? '' : `passkey ${said.by}`,
    });
    return unsure === null ? null : { code: 'UNAVAILABLE', message: unsure };
  };
  return async (purpose, judge) => {
    const wait = isBusy ? 'another proof is being checked' : mayNotProve(engine.state, engine.now());
    if (wait !== null) return { code: 'PROOF_REFUSED', message: `${wait}; nothing was done` };
    isBusy = true;
    try {
      return await judged(purpose, judge);
    } finally {
      isBusy = false;
    }
  };
}

/** The proof that a request of the operator's socket has to come with, by passphrase and code. */
export function createProving({ engine, limits, enrolled, prove, tried = createTrying(engine) }: ProvingSettings): Proving {
  return async (request, proof, asking = prove) => {
    if (!demandsProof(limits.configuration, request)) return null;
    if (!enrolled)
      return {
        code: 'NOT_ALLOWED',
        message: 'this needs a proof, and nobody is enrolled: twokey operator enroll, then start the gateway again',
      };
    if (proof === null)
      return {
        code: 'PROOF_REQUIRED',
        message: `${request.verb} needs your passphrase and a code of your authenticator; nothing was done`,
      };
    return tried(purposeOf(request), () => asking({ ...proof, after: engine.state.proofs.usedStep }));
  };
}
