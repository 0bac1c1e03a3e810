import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { listen } from '../../src/doors/okx/listener.ts';
import { MESSAGE_BYTES_MAX, perform, type SocketBackend, type SocketLines, UNREAD_BYTES_MAX } from '../../src/doors/okx/sockets.ts';

type Seen = { readonly texts: string[]; gone: number; opened: number; readonly left: Promise<void>; readonly backend: SocketBackend };

function recording(): Seen {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const lines: SocketLines = new Map();
  const backend: SocketBackend = {
    open: ({ url }) => {
      if (!url.startsWith('/here')) return { kind: 'refused', status: 404 };
      seen.opened += 1;
      return { kind: 'opened', socket: seen.opened };
    },
    hear: (socket, text) => {
      seen.texts.push(text);
      perform(lines, [{ kind: 'text', socket, text: `heard ${text.length}` }]);
    },
    gone: () => {
      seen.gone += 1;
      resolve();
    },
    lines,
  };
  const seen: Seen = { texts: [], gone: 0, opened: 0, left, backend };
  return seen;
}

async function withSockets(backend: SocketBackend | undefined, prove: (port: number) => Promise<void>): Promise<void> {
  const sockets = backend === undefined ? {} : { sockets: backend };
  const backendOfPaths = () => ({ kind: 'reset', delayMilliseconds: 0 }) as const;
  const listener = await listen({ backend: backendOfPaths, ...sockets, host: '127.0.0.1', port: 0 });
  try {
    await prove(listener.port);
  } finally {
    await listener.close();
  }
}

async function opened(port: number): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/here?x=1`);
  await once(client, 'open');
  return client;
}

test('a text is heard and answered, and the backend is told once that a client went', async () => {
  const seen = recording();
  await withSockets(seen.backend, async (port) => {
    const client = await opened(port);
    client.send('x'.repeat(MESSAGE_BYTES_MAX));
    const [answer] = (await once(client, 'message')) as [Buffer];
    assert.equal(answer.toString(), `heard ${MESSAGE_BYTES_MAX}`);
    client.close();
    await seen.left;
    assert.equal(seen.gone, 1);
  });
});

test('a longer text ends the socket with 1009, a binary message with 1003', async () => {
  const seen = recording();
  await withSockets(seen.backend, async (port) => {
    const long = await opened(port);
    long.send('x'.repeat(MESSAGE_BYTES_MAX + 1));
    assert.equal((await once(long, 'close'))[0], 1009);
    const binary = await opened(port);
    binary.send(Buffer.from('x'));
    assert.equal((await once(binary, 'close'))[0], 1003);
    assert.deepEqual(seen.texts, []);
  });
});

test('the backend closes with its code, or breaks the connection', async () => {
  const seen = recording();
  await withSockets(seen.backend, async (port) => {
    const closing = await opened(port);
    perform(seen.backend.lines, [{ kind: 'close', socket: 1, code: 4004, reason: 'quiet' }]);
    const [code, reason] = (await once(closing, 'close')) as [number, Buffer];
    assert.deepEqual([code, reason.toString()], [4004, 'quiet']);
    const breaking = await opened(port);
    perform(seen.backend.lines, [{ kind: 'abort', socket: 2 }]);
    assert.equal((await once(breaking, 'close'))[0], 1006);
  });
});

/** The first line of the answer to an upgrade. */
async function upgrade(port: number, ...headers: readonly string[]): Promise<{ readonly line: string; readonly socket: Socket }> {
  const socket = connect({ host: '127.0.0.1', port });
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const path = headers.includes('elsewhere') ? '/there' : '/here';
  const fixed = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13'];
  const named = headers.some((header) => header.startsWith('Host:')) ? [] : ['Host: 127.0.0.1'];
  const more = headers.filter((header) => header.includes(':'));
  socket.write(`GET ${path} HTTP/1.1\r\n${[...named, ...fixed, ...more].join('\r\n')}\r\n\r\n`);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return { line: data.toString().split('\r\n')[0] ?? '', socket };
}

test('pages of a browser, foreign names, unknown paths and a server without sockets are refused', async () => {
  const seen = recording();
  await withSockets(seen.backend, async (port) => {
    assert.equal((await upgrade(port, 'Origin: https://evil.example')).line, 'HTTP/1.1 403 Forbidden');
    assert.equal((await upgrade(port, 'Host: evil.example')).line, 'HTTP/1.1 403 Forbidden');
    assert.equal((await upgrade(port, 'elsewhere')).line, 'HTTP/1.1 404 Not Found');
    assert.equal(seen.opened, 0);
  });
  await withSockets(undefined, async (port) => {
    assert.equal((await upgrade(port)).line, 'HTTP/1.1 501 Not Implemented');
  });
});

test('a client that reads nothing is dropped, and the listener closes in spite of open sockets', async () => {
  const seen = recording();
  await withSockets(seen.backend, async (port) => {
    const { line, socket } = await upgrade(port);
    assert.equal(line, 'HTTP/1.1 101 Switching Protocols');
    socket.pause();
    const text = 'x'.repeat(1_048_576);
    // What the kernel takes off our hands does not count as unread; it takes some megabytes.
    for (let sent = 0; sent < 64 * UNREAD_BYTES_MAX && seen.gone === 0; sent += text.length) {
      perform(seen.backend.lines, [{ kind: 'text', socket: 1, text }]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await seen.left;
    assert.equal(seen.gone, 1);
    socket.destroy();
    await opened(port);
  });
});
