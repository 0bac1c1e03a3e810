import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/twokey.js', import.meta.url));
const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '50000', sz: '1' };
const orders = { channel: 'orders', instType: 'ANY' };
const code = 1_000_000_011;

let folder = '';
let child: ChildProcess | undefined;
let url = '';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'twokey-sockets-'));
  const words = ['sim', '--port', '0', '--home', folder, '--rate-limits', 'lenient'];
  const sim = spawn(process.execPath, [launcher, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = sim;
  const [line] = (await once(sim.stdout, 'data')) as [Buffer];
  url = /http:\/\/127\.0\.0\.1:\d+/.exec(line.toString())?.[0] ?? '';
  assert.notEqual(url, '');
});

after(async () => {
  if (child !== undefined && child.exitCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

type Message = Readonly<Record<string, unknown>>;

/** A client as Node has it. Texts are kept until somebody waits for them. */
class Client implements Disposable {
  readonly #socket: WebSocket;
  readonly #texts: string[] = [];
  #wake = (): void => {};
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(path: string) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}${path}`);
    this.#socket.addEventListener('message', ({ data }) => {
      this.#texts.push(String(data));
      this.#wake();
    });
    this.#socket.addEventListener('close', ({ code: ended, reason }) => {
      this.closed = { code: ended, reason };
      this.#wake();
    });
  }

  static async open(path = '/ws/v5/private?brokerId=9999'): Promise<Client> {
    const client = new Client(path);
    await once(client.#socket, 'open');
    return client;
  }

  static async logIn(): Promise<Client> {
    const client = await Client.open();
    const { data } = (await (await fetch(`${url}/api/v5/public/time`)).json()) as { data: { ts: string }[] };
    const timestamp = String(Math.floor(Number(data[0]?.ts) / 1000));
    const sign = createHmac('sha256', 'sim-secret').update(`${timestamp}GET/users/self/verify`).digest('base64');
    client.send({ op: 'login', args: [{ apiKey: 'sim-key', passphrase: 'sim-pass', timestamp, sign }] });
    assert.equal((await client.next())['event'], 'login');
    return client;
  }

  /** Logged in and told of orders. */
  static async listening(): Promise<Client> {
    const client = await Client.logIn();
    client.send({ op: 'subscribe', args: [orders] });
    assert.equal((await client.next())['event'], 'subscribe');
    assert.equal((await client.next())['event'], 'channel-conn-count');
    return client;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next text; a closed socket without one fails. */
  async text(): Promise<string> {
    for (;;) {
      const text = this.#texts.shift();
      if (text !== undefined) return text;
      assert.equal(this.closed, undefined, 'the socket is closed');
      await this.#news();
    }
  }

  get unread(): number {
    return this.#texts.length;
  }

  async next(): Promise<Message> {
    return JSON.parse(await this.text()) as Message;
  }

  async end(): Promise<number> {
    while (this.closed === undefined) await this.#news();
    return this.closed.code;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function row(push: Message): Readonly<Record<string, unknown>> {
  return (push['data'] as Record<string, unknown>[])[0] ?? {};
}

async function desk(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function place(fields: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
  const path = '/api/v5/trade/order';
  const body = JSON.stringify({ ...swap, ...fields });
  const { data } = (await (await fetch(`${url}/api/v5/public/time`)).json()) as { data: { ts: string }[] };
  const instant = new Date(Number(data[0]?.ts)).toISOString();
  const sign = createHmac('sha256', 'sim-secret').update(`${instant}POST${path}${body}`).digest('base64');
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'ok-access-key': 'sim-key',
      'ok-access-sign': sign,
      'ok-access-timestamp': instant,
      'ok-access-passphrase': 'sim-pass',
    },
  });
  return row((await answer.json()) as Message);
}

test('a real client logs in, hears of the order that it places over the path, and of the one over its socket', async () => {
  using client = await Client.listening();
  client.send('ping');
  assert.equal(await client.text(), 'pong');
  const { ordId } = await place();
  assert.equal(row(await client.next())['ordId'], ordId);
  client.send({ id: '7', op: 'order', args: [{ ...swap, instId: undefined, instIdCode: code }] });
  const acknowledged = await client.next();
  assert.deepEqual([acknowledged['id'], acknowledged['code']], ['7', '0']);
  assert.equal(row(await client.next())['ordId'], row(acknowledged)['ordId']);
});

test('public channels are told on their own socket, and go on by themselves', async () => {
  using client = await Client.open('/ws/v5/public');
  client.send({ op: 'subscribe', args: [{ channel: 'trades', instId: 'BTC-USDT' }] });
  assert.equal((await client.next())['event'], 'subscribe');
  const numbers = [await client.next(), await client.next(), await client.next()].map((push) => Number(row(push)['tradeId']));
  assert.deepEqual(
    numbers,
    [0, 1, 2].map((step) => (numbers[0] ?? 0) + step),
  );
});

test('a wrong login is answered and closed with 4001, a quiet socket with 4004', async () => {
  using wrong = await Client.open();
  wrong.send({ op: 'login', args: [{ apiKey: 'sim-key', passphrase: 'sim-pass', timestamp: '1700000000', sign: 'x' }] });
  assert.equal((await wrong.next())['code'], '60006');
  assert.equal(await wrong.end(), 4001);
  using quiet = await Client.logIn();
  await desk('/sim/clock', { advance_ms: 30_000 });
  assert.equal(await quiet.end(), 4004);
});

test('a service upgrade is announced, and closes the socket a minute later', async () => {
  using client = await Client.listening();
  await desk('/sim/faults', { kind: 'service_upgrade', path: '/ws/v5/private', channel: 'orders' });
  assert.equal((await client.next())['code'], '64008');
  await desk('/sim/clock', { advance_ms: 25_000 });
  client.send('ping');
  assert.equal(await client.text(), 'pong');
  await desk('/sim/clock', { advance_ms: 35_000 });
  assert.equal(await client.end(), 1001);
});

test('a socket that breaks ends without a word of farewell', async () => {
  using client = await Client.listening();
  await desk('/sim/faults', { kind: 'socket_closed', channel: 'orders' });
  assert.equal(await client.end(), 1006);
});

test('a silent socket stays open and says nothing, while another one on the account is told everything', async () => {
  using silent = await Client.listening();
  await desk('/sim/faults', { kind: 'socket_silent', channel: 'orders' });
  using other = await Client.listening();
  silent.send('ping');
  await place({ clOrdId: 'silent1' });
  assert.equal(row(await other.next())['clOrdId'], 'silent1');
  await desk('/sim/clock', { advance_ms: 20_000 });
  other.send('ping');
  assert.equal(await other.text(), 'pong');
  assert.equal(silent.closed, undefined);
  assert.equal(silent.unread, 0);
});

test('pushes are lost, doubled, swapped and delayed as the desk arms it', async () => {
  using client = await Client.listening();
  const told = async (): Promise<unknown> => row(await client.next())['clOrdId'];
  await desk('/sim/faults', { kind: 'push_missing', channel: 'orders' });
  await place({ clOrdId: 'missing' });
  await desk('/sim/faults', { kind: 'push_duplicated', channel: 'orders' });
  await place({ clOrdId: 'twice' });
  assert.deepEqual([await told(), await told()], ['twice', 'twice']);
  await desk('/sim/faults', { kind: 'push_reordered', channel: 'orders' });
  await place({ clOrdId: 'first' });
  await place({ clOrdId: 'second' });
  assert.deepEqual([await told(), await told()], ['second', 'first']);
  await desk('/sim/faults', { kind: 'push_delayed', channel: 'orders', delay_ms: 20_000 });
  await place({ clOrdId: 'late' });
  await place({ clOrdId: 'punctual' });
  assert.equal(await told(), 'punctual');
  await desk('/sim/clock', { advance_ms: 20_000 });
  assert.equal(await told(), 'late');
});

test('an event comes before its answer, or a good while after it', async () => {
  using client = await Client.listening();
  await desk('/sim/faults', { kind: 'event_before_ack', path: '/api/v5/trade/order', delay_ms: 2000 });
  const heard: string[] = [];
  const answered = place({ clOrdId: 'early' }).then(() => heard.push('answer'));
  assert.equal(row(await client.next())['clOrdId'], 'early');
  heard.push('event');
  await answered;
  assert.deepEqual(heard, ['event', 'answer']);
  await desk('/sim/faults', { kind: 'ack_before_event', path: '/api/v5/trade/order', delay_ms: 600_000 });
  await place({ clOrdId: 'after' });
  await place({ clOrdId: 'next' });
  assert.equal(row(await client.next())['clOrdId'], 'next');
});
