import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Backend, BODY_BYTES_MAX, listen, type WireRequest } from '../../src/doors/okx/listener.ts';

type Heard = { readonly status: number; readonly text: string; readonly broken: string };
type Asking = {
  readonly port: number;
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
};

/** One request; `broken` is the error under which the connection ended before the answer was whole. */
function ask({ port, path = '/', body = '', headers = {}, agent }: Asking): Promise<Heard> {
  return new Promise((resolve) => {
    let [status, text] = [0, ''];
    const end = (error: NodeJS.ErrnoException): void => {
      resolve({ status, text, broken: error.code ?? error.message });
    };
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: agent ?? new Agent() }, (answer) => {
      status = answer.statusCode ?? 0;
      answer.on('data', (part: Buffer) => {
        text += part.toString();
      });
      answer.on('error', end);
      answer.on('end', () => {
        resolve({ status, text, broken: '' });
      });
    });
    asked.on('error', end);
    asked.end(body);
  });
}

async function withListener(backend: Backend, prove: (port: number) => Promise<void>): Promise<void> {
  const listener = await listen({ backend, host: '127.0.0.1', port: 0 });
  try {
    await prove(listener.port);
  } finally {
    await listener.close();
  }
}

const fine = {
  kind: 'answer',
  status: 200,
  contentType: 'application/json',
  body: '{"long":"enough to halve"}',
  delayMilliseconds: 0,
} as const;

test('the backend sees path, query and body exactly as they were sent, and header names in lower case', async () => {
  const seen: WireRequest[] = [];
  const backend: Backend = (wire) => {
    seen.push(wire);
    return fine;
  };
  await withListener(backend, async (port) => {
    const heard = await ask({ port, path: '/a/b?x=1%2C2&y=%E2%82%AC', body: '{ "b":1,"a": 2 }', headers: { 'OK-ACCESS-KEY': 'k' } });
    assert.deepEqual(heard, { status: 200, text: fine.body, broken: '' });
  });
  assert.equal(seen[0]?.url, '/a/b?x=1%2C2&y=%E2%82%AC');
  assert.equal(Buffer.from(seen[0]?.body ?? []).toString(), '{ "b":1,"a": 2 }');
  assert.equal(seen[0]?.headers['ok-access-key'], 'k');
  assert.equal(seen[0]?.remoteAddress, '127.0.0.1');
});

test('each reaction does to the connection what it says', async () => {
  await withListener(
    ({ url }) => {
      if (url === '/reset') return { kind: 'reset', delayMilliseconds: 0 };
      if (url === '/hang') return { kind: 'hang', closeAfterMilliseconds: 80 };
      if (url === '/truncated') return { ...fine, kind: 'truncated' };
      return { ...fine, delayMilliseconds: url === '/late' ? 80 : 0 };
    },
    async (port) => {
      assert.deepEqual(await ask({ port, path: '/reset' }), { status: 0, text: '', broken: 'ECONNRESET' });
      const before = performance.now();
      assert.deepEqual(await ask({ port, path: '/hang' }), { status: 0, text: '', broken: 'ECONNRESET' });
      assert.ok(performance.now() - before >= 75);
      const half = await ask({ port, path: '/truncated' });
      assert.deepEqual(half, { status: 200, text: fine.body.slice(0, fine.body.length / 2), broken: 'ECONNRESET' });
      const late = performance.now();
      assert.equal((await ask({ port, path: '/late' })).text, fine.body);
      assert.ok(performance.now() - late >= 75);
    },
  );
});

test('a connection is kept for the next request', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await withListener(
    () => fine,
    async (port) => {
      for (let index = 0; index < 3; index += 1) assert.equal((await ask({ port, agent })).status, 200);
      assert.equal(Object.values(agent.freeSockets).flat().length, 1);
      agent.destroy();
    },
  );
});

test('a body that is too large, a foreign name, a web page and an upgrade are refused before the backend hears of them', async () => {
  let heard = 0;
  const backend: Backend = () => {
    heard += 1;
    return fine;
  };
  await withListener(backend, async (port) => {
    const large = await ask({ port, body: 'x'.repeat(BODY_BYTES_MAX + 1) });
    assert.deepEqual([large.status, /at most 262144/.test(large.text)], [413, true]);
    for (const host of ['example.com', `10.0.0.1:${port}`, '127.0.0.1.example.com']) {
      assert.equal((await ask({ port, headers: { host } })).status, 421, host);
    }
    for (const origin of ['https://example.com', `http://127.0.0.1:${port}`, 'null'])
      assert.equal((await ask({ port, headers: { origin } })).status, 403, 'a web page, by the word of its browser');
    const upgraded = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      });
      let text = '';
      socket.on('data', (part) => (text += part.toString()));
      socket.on('close', () => {
        resolve(text);
      });
    });
    assert.match(upgraded, /^HTTP\/1.1 501 /);
  });
  assert.equal(heard, 0);
});

test('a backend that fails closes the connection: the caller never gets an answer that looks like one', async () => {
  const failing: Backend = () => Promise.reject(new Error('planted'));
  await withListener(failing, async (port) => {
    assert.deepEqual(await ask({ port }), { status: 0, text: '', broken: 'ECONNRESET' });
  });
});

test('it listens on loopback only', async () => {
  await assert.rejects(listen({ backend: () => fine, host: '0.0.0.0', port: 0 }), /only loopback/);
});

test('closing ends connections that still hang', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
  const backend: Backend = () => {
    hear();
    return { kind: 'hang', closeAfterMilliseconds: 60_000 };
  };
  const listener = await listen({ backend, host: '127.0.0.1', port: 0 });
  const hanging = ask({ port: listener.port });
  await heard;
  await listener.close();
  assert.equal((await hanging).broken, 'ECONNRESET');
});
