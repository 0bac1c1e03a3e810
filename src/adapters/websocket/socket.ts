import { createHash, randomBytes } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Clock } from '../../ports/clock.ts';
import { parseOrigin, secureOptions } from '../exchange/origin.ts';
import { closeFrame, FrameReader, type Incoming, pongFrame, textFrame } from './frames.ts';

/** Who is told of a connection. Nothing is told after `closed`, which comes exactly once, and never while `openSocket` still runs. */
export type SocketWatcher = {
  readonly opened: () => void;
  readonly text: (text: string) => void;
  /** `code` is the other side's, `null` where it gave none; `cause` is our own words or a code of the system. */
  readonly closed: (code: number | null, cause: string) => void;
};

export type SocketOptions = {
  /** Scheme, host and port: https, or plain http to this machine. */
  readonly origin: string;
  readonly path: string;
  readonly clock: Clock;
  readonly watcher: SocketWatcher;
  readonly connectMilliseconds?: number;
};

const CONNECT_MILLISECONDS = 5000;
/** How long the other side may take to end a connection that we close. */
const CLOSE_MILLISECONDS = 2000;
/** What may wait to leave: more means that nobody reads at the other end. */
const WAITING_BYTES_MAX = 256 * 1024;
const HEAD_BYTES_MAX = 16 * 1024;
/** RFC 6455 §1.3. */
const HANDSHAKE_NAME = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Opens a connection; refuses an origin that is neither https nor on this machine. */
export function openSocket(options: SocketOptions): Result<WebSocketClient> {
  const origin = parseOrigin(options.origin);
  if (!origin.ok) return origin;
  if (!/^\/[\x21-\x7e]*$/.test(options.path)) return err('a path that cannot be asked for');
  const { secure, host, port, header } = origin.value;
  const key = randomBytes(16).toString('base64');
  const asked: RequestOptions = {
    method: 'GET',
    path: options.path,
    // No agent: the connection is ours from the first byte to the last.
    agent: false,
    maxHeaderSize: HEAD_BYTES_MAX,
    headers: {
      Host: header,
      'User-Agent': 'twokey',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    },
  };
  const asking = secure ? requestSecure({ ...asked, ...secureOptions(host, port) }) : requestPlain({ ...asked, host, port });
  return ok(new WebSocketClient(asking, key, options));
}

/** One connection as a client. Whatever is not in order ends it; it is never opened a second time. */
export class WebSocketClient {
  readonly #asking: ClientRequest;
  readonly #clock: Clock;
  readonly #watcher: SocketWatcher;
  readonly #reader = new FrameReader();
  #socket: Socket | null = null;
  #alarm: { readonly cancel: () => void };
  #closing = false;
  #over = false;

  constructor(asking: ClientRequest, key: string, { clock, watcher, connectMilliseconds = CONNECT_MILLISECONDS }: SocketOptions) {
    this.#asking = asking;
    this.#clock = clock;
    this.#watcher = watcher;
    this.#alarm = clock.alarm(connectMilliseconds, () => this.#end(null, `no connection within ${connectMilliseconds} ms`));
    asking.on('upgrade', (response, socket, rest) => this.#upgraded(key, response, socket, rest));
    asking.on('response', (response) => {
      response.destroy();
      this.#end(null, `answered ${response.statusCode ?? 0} to the request for a socket`);
    });
    asking.on('error', (error) => this.#end(null, errorName(error)));
    asking.on('close', () => {
      if (this.#socket === null) this.#end(null, 'closed');
    });
    asking.end();
  }

  /** False where it cannot leave: not open, or too much waits already, which ends the connection. */
  send(text: string): boolean {
    const socket = this.#socket;
    if (socket === null || this.#over || this.#closing) return false;
    if (socket.writableLength > WAITING_BYTES_MAX) {
      this.#end(null, `${WAITING_BYTES_MAX} bytes wait to leave already`);
      return false;
    }
    socket.write(textFrame(text, randomBytes(4)));
    return true;
  }

  /** Ends it in order; what does not answer in time is destroyed. */
  close(): void {
    const socket = this.#socket;
    if (socket === null) return this.#end(null, 'closed before it was open');
    if (this.#over || this.#closing) return;
    this.#closing = true;
    socket.write(closeFrame(1000, randomBytes(4)));
    this.#alarm = this.#clock.alarm(CLOSE_MILLISECONDS, () => this.#end(null, 'the other side did not close'));
  }

  /** Ends it at once. */
  destroy(): void {
    this.#end(null, 'destroyed');
    this.#socket?.destroy();
  }

  #upgraded(key: string, response: IncomingMessage, socket: Socket, rest: Buffer): void {
    socket.on('error', (error) => this.#end(null, errorName(error)));
    const fault = handshakeFault(key, response);
    if (this.#over || fault !== '') {
      socket.destroy();
      return this.#end(null, fault);
    }
    this.#alarm.cancel();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#received(bytes));
    socket.on('end', () => this.#end(null, 'closed by the other side, without a word'));
    socket.on('close', () => {
      this.#end(null, 'closed');
      this.#alarm.cancel();
    });
    this.#watcher.opened();
    if (rest.length > 0) this.#received(rest);
  }

  #received(bytes: Buffer): void {
    if (this.#over) return;
    for (const incoming of this.#reader.push(bytes)) {
      if (this.#over) return;
      this.#take(incoming);
    }
  }

  #take(incoming: Incoming): void {
    switch (incoming.kind) {
      case 'text':
        if (!this.#closing) this.#watcher.text(incoming.text);
        return;
      case 'ping':
        // Whoever asks without reading the answers gets none: what waits to leave stays bounded.
        if (!this.#closing && (this.#socket?.writableLength ?? 0) <= WAITING_BYTES_MAX)
          this.#socket?.write(pongFrame(incoming.payload, randomBytes(4)));
        return;
      case 'pong':
        return;
      case 'close':
        if (!this.#closing) this.#socket?.write(closeFrame(incoming.code ?? 1000, randomBytes(4)));
        return this.#end(incoming.code, 'closed by the other side');
      case 'refused':
        if (!this.#closing) this.#socket?.write(closeFrame(incoming.code, randomBytes(4)));
        return this.#end(null, incoming.cause);
    }
  }

  #end(code: number | null, cause: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#alarm.cancel();
    const socket = this.#socket;
    if (socket === null) this.#asking.destroy();
    else {
      // What was written just now leaves, if the other side takes it in time.
      socket.destroySoon();
      if (!socket.closed) this.#alarm = this.#clock.alarm(CLOSE_MILLISECONDS, () => socket.destroy());
    }
    this.#clock.turn(() => this.#watcher.closed(code, cause));
  }
}

/** What is wrong with the answer to a handshake (RFC 6455 §4.1); empty where nothing is. */
function handshakeFault(key: string, { headers }: IncomingMessage): string {
  const accept = createHash('sha1')
    .update(key + HANDSHAKE_NAME)
    .digest('base64');
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'upgraded to something else than a WebSocket';
  if (headers['sec-websocket-accept'] !== accept) return 'the answer belongs to another handshake';
  if (headers['sec-websocket-extensions'] !== undefined) return 'an extension that nobody asked for';
  if (headers['sec-websocket-protocol'] !== undefined) return 'a subprotocol that nobody asked for';
  return '';
}

/** The code of an error of the system, such as ECONNRESET; never its text, which may hold what the other side said. */
function errorName(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'connection failed';
}
