import assert from 'node:assert/strict';
import { test } from 'node:test';
import tls from 'node:tls';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { type ClosableExchange, createExchange } from '../../src/adapters/exchange/https.ts';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { selfSigned } from './certificate.ts';
import { listenOnThread, type ListeningThread } from './listening-thread.ts';

const order: SignedRequest = { method: 'POST', path: '/api/v5/trade/order', headers: { 'OK-ACCESS-KEY': 'k' }, body: '{"sz":"1"}' };
const yes = (): boolean => true;

// What an attacker, or a careless unit file, might set. Nothing of it may matter.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
process.env.https_proxy = 'http://127.0.0.1:1';
process.env.NODE_USE_ENV_PROXY = '1';

function open(baseUrl: string): ClosableExchange {
  const made = createExchange({ baseUrl, clock: systemClock, connectMilliseconds: 10_000, writeMilliseconds: 20_000 });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

/** Sends on a warm connection and stands still until the other thread has bytes: none can leave later than the tick of the question. */
async function leavesInTheTick(exchange: ClosableExchange, { received }: ListeningThread): Promise<void> {
  assert.equal((await exchange.send(order, yes)).kind, 'answered');
  const before = Atomics.load(received, 0);
  let asked = false;
  const sent = exchange.send(order, () => {
    asked = true;
    return true;
  });
  assert.equal(asked, true, 'asked in the tick of the call');
  assert.notEqual(Atomics.wait(received, 0, before, 10_000), 'timed-out', 'the bytes have left although this thread stands still');
  assert.equal((await sent).kind, 'answered');
}

test('over plain sockets the bytes are with the kernel in the tick of the question', async () => {
  const thread = await listenOnThread();
  const exchange = open(`http://127.0.0.1:${thread.port}`);
  await leavesInTheTick(exchange, thread);
  await exchange.close();
  await thread.end();
});

test('over TLS the bytes are with the kernel in the tick of the question', async () => {
  const certificate = selfSigned('localhost');
  tls.setDefaultCACertificates([certificate.cert]);
  const thread = await listenOnThread(certificate);
  const exchange = open(`https://localhost:${thread.port}`);
  await leavesInTheTick(exchange, thread);
  await exchange.close();
  await thread.end();
});

test('a certificate that nobody vouches for ends it before a byte left, whatever the environment says', async () => {
  tls.setDefaultCACertificates([selfSigned('elsewhere').cert]);
  const thread = await listenOnThread(selfSigned('localhost'));
  const exchange = open(`https://localhost:${thread.port}`);
  assert.deepEqual(await exchange.send(order, yes), { kind: 'not_sent', cause: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  assert.equal(Atomics.load(thread.received, 0), 0);
  await exchange.close();
  await thread.end();
});

test('a certificate of another host ends it before a byte left', async () => {
  const certificate = selfSigned('www.okx.example');
  tls.setDefaultCACertificates([certificate.cert]);
  const thread = await listenOnThread(certificate);
  const exchange = open(`https://localhost:${thread.port}`);
  assert.deepEqual(await exchange.send(order, yes), { kind: 'not_sent', cause: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  assert.equal(Atomics.load(thread.received, 0), 0);
  await exchange.close();
  await thread.end();
});

test('a server that does not speak TLS gets no byte of the request', async () => {
  const thread = await listenOnThread();
  const exchange = open(`https://localhost:${thread.port}`);
  assert.equal((await exchange.send(order, yes)).kind, 'not_sent');
  await exchange.close();
  await thread.end();
});
