import { createHmac } from 'node:crypto';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Environment } from '../core/policy/policy.ts';
import type { Checkpoint } from '../core/journal/checkpoint.ts';
import type { ExchangeRequest } from '../core/order/request.ts';
import type { Clock } from '../ports/clock.ts';
import { requestHash } from '../venues/okx/hash.ts';
import { encode, LOGIN_PATH, type WireRequest } from '../venues/okx/request.ts';
import { type Prehash, prehash, signedHeaders } from '../venues/okx/sign.ts';
import { isCancel, isSignable, isWrite, parseRequest } from './allow-table.ts';
import { budgetsOf, type Ceiling, effectOf, type LeverageBound, MinuteCount, underBound, underCeiling } from './ceiling.ts';
import type { SignedStage } from '../core/stage/artefact.ts';
import { hasExactly, isFields, orNull } from './fields.ts';
import { PlacedOrders } from './placed-orders.ts';
import { CheckpointKey } from './checkpoint-key.ts';
import type { Secret } from './secret.ts';
import { parseSignedStage, type StageGate } from './stage-gate.ts';

export type Credentials = { readonly apiKey: Secret; readonly secretKey: Secret; readonly passphrase: Secret };

export type SignatorySettings = {
  readonly credentials: Credentials;
  readonly ceiling: Ceiling;
  /** Without one no leverage is signed. */
  readonly leverage?: LeverageBound;
  readonly environment: Environment;
  /** A vault that signs nothing that changes something. */
  readonly readOnly: boolean;
  /** Whether anything that opens a position is signed. */
  readonly gate: StageGate;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
};

/** What the gateway may say. `sequence` rises with every message, so that none is answered twice. */
export type Question =
  | {
      readonly kind: 'sign';
      readonly id: number;
      readonly sequence: number;
      /** Of the decision that allowed it; 0 for a read. */
      readonly epoch: number;
      readonly request: unknown;
      readonly expectedHash: string;
    }
  /** From here on nothing that was decided in an epoch before this one is signed. */
  | { readonly kind: 'epoch'; readonly epoch: number }
  | { readonly kind: 'checkpoint'; readonly id: number; readonly sequence: number; readonly checkpoint: Checkpoint }
  /** The stage of the roll-out that the operator signed before; `null`: none holds any more. */
  | { readonly kind: 'stage'; readonly id: number; readonly sequence: number; readonly stage: SignedStage | null }
  /** How far the exchange's clock is ahead of this host's. */
  | { readonly kind: 'clock'; readonly offsetMilliseconds: number };

export type Answer =
  | {
      readonly kind: 'signed';
      readonly id: number;
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'checkpoint_signed'; readonly id: number; readonly signature: string }
  | { readonly kind: 'stage_held'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number; readonly cause: string }
  | { readonly kind: 'nothing' }
  /** Our own gateway does not talk like this: the vault ends rather than guess who does. */
  | { readonly kind: 'fatal'; readonly cause: string };

/** The exchange takes timestamps of at most 30 s difference (okx-errors.md §1); more would make signatures for later use. */
const OFFSET_MILLISECONDS_MAX = 30_000;
/** How far ahead a placement may be void. It bounds how long a signature can be kept back and used. */
const EXPIRY_MILLISECONDS_MAX = 30_000;
/** Lists of cancels and timers; a halt asks for a few a second. */
const CLEARS_PER_MINUTE = 600;

type Asked = { readonly message: unknown; readonly expectedHash: string; readonly epoch: number };

/**
 * Signs, or says why not. Everything that it relies on is checked here once more, from the bytes where it can be: the table, the hash that
 * the decision journaled, the ceiling, one signature an order.
 */
export class Signatory {
  readonly #settings: SignatorySettings;
  readonly #entries: MinuteCount;
  readonly #exits: MinuteCount;
  readonly #clears = new MinuteCount(CLEARS_PER_MINUTE);
  readonly #placed = new PlacedOrders();
  readonly #checkpointKey: CheckpointKey;
  #sequence = 0;
  #epoch = 0;
  #offsetMilliseconds = 0;

  constructor(settings: SignatorySettings) {
    this.#settings = settings;
    this.#checkpointKey = new CheckpointKey({ secretKey: settings.credentials.secretKey, environment: settings.environment });
    const { entries, exits } = budgetsOf(settings.ceiling);
    this.#entries = entries;
    this.#exits = exits;
  }

  /** By which the checkpoints that it signs can be verified. */
  get checkpointKey(): string {
    return this.#checkpointKey.name;
  }

  /** By which keys are told apart from others. It says nothing of them: whoever could guess them would need the secret to know that the guess is right. */
  get fingerprint(): string {
    const { apiKey, secretKey, passphrase } = this.#settings.credentials;
    const names = JSON.stringify(['twokey credentials 1', apiKey.reveal(), passphrase.reveal()]);
    return createHmac('sha256', secretKey.reveal()).update(names).digest('hex');
  }

  answer(message: unknown): Answer {
    const question = parseQuestion(message);
    if (!question.ok) return { kind: 'fatal', cause: question.error };
    if (question.value.kind === 'clock') return this.#setOffset(question.value.offsetMilliseconds);
    if (question.value.kind === 'epoch') return this.#raise(question.value.epoch);
    const { id, sequence } = question.value;
    if (sequence <= this.#sequence) return { kind: 'refused', id, cause: `message ${sequence} came after ${this.#sequence}` };
    this.#sequence = sequence;
    if (question.value.kind === 'checkpoint') {
      const signed = this.#checkpointKey.sign(question.value.checkpoint);
      return signed.ok ? { kind: 'checkpoint_signed', id, signature: signed.value } : { kind: 'refused', id, cause: signed.error };
    }
    if (question.value.kind === 'stage') {
      const cause = this.#settings.gate.hold(question.value.stage);
      return cause === '' ? { kind: 'stage_held', id } : { kind: 'refused', id, cause };
    }
    const { epoch, request, expectedHash } = question.value;
    const wire = this.#checked({ message: request, expectedHash, epoch });
    if (!wire.ok) return { kind: 'refused', id, cause: wire.error };
    const { method, path, body } = wire.value;
    return { kind: 'signed', id, method, path, headers: this.#headers(wire.value), body };
  }

  #setOffset(offsetMilliseconds: number): Answer {
    // The embedded exchange's clock can be moved by hand, and its keys guard nothing.
    const allowed = this.#settings.environment === 'sim' || Math.abs(offsetMilliseconds) <= OFFSET_MILLISECONDS_MAX;
    if (!allowed)
      return { kind: 'fatal', cause: `a clock ${offsetMilliseconds} ms off, of at most ${OFFSET_MILLISECONDS_MAX}; set this host's clock` };
    this.#offsetMilliseconds = offsetMilliseconds;
    return { kind: 'nothing' };
  }

  /** What was decided before a halt dies here too, whatever the gateway has become. An epoch is never lowered. */
  #raise(epoch: number): Answer {
    this.#epoch = Math.max(this.#epoch, epoch);
    return { kind: 'nothing' };
  }

  #checked({ message, expectedHash, epoch }: Asked): Result<WireRequest> {
    const { environment, readOnly } = this.#settings;
    const request = parseRequest(message);
    if (!request.ok) return request;
    // A session of this key takes orders that nobody signs one by one: no ceiling, no fence and no read-only mode would see them.
    if (request.value.kind === 'login' && (environment === 'live' || readOnly))
      return err('a session over a socket could place orders past this vault; it is opened for simulated money alone');
    const simulated = environment !== 'live';
    const wire = encode(request.value, { simulated });
    if (!isSignable(wire)) return err(`${wire.method} ${request.value.kind} is not among what the vault signs`);
    if (!isWrite(request.value)) return expectedHash === '' ? ok(wire) : err('a read carries no hash');
    if (readOnly) return err('this vault signs reads only');
    if (!isCancel(request.value)) {
      if (epoch < this.#epoch) return err(`it was decided in epoch ${epoch}, and a halt has begun epoch ${this.#epoch}`);
      this.#raise(epoch);
    }
    if (requestHash(wire, simulated) !== expectedHash) return err('the bytes are not those that the decision allowed: their hash differs');
    const checked = this.#checkedWrite(request.value, wire);
    return checked.ok ? ok(wire) : checked;
  }

  #checkedWrite(request: ExchangeRequest, wire: WireRequest): Result<null> {
    const effect = effectOf(wire);
    if (!effect.ok) return effect;
    const under =
      effect.value.kind === 'leverage'
        ? underBound(this.#settings.leverage, effect.value)
        : underCeiling(this.#settings.ceiling, effect.value);
    if (!under.ok) return under;
    const { monotonic } = this.#settings.clock;
    if (effect.value.kind !== 'entry') {
      // Exits and cancels are sacred, but no gateway needs this many. A flood of them leaves a halt what it needs.
      const budget = 'exchangeOrderIds' in request || request.kind === 'cancel_all_after' ? this.#clears : this.#exits;
      if (!budget.take(monotonic())) return err(`more than ${budget.most} exits and cancels in a minute`);
      if (effect.value.kind !== 'exit') return ok(null);
    }
    // A stop order waits for its price, for as long as it takes; the exchange knows no expiry for it.
    if (request.kind !== 'protect' && (request.kind !== 'place' || request.expiresAt > this.#now() + EXPIRY_MILLISECONDS_MAX))
      return err(`a placement that is not void after ${EXPIRY_MILLISECONDS_MAX} ms`);
    if (effect.value.kind === 'entry' && !this.#settings.gate.isOpen)
      return err('no stage of the roll-out that the operator signed allows to open anything (twokey stage show)');
    if (effect.value.kind === 'entry' && !this.#entries.take(monotonic()))
      return err(`more than ${this.#entries.most} entries in a minute (per_minute)`);
    const { clientOrderId, attachedId } = effect.value;
    const ids = attachedId === '' ? [clientOrderId] : [clientOrderId, attachedId];
    const used = this.#placed.takeAll(ids);
    return used === undefined ? ok(null) : err(`order ${used} was signed before; an id is never used twice`);
  }

  #now(): number {
    return this.#settings.clock.now() + this.#offsetMilliseconds;
  }

  #headers(wire: WireRequest): Readonly<Record<string, string>> {
    const { apiKey, secretKey, passphrase } = this.#settings.credentials;
    const timestamp = timestampOf(wire, this.#now());
    const signature = signatureOf(secretKey, { timestamp, ...wire });
    return signedHeaders(wire, { key: apiKey.reveal(), passphrase: passphrase.reveal(), timestamp, signature });
  }
}

/** In milliseconds for a request, and in whole seconds for a login over a socket (okx-ws.md §3). */
function timestampOf({ path }: WireRequest, now: number): string {
  return path === LOGIN_PATH ? String(Math.floor(now / 1000)) : new Date(now).toISOString();
}

/** HMAC-SHA256 in base64 (okx-errors.md §1). */
export function signatureOf(secretKey: Secret, signed: Prehash): string {
  return createHmac('sha256', secretKey.reveal()).update(prehash(signed)).digest('base64');
}

function parseQuestion(message: unknown): Result<Question> {
  if (!isFields(message)) return err('a message that is not an object');
  const { kind, id, sequence, epoch, request, expectedHash, offsetMilliseconds } = message;
  if (kind === 'clock' && hasExactly(message, ['kind', 'offsetMilliseconds']) && isInteger(offsetMilliseconds))
    return ok({ kind, offsetMilliseconds });
  if (kind === 'epoch' && hasExactly(message, ['kind', 'epoch']) && isInteger(epoch)) return ok({ kind, epoch });
  if (kind === 'checkpoint' && hasExactly(message, ['kind', 'id', 'sequence', 'checkpoint']) && isInteger(id) && isInteger(sequence)) {
    const checkpoint = parseCheckpoint(message['checkpoint']);
    return checkpoint.ok ? ok({ kind, id, sequence, checkpoint: checkpoint.value }) : checkpoint;
  }
  if (kind === 'stage' && hasExactly(message, ['kind', 'id', 'sequence', 'stage']) && isInteger(id) && isInteger(sequence)) {
    const stage = orNull(parseSignedStage)(message['stage']);
    return stage.ok ? ok({ kind, id, sequence, stage: stage.value }) : stage;
  }
  const complete = hasExactly(message, ['kind', 'id', 'sequence', 'epoch', 'request', 'expectedHash']);
  const counted = isInteger(id) && isInteger(sequence) && isInteger(epoch);
  if (kind !== 'sign' || !complete || !counted || typeof expectedHash !== 'string') return err('a message of unknown form');
  return ok({ kind, id, sequence, epoch, request, expectedHash });
}

function parseCheckpoint(value: unknown): Result<Checkpoint> {
  if (!isFields(value) || !hasExactly(value, ['account', 'seq', 'hash', 'state'])) return err('a checkpoint of unknown form');
  const { account, seq, hash, state } = value;
  return typeof account === 'string' && typeof hash === 'string' && typeof state === 'string' && isInteger(seq)
    ? ok({ account, seq, hash, state })
    : err('a checkpoint of unknown form');
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
