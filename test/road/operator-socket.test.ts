import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { callOperator, operatorSocketPath } from '../../src/adapters/operator/client.ts';
import type { OperatorRequest } from '../../src/adapters/operator/protocol.ts';
import { startOperatorSocket } from '../../src/adapters/operator/server.ts';
import { createOperatorToken, tokenPath } from '../../src/adapters/operator/token.ts';

const home = mkdtempSync(join(tmpdir(), 'twokey-socket-'));
mkdirSync(join(home, 'run'), { mode: 0o700 });
after(() => rmSync(home, { recursive: true }));

const token = createOperatorToken(home);
const handled: OperatorRequest[] = [];

async function serving() {
  const started = await startOperatorSocket({
    path: operatorSocketPath(home),
    token,
    handle: (request) => {
      handled.push(request);
      if (request.verb === 'orders') return new Promise(() => {});
      if (request.verb === 'positions') return Promise.reject(new Error('secret text of a bug'));
      if (request.verb === 'resume') return Promise.resolve({ ok: false, error: { code: 'HALTED', message: 'the file HALT exists' } });
      return Promise.resolve({ ok: true, value: { verb: request.verb, text: 'ümläut' } });
    },
  });
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

/** What the gateway says to these bytes, until it closes the connection or a line has come. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(operatorSocketPath(home));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      text += piece;
      if (text.endsWith('\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

test('a question is answered, and the socket and the token are for their user alone', async () => {
  await using _server = await serving();
  deepStrictEqual(await callOperator({ home, request: { verb: 'status' }, timeoutMilliseconds: 5000 }), {
    ok: true,
    value: { verb: 'status', text: 'ümläut' },
  });
  strictEqual(statSync(operatorSocketPath(home)).mode & 0o777, 0o600);
  strictEqual(statSync(tokenPath(home)).mode & 0o777, 0o600);
});

test('a start that was killed while it wrote its token does not stop the next one of the same number', () => {
  const other = mkdtempSync(join(tmpdir(), 'twokey-token-'));
  mkdirSync(join(other, 'run'), { mode: 0o700 });
  writeFileSync(`${tokenPath(other)}.${process.pid}`, 'half');
  match(createOperatorToken(other), /^[0-9a-f]{64}$/);
  rmSync(other, { recursive: true });
});

test('only stopping is possible without the token', async () => {
  await using _server = await serving();
  for (const verb of ['status', 'limits', 'reconcile', 'resume']) {
    match(
      await raw(`{"id":7,"verb":"${verb}","arguments":${verb === 'resume' ? '{"reason":"x"}' : '{}'}}\n`),
      /"id":7,"ok":false,"code":"NOT_ALLOWED"/,
    );
    match(
      await raw(`{"id":7,"token":"${'0'.repeat(64)}","verb":"${verb}","arguments":${verb === 'resume' ? '{"reason":"x"}' : '{}'}}\n`),
      /NOT_ALLOWED/,
    );
  }
  match(await raw('{"id":8,"verb":"halt","arguments":{"reason":"looks wrong"}}\n'), /"id":8,"ok":true/);
  deepStrictEqual(handled.at(-1), { verb: 'halt', reason: 'looks wrong', flatten: false });
  // Closing sends orders, and opening again is a person's.
  const count = handled.length;
  for (const [verb, given] of [
    ['halt', '{"reason":"x","flatten":true}'],
    ['flatten', '{"reason":"x","instrument":"BTC-USDT"}'],
    ['freeze', '{"reason":"x","subject":"BTC-USDT"}'],
    ['unfreeze', '{"reason":"x","subject":"agent:a"}'],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop
    match(await raw(`{"id":7,"verb":"${verb}","arguments":${given}}\n`), /"id":7,"ok":false,"code":"NOT_ALLOWED"/, verb);
  strictEqual(handled.length, count);
  match(await raw('{"id":9,"verb":"reduce_only","arguments":{"reason":"looks wrong"}}\n'), /"id":9,"ok":true/);
});

test('a wrong token ends the connection, and a flood of guesses that reads no answer leaves nothing behind', async () => {
  await using _server = await serving();
  const guess = '{"id":7,"verb":"status","arguments":{}}\n';
  const before = handled.length;
  const socket = createConnection(operatorSocketPath(home));
  let text = '';
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  for (let count = 0; count < 200; count += 1) socket.write(guess.repeat(1000));
  await closed;
  strictEqual(text.match(/NOT_ALLOWED/g)?.length, 1);
  strictEqual(handled.length, before);
  // Whoever stops is heard while that goes on and after it.
  match(await raw('{"id":8,"verb":"halt","arguments":{"reason":"looks wrong"}}\n'), /"id":8,"ok":true/);
});

test('what no client of ours would send is refused and reaches nobody', async () => {
  await using _server = await serving();
  const before = handled.length;
  const lines = [
    'nonsense',
    '[]',
    '{"id":1,"verb":"status","verb":"halt"}',
    '{"id":1.5,"verb":"status"}',
    '{"id":1,"verb":"withdraw"}',
    '{"id":1,"verb":"halt","arguments":{"reason":"a\\u0007b"}}',
    '{"id":1,"verb":"halt","arguments":{"reason":"x","mode":"ACTIVE"}}',
    '{"id":1,"verb":"reduce_only","arguments":{"reason":"x","flatten":true}}',
    '{"id":1,"verb":"halt","arguments":{"reason":"x","flatten":"yes"}}',
    '{"id":1,"verb":"flatten","arguments":{"reason":"x"}}',
    '{"id":1,"verb":"flatten","arguments":{"reason":"x","instrument":"btc"}}',
    '{"id":1,"verb":"freeze","arguments":{"reason":"x","subject":"account:1001"}}',
    '{"id":1,"verb":"freeze","arguments":{"subject":"BTC-USDT"}}',
    '{"id":1,"verb":"toString","arguments":{"reason":"x"}}',
  ];
  for (const line of lines) match(await raw(`${line}\n`), /"ok":false,"code":"SCHEMA"/, line);
  strictEqual(await raw('x'.repeat(20_000)), '');
  strictEqual(handled.length, before);
});

test('a refusal, a bug of ours and silence are three different things', async () => {
  await using _server = await serving();
  const asked = (request: OperatorRequest) => callOperator({ home, request, timeoutMilliseconds: request.verb === 'orders' ? 300 : 5000 });
  deepStrictEqual(await asked({ verb: 'resume', reason: 'looked' }), {
    ok: false,
    error: { kind: 'refused', code: 'HALTED', message: 'the file HALT exists' },
  });
  const bug = await asked({ verb: 'positions' });
  ok(!bug.ok && bug.error.kind === 'refused' && bug.error.code === 'INTERNAL' && !bug.error.message.includes('secret'));
  const silence = await asked({ verb: 'orders' });
  ok(!silence.ok && silence.error.kind === 'unanswered');
});

test('without a gateway nobody is asked, also where a killed one left its socket', async () => {
  const asked = () => callOperator({ home, request: { verb: 'status' }, timeoutMilliseconds: 5000 });
  const none = await asked();
  ok(!none.ok && none.error.kind === 'not_running');
  writeFileSync(operatorSocketPath(home), '');
  const stale = await asked();
  ok(!stale.ok && stale.error.kind === 'not_running');
  await using _server = await serving();
  ok((await asked()).ok);
});

test('who cannot read the token is told which file it is', async () => {
  await using _server = await serving();
  rmSync(tokenPath(home));
  const refused = await callOperator({ home, request: { verb: 'status' }, timeoutMilliseconds: 5000 });
  ok(!refused.ok && refused.error.kind === 'refused');
  match(refused.error.message, /operator\.token/);
  ok((await callOperator({ home, request: { verb: 'halt', reason: '', flatten: false }, timeoutMilliseconds: 5000 })).ok);
});

test('a path that no socket can have is refused with what to do', async () => {
  const started = await startOperatorSocket({
    path: join(home, 'x'.repeat(110)),
    token,
    handle: () => Promise.resolve({ ok: true, value: null }),
  });
  ok(!started.ok);
  match(started.error, /shorter --home/);
  chmodSync(home, 0o700);
});
