import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../clock/system.ts';
import { type Incoming, FrameReader, textFrame } from './frames.ts';
import { openSocket, type WebSocketClient } from './socket.ts';

/** What a server does with a request for a socket. */
type Behaviour = (socket: Socket, key: string, request: IncomingMessage) => void;

async function serve(context: TestContext, behaviour: Behaviour): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((_request, response) => response.writeHead(503).end('no'));
  server.on('upgrade', (request, duplex) => {
    const socket = duplex as Socket;
    sockets.add(socket);
    socket.on('error', () => {});
    behaviour(socket, request.headers['sec-websocket-key'] ?? '', request);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function accepted(key: string, extra = ''): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extra}\r\n`;
}

type Told = { readonly events: readonly string[]; readonly client: WebSocketClient | null };

/** Everything a client is told until it has ended. `act` is called once it is open, and at each text. */
async function until(origin: string, act: (client: WebSocketClient, said: string) => void = () => {}): Promise<Told> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events: string[] = [];
  const opened = openSocket({
    origin,
    path: '/ws/v5/public',
    clock: systemClock,
    watcher: {
      opened: () => {
        events.push('opened');
        if (opened.ok) act(opened.value, '');
      },
      text: (text) => {
        events.push(`text ${text}`);
        if (opened.ok) act(opened.value, text);
      },
      closed: (code, cause) => {
        events.push(`closed ${code}: ${cause}`);
        resolve();
      },
    },
  });
  assert.ok(opened.ok);
  await promise;
  // Whatever came after the end would be told by now.
  await new Promise((done) => setImmediate(done));
  return { events, client: opened.value };
}

/** A server's frame: as a client's, without the mask. */
function frame(first: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.from([first, bytes.length]), bytes]);
}

function closing(code: number): Buffer {
  return frame(0x88, Buffer.from([code >> 8, code & 0xff]));
}

test('texts go both ways, pings are answered, and a close tells its code', async (context) => {
  let heard = Buffer.alloc(0);
  const origin = await serve(context, (socket, key, request) => {
    assert.equal(request.headers['sec-websocket-version'], '13');
    assert.equal(request.headers['sec-websocket-extensions'], undefined);
    // The first frames come with the handshake's last bytes.
    socket.write(Buffer.concat([Buffer.from(accepted(key)), frame(0x89, 'are you there'), frame(0x81, 'hello')]));
    socket.on('data', (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
      if (heard.length === 27) socket.write(closing(4004));
    });
  });
  const { events } = await until(origin, (client, said) => {
    if (said === 'hello') assert.equal(client.send('é'), true);
  });
  assert.deepEqual(events, ['opened', 'text hello', 'closed 4004: closed by the other side']);
  // A pong of thirteen bytes and a text of two, both masked.
  assert.deepEqual([heard.readUInt16BE(0), heard.readUInt16BE(19)], [0x8a8d, 0x8182]);
});

test('only an answer to this very handshake opens a socket', async (context) => {
  const cases: readonly [string, (key: string) => string][] = [
    ['closed null: the answer belongs to another handshake', () => accepted('another')],
    ['closed null: an extension that nobody asked for', (key) => accepted(key, 'Sec-WebSocket-Extensions: permessage-deflate\r\n')],
    ['closed null: a subprotocol that nobody asked for', (key) => accepted(key, 'Sec-WebSocket-Protocol: x\r\n')],
    ['closed null: upgraded to something else than a WebSocket', (key) => accepted(key).replace('websocket', 'h2c')],
    ['closed null: answered 302 to the request for a socket', () => 'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'],
  ];
  await Promise.all(
    cases.map(async ([said, answer]) => {
      const origin = await serve(context, (socket, key) => socket.write(answer(key)));
      assert.deepEqual((await until(origin)).events, [said]);
    }),
  );
});

test('a socket that breaks, breaks the rules or is destroyed ends once, and takes nothing more', async (context) => {
  const cases: readonly [RegExp, (socket: Socket) => void][] = [
    [/^closed null: a message that is not text$/, (socket) => socket.write(frame(0x82, 'bytes'))],
    [/^closed null: (?:closed by the other side, without a word|closed|ECONNRESET)$/, (socket) => socket.destroy()],
    [/^closed null: (?:closed|ECONNRESET)$/, (socket) => socket.resetAndDestroy()],
    [/^closed null: a server does not mask$/, (socket) => socket.write(textFrame('masked', Buffer.alloc(4)))],
  ];
  await Promise.all(
    cases.map(async ([said, act]) => {
      const origin = await serve(context, (socket, key) => socket.write(accepted(key), () => act(socket)));
      const { events, client } = await until(origin);
      assert.equal(events.length, 2);
      assert.match(events[1] ?? '', said);
      assert.equal(client?.send('too late'), false);
    }),
  );
  const origin = await serve(context, (socket, key) => socket.write(accepted(key)));
  const { events } = await until(origin, (client) => client.destroy());
  assert.deepEqual(events, ['opened', 'closed null: destroyed']);
});

test('what breaks the rules is told so before the connection ends', async (context) => {
  const { promise, resolve } = Promise.withResolvers<Incoming | undefined>();
  const origin = await serve(context, (socket, key) => {
    socket.write(Buffer.concat([Buffer.from(accepted(key)), frame(0x81, Buffer.from([0xc3, 0x28]))]));
    const reader = new FrameReader();
    socket.on('data', (bytes: Buffer) => {
      // A client masks; to read it like a server's its mask is taken off by hand.
      const mask = bytes.subarray(2, 6);
      const payload = bytes.subarray(6, 8).map((byte, index) => byte ^ (mask[index] ?? 0));
      resolve(reader.push(Buffer.concat([Buffer.from([bytes[0] ?? 0, payload.length]), payload]))[0]);
    });
  });
  const [{ events }, said] = await Promise.all([until(origin), promise]);
  assert.deepEqual(said, { kind: 'close', code: 1007 });
  assert.equal(events[1], 'closed null: a message that is not UTF-8');
});

test('a close in order waits for the other side; plain http goes to this machine only', async (context) => {
  const origin = await serve(context, (socket, key) => {
    socket.write(accepted(key));
    socket.on('data', () => socket.write(Buffer.concat([frame(0x81, 'late'), closing(1000)])));
  });
  const { events } = await until(origin, (client) => client.close());
  assert.deepEqual(events, ['opened', 'closed 1000: closed by the other side']);
  const watcher = { opened: () => {}, text: () => {}, closed: () => {} };
  const foreign = openSocket({ origin: 'http://ws.okx.com:8443', path: '/', clock: systemClock, watcher });
  assert.equal(foreign.ok, false);
});
