import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, trade, type Trader } from '../../test/support/sim-trader.ts';

const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', sz: '0.01' };
const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '1' };

function place(trader: Trader, fields: object) {
  return firstRow(trader.post('/api/v5/trade/order', fields));
}

function order(trader: Trader, instId: string, ordId: string | undefined) {
  return firstRow(trader.get(`/api/v5/trade/order?instId=${instId}&ordId=${ordId}`));
}

function ledger(trader: Trader) {
  return trader.exchange.ledger() as Record<string, readonly Record<string, string>[]>;
}

function balance(trader: Trader, ccy: string, account = '1001') {
  return ledger(trader)['balances']?.find((row) => row['account'] === account && row['ccy'] === ccy);
}

test('a spot market buy sized in quote spends at most its size, takes its fee in base, and the books add up', () => {
  const trader = trade();
  const { ordId, sCode } = place(trader, { ...spot, ordType: 'market', sz: '100' });
  assert.equal(sCode, '0');
  const row = order(trader, 'BTC-USDT', ordId);
  assert.equal(row['state'], 'filled');
  assert.equal(row['tgtCcy'], 'quote_ccy');
  assert.equal(row['sz'], '100');
  const fills = trader.get('/api/v5/trade/fills').data;
  const bought = fills.reduce((sum, fill) => sum + Number(fill['fillSz']), 0);
  assert.ok(Math.abs(bought - Number(row['accFillSz'])) < 1e-12);
  assert.ok(fills.every((fill) => fill['feeCcy'] === 'BTC' && fill['execType'] === 'T' && Number(fill['fee']) < 0));
  assert.ok(Number(balance(trader, 'USDT')?.['total']) >= 9900);
  assert.ok(Number(balance(trader, 'USDT')?.['total']) < 9901);
  assert.ok(Math.abs(Number(balance(trader, 'BTC')?.['total']) - bought * 0.999) < 1e-12);
});

test('a large market order walks the book: more than one price, the average between the best and the worst', () => {
  const trader = trade();
  const { ordId } = place(trader, { ...swap, sz: '45' });
  const fills = trader.get('/api/v5/trade/fills?instType=SWAP').data;
  assert.ok(fills.length > 1);
  const prices = fills.map((fill) => Number(fill['fillPx']));
  const average = Number(order(trader, 'BTC-USDT-SWAP', ordId)['avgPx']);
  assert.ok(average > Math.min(...prices) && average < Math.max(...prices));
});

test('a limit order rests and freezes its cost, is filled at its own price as maker when quotes reach it, and frees nothing twice', () => {
  const trader = trade();
  const { ordId } = place(trader, { ...spot, px: '59000', clOrdId: 'rest1' });
  assert.equal(order(trader, 'BTC-USDT', ordId)['state'], 'live');
  assert.deepEqual(balance(trader, 'USDT'), { account: '1001', ccy: 'USDT', total: '10000', available: '9410' });
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '58990' });
  const row = order(trader, 'BTC-USDT', ordId);
  assert.equal(row['state'], 'filled');
  assert.equal(row['avgPx'], '59000');
  assert.equal(firstRow(trader.get('/api/v5/trade/fills'))['execType'], 'M');
  assert.deepEqual(balance(trader, 'USDT'), { account: '1001', ccy: 'USDT', total: '9410', available: '9410' });
  assert.equal(balance(trader, 'BTC')?.['total'], '0.009992');
});

test('cancelling frees what was frozen; cancelling again, or what was never there, answers 51400', () => {
  const trader = trade();
  const { ordId } = place(trader, { ...spot, px: '59000', clOrdId: 'gone1' });
  const answer = trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT', clOrdId: 'gone1' });
  assert.equal(answer.body['code'], '0');
  assert.equal(order(trader, 'BTC-USDT', ordId)['state'], 'canceled');
  assert.equal(balance(trader, 'USDT')?.['available'], '10000');
  for (const ids of [{ ordId }, { ordId: '1' }]) {
    const again = trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT', ...ids });
    assert.equal(again.status, 200);
    assert.equal(again.body['code'], '1');
    assert.equal(firstRow(again)['sCode'], '51400');
  }
});

test('a client order id is taken while its order is pending and free again afterwards; a query finds the latest', () => {
  const trader = trade();
  const first = place(trader, { ...spot, px: '59000', clOrdId: 'same' });
  assert.equal(place(trader, { ...spot, px: '59000', clOrdId: 'same' })['sCode'], '51016');
  trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT', ordId: first['ordId'] });
  const second = place(trader, { ...spot, px: '59000', clOrdId: 'same' });
  assert.equal(second['sCode'], '0');
  assert.equal(firstRow(trader.get('/api/v5/trade/order?instId=BTC-USDT&clOrdId=same'))['ordId'], second['ordId']);
});

test('with pxAmendType 1 a price beyond the limit is moved to it', () => {
  const trader = trade();
  const { ordId } = place(trader, { ...swap, ordType: 'ioc', px: '65000', pxAmendType: '1' });
  assert.equal(order(trader, 'BTC-USDT-SWAP', ordId)['px'], '61200');
});

test('each rule of size, price and mode refuses with its own code and leaves no order behind', () => {
  const trader = trade();
  const cases: [object, string][] = [
    [{ ...spot, px: '59000', instId: 'DOGE-USDT' }, '51001'],
    [{ ...spot, px: '59000', tdMode: 'cross' }, '51010'],
    [{ ...spot, px: '59000', tdMode: 'isolated' }, '51010'],
    [{ ...spot, px: '59000', sz: '0.000001' }, '51020'],
    [{ ...spot, px: '59000', sz: '0.000000011' }, '51020'],
    [{ ...spot, px: '59000', sz: '0.010000001' }, '51121'],
    [{ ...spot, px: '59000.01' }, '51150'],
    [{ ...spot, px: '70000' }, '51006'],
    [{ ...spot, px: '59000', sz: '1' }, '51008'],
    [{ ...spot, side: 'sell', px: '61000' }, '51008'],
    [{ ...spot, px: '59000', posSide: 'long' }, '51000'],
    [{ ...spot, px: '59000', reduceOnly: true }, '51205'],
    [{ ...swap, reduceOnly: 'true' }, '51169'],
    [{ ...swap, sz: '0.001' }, '51020'],
    [{ ...swap, sz: '0.015' }, '51121'],
    [{ ...swap, sz: '20000' }, '51101'],
    [{ ...swap, sz: '1000' }, '51008'],
    [{ ...swap, ordType: 'limit', px: '62000' }, '51006'],
    [{ ...swap, instId: 'BTC-USD-SWAP' }, '51008'],
  ];
  for (const [fields, code] of cases) {
    const answer = trader.post('/api/v5/trade/order', fields);
    assert.equal(answer.body['code'], '1', JSON.stringify(fields));
    assert.equal(firstRow(answer)['sCode'], code, JSON.stringify(fields));
    assert.equal(firstRow(answer)['ordId'], '');
  }
  assert.equal(ledger(trader)['orders']?.length, 0);
  assert.equal(ledger(trader)['refused']?.length, cases.length);
});

test('a request that lacks or misspells a parameter is refused whole with HTTP 400, in a batch item by item', () => {
  const trader = trade();
  const cases: [object, string][] = [
    [{ ...spot }, '51000'],
    [{ ...spot, ordType: 'bogus' }, '51000'],
    [{ ...spot, px: '59000', clOrdId: 'with-hyphen' }, '51000'],
    [{ ...spot, px: '59000', stpMode: 'cancel_both', ordType: 'fok' }, '50016'],
    [{ tdMode: 'cash' }, '50014'],
  ];
  for (const [fields, code] of cases) {
    const answer = trader.post('/api/v5/trade/order', fields);
    assert.deepEqual([answer.status, answer.body['code'], answer.data], [400, code, []], JSON.stringify(fields));
    const batch = trader.post('/api/v5/trade/batch-orders', [fields]);
    assert.deepEqual([batch.status, batch.body['code'], firstRow(batch)['sCode']], [200, '1', code]);
  }
  assert.equal(ledger(trader)['refused']?.length, 2 * cases.length);
});

test('post-only that would take is cancelled with 31, fok that cannot fill whole with 13, the rest of an ioc with 14', () => {
  const trader = trade();
  const states = [
    { ...spot, ordType: 'post_only', px: '60500' },
    { ...swap, ordType: 'fok', sz: '45', px: '60000.1' },
    { ...swap, ordType: 'ioc', sz: '45', px: '60000.1' },
  ].map((fields) => {
    const placed = place(trader, fields);
    assert.equal(placed['sCode'], '0', JSON.stringify(placed));
    const row = order(trader, fields.instId, placed['ordId']);
    return [row['state'], row['cancelSource'], Number(row['accFillSz']) > 0];
  });
  assert.deepEqual(states, [
    ['canceled', '31', false],
    ['canceled', '13', false],
    ['canceled', '14', true],
  ]);
});

test('a linear position averages its entry, realises profit when reduced, and flips at the price of the flip', () => {
  const trader = trade();
  place(trader, { ...swap, sz: '1' });
  trader.desk('/sim/market', { instId: 'BTC-USDT-SWAP', price: '61000' });
  trader.wait(1000);
  const before = firstRow(trader.get('/api/v5/account/positions'));
  assert.equal(before['pos'], '1');
  assert.ok(Math.abs(Number(before['upl']) - (Number(before['markPx']) - Number(before['avgPx'])) * 0.01) < 1e-9);
  const { ordId } = place(trader, { ...swap, side: 'sell', sz: '3' });
  const closed = order(trader, 'BTC-USDT-SWAP', ordId);
  assert.ok(Math.abs(Number(closed['pnl']) - (Number(closed['avgPx']) - Number(before['avgPx'])) * 0.01) < 0.001);
  const after = firstRow(trader.get('/api/v5/account/positions'));
  assert.equal(after['pos'], '-2');
  assert.equal(after['avgPx'], closed['avgPx']);
});

test('an inverse position keeps profit and margin in its coin, with a harmonic entry', () => {
  const trader = trade();
  place(trader, { ...spot, ordType: 'market', sz: '5000' });
  const inverse = { ...swap, instId: 'BTC-USD-SWAP' };
  place(trader, { ...inverse, sz: '10' });
  const first = Number(firstRow(trader.get('/api/v5/account/positions'))['avgPx']);
  trader.desk('/sim/market', { instId: 'BTC-USD-SWAP', price: '50000' });
  const { ordId } = place(trader, { ...inverse, sz: '10' });
  const second = Number(order(trader, 'BTC-USD-SWAP', ordId)['avgPx']);
  const position = firstRow(trader.get('/api/v5/account/positions'));
  const harmonic = 20 / (10 / first + 10 / second);
  assert.equal(position['ccy'], 'BTC');
  assert.ok(Math.abs(Number(position['avgPx']) - harmonic) < 1e-6);
  assert.ok(Math.abs(Number(position['upl']) - 20 * 100 * (1 / harmonic - 1 / Number(position['markPx']))) < 1e-9);
  assert.equal(position['notionalUsd'], '2000');
});

test('reduce-only never flips: too large, the wrong way or without a position it is refused; what the position loses, resting ones lose', () => {
  const trader = trade();
  place(trader, { ...swap, sz: '2' });
  assert.equal(place(trader, { ...swap, reduceOnly: true })['sCode'], '51170');
  assert.equal(place(trader, { ...swap, side: 'sell', sz: '3', reduceOnly: true })['sCode'], '51148');
  const resting = place(trader, { ...swap, side: 'sell', ordType: 'limit', px: '61000', sz: '2', reduceOnly: true });
  assert.equal(resting['sCode'], '0');
  assert.equal(place(trader, { ...swap, side: 'sell', sz: '1', reduceOnly: true })['sCode'], '51148');
  place(trader, { ...swap, side: 'sell', sz: '1' });
  const displaced = order(trader, 'BTC-USDT-SWAP', resting['ordId']);
  assert.deepEqual([displaced['state'], displaced['cancelSource']], ['canceled', '2']);
});

test('close-position brings the position to zero and answers 51023 when there is none', () => {
  const trader = trade();
  const close = (fields: object) => trader.post('/api/v5/trade/close-position', { instId: 'BTC-USDT-SWAP', mgnMode: 'cross', ...fields });
  assert.equal(close({}).body['code'], '51023');
  place(trader, { ...swap, sz: '2' });
  place(trader, { ...swap, side: 'sell', ordType: 'limit', px: '61000', sz: '1' });
  assert.equal(close({}).body['code'], '51115');
  assert.deepEqual(firstRow(close({ autoCxl: 'true', clOrdId: 'close1' })), {
    clOrdId: 'close1',
    instId: 'BTC-USDT-SWAP',
    posSide: 'net',
    tag: '',
  });
  assert.deepEqual(trader.get('/api/v5/account/positions').data, []);
  assert.equal(firstRow(trader.get('/api/v5/account/positions?instId=BTC-USDT-SWAP'))['pos'], '0');
});

test('an own resting order in the way is dealt with by the mode of the taker', () => {
  for (const [stpMode, resting, taking] of [
    ['cancel_maker', 'canceled', 'filled'],
    ['cancel_taker', 'live', 'canceled'],
    ['cancel_both', 'canceled', 'canceled'],
  ] as const) {
    const trader = trade();
    place(trader, { ...swap, sz: '1' });
    const maker = place(trader, { ...spot, px: '59999.9' });
    place(trader, { ...spot, ordType: 'market', sz: '1000', tgtCcy: 'quote_ccy' });
    const taker = place(trader, { ...spot, side: 'sell', px: '59000', stpMode });
    assert.equal(order(trader, 'BTC-USDT', maker['ordId'])['state'], resting, stpMode);
    assert.equal(order(trader, 'BTC-USDT', taker['ordId'])['state'], taking, stpMode);
  }
});

test('a spot market buy beyond the balance is shrunk to it, and refused when banAmend is set', () => {
  const trader = trade();
  assert.equal(place(trader, { ...spot, ordType: 'market', sz: '20000', banAmend: true })['sCode'], '51008');
  const { ordId } = place(trader, { ...spot, ordType: 'market', sz: '20000' });
  assert.equal(order(trader, 'BTC-USDT', ordId)['state'], 'filled');
  assert.ok(Number(balance(trader, 'USDT')?.['total']) < 1);
});

test('amending moves price and size, refuses what is over, and a size at or below what is filled ends the order', () => {
  const trader = trade();
  const { ordId } = place(trader, { ...spot, px: '59000' });
  const amend = (fields: object) => firstRow(trader.post('/api/v5/trade/amend-order', { instId: 'BTC-USDT', ordId, ...fields }));
  assert.equal(amend({})['sCode'], '51500');
  assert.equal(amend({ newSz: '1' })['sCode'], '51008');
  assert.equal(amend({ newPx: '58000', newSz: '0.02', reqId: 'r1' })['sCode'], '0');
  assert.equal(balance(trader, 'USDT')?.['available'], '8840');
  assert.equal(amend({ newPx: '60500' })['sCode'], '0');
  assert.equal(order(trader, 'BTC-USDT', ordId)['state'], 'filled');
  assert.equal(amend({ newPx: '58000' })['sCode'], '51503');
});

test('the dead-man timer cancels what rests when nobody renews it, by tag or for the account, and 0 disarms it', () => {
  const trader = trade();
  const [tagged, plain] = [place(trader, { ...spot, px: '59000', tag: 'bot' }), place(trader, { ...spot, px: '58000' })];
  const arm = (body: object) => trader.post('/api/v5/trade/cancel-all-after', body).body['code'];
  assert.equal(arm({ timeOut: '5' }), '51000');
  assert.equal(arm({ timeOut: 10, tag: 'bot' }), '0');
  assert.equal(arm({ timeOut: '20' }), '0');
  trader.wait(10_000);
  assert.equal(order(trader, 'BTC-USDT', tagged['ordId'])['cancelSource'], '20');
  assert.equal(order(trader, 'BTC-USDT', plain['ordId'])['state'], 'live');
  assert.equal(arm({ timeOut: '0' }), '0');
  trader.wait(20_000);
  assert.equal(order(trader, 'BTC-USDT', plain['ordId'])['state'], 'live');
});

test('a cancelled order without fills is forgotten by the API after two hours, not by the ledger', () => {
  const trader = trade();
  const { ordId } = place(trader, { ...spot, px: '59000' });
  trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT', ordId });
  trader.wait(7_200_001);
  assert.equal(trader.get(`/api/v5/trade/order?instId=BTC-USDT&ordId=${ordId}`).body['code'], '51603');
  assert.equal(trader.get('/api/v5/trade/orders-history?instType=SPOT').data.length, 0);
  assert.equal(ledger(trader)['orders']?.length, 1);
});

test('a batch answers item by item: 0 when all went well, 2 when some did not, 1 when none did', () => {
  const trader = trade();
  const [good, bad] = [
    { ...spot, px: '59000' },
    { ...spot, px: '59000', sz: '9' },
  ];
  const codes = [[good], [good, bad], [bad]].map((batch) => trader.post('/api/v5/trade/batch-orders', batch).body['code']);
  assert.deepEqual(codes, ['0', '2', '1']);
  assert.equal(
    trader.post(
      '/api/v5/trade/batch-orders',
      Array.from({ length: 21 }, () => good),
    ).body['code'],
    '51111',
  );
});

test('values arrive as real clients send them: numbers, booleans, texts, unknown keys', () => {
  const trader = trade();
  const row = place(trader, {
    ...spot,
    sz: 0.01,
    px: 59000,
    reduceOnly: false,
    banAmend: 'false',
    tgtCcy: 'base_ccy',
    stopLossPrice: 1,
    postOnly: true,
  });
  assert.equal(row['sCode'], '0');
  assert.equal(place(trader, { ...spot, sz: 1e-7, px: 59000 })['sCode'], '51020');
  assert.equal(
    firstRow(trader.post('/api/v5/account/set-leverage', { instId: 'BTC-USDT-SWAP', lever: 5, mgnMode: 'cross' }))['lever'],
    '5',
  );
});

test('lists are newest first and turn their pages by id', () => {
  const trader = trade();
  for (let index = 0; index < 5; index += 1) place(trader, { ...spot, px: '59000' });
  const ids = trader.get('/api/v5/trade/orders-pending').data.map((row) => row['ordId']);
  assert.deepEqual(
    ids,
    ids.toSorted((left, right) => Number(BigInt(right ?? 0) - BigInt(left ?? 0))),
  );
  const page = trader.get(`/api/v5/trade/orders-pending?limit=2&after=${ids[1]}`).data.map((row) => row['ordId']);
  assert.deepEqual(page, ids.slice(2, 4));
  const newer = trader.get(`/api/v5/trade/orders-pending?before=${ids[2]}`).data.map((row) => row['ordId']);
  assert.deepEqual(newer, ids.slice(0, 2));
});

test('an order by somebody else stands in the ledger as external and moves the same position', () => {
  const trader = trade();
  assert.equal(trader.desk('/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'sell', sz: '1' }).status, 200);
  assert.equal(ledger(trader)['orders']?.[0]?.['origin'], 'external');
  assert.equal(ledger(trader)['positions']?.[0]?.['pos'], '-1');
});
