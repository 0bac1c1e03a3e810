import { createHash } from 'node:crypto';

type Draw = (bytes: number) => Uint8Array;
type Around = { readonly now: () => number; readonly draw: Draw };

const CODE_CHARACTERS = 16;
const CODE_MILLISECONDS = 600_000;
const SESSION_BYTES = 64;
/** A page that asks for nothing, and any page. */
const IDLE_MILLISECONDS_MAX = 1_800_000;
const AGE_MILLISECONDS_MAX = 43_200_000;
const SESSIONS_MAX = 16;
const CHALLENGE_MILLISECONDS = 120_000;
const CHALLENGES_MAX = 64;
/** Without what looks like something else: a code is typed from one screen into another. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Who has the operator's page open. A session says that a browser was let in, by a code that the operator's own command has shown or by a passkey; it looks, and it
 * stops things. Kept as a hash, in memory alone: a start ends all of them.
 */
export class Sessions {
  readonly #around: Around;
  readonly #open = new Map<string, { readonly since: number; seen: number }>();
  #code: { readonly hash: string; readonly until: number } | null = null;

  constructor(around: Around) {
    this.#around = around;
  }

  /** A code for one entrance within ten minutes: 80 bits, which nobody tries out. A new one takes the place of the last. */
  drawCode(): { readonly code: string; readonly seconds: number } {
    const code = [...this.#around.draw(CODE_CHARACTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
    this.#code = { hash: hashOf(code), until: this.#around.now() + CODE_MILLISECONDS };
    return { code: (code.match(/.{4}/g) ?? []).join('-'), seconds: CODE_MILLISECONDS / 1000 };
  }

  /** Whether it is the code, which is used up by that. */
  takeCode(given: string): boolean {
    const code = given.toLowerCase().replaceAll(/[\s-]/g, '');
    if (this.#code === null || this.#around.now() >= this.#code.until || hashOf(code) !== this.#code.hash) return false;
    this.#code = null;
    return true;
  }

  open(): string {
    const session = Buffer.from(this.#around.draw(SESSION_BYTES)).toString('base64url');
    const now = this.#around.now();
    const [oldest] = this.#open.keys();
    if (this.#open.size >= SESSIONS_MAX && oldest !== undefined) this.#open.delete(oldest);
    this.#open.set(hashOf(session), { since: now, seen: now });
    return session;
  }

  has(session: string): boolean {
    const hash = hashOf(session);
    const found = this.#open.get(hash);
    const now = this.#around.now();
    if (found === undefined) return false;
    if (now - found.seen >= IDLE_MILLISECONDS_MAX || now - found.since >= AGE_MILLISECONDS_MAX) {
      this.#open.delete(hash);
      return false;
    }
    found.seen = now;
    return true;
  }

  close(session: string): void {
    this.#open.delete(hashOf(session));
  }
}

/** Deeds that somebody was asked to sign. Each is taken once, soon, or never. */
export class Challenges {
  readonly #around: Around;
  readonly #drawn = new Map<string, { readonly deed: string; readonly until: number }>();

  constructor(around: Around) {
    this.#around = around;
  }

  draw(deed: string): string {
    const nonce = Buffer.from(this.#around.draw(32)).toString('base64url');
    const [oldest] = this.#drawn.keys();
    if (this.#drawn.size >= CHALLENGES_MAX && oldest !== undefined) this.#drawn.delete(oldest);
    this.#drawn.set(nonce, { deed, until: this.#around.now() + CHALLENGE_MILLISECONDS });
    return nonce;
  }

  take(nonce: string): string | null {
    const drawn = this.#drawn.get(nonce);
    this.#drawn.delete(nonce);
    return drawn !== undefined && this.#around.now() < drawn.until ? drawn.deed : null;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
