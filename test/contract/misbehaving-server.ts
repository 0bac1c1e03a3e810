import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** One request as the server saw it: everything that came on a connection up to the end of the request. */
export type Seen = { readonly connection: number; readonly text: string };

export type Conversation = {
  readonly socket: Socket;
  /** Requests on this connection so far, this one included. */
  readonly count: number;
  readonly text: string;
};

/** A server that answers each request as it is told, and counts what it was sent. It knows HTTP only as far as finding a request's end. */
export class MisbehavingServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly seen: Seen[] = [];
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer: (conversation: Conversation) => void, greet: (socket: Socket) => void = () => {}): Promise<MisbehavingServer> {
    const server = createServer({ noDelay: true });
    const made = new MisbehavingServer(server);
    server.on('connection', (socket) => made.#serve(socket, answer, greet));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  #serve(socket: Socket, answer: (conversation: Conversation) => void, greet: (socket: Socket) => void): void {
    this.connections += 1;
    const connection = this.connections;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let pending = '';
    let count = 0;
    socket.on('data', (bytes: Buffer) => {
      pending += bytes.toString('latin1');
      for (let length = requestLength(pending); length !== undefined; length = requestLength(pending)) {
        const text = pending.slice(0, length);
        pending = pending.slice(length);
        count += 1;
        this.seen.push({ connection, text });
        answer({ socket, count, text });
      }
    });
    greet(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function requestLength(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = end + 4 + Number(/content-length: ([0-9]+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= length ? length : undefined;
}

/** A whole answer with a length. */
export function answerText(
  body: string,
  { status = 200, headers = '' }: { readonly status?: number; readonly headers?: string } = {},
): string {
  return `HTTP/1.1 ${status} Fine\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
