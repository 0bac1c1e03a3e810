import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { OperatorRequest } from '../../src/adapters/operator/protocol.ts';
import type { Answer } from './harness/agent.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// Agents that the operator adds and revokes while the real gateway runs, by socket and over HTTP.

const wish = {
  instrument: 'BTC-USDT',
  side: 'buy',
  type: 'market',
  quantity: '20',
  quantity_unit: 'usd',
  reason: 'a test of the road',
} as const;

/** On a slow machine an outcome takes its time. */
const patient = { answer_wait: '"10s"' };

/** An agent as a host that speaks HTTP connects it: the official client with a token. */
async function overHttp(world: World, token: string) {
  const http = String(httpOf(world));
  const client = new Client({ name: 'over http', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${http}/mcp`), { requestInit: { headers } }));
  return {
    [Symbol.asyncDispose]: () => client.close(),
    call: async (tool: string, given: Readonly<Record<string, unknown>>): Promise<Answer> =>
      (await client.callTool({ name: tool, arguments: { ...given } })).structuredContent ?? {},
  };
}

/** The same, once the doors have heard of the token: the command that adds an agent does not wait for them. */
function entered(world: World, token: string) {
  return eventually('the agent is let in', () => overHttp(world, token));
}

function httpOf({ home }: World): string {
  return `http://${/\[http\]\nlisten = "([^"]+)"/.exec(readFileSync(join(home, 'twokey.toml'), 'utf8'))?.[1] ?? ''}`;
}

async function added(world: World, name: string): Promise<string> {
  const { token } = await world.read('agents', 'add', name, '--reason', 'a test');
  assert.match(String(token), /^twokey_[A-Za-z0-9_-]{43}$/);
  return String(token);
}

test('an agent that is added trades over HTTP and by its socket as one; its token is told once and stands nowhere', async () => {
  await using world = await World.create({ policy: patient });
  const gateway = await world.up();
  assert.match(gateway.stdout, new RegExp(`^ready okx:sim:1001 ACTIVE http=${httpOf(world)} sim=`, 'm'));
  const told = await world.run(['agents', 'add', 'research']);
  assert.equal(told.code, 0);
  const token = /twokey_[A-Za-z0-9_-]{43}/.exec(told.stdout)?.[0] ?? '';
  assert.match(told.stdout, /shown this once and kept nowhere/);
  assert.match(told.stdout, new RegExp(`over HTTP: ${httpOf(world)}/mcp`));
  await using agent = await entered(world, token);
  assert.equal(statSync(join(world.home, 'run', 'agent-research.sock')).mode & 0o777, 0o600);
  const placed = await agent.call('place_order', { intent_id: 'one', ...wish });
  assert.deepEqual([placed.status, placed.sent_to_exchange], ['filled', 'yes']);
  assert.equal((await world.exchange.ledger()).orders.filter(({ clOrdId }) => clOrdId === placed.order?.client_order_id).length, 1);
  // The same agent by the other door: the wish is known, and happens once.
  await using bySocket = await world.agent('research');
  assert.equal((await bySocket.place({ ...wish, intent_id: 'one' })).order?.client_order_id, placed.order?.client_order_id);
  const [entry] = journalOf(world.home).filter(({ kind }) => kind === 'agent_added');
  assert.deepEqual(entry?.body, {
    agent: 'research',
    token_hash: createHash('sha256').update(token).digest('hex'),
    by: 'operator',
    reason: '',
  });
  for (const file of filesOf(world.home)) assert.ok(!readFileSync(file).includes(token), `${file} holds the token`);
  assert.ok(!(gateway.stdout + gateway.stderr).includes(token));
  assert.match((await world.run(['agents'])).stdout, /research +run\/agent-research\.sock +yes/);
  const { code, stderr } = await world.run(['agents', 'add', 'research']);
  assert.deepEqual([code, /has a token already/.test(stderr)], [1, true]);
});

test('revoked, an agent is cut off at once by both doors, its entries are cancelled, and a restart does not bring it back', async () => {
  await using world = await World.create({ agents: ['mine', 'other'], policy: patient });
  await world.startExchange();
  const gateway = await world.up();
  const token = await added(world, 'mine');
  const others = await added(world, 'other');
  await using agent = await entered(world, token);
  const price = String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.997));
  const limit = {
    ...wish,
    type: 'limit',
    price,
    quantity: '0.001',
    quantity_unit: 'base',
    expected_notional_usd: String(Math.floor(Number(price) / 1000)),
  };
  const resting = await agent.call('place_order', { intent_id: 'rests', ...limit });
  assert.equal(resting.status, 'working', JSON.stringify(resting));
  const socket = connect(join(world.home, 'run', 'agent-mine.sock'));
  const ended = new Promise<void>((resolve) => void socket.on('close', () => resolve()));
  assert.equal((await world.run(['agents', 'revoke', 'mine', '--reason', 'its laptop is gone'])).code, 0);
  await ended;
  await assert.rejects(agent.call('get_portfolio', {}), /401|NOT_ALLOWED|Authorization/);
  await eventually('its entry is cancelled', async () =>
    (await world.exchange.ledger()).orders.some(({ clOrdId, state }) => clOrdId === resting.order?.client_order_id && state === 'canceled'),
  );
  await using spared = await entered(world, others);
  const bought = await spared.call('place_order', { intent_id: 'goes-on', ...wish });
  assert.equal(bought.status, 'filled', JSON.stringify(bought));
  await gateway.stop();
  await world.up();
  await assert.rejects(overHttp(world, token));
  await using still = await entered(world, others);
  assert.equal((await still.call('get_intent', { intent_id: 'goes-on' })).status, 'filled');
  const listed = await world.read('agents', 'list');
  assert.deepEqual(
    [listed['agents'], listed['revoked']].map((rows) => (rows as readonly { readonly name: string }[]).map(({ name }) => name)),
    [['other'], ['mine']],
  );
  // With another token it is an agent again, and the old one stays what it is.
  const again = await added(world, 'mine');
  await using back = await entered(world, again);
  assert.equal((await back.call('get_intent', { intent_id: 'rests' })).status, 'cancelled');
  await assert.rejects(overHttp(world, token));
});

test('a new token ends the old one, and what was opened with it', async () => {
  await using world = await World.create({ policy: patient });
  await world.up();
  const first = await added(world, 'default');
  await using agent = await entered(world, first);
  const { token } = await world.read('agents', 'token', 'default');
  await eventually('the old token is refused', () =>
    agent.call('get_limits', {}).then(
      () => false,
      () => true,
    ),
  );
  await using renewed = await entered(world, String(token));
  assert.equal((await renewed.call('place_order', { intent_id: 'one', ...wish })).status, 'filled');
});

test('one agent cannot see, cancel or close what is another’s, by no door and under no name', async () => {
  await using world = await World.create({ agents: ['a', 'b'], policy: patient });
  await world.up();
  await using ofB = await entered(world, await added(world, 'b'));
  await using ofA = await entered(world, await added(world, 'a'));
  const held = await ofB.call('place_order', { intent_id: 'held', ...wish });
  assert.equal(held.status, 'filled');
  const price = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.997));
  const expected = String(Math.floor(Number(price) / 100));
  const limit = {
    ...wish,
    instrument: 'ETH-USDT',
    type: 'limit',
    price,
    quantity: '0.01',
    quantity_unit: 'base',
    expected_notional_usd: expected,
  };
  const resting = await ofB.call('place_order', { intent_id: 'rests', ...limit });
  assert.equal(resting.status, 'working', JSON.stringify(resting));
  const id = resting.order?.client_order_id ?? '';
  await using bySocket = await world.agent('a');
  const doors = [ofA.call, async (tool: string, given: Readonly<Record<string, unknown>>) => (await bySocket.call(tool, given)).answer];
  for (const [index, call] of doors.entries()) {
    for (const name of ['held', 'rests', 'b/rests'])
      assert.match(String((await call('get_intent', { intent_id: name })).code), /NOT_FOUND|SCHEMA/);
    const asked = [
      ['cancel_orders', { client_order_id: id }],
      ['cancel_orders', { instrument: 'ETH-USDT' }],
      ['cancel_orders', {}],
      ['close_position', { instrument: 'BTC-USDT' }],
      ['set_protection', { instrument: 'BTC-USDT', stop_loss: '1000' }],
      ['set_protection', { client_order_id: id, stop_loss: '1000' }],
    ] as const;
    for (const [number, [tool, given]] of asked.entries()) {
      const answer = await call(tool, { intent_id: `theirs-${index}-${number}`, reason: 'it is mine', ...given });
      assert.equal(answer.status, 'denied', `${tool} ${JSON.stringify(given)}: ${JSON.stringify(answer)}`);
      assert.equal(answer.sent_to_exchange, 'no');
    }
    const seen = JSON.stringify(await call('get_portfolio', {}));
    assert.ok(!seen.includes(id), 'an order of another’s is told');
    // The name of a wish is its agent's own: this is another one, and answered as such.
    assert.notEqual((await call('preview_order', { intent_id: 'rests', ...limit })).order?.client_order_id, id);
  }
  const orders = (await world.exchange.ledger()).orders.filter(({ clOrdId }) => clOrdId === id);
  assert.deepEqual(
    orders.map(({ state }) => state),
    ['live'],
  );
});

/** Every verb of the operator, with arguments that would be right: a verb that is missing here does not compile. */
const everyVerb: { readonly [Verb in OperatorRequest['verb']]: Readonly<Record<string, unknown>> } = {
  status: {},
  limits: {},
  positions: {},
  orders: {},
  account_config: {},
  account_balance: {},
  agents: {},
  approvals: {},
  alerts: {},
  alert_test: {},
  page: {},
  reconcile: {},
  adopt: { reason: 'x' },
  approve: { approval: 'a2b3', reason: '' },
  deny: { approval: 'a2b3', reason: '' },
  ack: { alert: 'all', reason: '' },
  set_leverage: { instrument: 'BTC-USDT-SWAP', leverage: '2', reason: '' },
  freeze: { subject: 'BTC-USDT', reason: 'x' },
  unfreeze: { subject: 'BTC-USDT', reason: 'x' },
  flatten: { instrument: 'BTC-USDT', reason: 'x' },
  resolve: { order: 't1', reason: 'x' },
  resume: { reason: 'x' },
  rotate: { reason: 'x' },
  promote: { reason: 'x' },
  demote: { reason: 'x' },
  agent_add: { agent: 'evil', reason: 'x' },
  agent_token: { agent: 'default', reason: 'x' },
  agent_revoke: { agent: 'default', reason: 'x' },
  policy_apply: { digest: 'a'.repeat(64), reason: 'x' },
  policy_loosen: { digest: 'a'.repeat(64), reason: 'x' },
  policy_withdraw: { reason: 'x' },
  // Stopping is open to whoever can reach the operator's socket; agents stop by a tool of their own.
  halt: { reason: 'x', flatten: true },
  reduce_only: { reason: 'x' },
};
const open: ReadonlySet<string> = new Set(['reduce_only']);

test('no verb of the operator is reached through any door of an agent, and none but stopping with what an agent has', async () => {
  // An agent that asks for such tools is frozen otherwise, which changes what is compared at the end.
  await using world = await World.create({ policy: { tripwire: '"alert"' } });
  await world.up();
  const token = await added(world, 'default');
  const before = await world.read('status');
  const written = journalOf(world.home).length;
  for (const [verb, given] of Object.entries(everyVerb)) {
    const lines = [
      { jsonrpc: '2.0', id: 1, method: verb, params: given },
      { jsonrpc: '2.0', id: 1, method: `operator/${verb}`, params: given },
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: verb, arguments: given } },
    ];
    const socket = join(world.home, 'run', 'agent-default.sock');
    for (const line of lines) {
      assert.match(refusalIn(await said(socket, line)), /Method not found|unknown tool|Missing|envelope|initialize/i, `${verb} by socket`);
      assert.match(
        refusalIn(await posted(world, { token, body: line })),
        /not found|unknown tool|Unsupported|header/i,
        `${verb} over HTTP`,
      );
    }
    // As the operator's own line, on the socket of an agent and on the operator's, with the only secret that an agent has.
    const own = { id: 1, token, verb, arguments: given };
    assert.match(await said(socket, own), /expected one JSON-RPC message a line/);
    assert.match(refusalIn(await posted(world, { token, body: own })), /JSON-RPC|Invalid/i);
    for (const path of [`/${verb}`, `/operator/${verb}`, `/mcp/${verb}`, `/api/${verb}`])
      assert.match(await posted(world, { token, path, body: given }), /NOT_FOUND/);
    if (open.has(verb)) continue;
    const answer = JSON.parse(await said(join(world.home, 'run', 'operator.sock'), own)) as { readonly ok: boolean; readonly code: string };
    assert.deepEqual([answer.ok, answer.code], [false, 'NOT_ALLOWED'], `${verb} with the token of an agent`);
  }
  const after = await world.read('status');
  for (const key of ['mode', 'mode_cause', 'frozen', 'agents']) assert.deepEqual(after[key], before[key], key);
  const entries = journalOf(world.home).slice(written);
  assert.deepEqual(
    entries.filter(({ body }) => body['by'] !== undefined),
    [],
  );
});

type Posted = { readonly token: string; readonly path?: string; readonly body: unknown };

async function posted(world: World, { token, path = '/mcp', body }: Posted): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const answer = await fetch(`${httpOf(world)}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.text();
}

/** The first line that comes back, or nothing when the connection ends before. */
function said(path: string, line: unknown): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(path, () => socket.write(`${JSON.stringify(line)}\n`));
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** The words of a JSON-RPC error, over a line or an event stream; an answer that is none is told whole. */
function refusalIn(text: string): string {
  const json =
    text
      .split('\n')
      .find((line) => line.includes('"jsonrpc"'))
      ?.replace(/^data: /, '') ?? text;
  const { error } = JSON.parse(json) as { readonly error?: { readonly message: string } };
  return error?.message ?? `no error: ${text}`;
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
