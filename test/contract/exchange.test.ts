import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { type ClosableExchange, createExchange, type ExchangeOptions } from '../../src/adapters/exchange/https.ts';
import type { Sent, SignedRequest } from '../../src/ports/exchange.ts';
import { eventually } from '../road/harness/eventually.ts';
import { answerText, type Conversation, MisbehavingServer } from './misbehaving-server.ts';

const order: SignedRequest = { method: 'POST', path: '/api/v5/trade/order', headers: { 'OK-ACCESS-KEY': 'k' }, body: '{"sz":"1"}' };
const query: SignedRequest = { method: 'GET', path: '/api/v5/trade/order?clOrdId=t1', headers: {}, body: '' };
const fine = answerText('{"code":"0"}');
const yes = (): boolean => true;

function open(baseUrl: string, limits: Partial<ExchangeOptions> = {}): ClosableExchange {
  const made = createExchange({
    baseUrl,
    clock: systemClock,
    connectMilliseconds: 2000,
    writeMilliseconds: 2000,
    readMilliseconds: 2000,
    ...limits,
  });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

function cause(sent: Sent): string {
  return sent.kind === 'answered' ? '' : sent.cause;
}

test('a request arrives once, byte for byte, and its answer comes back whole', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(answerText('{"code":"0","msg":"€"}')));
  await using exchange = open(server.url);
  assert.deepEqual(await exchange.send(order, yes), { kind: 'answered', status: 200, body: '{"code":"0","msg":"€"}' });
  assert.deepEqual(
    server.seen.map(({ text }) => text),
    [
      `POST /api/v5/trade/order HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUser-Agent: twokey\r\nAccept: application/json\r\nOK-ACCESS-KEY: k\r\nContent-Length: 10\r\n\r\n{"sz":"1"}`,
    ],
  );
});

test('a chunked answer that arrives byte by byte is one answer', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => {
    void drip(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"co"\r\n7\r\n:"12"} \r\n0\r\n\r\n');
  });
  await using exchange = open(server.url, { writeMilliseconds: 20_000 });
  assert.deepEqual(await exchange.send(order, yes), { kind: 'answered', status: 200, body: '{"co":"12"} ' });
});

async function drip(socket: Conversation['socket'], text: string): Promise<void> {
  for (const byte of text) {
    socket.write(byte);
    await pause(1);
  }
}

test('a redirect is an answer, and nobody follows it', async () => {
  await using server = await MisbehavingServer.start(({ socket }) =>
    socket.write(answerText('', { status: 302, headers: 'Location: http://127.0.0.1:1/\r\n' })),
  );
  await using exchange = open(server.url);
  assert.deepEqual(await exchange.send(order, yes), { kind: 'answered', status: 302, body: '' });
  assert.equal(server.seen.length, 1);
});

test('a 100 that nobody asked for is passed over', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${fine}`));
  await using exchange = open(server.url);
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
});

/** What a server may do after it has the request: each leaves the outcome unknown, because each may come after the order was executed. */
const afterTheRequest: readonly { readonly name: string; readonly answer: (conversation: Conversation) => void; readonly cause: RegExp }[] =
  [
    { name: 'never answers', answer: () => {}, cause: /no answer within 2000 ms/ },
    { name: 'resets', answer: ({ socket }) => socket.resetAndDestroy(), cause: /ECONNRESET/ },
    { name: 'closes without a word', answer: ({ socket }) => socket.end(), cause: /closed/ },
    {
      name: 'resets in the middle of the head',
      answer: ({ socket }) => socket.write('HTTP/1.1 200 O', () => socket.resetAndDestroy()),
      cause: /ECONNRESET/,
    },
    { name: 'truncates the body', answer: ({ socket }) => socket.end(fine.slice(0, -3)), cause: /closed/ },
    {
      name: 'truncates a chunk',
      answer: ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"code"'),
      cause: /closed/,
    },
    {
      name: 'promises more than it may send',
      answer: ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{}'),
      cause: /more than 65536 bytes/,
    },
    {
      name: 'sends more than it may in chunks',
      answer: ({ socket }) =>
        socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'8000\r\n'.concat('x'.repeat(0x80_00), '\r\n').repeat(3)}`),
      cause: /more than 65536 bytes/,
    },
    {
      name: 'sends headers slowly and never ends them',
      answer: ({ socket }) => void drip(socket, `HTTP/1.1 200 OK\r\n${'X-Slow: yes\r\n'.repeat(100)}`),
      cause: /no answer within/,
    },
    {
      name: 'sends headers without end',
      answer: ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\n${'X-Long: yes\r\n'.repeat(2000)}`),
      cause: /a head of more than/,
    },
    { name: 'sends garbage', answer: ({ socket }) => socket.write('\u0000\u0001SSH-2.0-OpenSSH\r\n\r\n'), cause: /not HTTP\/1.1/ },
    { name: 'speaks HTTP/1.0', answer: ({ socket }) => socket.write(fine.replace('1.1', '1.0')), cause: /not HTTP\/1.1/ },
    { name: 'answers twice', answer: ({ socket }) => socket.write(fine + fine), cause: /bytes after the answer/ },
    {
      name: 'says neither length nor chunks',
      answer: ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"code":"0"}'),
      cause: /does not say its length/,
    },
    {
      name: 'says both length and chunks',
      answer: ({ socket }) => socket.write(answerText('0\r\n\r\n', { headers: 'Transfer-Encoding: chunked\r\n' })),
      cause: /both a length/,
    },
    {
      name: 'says two lengths',
      answer: ({ socket }) => socket.write(answerText('{}', { headers: 'Content-Length: 2\r\n' })),
      cause: /two content-length/,
    },
    {
      name: 'compresses',
      answer: ({ socket }) => socket.write(answerText('{}', { headers: 'Content-Encoding: gzip\r\n' })),
      cause: /encoding nobody asked for/,
    },
    {
      name: 'switches protocols',
      answer: ({ socket }) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'),
      cause: /change of protocol/,
    },
    { name: 'says 100 and nothing more', answer: ({ socket }) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), cause: /no answer within/ },
    {
      name: 'says 100 without end',
      answer: ({ socket }) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)),
      cause: /too many informational/,
    },
    {
      name: 'answers in bytes that are no text',
      answer: ({ socket }) => socket.write(Buffer.from(answerText('{"a":"?"}').replace('?', '\u00ff'), 'latin1')),
      cause: /not UTF-8/,
    },
  ];

for (const { name, answer, cause: expected } of afterTheRequest) {
  test(`a server that ${name} leaves the outcome unknown, and gets no second request`, async () => {
    await using server = await MisbehavingServer.start(answer);
    await using exchange = open(server.url, { answerBytesMax: 65_536 });
    const sent = await exchange.send(order, yes);
    assert.equal(sent.kind, 'unknown', cause(sent));
    assert.match(cause(sent), expected);
    await pause(20);
    assert.equal(server.seen.length, 1);
    assert.equal(server.connections, 1);
  });
}

test('where nobody listens nothing was sent', async () => {
  const closed = createServer();
  closed.listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const address = closed.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  closed.close();
  await once(closed, 'close');
  await using exchange = open(`http://127.0.0.1:${port}`);
  assert.deepEqual(await exchange.send(order, yes), { kind: 'not_sent', cause: 'ECONNREFUSED' });
});

test('a request that may not leave any more is not sent, and the connection serves the next one', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(fine));
  await using exchange = open(server.url);
  assert.equal((await exchange.send(order, () => false)).kind, 'not_sent');
  assert.equal(server.seen.length, 0);
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  assert.equal((await exchange.send(order, () => false)).kind, 'not_sent');
  assert.equal(server.seen.length, 1);
  assert.equal(server.connections, 1);
});

test('the question is asked when the socket stands, and the bytes leave in the same tick', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(fine));
  await using exchange = open(server.url);
  const events: string[] = [];
  const first = exchange.send(order, () => {
    events.push('asked');
    queueMicrotask(() => events.push('later'));
    return true;
  });
  assert.equal(events.length, 0, 'not asked before there is a connection');
  await first;
  assert.deepEqual(events, ['asked', 'later']);
  const again = exchange.send(order, () => {
    events.push('asked again');
    return true;
  });
  assert.equal(events.at(-1), 'asked again', 'on a warm connection the question falls into the tick of the call');
  await again;
});

test('a question that fails sends nothing and fails', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(fine));
  await using exchange = open(server.url);
  await assert.rejects(
    exchange.send(order, () => {
      throw new Error('our own bug');
    }),
    /our own bug/,
  );
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  assert.equal(server.seen.length, 1);
});

test('a connection is used again, and dropped when it was idle for too long', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using server = await MisbehavingServer.start(({ socket }) => {
    socket.once('close', () => resolve());
    socket.write(fine);
  });
  await using exchange = open(server.url, { idleMilliseconds: 500 });
  await exchange.send(order, yes);
  await exchange.send(order, yes);
  assert.equal(server.connections, 1);
  await closed;
  await exchange.send(order, yes);
  assert.equal(server.connections, 2);
});

test('a connection that was idle for too long while we stood still is not used', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(fine));
  await using exchange = open(server.url, { idleMilliseconds: 50 });
  await exchange.send(order, yes);
  const until = performance.now() + 60;
  while (performance.now() < until);
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  assert.equal(server.connections, 2);
});

test('a server that says how long it waits is believed, with a margin', async () => {
  await using server = await MisbehavingServer.start(({ socket }) =>
    socket.write(answerText('{}', { headers: 'Keep-Alive: timeout=1\r\n' })),
  );
  await using exchange = open(server.url);
  await exchange.send(order, yes);
  await exchange.send(order, yes);
  assert.equal(server.connections, 2);
});

test('a server that says close is not asked again on that connection', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(answerText('{}', { headers: 'Connection: close\r\n' })));
  await using exchange = open(server.url);
  await exchange.send(order, yes);
  await exchange.send(order, yes);
  assert.equal(server.connections, 2);
});

test('a connection that the server closed while it was idle is not used', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using server = await MisbehavingServer.start(({ socket }) => {
    socket.write(fine);
    socket.once('close', () => resolve());
    setTimeout(() => socket.end(), 10);
  });
  await using exchange = open(server.url);
  await exchange.send(order, yes);
  // Only when both sides have let go of it.
  await closed;
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  assert.equal(server.seen.length, 2);
});

test('a connection on which something came while it was idle is not used: it would pass for the next answer', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const sockets: Conversation['socket'][] = [];
  await using server = await MisbehavingServer.start(({ socket }) => {
    sockets.push(socket);
    socket.once('close', () => resolve());
    socket.write(fine);
  });
  await using exchange = open(server.url);
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  sockets[0]?.write(answerText('{"code":"stale"}'));
  // It lets go of the connection when it hears what it did not ask for.
  await closed;
  assert.deepEqual(await exchange.send(order, yes), { kind: 'answered', status: 200, body: '{"code":"0"}' });
  assert.equal(server.connections, 2);
});

test('a reused connection that dies under a request leaves its outcome unknown; nothing is sent again', async () => {
  await using server = await MisbehavingServer.start(({ socket, count }) => {
    if (count === 1) socket.write(fine);
    else socket.resetAndDestroy();
  });
  await using exchange = open(server.url);
  await exchange.send(order, yes);
  assert.equal((await exchange.send(order, yes)).kind, 'unknown');
  await pause(20);
  assert.equal(server.seen.length, 2);
});

test('many requests at once are each sent once, over no more connections than allowed, and every answer finds its request', async () => {
  await using server = await MisbehavingServer.start(({ socket, text }) => {
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    setTimeout(() => socket.write(answerText(body)), Number(body) % 5);
  });
  await using exchange = open(server.url, { connectionsMax: 8, writeMilliseconds: 5000, connectMilliseconds: 5000 });
  const numbers = Array.from({ length: 300 }, (_, index) => String(index));
  const answers = await Promise.all(numbers.map((body) => exchange.send({ ...order, body }, yes)));
  assert.deepEqual(
    answers.map((sent) => (sent.kind === 'answered' ? sent.body : sent.kind)),
    numbers,
  );
  assert.equal(server.seen.length, 300);
  assert.equal(server.connections, 8);
});

test('who waits too long for a connection, or comes when too many wait, was not sent', async () => {
  await using server = await MisbehavingServer.start(({ socket, count }) => {
    if (count === 1) socket.write(fine);
  });
  await using exchange = open(server.url, { connectionsMax: 1, waitingMax: 1, connectMilliseconds: 1000 });
  // A connection has no more time to stand than a request to wait: this one stands already.
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  const [first, second, third] = await Promise.all([exchange.send(order, yes), exchange.send(order, yes), exchange.send(order, yes)]);
  assert.equal(first.kind, 'unknown');
  assert.deepEqual(second, { kind: 'not_sent', cause: 'no connection was free within 1000 ms' });
  assert.deepEqual(third, { kind: 'not_sent', cause: '1 requests wait already' });
  assert.equal(server.seen.length, 2);
});

test('a request that waited is asked only when its turn has come', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => setTimeout(() => socket.write(fine), 20));
  await using exchange = open(server.url, { connectionsMax: 1 });
  let halted = false;
  const first = exchange.send(order, yes);
  const second = exchange.send(order, () => !halted);
  setTimeout(() => (halted = true), 5);
  assert.equal((await first).kind, 'answered');
  assert.equal((await second).kind, 'not_sent');
  assert.equal(server.seen.length, 1);
});

test('closing leaves what was written unknown, and sends nothing that was not', async () => {
  await using server = await MisbehavingServer.start(() => {});
  const exchange = open(server.url, { connectionsMax: 1, writeMilliseconds: 5000 });
  const written = exchange.send(order, yes);
  const waiting = exchange.send(order, yes);
  await eventually('it was written', () => server.seen.length === 1);
  await exchange.close();
  assert.equal((await written).kind, 'unknown');
  assert.equal((await waiting).kind, 'not_sent');
  assert.equal((await exchange.send(order, yes)).kind, 'not_sent');
  assert.equal(server.seen.length, 1);
});

test('a header or path that would smuggle a second request is not sent', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => socket.write(fine));
  await using exchange = open(server.url);
  const bad: readonly SignedRequest[] = [
    { ...order, headers: { 'OK-ACCESS-KEY': 'k\r\nX: y' } },
    { ...order, headers: { 'X\r\nY': 'k' } },
    { ...order, headers: { 'content-length': '3' } },
    { ...order, headers: { 'Transfer-Encoding': 'chunked' } },
    { ...order, path: '/x HTTP/1.1\r\nHost: y\r\n\r\n' },
    { ...order, path: 'http://elsewhere/' },
    { ...query, body: 'x' },
    { ...order, body: '\ud800' },
  ];
  for (const request of bad) assert.equal((await exchange.send(request, yes)).kind, 'not_sent');
  assert.equal(server.connections, 0);
});

test('plain http leaves this machine in no case', () => {
  for (const baseUrl of [
    'http://www.okx.com',
    'http://10.0.0.1:80',
    'http://127.0.0.1.example.com',
    'ftp://127.0.0.1',
    'https://k@www.okx.com',
    'https://www.okx.com/x',
    '',
  ]) {
    assert.equal(createExchange({ baseUrl, clock: systemClock }).ok, false, baseUrl);
  }
  for (const baseUrl of ['http://127.0.0.1:1', 'http://[::1]:1', 'http://localhost:1', 'https://www.okx.com']) {
    assert.equal(createExchange({ baseUrl, clock: systemClock }).ok, true, baseUrl);
  }
});
