import type { WishFromPage } from '../../adapters/doors/doors.ts';
import { purposeOf } from '../../adapters/operator/proof.ts';
import type { OperatorFailure, OperatorRequest, Proof } from '../../adapters/operator/protocol.ts';
import type { Proved, SignedDeed } from '../../adapters/vault/signer.ts';
import { canonicalJson, type Json } from '../../core/lang/canonical.ts';
import { unreachable } from '../../core/lang/assert.ts';
import type { Result } from '../../core/lang/result.ts';
import { challengeOf } from '../../core/page/challenge.ts';
import type { Row } from '../../core/journal/row.ts';
import type { Engine } from '../../engine/engine.ts';
import { modeOf } from '../../view/head.ts';
import type { Trying } from '../proving.ts';
import { Challenges, Sessions } from './sessions.ts';
import { pageNeeds, parseWish, type Signed, type Wish } from './wish.ts';

export type PageSettings = {
  readonly engine: Pick<Engine, 'state' | 'now' | 'tell'>;
  readonly isLive: () => boolean;
  /** The pages on which there is a passkey, and whether there is a passphrase. */
  readonly passkeyOrigins: readonly string[];
  readonly enrolled: boolean;
  readonly operate: (request: OperatorRequest) => Promise<Result<Json, OperatorFailure>>;
  readonly tried: Trying;
  readonly prove: (asked: Proof & { readonly after: number }) => Promise<Proved>;
  readonly provePasskey: (asked: SignedDeed) => Promise<Proved>;
  /** The newest entries of the journal, at most so many, the newest last. */
  readonly newest: (count: number) => Promise<readonly Row[]>;
  readonly draw: (bytes: number) => Uint8Array;
};

/** What goes back by the doors: a status of HTTP, a new session where there is one, and the document. */
export type PageAnswer = { readonly status: number; readonly session: string; readonly answer: Json };

const ENTRIES_SHOWN = 60;
const stops: ReadonlySet<string> = new Set(['halt', 'reduce_only', 'freeze', 'deny']);
/** Wishes that wait for their answers; these do not wait behind others. */
const OPEN_MAX = 32;
/** Between two tries to enter with a passkey. None can be guessed; each costs the vault a look. */
const ENTER_MILLISECONDS = 200;

/**
 * The gateway's half of the operator's page. What it is told comes through the doors, where packages of others run: those see whatever the page sees and can say what the page
 * can say. So a session looks and stops, and nothing more; whatever opens or sends needs a proof each time, in every environment, and in live one that is bound to the deed.
 */
export class Page {
  readonly #settings: PageSettings;
  readonly #sessions: Sessions;
  /** Apart, so that strangers at the door use up none of the other. */
  readonly #entrances: Challenges;
  readonly #deeds: Challenges;
  #openWishes = 0;
  #enteredAt = 0;

  constructor(settings: PageSettings) {
    this.#settings = settings;
    const around = { now: () => settings.engine.now(), draw: settings.draw };
    this.#sessions = new Sessions(around);
    this.#entrances = new Challenges(around);
    this.#deeds = new Challenges(around);
  }

  /** A code for one browser to enter by. */
  drawCode(): { readonly code: string; readonly seconds: number } {
    return this.#sessions.drawCode();
  }

  async answer({ session, wish: given }: Pick<WishFromPage, 'session' | 'wish'>): Promise<PageAnswer> {
    const wish = parseWish(given);
    if (!wish.ok) return refusal({ code: 'SCHEMA', message: wish.error });
    const isStop = wish.value.kind === 'do' && stops.has(wish.value.request.verb);
    if (this.#openWishes >= OPEN_MAX && !isStop) return refusal({ code: 'RATE_LIMIT', message: 'too much is asked at once' });
    this.#openWishes += 1;
    try {
      return await this.#answer(session, wish.value);
    } finally {
      this.#openWishes -= 1;
    }
  }

  async #answer(session: string, wish: Wish): Promise<PageAnswer> {
    if (wish.kind === 'enter_code') return this.#sessions.takeCode(wish.code) ? this.#enter('a code of twokey page') : noCode;
    if (wish.kind === 'enter_passkey') return this.#enterBy(wish.signed);
    if (wish.kind === 'challenge' && wish.request === null) return this.#ask(this.#entrances, this.#deedOf(null));
    if (!this.#sessions.has(session)) return noSession;
    switch (wish.kind) {
      case 'leave':
        this.#sessions.close(session);
        return fine({});
      case 'welcome':
        return fine({ passkeys: [...this.#settings.passkeyOrigins], code: this.#settings.enrolled && !this.#settings.isLive() });
      case 'log': {
        const rows = await this.#settings.newest(ENTRIES_SHOWN);
        return fine({ entries: rows.map(({ seq, at, kind, body }) => ({ seq, at, kind, body })) });
      }
      case 'challenge':
        return wish.request === null || pageNeeds(wish.request) !== 'proof' ? notHere : this.#ask(this.#deeds, this.#deedOf(wish.request));
      case 'do':
        return this.#do(wish);
      default:
        return unreachable(wish);
    }
  }

  #ask(challenges: Challenges, deed: string): PageAnswer {
    const nonce = challenges.draw(deed);
    return fine({ nonce, challenge: challengeOf({ nonce, deed }) });
  }

  async #enter(by: string): Promise<PageAnswer> {
    // Whoever came in is told to the owner, who knows whether that was them.
    const unwritten = await this.#settings.engine.tell({
      kind: 'operator_noted',
      code: 'PAGE_OPENED',
      message: `the operator's page was opened with ${by}`,
    });
    if (unwritten !== null) return refusal({ code: 'UNAVAILABLE', message: unwritten });
    return { ...fine({}), session: this.#sessions.open() };
  }

  async #enterBy({ nonce, assertion }: Signed): Promise<PageAnswer> {
    const now = this.#settings.engine.now();
    if (now - this.#enteredAt < ENTER_MILLISECONDS)
      return refusal({ code: 'RATE_LIMIT', message: 'somebody else is at the door; one enters at a time' });
    this.#enteredAt = now;
    const deed = this.#entrances.take(nonce);
    if (deed === null) return refusal(stale);
    // Not among the tries that are counted: strangers could fail here for ever, and keep the operator from proving anything.
    const said = await this.#settings.provePasskey({ nonce, deed, assertion });
    if (said.kind === 'dead') return refusal({ code: 'UNAVAILABLE', message: 'the vault died' });
    if (said.kind === 'refused') return refusal({ code: 'PROOF_REFUSED', message: said.cause });
    return this.#enter(`passkey ${said.by ?? ''}`);
  }

  async #do({ request, proof, signed }: Extract<Wish, { kind: 'do' }>): Promise<PageAnswer> {
    const needs = pageNeeds(request);
    if (needs === null) return notHere;
    const refused = needs === 'session' ? null : await this.#prove(request, { proof, signed });
    if (refused !== null) return refusal(refused);
    const done = await this.#settings.operate(request);
    return done.ok ? fine(done.value) : refusal(done.error);
  }

  async #prove(
    request: OperatorRequest,
    { proof, signed }: Pick<Extract<Wish, { kind: 'do' }>, 'proof' | 'signed'>,
  ): Promise<OperatorFailure | null> {
    const { tried, prove, provePasskey, isLive, engine } = this.#settings;
    const purpose = `${purposeOf(request)} on the page`;
    if (signed !== null) {
      const deed = this.#deeds.take(signed.nonce);
      if (deed === null || deed !== this.#deedOf(request)) return stale;
      return tried(purpose, () => provePasskey({ ...signed, deed }));
    }
    if (isLive())
      return {
        code: 'PROOF_REQUIRED',
        message: 'in live the page takes a passkey and nothing else; twokey approve and twokey resume take your passphrase',
      };
    if (!this.#settings.enrolled)
      return {
        code: 'PROOF_REQUIRED',
        message: 'the page needs a proof for this, and nobody is enrolled: twokey operator enroll, or use the command line',
      };
    if (proof === null)
      return { code: 'PROOF_REQUIRED', message: 'this needs a passkey, or your passphrase and a code of your authenticator' };
    return tried(purpose, () => prove({ ...proof, after: engine.state.proofs.usedStep }));
  }

  /** What is signed: whose account, what is to be done, and of what it stands for whatever could be another by then. `null` is the entrance. */
  #deedOf(request: OperatorRequest | null): string {
    const { account, journal, approvals, epoch } = this.#settings.engine.state;
    const place = { account, journal, epoch };
    if (request === null) return canonicalJson({ ...place, verb: 'enter' });
    const order =
      request.verb === 'approve'
        ? { digest: approvals.get(request.approval)?.digest ?? '' }
        : { mode: modeOf(this.#settings.engine.state) };
    return canonicalJson({ ...place, ...order, ...request });
  }
}

function fine(answer: Json): PageAnswer {
  return { status: 200, session: '', answer };
}

const statuses: Readonly<Record<string, number>> = {
  SCHEMA: 400,
  PROOF_REQUIRED: 403,
  PROOF_REFUSED: 403,
  NOT_FOUND: 404,
  RATE_LIMIT: 429,
  UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 504,
};

function refusal({ code, message }: OperatorFailure): PageAnswer {
  return { status: statuses[code] ?? 409, session: '', answer: { code, message } };
}

const stale: OperatorFailure = { code: 'PROOF_REFUSED', message: 'what was to be signed is another by now, or was used; nothing was done' };
const notHere = refusal({ code: 'NOT_ALLOWED', message: 'the page does not do this; the command line does' });
const noCode: PageAnswer = {
  ...refusal({ code: 'NOT_ALLOWED', message: 'this is no code, or not any more: twokey page shows a new one' }),
  status: 401,
};
const noSession: PageAnswer = {
  ...refusal({ code: 'NOT_ALLOWED', message: 'this page is closed; enter by a passkey, or a code of twokey page' }),
  status: 401,
};
