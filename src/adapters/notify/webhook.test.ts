import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { postJson } from './webhook.ts';

type Seen = { readonly request: IncomingMessage; readonly body: string };

/** A server on this machine for the length of one test. */
async function serving<Value>(listener: RequestListener, use: (url: string) => Promise<Value>): Promise<Value> {
  return listening(createServer(listener), use);
}

async function listening<Value>(
  server: Pick<Server, 'listen' | 'address' | 'close'>,
  use: (url: string) => Promise<Value>,
): Promise<Value> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

test('a message is posted once as JSON, and every status from 200 to 299 is a yes', async () => {
  for (const status of [200, 202, 204, 299]) {
    const seen: Seen[] = [];
    // One after the other: each has a server of its own.
    // oxlint-disable-next-line no-await-in-loop
    const told = await serving(
      (request, response) =>
        void text(request).then((body) => {
          seen.push({ request, body });
          response.writeHead(status).end();
        }),
      (url) => postJson({ url: `${url}/a/b?c=d`, body: '{"é":1}' }),
    );
    assert.deepEqual(told, { kind: 'told' });
    assert.equal(seen.length, 1);
    assert.deepEqual([seen[0]?.request.method, seen[0]?.request.url, seen[0]?.body], ['POST', '/a/b?c=d', '{"é":1}']);
    assert.equal(seen[0]?.request.headers['content-type'], 'application/json');
  }
});

test('any other status is a no that says which, and a redirect is not followed', async () => {
  for (const status of [301, 302, 307, 400, 404, 429, 500]) {
    let asked = 0;
    // oxlint-disable-next-line no-await-in-loop
    const told = await serving(
      (_request, response) => {
        asked += 1;
        response.writeHead(status, { location: '/elsewhere' }).end();
      },
      (url) => postJson({ url, body: '{}' }),
    );
    assert.deepEqual([told, asked], [{ kind: 'failed', cause: `answered with status ${status}` }, 1]);
  }
});

test('an answer of an old protocol without a length is a yes by its status, and an endless one is not read', async () => {
  for (const answer of ['HTTP/1.0 200 OK\r\n\r\nfine', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_000_000)}`]) {
    const server = createPlainServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(answer));
    });
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(await listening(server, (url) => postJson({ url, body: '{}' })), { kind: 'told' });
  }
});

test('a server that does not answer costs the time-out and no more, and one that is not there is told by its code', async () => {
  const silent = createPlainServer((socket) => void socket.on('error', () => {}));
  const told = await listening(silent, (url) => postJson({ url, body: '{}', timeoutMilliseconds: 50 }));
  assert.deepEqual(told, { kind: 'failed', cause: 'no answer within 50 ms' });
  const gone = await serving(
    () => {},
    (url) => Promise.resolve(url),
  );
  assert.deepEqual(await postJson({ url: gone, body: '{}' }), { kind: 'failed', cause: 'ECONNREFUSED' });
});

test('what goes wrong never tells the address, which may be a secret', async () => {
  for (const url of ['http://127.0.0.1:1/secret-token', 'https://127.0.0.1:1/secret-token\u0001']) {
    // oxlint-disable-next-line no-await-in-loop
    const told = await postJson({ url, body: '{}', timeoutMilliseconds: 2000 });
    assert.equal(told.kind, 'failed');
    assert.doesNotMatch(JSON.stringify(told), /secret-token/);
  }
});
