import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Json } from '../../../core/lang/canonical.ts';
import { parseArguments } from '../../../core/parse-channel.ts';
import { sentenceOf } from '../../journal/show.ts';
import { isFields, rowsOf } from '../../operator/text.ts';
import { readBody } from '../body.ts';
import { Pace } from '../pace.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { AskPage } from './asking.ts';
import { answerFile, answerJson, type Files, pageFiles } from './files.ts';

/** Where the page asks. */
const ASK_PATH = '/ask';
/** Half of a session stands in a cookie that no script reads, the other half where no other port of this host sees it. */
const HALF = 43;
const KEY_HEADER = 'x-twokey-key';
const COOKIE_SECONDS = 43_200;
/** Requests without a session that the gateway knows, of all together. */
const strangers = { atOnce: 20, aSecond: 4 };
const KNOWN_MAX = 64;

type Around = {
  readonly now: () => number;
  /** Keeps a connection of somebody who is in when places are short; false where they have too many. */
  readonly claim: (socket: Socket) => boolean;
};

/**
 * The operator's page, as far as it is HTTP: its files, and one path by which what it wishes goes to the gateway as it came. Whether there is a session, what it may do, and whether a
 * proof is one, is decided there and in the vault.
 */
export class PageDoor {
  readonly #files: Files = pageFiles();
  readonly #ask: AskPage;
  readonly #pace: Pace;
  readonly #now: () => number;
  readonly #claim: Around['claim'];
  /** Hashes of sessions that the gateway has answered. */
  readonly #known = new Set<string>();
  readonly #strangers = { left: strangers.atOnce, at: 0 };

  constructor(ask: AskPage, { now, claim }: Around) {
    this.#ask = ask;
    this.#claim = claim;
    this.#now = now;
    this.#pace = new Pace(now);
  }

  owns(path: string | undefined): boolean {
    return path === ASK_PATH || (path !== undefined && this.#files.has(path));
  }

  /** Answers what `foreignToPage` let in. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#files.get(request.url ?? '');
    const { method } = request;
    if (file === undefined) return method === 'POST' ? this.#wish(request, response) : refuse(response, wrongMethod('POST'));
    if (method === 'GET' || method === 'HEAD') return answerFile(response, file, method === 'HEAD');
    refuse(response, wrongMethod('GET, HEAD'));
  }

  async #wish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isSecure = (request.headers.origin ?? '').startsWith('https:');
    const cookie = isSecure ? '__Host-twokey' : 'twokey';
    const session = sessionOf(request, cookie);
    const hash = createHash('sha256').update(session).digest('base64url');
    const isKnown = session !== '' && this.#known.has(hash);
    if (isKnown ? !this.#claim(request.socket) : !this.#mayStrangerAsk()) return refuse(response, tooMuch);
    const body = await readBody(request);
    if (!body.ok) return refuse(response, body.error);
    const wish = parseArguments(body.value.parsed ?? null);
    if (!wish.ok) return refuse(response, { status: 400, code: 'SCHEMA', message: wish.error, closes: true });
    if (isKnown && this.#pace.take('page', toolOf(wish.value)) > 0) return refuse(response, { ...tooMuch, closes: false });
    const said = await this.#ask({ session, wish: wish.value });
    if (said.status === 401) this.#known.delete(hash);
    else if (session !== '' && said.status === 200) this.#remember(hash);
    const isLeaving = isFields(wish.value) && wish.value['ask'] === 'leave';
    if (said.session !== '')
      return answerJson(response, 200, { key: said.session.slice(HALF) }, setCookie(cookie, said.session.slice(0, HALF), COOKIE_SECONDS));
    if (isLeaving) return answerJson(response, 200, {}, setCookie(cookie, '', 0));
    const isLog = isFields(wish.value) && wish.value['ask'] === 'log' && said.status === 200;
    answerJson(response, said.status, isLog ? logOf(said.answer) : said.answer);
  }

  #mayStrangerAsk(): boolean {
    const bucket = this.#strangers;
    const now = this.#now();
    bucket.left = Math.min(strangers.atOnce, bucket.left + ((now - bucket.at) * strangers.aSecond) / 1000);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  #remember(hash: string): void {
    const [oldest] = this.#known;
    if (this.#known.size >= KNOWN_MAX && oldest !== undefined && !this.#known.has(hash)) this.#known.delete(oldest);
    this.#known.add(hash);
  }
}

/** Both halves, or nothing. */
function sessionOf({ headersDistinct }: IncomingMessage, name: string): string {
  const cookies = (headersDistinct['cookie'] ?? []).flatMap((line) => line.split(';')).map((pair) => pair.trim());
  const halves = cookies.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  const keys = headersDistinct[KEY_HEADER] ?? [];
  const [cookie = ''] = halves;
  const [key = ''] = keys;
  const isWhole =
    halves.length === 1 && keys.length === 1 && [cookie, key].every((half) => half.length === HALF && /^[A-Za-z0-9_-]+$/.test(half));
  return isWhole ? cookie + key : '';
}

function setCookie(name: string, value: string, seconds: number): Readonly<Record<string, string>> {
  const secure = name.startsWith('__Host-') ? '; Secure' : '';
  return { 'set-cookie': `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}` };
}

const stops: ReadonlySet<string> = new Set(['halt', 'reduce_only', 'freeze', 'deny']);

/** What stops has the lane of the ways out, which nothing else uses up. */
function toolOf(wish: Json): string {
  const verb = isFields(wish) ? wish['verb'] : '';
  return typeof verb === 'string' && stops.has(verb) ? 'halt_trading' : '';
}

/** Entries as sentences, as `twokey log show` tells them. */
function logOf(answer: Json): unknown {
  const rows = isFields(answer) ? rowsOf(answer, 'entries') : [];
  return {
    entries: rows.map(({ seq, at, kind, body }) => ({ seq, at, kind, text: sentenceOf({ kind: textOf(kind), body: textOf(body) }) })),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

const tooMuch: Refusal = { status: 429, code: 'RATE_LIMIT', message: 'too much is asked; wait some seconds', closes: true };

function wrongMethod(allow: string): Refusal {
  return { status: 405, code: 'SCHEMA', message: `expected ${allow}`, closes: true, headers: { allow } };
}
