import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { openSocketDoor, type SocketBackend, type SocketDoor } from './sockets.ts';

/** A request as it came over the wire: nothing decoded, so that a signature over the raw bytes can be checked. */
export type WireRequest = {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly remoteAddress: string;
};

/** What to do with the connection. A backend that wants to be unreliable says so with a value. */
export type WireReaction =
  | {
      readonly kind: 'answer' | 'truncated';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly delayMilliseconds: number;
    }
  | { readonly kind: 'hang'; readonly closeAfterMilliseconds: number }
  | { readonly kind: 'reset'; readonly delayMilliseconds: number };

/** Whoever answers: the embedded exchange, or a gateway that speaks the exchange's language. */
export type Backend = (request: WireRequest) => WireReaction | Promise<WireReaction>;

export type Listener = {
  readonly url: string;
  readonly port: number;
  /** Refuses new connections and ends the open ones, hanging ones included. */
  readonly close: () => Promise<void>;
};

export type Listening = {
  readonly backend: Backend;
  /** Who speaks over sockets; without one they are refused. */
  readonly sockets?: SocketBackend;
  readonly host: string;
  readonly port: number;
};

/** The largest body that is read; a batch of twenty orders needs a tenth of it. */
export const BODY_BYTES_MAX = 262_144;

const KEEP_ALIVE_MILLISECONDS = 65_000;

/** Listens on a loopback address and passes every request on as it came. */
export async function listen({ backend, sockets, host, port }: Listening): Promise<Listener> {
  if (!isLoopback(host)) throw new Error(`refusing to listen on ${host}: only loopback addresses such as 127.0.0.1 are allowed`);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS, maxHeaderSize: 16_384, noDelay: true });
  server.on('request', (request, response) => {
    receive(backend, request, response);
  });
  const door = sockets === undefined ? refuseSockets(server) : openSocketDoor(server, { backend: sockets, isWelcome });
  const bound = await bind(server, { host, port });
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound, close: () => end(server, door) };
}

/** Upgrades that nobody answers would hang. */
function refuseSockets(server: Server): undefined {
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}

function bind(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function end(server: Server, door: SocketDoor | undefined): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
    door?.close();
  });
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The host a client believes to speak to. A page of a foreign name that resolves to this machine is turned away by it. */
function isForeign(header: string | undefined): boolean {
  if (header === undefined) return false;
  return !isLoopback(header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/** A page of a browser always says where it comes from; no client of an exchange does. */
function isWelcome({ headers }: IncomingMessage): boolean {
  return !isForeign(headers.host) && headers.origin === undefined;
}

function receive(backend: Backend, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  request.on('error', () => {
    response.destroy();
  });
  request.on('end', () => {
    if (bytes > BODY_BYTES_MAX) refuse(response, 413, `the body has ${bytes} bytes of at most ${BODY_BYTES_MAX}`);
    else if (isForeign(request.headers.host)) refuse(response, 421, 'this server answers to 127.0.0.1 and localhost only');
    // Browsers say which page asks; no client of an exchange does. Any page open on this machine could arm faults and move prices.
    else if (request.headers.origin !== undefined) refuse(response, 403, 'this server does not answer to web pages');
    else pass({ backend, request, response, body: chunks.length === 1 ? (chunks[0] ?? empty) : Buffer.concat(chunks) });
  });
}

const empty = Buffer.alloc(0);

type Passing = {
  readonly backend: Backend;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Uint8Array;
};

function pass({ backend, request, response, body }: Passing): void {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const { method = 'GET', url = '/', socket } = request;
  const wire: WireRequest = { method, url, headers, body, remoteAddress: socket.remoteAddress ?? '' };
  // A backend that fails is our own bug: the caller gets a closed connection, never an answer that looks like one.
  Promise.resolve(wire)
    .then(backend)
    .then((reaction) => {
      react({ reaction, response, socket });
    })
    .catch((error: unknown) => {
      process.stderr.write(`request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      socket.destroy();
    });
}

type Reacting = { readonly reaction: WireReaction; readonly response: ServerResponse; readonly socket: Socket };

function react({ reaction, response, socket }: Reacting): void {
  switch (reaction.kind) {
    case 'answer':
      after(reaction.delayMilliseconds, () => {
        answer(response, reaction);
      });
      return;
    case 'truncated':
      after(reaction.delayMilliseconds, () => {
        truncate({ response, socket, reaction });
      });
      return;
    case 'reset':
      after(reaction.delayMilliseconds, () => {
        socket.resetAndDestroy();
      });
      return;
    case 'hang':
      after(reaction.closeAfterMilliseconds, () => {
        socket.destroy();
      });
      return;
    default:
      // The union has no further kind; the compiler guards it.
      reaction satisfies never;
  }
}

/** Timers of the listener never keep the process alive: what still hangs when everything else is done just ends. */
function after(milliseconds: number, act: () => void): void {
  if (milliseconds <= 0) act();
  else setTimeout(act, milliseconds).unref();
}

type Answering = { readonly status: number; readonly contentType: string; readonly body: string };

function answer(response: ServerResponse, { status, contentType, body }: Answering): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Promises the whole body, sends half of it, and breaks the connection once that half has left. */
function truncate({
  response,
  socket,
  reaction,
}: {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly reaction: Answering;
}): void {
  const whole = Buffer.from(reaction.body);
  response.writeHead(reaction.status, { 'content-type': reaction.contentType, 'content-length': whole.length });
  response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => {
    socket.destroy();
  });
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  answer(response, { status, contentType: 'application/json', body: JSON.stringify({ error: sentence }) });
}
