import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DoorAgent, HttpDoor } from '../../core/channel.ts';
import type { Refusal } from './refusal.ts';

/** Who may come in, and under which names this door is known. A value; a change of agents makes a new one. */
export type Guests = {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  /** Under which origins the operator's page is asked: this door's own, and those of the owner. */
  readonly pages: ReadonlySet<string>;
  /** Agents by the SHA-256 of their tokens. */
  readonly agents: ReadonlyMap<string, string>;
};

/** The names under which a program on this machine comes, and those that the owner gave. A name is compared with its port: another port is another door. */
export function guestsOf({ hosts, origins, port }: HttpDoor, agents: readonly DoorAgent[]): Guests {
  const own = ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`);
  return {
    hosts: new Set([...own, ...hosts]),
    origins: new Set(origins),
    pages: new Set([...own.map((host) => `http://${host}`), ...origins]),
    agents: new Map(agents.flatMap(({ name, tokenHash }) => (tokenHash === '' ? [] : [[tokenHash, name] as const]))),
  };
}

/**
 * Why a request is turned away before anything else of it is read: `null` when it is not. A web page that had its own name lead to this machine
 * still says that name (DNS rebinding), and any page says where it comes from; no agent needs either.
 */
export function foreign(
  { headersDistinct: { host, origin } }: Pick<IncomingMessage, 'headersDistinct'>,
  { hosts, origins }: Guests,
): Refusal | null {
  if (!isOwnName(host, hosts)) return foreignHost;
  if (origin !== undefined && !(origin.length === 1 && origins.has(origin[0] ?? '')))
    return {
      status: 403,
      code: 'NOT_ALLOWED',
      message: 'this door does not answer to web pages; allowed_origins in [http] has those that may ask',
      closes: true,
    };
  return null;
}

/**
 * The same for the operator's page. What only looks at its files may come from a link anywhere; whatever is asked has to come from the page itself, under the very name that it
 * was asked for by, which no other page and no other port of this machine can say.
 */
export function foreignToPage(
  { method, headersDistinct: { host, origin, 'sec-fetch-site': site } }: Pick<IncomingMessage, 'headersDistinct' | 'method'>,
  { hosts, pages }: Guests,
): Refusal | null {
  if (!isOwnName(host, hosts)) return foreignHost;
  const isLooking = method === 'GET' || method === 'HEAD';
  if (isLooking && origin === undefined) return null;
  const [name = ''] = host ?? [];
  const [from = ''] = origin ?? [];
  const isOwn = origin?.length === 1 && pages.has(from) && new URL(from).host === new URL(`http://${name}`).host;
  const isSame = site === undefined || (site.length === 1 && site[0] === 'same-origin');
  return isOwn && isSame
    ? null
    : {
        status: 403,
        code: 'NOT_ALLOWED',
        message: 'the page is asked from itself alone; public_url in [http] names where else it is',
        closes: true,
      };
}

function isOwnName(host: readonly string[] | undefined, hosts: ReadonlySet<string>): boolean {
  return host?.length === 1 && hosts.has((host[0] ?? '').toLowerCase());
}

const foreignHost: Refusal = {
  status: 421,
  code: 'NOT_ALLOWED',
  message: 'this door does not answer to that Host; allowed_hosts in [http] has the names beside 127.0.0.1 and localhost',
  closes: true,
};

/** Who asks, and by which token. */
export type Guest = { readonly principal: string; readonly tokenHash: string };

/**
 * The agent whose token a request carries. No word on what was wrong with one: a guess and a token of yesterday look the same. Looking the hash up
 * tells by its time at most something of the hash, and from a hash nobody comes to a token.
 */
export function guestOf({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>, { agents }: Guests): Guest | null {
  const given = headersDistinct['authorization'];
  const token = given?.length === 1 ? /^Bearer ([A-Za-z0-9_-]{20,128})$/i.exec(given[0] ?? '')?.[1] : undefined;
  if (token === undefined) return null;
  const tokenHash = createHash('sha256').update(token).digest('hex');
  const principal = agents.get(tokenHash);
  return principal === undefined ? null : { principal, tokenHash };
}

export const unknownGuest: Refusal = {
  status: 401,
  code: 'NOT_ALLOWED',
  message: 'this door wants the header Authorization: Bearer TOKEN, with the token that twokey agents add printed and that was not revoked',
  // One guess a connection.
  closes: true,
  headers: { 'www-authenticate': 'Bearer realm="twokey"' },
};
