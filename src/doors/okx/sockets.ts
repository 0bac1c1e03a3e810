import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** What has to happen on an open socket, by the number that the backend gave it. */
export type SocketAct =
  | { readonly kind: 'text'; readonly socket: number; readonly text: string }
  | { readonly kind: 'close'; readonly socket: number; readonly code: number; readonly reason: string }
  /** Breaks the connection without a word. */
  | { readonly kind: 'abort'; readonly socket: number };

export type SocketRequest = {
  /** Path and query exactly as sent. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
};

/** Whoever speaks over sockets. What the texts mean is its own matter. */
export type SocketBackend = {
  readonly open: (
    request: SocketRequest,
  ) => { readonly kind: 'opened'; readonly socket: number } | { readonly kind: 'refused'; readonly status: number };
  readonly hear: (socket: number, text: string) => void;
  readonly gone: (socket: number) => void;
  /** The open sockets, kept by the door; `perform` acts on them. */
  readonly lines: SocketLines;
};

export type SocketLines = Map<number, WebSocket>;

export type SocketDoor = { readonly close: () => void };

/** The longest message that is read; the exchange takes 64 KB. */
export const MESSAGE_BYTES_MAX = 65_536;

/** A client that leaves so much unread is too slow, and is dropped. */
export const UNREAD_BYTES_MAX = 4_194_304;

/** Takes upgrades of a listening server; `isWelcome` says whether the caller may speak at all. */
export function openSocketDoor(server: Server, { backend, isWelcome }: Door): SocketDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false, clientTracking: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!isWelcome(request)) {
      refuse(socket, 403);
      return;
    }
    accept({ sockets, backend, request, socket, head });
  });
  return {
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

export type Door = { readonly backend: SocketBackend; readonly isWelcome: (request: IncomingMessage) => boolean };

type Accepting = {
  readonly sockets: WebSocketServer;
  readonly backend: SocketBackend;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
};

function accept({ sockets, backend, request, socket, head }: Accepting): void {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const opened = backend.open({ url: request.url ?? '/', headers, remoteAddress: request.socket.remoteAddress ?? '' });
  if (opened.kind === 'refused') {
    refuse(socket, opened.status);
    return;
  }
  // A handshake that the library refuses ends the connection without an open socket: the backend is told all the same.
  socket.on('close', () => {
    backend.lines.delete(opened.socket);
    backend.gone(opened.socket);
  });
  sockets.handleUpgrade(request, socket, head, (line) => {
    backend.lines.set(opened.socket, line);
    line.on('error', () => line.terminate());
    line.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) line.close(1003, 'text only');
      else backend.hear(opened.socket, textOf(data));
    });
  });
}

/** Does what the backend wants done. A client that leaves too much unread is dropped. */
export function perform(lines: SocketLines, acts: readonly SocketAct[]): void {
  for (const act of acts) {
    const line = lines.get(act.socket);
    if (line === undefined || line.readyState !== line.OPEN) continue;
    if (act.kind === 'text') line.send(act.text);
    else if (act.kind === 'close') line.close(act.code, act.reason);
    else line.terminate();
    if (line.bufferedAmount > UNREAD_BYTES_MAX) line.terminate();
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as ArrayBuffer).toString('utf8');
}

const phrases: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests' };

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${phrases[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
