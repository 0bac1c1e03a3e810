import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { parseArguments } from '../../core/parse-channel.ts';
import type { Listen } from '../../core/policy/fields.ts';
import { foreignToPage, guestsOf } from '../http/admission.ts';
import { readBody } from '../http/body.ts';
import { answerFile, answerJson, registrationFiles } from '../http/page/files.ts';
import { refuse } from '../http/refusal.ts';
import { isFields } from './text.ts';

export type Offer = {
  readonly listen: Listen;
  /** Further names and origins under which the page is reached. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  /** What the browser has to show: it stands behind the # of the link on the terminal, and goes into no log. */
  readonly code: string;
  /** Once the page is there. */
  readonly listening: () => void;
  /** What the browser needs to make a passkey. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Reads what it made, on the page of this origin, and keeps it. The name of it. */
  readonly keep: (given: { readonly clientData: string; readonly attestation: string }, origin: string) => Result<string>;
};

const WAIT_MILLISECONDS = 600_000;
/** Wrong codes, after which nobody is listened to any more. */
const WRONG_MAX = 20;

/**
 * Serves the page on which a passkey is made, where the operator's page will be, until one is made. It stands here, in a command that loads no package, because whoever
 * could change this page could make the key in the operator's place.
 */
export async function offer(offered: Offer): Promise<Result<string>> {
  const { listen } = offered;
  const { promise, resolve } = Promise.withResolvers<Result<string>>();
  const server = createServer({ headersTimeout: 5000, requestTimeout: 10_000, maxHeaderSize: 8192 });
  server.maxConnections = 64;
  server.on('error', (error) => {
    const code = 'code' in error ? String(error.code) : 'failed';
    const why = code === 'EADDRINUSE' ? 'something listens there: stop the gateway first' : code;
    resolve(err(`cannot listen on ${listen.host}:${listen.port} (${why})`));
  });
  server.on('request', answering(offered, resolve));
  const patience = setTimeout(() => resolve(err('nobody made a passkey within ten minutes')), WAIT_MILLISECONDS);
  server.listen(listen, offered.listening);
  const made = await promise;
  clearTimeout(patience);
  await closed(server);
  return made;
}

function answering(offered: Offer, done: (made: Result<string>) => void): (request: IncomingMessage, response: ServerResponse) => void {
  const { listen, hosts, origins, code } = offered;
  const files = registrationFiles();
  const guests = guestsOf({ ...listen, hosts, origins }, []);
  let wrong = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const turnedAway = foreignToPage(request, guests);
    if (turnedAway !== null) return refuse(response, turnedAway);
    const file = files.get(request.url ?? '');
    if (file !== undefined && request.method === 'GET') return answerFile(response, file, false);
    if (request.url !== '/ask' || request.method !== 'POST')
      return refuse(response, { status: 404, code: 'NOT_FOUND', message: 'there is nothing here', closes: true });
    const body = await readBody(request);
    if (!body.ok) return refuse(response, body.error);
    const parsed = parseArguments(body.value.parsed ?? null);
    const asked = parsed.ok && isFields(parsed.value) ? parsed.value : {};
    if (!isSame(asked['code'], code)) {
      wrong += 1;
      if (wrong >= WRONG_MAX) done(err(`${wrong} requests came with a wrong code: somebody else asks here`));
      return answerJson(response, 401, { message: 'this page needs the whole link that your terminal shows' });
    }
    const { registration } = asked;
    if (registration === undefined) return answerJson(response, 200, offered.options);
    const { clientData, attestation } = isFields(registration) ? registration : {};
    if (typeof clientData !== 'string' || typeof attestation !== 'string')
      return answerJson(response, 400, { message: 'expected a registration' });
    const kept = offered.keep({ clientData, attestation }, request.headers.origin ?? '');
    if (!kept.ok) return answerJson(response, 400, { message: kept.error });
    response.on('close', () => done(kept));
    answerJson(response, 200, { name: kept.value }, { connection: 'close' });
  };
  return (request, response) => void answer(request, response).catch(() => response.destroy());
}

function isSame(given: unknown, code: string): boolean {
  const [one, other] = [Buffer.from(typeof given === 'string' ? given : ''), Buffer.from(code)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Where the page of a door is reached, by name: a passkey belongs to a name, and an address of numbers has none. */
export function linksTo({
  listen,
  publicUrl,
  code,
}: {
  readonly listen: Listen;
  readonly publicUrl: string;
  readonly code: string;
}): readonly string[] {
  return [`http://localhost:${listen.port}`, ...(publicUrl === '' ? [] : [publicUrl])].map((origin) => `${origin}/#${code}`);
}

/** The origin where a browser can make a passkey at all; an error for one that is no name. */
export function isNamed(origin: string): Result<string> {
  const { hostname, protocol } = new URL(origin);
  const named = /[a-z]/.test(hostname) && !hostname.startsWith('[') && (protocol === 'https:' || hostname === 'localhost');
  return named ? ok(origin) : err('open the page under a name, over https or on localhost: an address of numbers can have no passkey');
}
