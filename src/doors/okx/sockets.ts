import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** What the exchange's side of a connection may do with it. */
export type Peer = {
  readonly send: (text: string) => void;
  readonly close: (code: number, reason: string) => void;
  /** Breaks the connection without a word. */
  readonly abort: () => void;
};

/** The client's side of an accepted connection. */
export type Heard = { readonly text: (text: string) => void; readonly gone: () => void };

export type SocketRequest = {
  /** Path and query exactly as sent. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
};

/** Whoever speaks over sockets. What the texts mean is its own matter. */
export type SocketBackend = (request: SocketRequest, peer: Peer) => Heard | { readonly status: number };

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
  let open: WebSocket | undefined;
  const peer: Peer = {
    send: (text) => {
      if (open === undefined || open.readyState !== open.OPEN) return;
      open.send(text);
      if (open.bufferedAmount > UNREAD_BYTES_MAX) open.terminate();
    },
    close: (code, reason) => open?.close(code, reason),
    abort: () => open?.terminate(),
  };
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const heard = backend({ url: request.url ?? '/', headers, remoteAddress: request.socket.remoteAddress ?? '' }, peer);
  if ('status' in heard) {
    refuse(socket, heard.status);
    return;
  }
  // A handshake that the library refuses ends the connection without an open socket: the backend is told all the same.
  let isGone = false;
  const gone = (): void => {
    if (!isGone) heard.gone();
    isGone = true;
  };
  socket.on('close', gone);
  sockets.handleUpgrade(request, socket, head, (accepted) => {
    open = accepted;
    accepted.on('error', () => accepted.terminate());
    accepted.on('close', gone);
    accepted.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) accepted.close(1003, 'text only');
      else heard.text(textOf(data));
    });
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as ArrayBuffer).toString('utf8');
}

const phrases: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests' };

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${phrases[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
