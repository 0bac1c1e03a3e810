import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import { waitAfter } from '../core/account/proofs.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { parseToml } from '../core/lang/toml.ts';
import { type ConfigurationError, count, readTable, text } from '../core/policy/fields.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signature } from '../core/lang/signature.ts';
import { hasExactly, isFields, orNull } from './fields.ts';
import { parseArtefact, type StageGate } from './stage-gate.ts';
import { base32, fromBase32 } from './base32.ts';
import { passkeysField } from './passkey-file.ts';
import type { Passkey } from './passkey.ts';

/** By what the vault knows the operator: a passphrase that is not kept, and a secret that an authenticator shares. */
export type Enrolment = {
  /** N of scrypt (RFC 7914): a power of two. r is 8 and p 1. */
  readonly cost: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly totp: Uint8Array;
};

/** Some 64 MiB and a quarter of a second a guess. */
export const SCRYPT_COST = 65_536;
export const SALT_BYTES = 16;
export const TOTP_BYTES = 20;
export const STEP_MILLISECONDS = 30_000;
const HASH_BYTES = 32;
const SCRYPT_BLOCK = 8;

/** One way to write a passphrase, however a terminal composes its letters. */
export function hashOf(passphrase: string, { cost, salt }: Pick<Enrolment, 'cost' | 'salt'>): Promise<Uint8Array> {
  const options = { N: cost, r: SCRYPT_BLOCK, p: 1, maxmem: 256 * cost * SCRYPT_BLOCK };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}

/** The six digits that an authenticator shows during a 30-second step (RFC 6238 with HMAC-SHA1). */
export function codeAt(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** The file `operator.toml` that reads back as `enrolment`. */
export function formatEnrolment({ cost, salt, hash, totp }: Enrolment): string {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return `cost = ${cost}\nsalt = "${hex(salt)}"\nscrypt = "${hex(hash)}"\ntotp = "${base32(totp)}"\n`;
}

/** What nobody has who was not enrolled with it; `null` where nobody is. */
export function secretOf(enrolment: Enrolment | null): Uint8Array | null {
  return enrolment === null ? null : Buffer.concat([enrolment.totp, enrolment.hash]);
}

const hex = (bytes: number) => text({ expected: `expected ${bytes} bytes in hexadecimal`, fits: new RegExp(`^[0-9a-f]{${2 * bytes}}$`) });
const shape = {
  cost: count({ least: 16_384, most: 262_144 }),
  salt: hex(SALT_BYTES),
  scrypt: hex(HASH_BYTES),
  totp: text({ expected: 'expected a secret of 20 bytes in base32', fits: /^[A-Z2-7]{32}$/ }),
  passkeys: passkeysField,
};

/** Reads `operator.toml`. Its errors name line and key, and quote nothing. */
export function parseEnrolment(fileText: string): Result<Enrolment & { readonly passkeys: readonly Passkey[] }, ConfigurationError> {
  const root = parseToml(fileText);
  if (!root.ok) return err({ line: root.error.line, key: root.error.key ?? '', message: root.error.message });
  const read = readTable(root.value, { name: '', shape });
  if (!read.ok) return read;
  const { cost, salt, scrypt: hash, totp, passkeys = [] } = read.value;
  if (cost === undefined || salt === undefined || hash === undefined || totp === undefined)
    return err({ line: 1, key: '', message: 'expected cost, salt, scrypt and totp, as twokey operator enroll writes them' });
  if (!Number.isInteger(Math.log2(cost))) return err({ line: 1, key: 'cost', message: 'expected a power of two' });
  return ok({ cost, salt: Buffer.from(salt, 'hex'), hash: Buffer.from(hash, 'hex'), totp: fromBase32(totp), passkeys });
}

export type ProofAnswer =
  /** `signed` is what was asked to be signed with it, `null` where nothing was; `by` which passkey, where it was one. */
  | { readonly kind: 'proved'; readonly id: number; readonly step: number; readonly signed: Signature | null; readonly by?: string }
  | { readonly kind: 'refused'; readonly id: number; readonly cause: string }
  | { readonly kind: 'fatal'; readonly cause: string };

export const NOT_ENROLLED = 'nobody is enrolled: run twokey operator enroll, and start the gateway again';
/** The same words whichever it was: half of a right guess is no news for whoever guesses. */
const WRONG = 'passphrase or code is wrong, or the code was used before';

/**
 * Says whether somebody is the operator: the passphrase, and a code of this step or the one before or after, each code once. The gateway keeps count of failures
 * in its journal, which outlives a restart; this counts for itself, for the case that the gateway has become somebody else's.
 */
export class Prover {
  readonly #enrolment: Enrolment | null;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #gate: StageGate;
  #sequence = 0;
  #failures = 0;
  #triedAt = 0;
  #usedStep = 0;
  #isBusy = false;

  constructor(
    enrolment: Enrolment | null,
    { clock, gate }: { readonly clock: Pick<Clock, 'now' | 'monotonic'>; readonly gate: StageGate },
  ) {
    this.#enrolment = enrolment;
    this.#clock = clock;
    this.#gate = gate;
  }

  get enrolled(): boolean {
    return this.#enrolment !== null;
  }

  /** `undefined` for a message that is no question for it. */
  answer(message: unknown): Promise<ProofAnswer> | undefined {
    if (!isFields(message) || message['kind'] !== 'prove') return undefined;
    return this.#answer(message);
  }

  async #answer(message: { readonly [key: string]: unknown }): Promise<ProofAnswer> {
    const { id, sequence, passphrase, code, after } = message;
    const complete = hasExactly(message, ['kind', 'id', 'sequence', 'passphrase', 'code', 'after', 'stage']);
    const stage = orNull(parseArtefact)(message['stage']);
    if (
      !complete ||
      !stage.ok ||
      !isCount(id) ||
      !isCount(sequence) ||
      !isCount(after) ||
      typeof passphrase !== 'string' ||
      typeof code !== 'string'
    )
      return { kind: 'fatal', cause: 'a question for a proof of unknown form' };
    if (sequence <= this.#sequence) return { kind: 'refused', id, cause: `message ${sequence} came after ${this.#sequence}` };
    this.#sequence = sequence;
    const refusal = this.#mayNotTry();
    if (refusal !== null || this.#enrolment === null) return { kind: 'refused', id, cause: refusal ?? NOT_ENROLLED };
    this.#isBusy = true;
    this.#failures += 1;
    this.#triedAt = this.#clock.monotonic();
    this.#usedStep = Math.max(this.#usedStep, after);
    try {
      // Both are looked at in any case, so that the time it takes tells nothing of either.
      const step = this.#stepOf(this.#enrolment, code);
      const isRight = timingSafeEqual(await hashOf(passphrase, this.#enrolment), this.#enrolment.hash);
      if (!isRight || step === null) return { kind: 'refused', id, cause: WRONG };
      this.#failures = 0;
      this.#usedStep = step;
      const signed = stage.value === null ? ok(null) : this.#gate.sign(stage.value);
      return signed.ok ? { kind: 'proved', id, step, signed: signed.value } : { kind: 'refused', id, cause: signed.error };
    } catch {
      return { kind: 'refused', id, cause: 'the passphrase could not be checked: is memory short?' };
    } finally {
      this.#isBusy = false;
    }
  }

  #mayNotTry(): string | null {
    if (this.#isBusy) return 'another proof is being checked';
    const left = this.#triedAt + waitAfter(this.#failures) - this.#clock.monotonic();
    return this.#failures > 0 && left > 0 ? `the next try may come in ${Math.ceil(left / 1000)} s` : null;
  }

  /** The newest step whose code this is, of those that are not used up. */
  #stepOf({ totp }: Enrolment, code: string): number | null {
    const now = Math.floor(this.#clock.now() / STEP_MILLISECONDS);
    const given = Buffer.from(code.padEnd(6).slice(0, 6), 'latin1');
    const right = [now - 1, now, now + 1].filter((step) => timingSafeEqual(Buffer.from(codeAt(totp, step), 'latin1'), given));
    const step = code.length === 6 ? right.at(-1) : undefined;
    return step !== undefined && step > this.#usedStep ? step : null;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
