import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { DoorAgent, HttpDoor } from '../../src/core/channel.ts';
import { listedTools } from '../../src/protocol/schemas.ts';
import { eventually } from './harness/eventually.ts';
import { ask, type Answered, type Asked, bearer, json, ping, raw } from './harness/http.ts';
import { connectAgent, eras, type Era, fakeGateway, type FakeGateway, head, order } from './mcp-gateway.ts';

// The real doors' HTTP, with raw requests and the official client; only the gateway behind is a stand-in that notes what it was asked.

const tokens = { one: `twokey_${'1'.repeat(43)}`, two: `twokey_${'2'.repeat(43)}` } as const;
const door: HttpDoor = { host: '127.0.0.1', port: 0, hosts: [], origins: [] };

function agent(name: keyof typeof tokens): DoorAgent {
  return { name, tokenHash: createHash('sha256').update(tokens[name]).digest('hex') };
}

function serving(http: HttpDoor = door): Promise<FakeGateway> {
  return fakeGateway({ agents: [agent('one'), agent('two'), 'tokenless'], http });
}

function codeOf({ body }: Answered): unknown {
  const { jsonrpc, id, error } = JSON.parse(body) as { jsonrpc: string; id: null; error: { message: string; data: { code: string } } };
  assert.equal(jsonrpc, '2.0');
  assert.equal(id, null);
  assert.match(error.message, /^[a-z].*[^.]$/s);
  return error.data.code;
}

for (const era of Object.keys(eras) as readonly Era[]) {
  test(`${era}: an agent with its token lists the tools over HTTP and asks in its own name`, async () => {
    await using gateway = await serving();
    const client = new Client({ name: 'a test', version: '1.2.3' }, { versionNegotiation: { mode: eras[era] } });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${gateway.port}/mcp`), { requestInit: { headers: bearer(tokens.two) } }),
    );
    assert.deepEqual((await client.listTools()).tools, JSON.parse(JSON.stringify(listedTools)));
    const result = await client.callTool({ name: 'place_order', arguments: { intent_id: 'a-1', ...order } });
    assert.deepEqual(result.structuredContent, { ...head, tool: 'place_order', asked: { intent_id: 'a-1', ...order } });
    assert.deepEqual(
      gateway.calls.map(({ principal, client: { name } }) => `${principal} ${name}`),
      // A legacy client says who it is in its handshake alone, and over HTTP no two requests know of each other.
      [era === '2026-07-28' ? 'two a test' : 'two '],
    );
    await client.close();
  });
}

test('no token, a wrong one, one in the wrong place, and that of an agent without one are the same 401, and the connection ends', async () => {
  await using gateway = await serving();
  const wrong: readonly Asked[] = [
    {},
    { headers: bearer('') },
    { headers: bearer(`twokey_${'3'.repeat(43)}`) },
    { headers: bearer(agent('one').tokenHash) },
    { headers: { authorization: tokens.one } },
    { headers: { authorization: `Basic ${tokens.one}` } },
    { headers: { authorization: `Bearer ${tokens.one} ${tokens.two}` } },
    { headers: { cookie: `token=${tokens.one}` } },
    { headers: { 'x-api-key': tokens.one } },
    { method: 'GET' },
    { method: 'DELETE' },
    { method: 'OPTIONS' },
  ];
  const bodies = new Set<string>();
  for (const each of wrong) {
    const answer = await ask(gateway, each);
    assert.equal(answer.status, 401, JSON.stringify(each));
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="twokey"');
    assert.equal(answer.headers['connection'], 'close');
    assert.equal(codeOf(answer), 'NOT_ALLOWED');
    bodies.add(answer.body);
  }
  assert.equal(bodies.size, 1);
  // A token in the address stands in logs and histories: there is no such address.
  assert.equal((await ask(gateway, { path: `/mcp?token=${tokens.one}` })).status, 404);
  assert.equal((await ask(gateway, { headers: bearer(tokens.one) })).status, 200);
});

test('a foreign Host is refused though the token is right, be it another name, another port or a name and a half', async () => {
  await using gateway = await serving({ ...door, hosts: ['box.example:8443'] });
  const { port } = gateway;
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost',
    `localhost:${port + 1}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost:${port}@evil.example`,
  ]) {
    const answer = await ask(gateway, { headers: { host, ...bearer(tokens.one) } });
    assert.equal(answer.status, 421, host);
    assert.equal(codeOf(answer), 'NOT_ALLOWED');
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`, 'box.example:8443'])
    assert.equal((await ask(gateway, { headers: { host, ...bearer(tokens.one) } })).status, 200, host);
  const twice = await raw(gateway, `POST /mcp HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.example\r\n\r\n`);
  assert.match(twice, /^HTTP\/1.1 4\d\d /);
  assert.equal(gateway.calls.length, 0);
});

test('every Origin is refused where none is allowed, also that of this machine, and health as well; an allowed one is compared whole', async () => {
  await using gateway = await serving();
  const own = `http://127.0.0.1:${gateway.port}`;
  for (const origin of [own, `http://localhost:${gateway.port}`, 'http://localhost:3000', 'null', 'https://evil.example', '']) {
    for (const path of ['/mcp', '/healthz']) {
      const answer = await ask(gateway, { method: path === '/mcp' ? 'POST' : 'GET', path, headers: { origin, ...bearer(tokens.one) } });
      assert.equal(answer.status, 403, `${origin} ${path}`);
      assert.equal(codeOf(answer), 'NOT_ALLOWED');
    }
  }
  await using open = await serving({ ...door, origins: ['https://box.example'] });
  const from = async (origin: string) => (await ask(open, { headers: { origin, ...bearer(tokens.one) } })).status;
  assert.deepEqual(
    [await from('https://box.example'), await from('https://box.example:444'), await from('http://box.example')],
    [200, 403, 403],
  );
});

test('a body that is too long is not read, whether it says so or not, and one that is no JSON-RPC message says what would be', async () => {
  await using gateway = await serving();
  const headers = bearer(tokens.one);
  const long = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { more: 'x'.repeat(70_000) } });
  const declared = await ask(gateway, { headers: { ...headers, 'content-length': String(10 ** 12) }, body: '' });
  assert.equal(declared.status, 413);
  const chunked = await ask(gateway, { headers: { ...headers, 'transfer-encoding': 'chunked' }, body: long });
  assert.deepEqual([chunked.status, codeOf(chunked), chunked.headers['connection']], [413, 'SCHEMA', 'close']);
  const cases: readonly (readonly [string, number])[] = [
    ['', 400],
    ['{', 400],
    ['\uFFFD\0', 400],
    [`[${ping},${ping}]`, 400],
    ['7', 400],
    ['{}', 400],
  ];
  for (const [body, status] of cases) assert.equal((await ask(gateway, { headers, body })).status, status, body);
  const typed = await ask(gateway, { headers: { ...headers, 'content-type': 'text/plain' } });
  assert.deepEqual([typed.status, codeOf(typed)], [415, 'SCHEMA']);
  const got = await ask(gateway, { method: 'GET', headers });
  assert.equal(got.status, 405);
  assert.equal(gateway.calls.length, 0);
  assert.deepEqual(gateway.surprises, []);
});

test('health is told to everybody on this machine and says nothing else; every other path is not there', async () => {
  await using gateway = await serving();
  const health = await ask(gateway, { method: 'GET', path: '/healthz' });
  assert.deepEqual([health.status, health.body], [200, '{"status":"ok"}']);
  assert.equal((await ask(gateway, { path: '/healthz' })).status, 405);
  for (const path of [
    '/page/',
    '/page.html',
    '/page.css?x',
    '/files/page.js',
    '/registration.js',
    '/status',
    '/mcp/',
    '/MCP',
    '/mcp/halt',
    '/../mcp',
    '//mcp',
    '/api/v5/trade/order',
    `http://127.0.0.1:${gateway.port}/mcp`,
  ])
    assert.equal((await ask(gateway, { path, headers: bearer(tokens.one) })).status, 404, path);
});

test('a token is its agent’s and nobody else’s, whatever the request says of who asks', async () => {
  await using gateway = await serving();
  const call = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'get_portfolio', arguments: {}, principal: 'two', _meta: { principal: 'two', agent: 'two' } },
  });
  const answer = await ask(gateway, { headers: { ...bearer(tokens.one), 'x-agent': 'two', 'x-forwarded-user': 'two' }, body: call });
  assert.equal(answer.status, 200);
  assert.deepEqual(
    gateway.calls.map(({ principal }) => principal),
    ['one'],
  );
});

test('who is revoked, or has another token, is cut off in the middle of a call, by socket and by HTTP, and the others are not', async () => {
  await using gateway = await serving();
  gateway.respond = () => {};
  const waiting = (name: keyof typeof tokens, id: string) =>
    ask(gateway, {
      headers: bearer(tokens[name]),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_intent', arguments: { intent_id: id } } }),
    });
  const [first, second] = [waiting('one', 'mine'), waiting('two', 'yours')];
  const socket = connect(`${gateway.home}/run/agent-one.sock`);
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await eventually('both calls wait', () => gateway.calls.length === 2);
  gateway.setAgents([agent('two')]);
  await assert.rejects(first, /socket hang up|ECONNRESET/);
  await ended;
  assert.equal((await ask(gateway, { headers: bearer(tokens.one) })).status, 401);
  const [, held] = gateway.calls;
  assert.ok(held !== undefined);
  gateway.doors.answer({ incarnation: held.incarnation, call: held.call, failed: false, answer: head });
  assert.equal((await second).status, 200);
  await assert.rejects(opened(`${gateway.home}/run/agent-one.sock`), /ENOENT|ECONNREFUSED/);
  // A new token ends the old one; the name may come back, with its socket.
  gateway.setAgents([agent('one'), { ...agent('two'), tokenHash: createHash('sha256').update('another').digest('hex') }]);
  await eventually('the first may ask again', async () => (await ask(gateway, { headers: bearer(tokens.one) })).status === 200);
  assert.equal((await ask(gateway, { headers: bearer(tokens.two) })).status, 401);
  (await opened(`${gateway.home}/run/agent-one.sock`)).destroy();
});

test('two hundred calls at once over as many connections are all asked, once each, and all answered', async () => {
  await using gateway = await serving();
  const names = Array.from({ length: 200 }, (_, index) => `burst-${index}`);
  const place = (name: string) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'place_order', arguments: { intent_id: name, ...order } },
    });
  const answers = await Promise.all(names.map((name) => ask(gateway, { headers: bearer(tokens.one), body: place(name) })));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.deepEqual(
    new Set(gateway.calls.map(({ arguments: given }) => (given as { readonly intent_id: string }).intent_id)),
    new Set(names),
  );
  assert.equal(gateway.calls.length, 200);
});

test('a client that goes away in the middle loses its answer and nothing else: the call is not taken back', async () => {
  await using gateway = await serving();
  const held: (() => void)[] = [];
  const respond = gateway.respond;
  gateway.respond = (call) => void held.push(() => respond(call));
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'place_order', arguments: { intent_id: 'gone', ...order } },
  });
  const head = `POST /mcp HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${tokens.one}\r\nAccept: ${json.accept}\r\n`;
  const socket = connect({ host: '127.0.0.1', port: gateway.port });
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  await eventually('the gateway is asked', () => held.length === 1);
  socket.destroy();
  for (const answer of held) answer();
  gateway.respond = respond;
  const again = await ask(gateway, { headers: bearer(tokens.one), body });
  assert.equal(again.status, 200);
  assert.deepEqual(
    gateway.calls.map(({ tool }) => tool),
    ['place_order', 'place_order'],
  );
  assert.deepEqual(gateway.surprises, []);
});

test('doors that die come back on the same port, with the agents that there are then', async () => {
  await using gateway = await serving();
  gateway.setAgents([agent('two')]);
  process.kill(gateway.doors.pid() ?? 0, 'SIGKILL');
  await eventually('the second is served again', async () => (await ask(gateway, { headers: bearer(tokens.two) })).status === 200);
  assert.equal((await ask(gateway, { headers: bearer(tokens.one) })).status, 401);
});

test('where the port is somebody else’s the sockets are served all the same, and the gateway is told', async () => {
  const stranger = createServer();
  await new Promise<void>((resolve) => void stranger.listen(0, '127.0.0.1', () => resolve()));
  await using gateway = await serving({ ...door, port: (stranger.address() as AddressInfo).port });
  assert.deepEqual([gateway.port, gateway.withoutHttp], [0, 1]);
  await using served = await connectAgent({ home: gateway.home, era: '2026-07-28', agent: 'one' });
  assert.deepEqual((await served.client.listTools()).tools.length, listedTools.length);
  stranger.close();
});

test('whoever is slow to ask, or never does, holds a place only until somebody wants it; fifteen hundred strangers keep no agent out', async () => {
  await using gateway = await serving();
  const strangers = Array.from({ length: 1500 }, () => connect({ host: '127.0.0.1', port: gateway.port }).on('error', () => {}));
  let gone = 0;
  for (const stranger of strangers)
    stranger
      .resume()
      .on('close', () => (gone += 1))
      .write('POST /mcp HTTP/1.1\r\nHost: ');
  await eventually('the oldest were let go', () => gone >= 400);
  assert.equal((await ask(gateway, { headers: bearer(tokens.one) })).status, 200);
  await eventually('the others did not come to a word in time', () => gone === strangers.length);
});

test('what is no HTTP and headers without end are answered in the same shape, and the connection ends', async () => {
  await using gateway = await serving();
  for (const [bytes, status] of [
    ['nonsense\r\n\r\n', 400],
    [`GET /healthz HTTP/1.1\r\nHost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ] as const) {
    const said = await raw(gateway, bytes);
    assert.match(said, new RegExp(`^HTTP/1.1 ${status} `));
    assert.equal(codeOf({ status, headers: {}, body: said.slice(said.indexOf('\r\n\r\n') + 4) }), 'SCHEMA');
  }
});

test('an agent that asks without end is told to wait, and may still stop; another agent does not notice', async () => {
  await using gateway = await serving();
  const headers = bearer(tokens.one);
  // All in one breath, over one connection; the last one asks for its end.
  const wire = (last: string) =>
    `POST /mcp HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${tokens.one}\r\nAccept: ${json.accept}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${last}\r\n{}`;
  const said = await raw(gateway, wire('').repeat(2000) + wire('Connection: close\r\n'));
  const refused = said.slice(said.indexOf('HTTP/1.1 429 Too Many Requests\r\n'));
  const waits = { status: 429, headers: {}, body: refused.slice(refused.indexOf('\r\n\r\n') + 4, refused.indexOf('}HTTP') + 1) };
  assert.match(waits.body, /the next may come in 1 s/);
  assert.equal(codeOf(waits), 'RATE_LIMIT');
  const halt = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'halt_trading', arguments: { reason: 'enough' } } };
  assert.equal((await ask(gateway, { headers, body: JSON.stringify(halt) })).status, 200);
  assert.deepEqual(
    gateway.calls.map(({ tool }) => tool),
    ['halt_trading'],
  );
  assert.equal((await ask(gateway, { headers: bearer(tokens.two) })).status, 200);
});

function opened(path: string): Promise<ReturnType<typeof connect>> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket)).on('error', reject);
  });
}
