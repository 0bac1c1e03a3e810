import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DoorAgent, HttpDoor } from '../../core/channel.ts';
import type { Refusal } from './refusal.ts';

/** Who may come in, and under which names this door is known. A value; a change of agents makes a new one. */
export type Guests = {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  /** Agents by the SHA-256 of their tokens. */
  readonly agents: ReadonlyMap<string, string>;
};

/** The names under which a program on this machine comes, and those that the owner gave. A name is compared with its port: another port is another door. */
export function guestsOf({ hosts, origins, port }: HttpDoor, agents: readonly DoorAgent[]): Guests {
  return {
    hosts: new Set([...['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`), ...hosts]),
    origins: new Set(origins),
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
  const [name = ''] = host ?? [];
  if (host?.length !== 1 || !hosts.has(name.toLowerCase()))
    return {
      status: 421,
      code: 'NOT_ALLOWED',
      message: 'this door does not answer to that Host; allowed_hosts in [http] has the names beside 127.0.0.1 and localhost',
      closes: true,
    };
  if (origin !== undefined && !(origin.length === 1 && origins.has(origin[0] ?? '')))
    return {
      status: 403,
      code: 'NOT_ALLOWED',
      message: 'this door does not answer to web pages; allowed_origins in [http] has those that may ask',
      closes: true,
    };
  return null;
}

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
