import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type Json, parseJson } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import {
  answerLine,
  LINE_BYTES_MAX,
  needsToken,
  type OperatorFailure,
  type OperatorRequest,
  parseOperatorCall,
  type Proof,
  REQUEST_BYTES_MAX,
} from './protocol.ts';
import { sameToken } from './token.ts';

export type OperatorSocketSettings = {
  /** `run/operator.sock` of the home. */
  readonly path: string;
  /** This start's token. */
  readonly token: string;
  /** Settles always. A rejection is our own bug; the operator is told so and nothing of its text. */
  readonly handle: (request: OperatorRequest, proof: Proof | null) => Promise<Result<Json, OperatorFailure>>;
};

/** The longest path that a socket address holds on Linux, without its end. */
export const SOCKET_PATH_BYTES_MAX = 107;

const CONNECTIONS_MAX = 32;
/** Requests of one connection that are not answered yet; more than one command ever has. */
const UNANSWERED_MAX = 8;
/** A connection that says nothing for so long is closed; a command asks once and leaves. */
const IDLE_MILLISECONDS_MAX = 60_000;

const REQUEST_LIMITS = { charactersMax: REQUEST_BYTES_MAX, depthMax: 4 };

/**
 * The operator's way in, served by the gateway itself in plain JSON lines, so that halting works when the doors are dead. A socket file
 * left behind by a killed gateway is replaced: whoever calls this holds the run lock of the home.
 */
export async function startOperatorSocket(settings: OperatorSocketSettings): Promise<Result<OperatorSocket>> {
  const { path } = settings;
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    return err(`${path} has ${bytes} bytes, and the path of a socket at most ${SOCKET_PATH_BYTES_MAX}: use a shorter --home`);
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, settings);
  });
  server.maxConnections = CONNECTIONS_MAX;
  try {
    rmSync(path, { force: true });
    await listening(server, path);
  } catch (error) {
    return err(`cannot listen on ${path}: ${error instanceof Error ? error.message : 'an unknown failure'}`);
  }
  return ok(new OperatorSocket(server, sockets));
}

export class OperatorSocket implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Takes no more connections, closes those that are open, and removes the file. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Binds with a mask that leaves the socket to this user alone from the moment it exists. Binding a path happens within the call. */
async function listening(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
      process.umask(mask);
    });
  } finally {
    process.umask(mask);
  }
}

function serve(socket: Socket, { token, handle }: OperatorSocketSettings): void {
  let pending = '';
  let unanswered = 0;
  socket.setEncoding('utf8');
  socket.setTimeout(IDLE_MILLISECONDS_MAX, () => {
    if (unanswered === 0) socket.destroy();
  });
  // A caller that went away is no event of ours.
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    pending += text;
    for (let end = pending.indexOf('\n'); end >= 0 && !socket.writableEnded; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      if (unanswered >= UNANSWERED_MAX || socket.writableLength > LINE_BYTES_MAX || !answered(line)) {
        socket.destroy();
        return;
      }
    }
    // What is said after the end is nobody's.
    if (socket.writableEnded) pending = '';
    if (pending.length > REQUEST_BYTES_MAX) socket.destroy();
  });

  /** False for what no client of ours would send; the connection ends, because its next bytes mean nothing either. */
  function answered(line: string): boolean {
    const json = parseJson(line, REQUEST_LIMITS);
    const call = json.ok ? parseOperatorCall(json.value) : json;
    if (!call.ok) {
      socket.end(answerLine(0, err({ code: 'SCHEMA', message: call.error })));
      return true;
    }
    const { id, request, proof } = call.value;
    if (needsToken(request) && !sameToken({ given: call.value.token, expected: token })) {
      // One guess a connection: whoever has the token needs one, and answers to a flood of them would pile up here.
      socket.end(answerLine(id, err({ code: 'NOT_ALLOWED', message: 'this needs the token of run/operator.token' })));
      return true;
    }
    unanswered += 1;
    handle(request, proof)
      .catch(() => err({ code: 'INTERNAL', message: 'the gateway met an error of its own; see its output' }))
      .then((result) => {
        unanswered -= 1;
        if (!socket.destroyed) socket.write(answerLine(id, result));
      })
      // What cannot be written down was never an answer; the caller sees the connection end.
      .catch(() => socket.destroy());
    return true;
  }
}
