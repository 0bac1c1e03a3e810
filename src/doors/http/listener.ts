import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DoorAgent, HttpDoor } from '../../core/channel.ts';
import { foreign, foreignToPage, type Guests, guestOf, guestsOf, unknownGuest } from './admission.ts';
import { readBody } from './body.ts';
import { Connections } from './connections.ts';
import { McpHandlers, type FactoryOf } from './mcp.ts';
import { Pace } from './pace.ts';
import type { AskPage } from './page/asking.ts';
import { PageDoor } from './page/door.ts';
import { type Refusal, refusalBody, refuse, safeHeaders } from './refusal.ts';

/** How long whoever comes in may take to say its headers, and all of its request. Who is slower holds a place for nothing. */
const HEADERS_MILLISECONDS_MAX = 5000;
const REQUEST_MILLISECONDS_MAX = 10_000;
/** A connection on which nothing moves: longer than the longest answer takes (src/doors/mcp/asking.ts), open streams say something every 15 s. */
const STILL_MILLISECONDS_MAX = 60_000;
const KEEP_ALIVE_MILLISECONDS = 15_000;
const HEADER_BYTES_MAX = 8192;

/** Who holds a connection of the operator's page; no hash of a token reads so. */
const PAGE = 'page';

export type Listening = {
  readonly door: HttpDoor;
  readonly agents: readonly DoorAgent[];
  /** The MCP server of an agent. */
  readonly factoryOf: FactoryOf;
  /** Passes on what the operator's page wishes. */
  readonly askPage: AskPage;
};

/** The HTTP door: `/mcp` for agents with a token, `/healthz` for whoever starts and watches processes, and the operator's page, of which this passes on what it cannot judge. */
export class HttpListener {
  readonly #server: Server;
  readonly #connections = new Connections();
  readonly #pace = new Pace(() => performance.now());
  readonly #handlers: McpHandlers;
  readonly #page: PageDoor;
  #door: HttpDoor;
  #guests: Guests;

  private constructor({ door, agents, factoryOf, askPage }: Listening) {
    this.#door = door;
    this.#guests = guestsOf(door, agents);
    this.#handlers = new McpHandlers(factoryOf);
    this.#page = new PageDoor(askPage, {
      now: () => performance.now(),
      claim: (socket) => this.#connections.claim(socket, PAGE),
    });
    this.#server = createServer({
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_MILLISECONDS_MAX,
      requestTimeout: REQUEST_MILLISECONDS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      connectionsCheckingInterval: 1000,
      noDelay: true,
    });
    this.#server.timeout = STILL_MILLISECONDS_MAX;
    this.#server.on('connection', (socket: Socket) => this.#connections.add(socket));
    this.#server.on('request', (request, response) => void this.#receive(request, response).catch(() => response.destroy()));
    this.#server.on('clientError', (error: Error, socket: Socket) => answerRaw(error, socket));
    for (const event of ['connect', 'upgrade'])
      this.#server.on(event, (_request: IncomingMessage, socket: Socket) => void socket.destroy());
  }

  /** Rejects where the port cannot be had. */
  static async open(listening: Listening): Promise<HttpListener> {
    const listener = new HttpListener(listening);
    await listener.#bind();
    // What was any free port has a number now, and names are compared with it.
    const address = listener.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : listening.door.port;
    listener.#door = { ...listening.door, port };
    listener.setAgents(listening.agents);
    return listener;
  }

  get port(): number {
    return this.#door.port;
  }

  /** From here on these tokens and no others; what another opened ends now, in the middle of a word. */
  setAgents(agents: readonly DoorAgent[]): void {
    this.#guests = guestsOf(this.#door, agents);
    const { agents: known } = this.#guests;
    this.#connections.keep({ has: (holder) => holder === PAGE || known.has(holder) });
    const names = new Set(this.#guests.agents.values());
    this.#pace.keep(names);
    this.#handlers.keep(names);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#connections.closeAll();
    });
  }

  #bind(): Promise<void> {
    const { host, port } = this.#door;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    response.on('error', () => {});
    const isPage = this.#page.owns(request.url);
    const turnedAway = isPage ? foreignToPage(request, this.#guests) : foreign(request, this.#guests);
    if (turnedAway !== null) return refuse(response, turnedAway);
    if (isPage) return this.#page.answer(request, response);
    switch (request.url) {
      case '/healthz':
        return answerHealth(request, response);
      case '/mcp':
        return this.#mcp(request, response);
      default:
        return refuse(response, {
          status: 404,
          code: 'NOT_FOUND',
          message: "there is the operator's page, /mcp and /healthz here, and nothing else",
          closes: true,
        });
    }
  }

  async #mcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const guest = guestOf(request, this.#guests);
    if (guest === null) return refuse(response, unknownGuest);
    if (!this.#connections.claim(request.socket, guest.tokenHash))
      return refuse(response, { ...tooMuch, message: 'too many connections of this agent are open', closes: true });
    const body = await readBody(request);
    if (!body.ok) return refuse(response, body.error);
    const seconds = this.#pace.take(guest.principal, toolIn(body.value.parsed));
    if (seconds > 0) return refuse(response, { ...tooMuch, message: `${tooMuch.message}; the next may come in ${seconds} s` });
    // Who was revoked while the body came is a stranger now, and its connection is being ended.
    if (this.#guests.agents.get(guest.tokenHash) !== guest.principal) return refuse(response, unknownGuest);
    await this.#handlers.answer(guest.principal, { request, response, body: body.value });
  }
}

const tooMuch: Refusal = {
  status: 429,
  code: 'RATE_LIMIT',
  message: 'too many requests of this agent; nothing was sent',
  closes: false,
};

function toolIn(parsed: unknown): string {
  const { method, params } = fields(parsed);
  const { name } = fields(params);
  return method === 'tools/call' && typeof name === 'string' ? name : '';
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Says that this process runs and nothing else: neither mode nor account is for whoever has no token. */
function answerHealth(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, { status: 405, code: 'SCHEMA', message: 'expected GET', closes: true, headers: { allow: 'GET, HEAD' } });
  response.writeHead(200, { 'content-type': 'application/json', ...safeHeaders });
  response.end(request.method === 'HEAD' ? undefined : '{"status":"ok"}');
}

/** What is no HTTP, too long or too slow is answered once, in the same shape, and the connection ends. */
function answerRaw(error: Error, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const cause = 'code' in error ? error.code : '';
  const [status, message] =
    cause === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', `the headers have more than ${HEADER_BYTES_MAX} bytes`]
      : cause === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'the request did not come in time']
        : ['400 Bad Request', 'expected an HTTP/1.1 request'];
  const body = refusalBody({ code: 'SCHEMA', message });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body);
  socket.destroySoon();
}
