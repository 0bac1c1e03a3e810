import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openExchange, sign, START, trade } from '../../test/support/sim-trader.ts';
import { parseInstant } from './instant.ts';

const secret = '22582BD0CFF14C41EDBF1AB98506286D';
const order = '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2","clOrdId":"b15"}';

test('signatures are those of the documented vectors', () => {
  const at = '2020-12-08T09:08:57.715Z';
  const vectors: [string[], string][] = [
    [[at, 'GET', '/api/v5/account/balance?ccy=BTC', ''], 'HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY='],
    [[at, 'GET', '/api/v5/account/positions?instId=LTC-USDT-SWAP%2CBTC-USDT-SWAP'], 'bug1/ix5ZjYREeUi9BNiZF6cBJN4MNugLpeReoN84U0='],
    [[at, 'POST', '/api/v5/trade/order', order], '3mDLZY/Wj7XI4ITQQpWw50Kd6ZO3DsDfrMj7luXO6aQ='],
    [['1704876947', 'GET', '/users/self/verify'], '5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU='],
  ];
  for (const [parts, expected] of vectors) assert.equal(sign({ secret, parts }), expected);
});

test('an instant is read as the calendar has it, and anything else is none', () => {
  for (const text of ['2020-12-08T09:08:57.715Z', '2024-02-29T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '2026-11-23T10:00:00Z']) {
    assert.equal(parseInstant(text), Date.parse(text));
  }
  for (const text of ['1704876947', '2020-13-08T09:08:57.715Z', '2020-12-08', 'now', '']) assert.equal(parseInstant(text), undefined);
});

type Headers = Record<string, string | undefined>;

function ask(headers: Headers, { method = 'GET', url = '/api/v5/account/balance', remoteAddress = '127.0.0.1' } = {}) {
  const { reaction } = openExchange().handle({ request: { method, url, headers, body: new Uint8Array(), remoteAddress }, at: START });
  assert.equal(reaction.kind, 'answer');
  const body = JSON.parse(reaction.kind === 'answer' ? reaction.body : '{}') as Record<string, unknown>;
  return { status: reaction.kind === 'answer' ? reaction.status : 0, code: body['code'], hasData: 'data' in body };
}

function good({ key = 'sim-key', at = START, method = 'GET', url = '/api/v5/account/balance' } = {}): Headers {
  const timestamp = new Date(at).toISOString();
  return {
    'ok-access-key': key,
    'ok-access-sign': sign({ secret: 'sim-secret', parts: [timestamp, method, url] }),
    'ok-access-timestamp': timestamp,
    'ok-access-passphrase': 'sim-pass',
  };
}

test('each failure of authentication has its own code, without data', () => {
  const cases: [Headers, string][] = [
    [{ ...good(), 'ok-access-key': undefined }, '50103'],
    [{ ...good(), 'ok-access-sign': undefined }, '50106'],
    [{ ...good(), 'ok-access-timestamp': undefined }, '50107'],
    [{ ...good(), 'ok-access-timestamp': '1704876947' }, '50112'],
    [{ ...good(), 'ok-access-passphrase': undefined }, '50104'],
    [good({ key: 'nobody' }), '50111'],
    [{ ...good(), 'x-simulated-trading': 'maybe' }, '50101'],
    [good({ at: START - 30_001 }), '50102'],
    [good({ at: START + 30_001 }), '50102'],
    [{ ...good(), 'ok-access-sign': 'wrong' }, '50113'],
    [{ ...good(), 'ok-access-passphrase': 'wrong' }, '50105'],
  ];
  for (const [headers, code] of cases) assert.deepEqual(ask(headers), { status: 401, code, hasData: false });
  assert.deepEqual(ask(good({ at: START - 30_000 })), { status: 200, code: '0', hasData: true });
});

test('a key bound to an address is refused from another, and one that is bound to none is not', () => {
  assert.equal(ask(good(), { remoteAddress: '10.0.0.1' }).code, '50110');
  assert.equal(ask(good({ key: 'sim-key-noip' }), { remoteAddress: '10.0.0.1' }).code, '0');
});

test('a read-only key reads and does not trade; the wrong method and unknown paths have answers of their own', () => {
  const reader = trade(openExchange(), 'sim-key-readonly');
  assert.equal(reader.get('/api/v5/account/balance').body['code'], '0');
  const refused = reader.post('/api/v5/trade/order', {});
  assert.deepEqual([refused.status, refused.body['code']], [200, '50120']);
  assert.deepEqual(
    [reader.post('/api/v5/account/balance', {}).status, reader.post('/api/v5/account/balance', {}).body['code']],
    [405, '50115'],
  );
  assert.equal(reader.get('/api/v5/finance/savings/balance').body['code'], '50038');
  assert.equal(reader.get('/api/v6/else').status, 404);
});

test('the signature covers the query as it was sent: an escaped comma is not a comma', () => {
  const url = '/api/v5/account/positions?instId=BTC-USDT-SWAP%2CETH-USDT-SWAP';
  assert.equal(ask(good({ url }), { url }).code, '0');
  assert.equal(ask(good({ url: url.replace('%2C', ',') }), { url }).code, '50113');
});

test('bodies that cannot be read are refused before anything else of them is looked at', () => {
  const trader = trade();
  const handle = (body: string, type: string) => {
    const at = new Date(START).toISOString();
    const signed = {
      ...good(),
      'ok-access-sign': sign({ secret: 'sim-secret', parts: [at, 'POST', '/api/v5/trade/order', body] }),
      'content-type': type,
    };
    const request = { method: 'POST', url: '/api/v5/trade/order', headers: signed, body: Buffer.from(body), remoteAddress: '127.0.0.1' };
    const { reaction } = trader.exchange.handle({ request, at: START });
    return reaction.kind === 'answer' ? [reaction.status, (JSON.parse(reaction.body) as Record<string, unknown>)['code']] : [];
  };
  assert.deepEqual(handle('', 'application/json'), [400, '50000']);
  assert.deepEqual(handle('{', 'application/json'), [400, '50002']);
  assert.deepEqual(handle('{}', 'text/plain'), [400, '50006']);
});

test('the configuration tells whose key it is and what it may do', () => {
  for (const [key, uid, perm, ip] of [
    ['sim-key', '1001', 'read_only,trade', '127.0.0.1'],
    ['sim-key-withdraw', '1001', 'read_only,withdraw,trade', '127.0.0.1'],
    ['sim-key-main', '1000', 'read_only,trade', '127.0.0.1'],
    ['sim-key-readonly', '1001', 'read_only', '127.0.0.1'],
    ['sim-key-noip', '1001', 'read_only,trade', ''],
  ] as const) {
    const row = trade(openExchange(), key).get('/api/v5/account/config').data[0];
    assert.deepEqual([row?.['uid'], row?.['perm'], row?.['ip'], row?.['mainUid']], [uid, perm, ip, '1000']);
  }
});

test('an order whose expTime has passed is refused with 50036 and not executed', () => {
  const trader = trade();
  const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' };
  const post = (expTime: number) => trader.post('/api/v5/trade/order', order, { exptime: String(expTime) }).body['code'];
  assert.equal(post(START - 1), '50036');
  assert.equal(trader.exchange.ledger()['orders']?.length, 0);
  assert.equal(post(START), '0');
});

test('with strict limits the sixty-first order on an instrument within two seconds is refused with 50011, on another it is not', () => {
  const trader = trade(openExchange({ rateLimits: 'strict' }));
  const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '50000', sz: '0.00001' };
  for (let index = 0; index < 60; index += 1) assert.equal(trader.post('/api/v5/trade/order', order).body['code'], '0');
  const refused = trader.post('/api/v5/trade/order', order);
  assert.deepEqual([refused.status, refused.body], [429, { msg: 'Too Many Requests', code: '50011' }]);
  assert.equal(trader.post('/api/v5/trade/batch-orders', [order]).status, 429);
  assert.equal(trader.post('/api/v5/trade/order', { ...order, instId: 'ETH-USDT', px: '2000', sz: '0.001' }).body['code'], '0');
  trader.wait(2000);
  assert.equal(trader.post('/api/v5/trade/order', order).body['code'], '0');
  assert.equal(trader.exchange.ledger()['refused']?.length, 2);
});

test('with strict limits an account places at most 1000 swap orders within two seconds, over all instruments', () => {
  const trader = trade(openExchange({ rateLimits: 'strict' }));
  const swap = { tdMode: 'cross', side: 'buy', ordType: 'limit', px: '50', sz: '0.01' };
  const codes = ['BTC-USDT-SWAP', 'ETH-USDT-SWAP', 'BTC-USD-SWAP'].flatMap((instId) =>
    Array.from(
      { length: 15 },
      () =>
        trader.post(
          '/api/v5/trade/batch-orders',
          Array.from({ length: 20 }, () => ({ ...swap, instId })),
        ).body['code'],
    ),
  );
  assert.ok(codes.every((code) => code !== '50061' && code !== '50011'));
  const amendments = Array.from({ length: 6 }, () =>
    trader.post(
      '/api/v5/trade/amend-batch-orders',
      Array.from({ length: 20 }, () => ({ instId: 'BTC-USDT-SWAP', clOrdId: 'none', newPx: '1' })),
    ),
  ).map(({ status, body }) => [status, body['code']]);
  assert.deepEqual(amendments.slice(4), [
    [200, '1'],
    [200, '50061'],
  ]);
});
