import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import type { Exchange, SignedRequest } from '../ports/exchange.ts';
import { asking, seen } from './asking.ts';
import { type Question, ReadingKey, refusedRights } from './reading-key.ts';
import { decimal } from '../core/money/decimal.ts';

const fields = { apiKey: 'key-of-the-monitor', secretKey: 'its-secret', passphrase: 'its-passphrase' };
const key = new ReadingKey(fields, { simulated: true });
const now = Date.UTC(2026, 10, 23);

/** Everything that changes something at the exchange, as only a gateway that lies could hand it in. */
const writes: readonly object[] = [
  {
    kind: 'place',
    clientOrderId: 'abc1',
    terms: {
      instrument: 'BTC-USDT',
      product: 'spot',
      side: 'buy',
      leg: 'net',
      type: 'ioc',
      size: decimal('1'),
      price: decimal('1'),
      reduceOnly: false,
      purpose: 'entry',
    },
    protection: null,
    expiresAt: now + 1500,
  },
  { kind: 'cancel', instrument: 'BTC-USDT', clientOrderId: 'abc1' },
  { kind: 'cancel_protection', instrument: 'BTC-USDT-SWAP', clientOrderId: 'abc1', exchangeOrderId: '12' },
];

test('the monitor signs no request but a GET', () => {
  for (const write of writes) {
    const made = key.request(write as Question, now);
    assert.ok(!made.ok, JSON.stringify(Object.keys(write)));
    assert.match(made.error, /nothing but GET, and this is a POST/);
  }
});

test('the monitor signs only what it reads itself, and public questions carry no key', () => {
  for (const kind of ['account_config', 'balance', 'positions'] as const) {
    const made = key.request({ kind }, now);
    assert.ok(made.ok && made.value.method === 'GET' && made.value.body === '');
    assert.equal(made.value.headers['OK-ACCESS-KEY'], fields.apiKey);
    assert.match(made.value.headers['OK-ACCESS-SIGN'] ?? '', /^[A-Za-z0-9+/]{43}=$/);
  }
  const fills = key.request(
    { kind: 'fills', product: 'spot', instrument: 'BTC-USDT', begin: 0, olderThan: '', exchangeOrderId: '' } as Question,
    now,
  );
  assert.ok(!fills.ok && fills.error === 'the monitor does not read fills');
  const open = key.request({ kind: 'time' }, now);
  assert.ok(open.ok && !Object.keys(open.value.headers).some((name) => name.startsWith('OK-ACCESS')));
});

test('nothing but a GET ever reaches the connection', async () => {
  const sent: SignedRequest[] = [];
  const exchange: Exchange = {
    send: (request) => {
      sent.push(request);
      return Promise.resolve({ kind: 'answered', status: 200, body: JSON.stringify({ code: '0', data: [{ ts: String(now) }] }) });
    },
  };
  const { ask } = await asking({ key, exchange }, () => now);
  for (const write of writes) {
    // oxlint-disable-next-line no-await-in-loop
    const looked = await seen(ask(write as Question, 'failed'));
    assert.equal(looked.ok, false);
  }
  assert.deepEqual(
    sent.map(({ method, path }) => `${method} ${path}`),
    ['GET /api/v5/public/time'],
  );
});

test('a key is refused for any right but reading, one that nobody has heard of among them', () => {
  assert.equal(refusedRights(['read_only']), '');
  assert.match(refusedRights(['read_only', 'trade']), /may trade/);
  assert.match(refusedRights(['read_only', 'withdraw', 'trade']), /may withdraw and trade/);
  assert.match(refusedRights(['read_only', 'earn']), /may earn/);
  assert.notEqual(refusedRights([]), '');
});

test('a key prints as nothing', () => {
  const shown = [inspect({ key }), JSON.stringify({ key })].join(' ');
  for (const secret of Object.values(fields)) assert.ok(!shown.includes(secret));
});
