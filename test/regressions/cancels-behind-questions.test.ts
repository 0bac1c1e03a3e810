import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { type ClosableExchange, createExchange } from '../../src/adapters/exchange/https.ts';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { answerText, MisbehavingServer } from '../contract/misbehaving-server.ts';

const cancel: SignedRequest = { method: 'POST', path: '/api/v5/trade/cancel-order', headers: {}, body: '{}' };
const question: SignedRequest = { method: 'GET', path: '/api/v5/account/positions', headers: {}, body: '' };
const fine = answerText('{"code":"0"}');
const yes = (): boolean => true;

function open(baseUrl: string, connectionsMax: number, waitingMax = 1024): ClosableExchange {
  const made = createExchange({ baseUrl, clock: systemClock, connectMilliseconds: 500, connectionsMax, waitingMax });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

test('where the exchange answers no question any more, a cancel still finds a connection, however many questions wait', async () => {
  await using server = await MisbehavingServer.start(({ socket, text }) => {
    if (text.startsWith('POST')) socket.write(fine);
  });
  await using exchange = open(server.url, 4, 2);
  const asked = Array.from({ length: 8 }, () => exchange.send(question, yes));
  assert.equal((await exchange.send(cancel, yes)).kind, 'answered');
  const kinds = (await Promise.all([...asked.slice(3), exchange.send(cancel, yes)])).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['not_sent', 'not_sent', 'not_sent', 'not_sent', 'not_sent', 'answered']);
});

test('a cancel overtakes the questions that wait for a connection, and each of those is answered in its turn', async () => {
  await using server = await MisbehavingServer.start(({ socket }) => setTimeout(() => socket.write(fine), 10));
  await using exchange = open(server.url, 1);
  const sent = [exchange.send(question, yes), exchange.send(question, yes), exchange.send(question, yes), exchange.send(cancel, yes)];
  for (const { kind } of await Promise.all(sent)) assert.equal(kind, 'answered');
  assert.deepEqual(
    server.seen.map(({ text }) => text.slice(0, 4)),
    ['GET ', 'POST', 'GET ', 'GET '],
  );
});
