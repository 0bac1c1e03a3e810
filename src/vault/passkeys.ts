import { hash, verify } from 'node:crypto';
import { type Assertion, challengeOf } from '../core/page/challenge.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { hasExactly, isFields } from './fields.ts';
import type { ProofAnswer } from './operator-proof.ts';
import { clientDataFault, fromBase64url, keyOf, type Passkey, readAuthenticatorData } from './passkey.ts';

/** Challenges that were met and are remembered; what is older than this many met ones the gateway has forgotten too. */
const MET_MAX = 10_000;

/**
 * Says whether one of the operator's passkeys has signed a deed. It comes to the challenge by itself, from the deed as the gateway wrote it down, and takes the page that a key is good for from its own
 * file. A signature cannot be guessed, so that nobody has to wait after a wrong one here; the gateway counts it all the same.
 */
export class Passkeys {
  readonly #known: ReadonlyMap<string, Passkey>;
  /** How often each key was used, as far as its device counts. */
  readonly #counts = new Map<string, number>();
  readonly #met = new Set<string>();
  #sequence = 0;

  constructor(passkeys: readonly Passkey[]) {
    this.#known = new Map(passkeys.map((passkey) => [passkey.id, passkey]));
  }

  /** The pages on which there is a key. */
  get origins(): readonly string[] {
    return [...new Set([...this.#known.values()].map(({ origin }) => origin))];
  }

  /** `undefined` for a message that is no question for it. */
  answer(message: unknown): ProofAnswer | undefined {
    if (!isFields(message) || message['kind'] !== 'prove_passkey') return undefined;
    const { id, sequence, nonce, deed, assertion } = message;
    const complete = hasExactly(message, ['kind', 'id', 'sequence', 'nonce', 'deed', 'assertion']);
    if (
      !complete ||
      typeof id !== 'number' ||
      typeof sequence !== 'number' ||
      typeof nonce !== 'string' ||
      typeof deed !== 'string' ||
      !isAssertion(assertion)
    )
      return { kind: 'fatal', cause: 'a question for a passkey of unknown form' };
    if (sequence <= this.#sequence) return { kind: 'refused', id, cause: `message ${sequence} came after ${this.#sequence}` };
    this.#sequence = sequence;
    const challenge = challengeOf({ nonce, deed });
    const met = this.#check(challenge, assertion);
    if (!met.ok) return { kind: 'refused', id, cause: met.error };
    this.#met.add(challenge);
    const [oldest] = this.#met;
    if (this.#met.size > MET_MAX && oldest !== undefined) this.#met.delete(oldest);
    return { kind: 'proved', id, step: 0, signed: null, by: met.value };
  }

  /** The name of the key that has signed. */
  #check(challenge: string, assertion: Assertion): Result<string> {
    const passkey = this.#known.get(assertion.id);
    if (passkey === undefined) return err('no passkey of this operator: twokey operator passkey, then start the gateway again');
    if (this.#met.has(challenge)) return err('what was signed has been used');
    const [data, clientData, signature] = [assertion.authenticatorData, assertion.clientData, assertion.signature].map(fromBase64url);
    if (!data || !clientData || !signature) return err('expected base64url');
    const fault = clientDataFault(clientData, { type: 'webauthn.get', challenge, origin: passkey.origin });
    if (fault !== null) return err(fault);
    const count = readAuthenticatorData(data, { origin: passkey.origin, attested: false });
    if (!count.ok) return count;
    const signed = Buffer.concat([data, hash('sha256', clientData, 'buffer')]);
    const digest = passkey.algorithm === 'ES256' ? 'sha256' : null;
    if (!verify(digest, signed, keyOf(passkey), signature)) return err('the signature is not of this passkey');
    // Devices that do not count say 0 for ever. One that does and goes back has a twin.
    const before = this.#counts.get(passkey.id) ?? 0;
    if ((before > 0 || count.value > 0) && count.value <= before)
      return err('the passkey was used elsewhere too: there may be a copy of it');
    this.#counts.set(passkey.id, count.value);
    return ok(passkey.name);
  }
}

function isAssertion(value: unknown): value is Assertion {
  const keys = ['id', 'authenticatorData', 'clientData', 'signature'];
  return isFields(value) && hasExactly(value, keys) && keys.every((key) => typeof value[key] === 'string');
}
