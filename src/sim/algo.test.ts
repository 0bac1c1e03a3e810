import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade, type Row, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '3' };
const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'ioc', px: '60300', sz: '0.01' };
const stop = { ...swap, side: 'sell', ordType: 'conditional', reduceOnly: true, slTriggerPx: '59000', slOrdPx: '-1' };
const both = { ...stop, ordType: 'oco', tpTriggerPx: '61000', tpOrdPx: '-1' };
const attached = { attachAlgoClOrdId: 'child', slTriggerPx: '59000', slOrdPx: '-1', tpTriggerPx: '61000', tpOrdPx: '-1' };

function order(trader: Trader, fields: object): Row {
  return firstRow(trader.post('/api/v5/trade/order', fields));
}

function algo(trader: Trader, fields: object): Row {
  return firstRow(trader.post('/api/v5/trade/order-algo', fields));
}

function told(trader: Trader, algoId: string | undefined): Row {
  return firstRow(trader.get(`/api/v5/trade/order-algo?algoId=${algoId}`));
}

function named(trader: Trader, algoClOrdId: string): Row {
  return firstRow(trader.get(`/api/v5/trade/order-algo?algoClOrdId=${algoClOrdId}`));
}

function move(trader: Trader, price: string, instId = 'BTC-USDT'): void {
  assert.equal(trader.desk('/sim/market', { instId, price }).status, 200);
}

function ledger(trader: Trader, name: string): readonly Row[] {
  return (trader.exchange.ledger()[name] ?? []) as readonly Row[];
}

function position(trader: Trader): string {
  return ledger(trader, 'positions')[0]?.['pos'] ?? '0';
}

/** A long swap of three contracts. */
function long(): Trader {
  const trader = trade();
  assert.equal(order(trader, swap)['sCode'], '0');
  return trader;
}

test('a stop that is reached sends a market order with an id of its own, and closes the position', () => {
  const trader = long();
  const { algoId, sCode } = algo(trader, { ...stop, algoClOrdId: 'mine' });
  assert.equal(sCode, '0');
  move(trader, '59001');
  assert.equal(told(trader, algoId)['state'], 'live');
  move(trader, '59000');
  const row = named(trader, 'mine');
  assert.deepEqual([row['state'], row['actualSide'], row['actualSz'], row['failCode']], ['effective', 'sl', '3', '0']);
  assert.deepEqual(row['ordIdList'], [row['ordId']]);
  const child = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${row['ordId']}`));
  assert.deepEqual(
    [child['state'], child['clOrdId'], child['algoClOrdId'], child['algoId'], child['source'], child['reduceOnly'], child['ordType']],
    ['filled', '', 'mine', algoId, '7', 'true', 'market'],
  );
  assert.equal(position(trader), '0');
  assert.equal(ledger(trader, 'orders').at(-1)?.['origin'], 'algo');
});

test('whichever leg of a pair is reached first ends the other', () => {
  for (const [price, side] of [
    ['61000', 'tp'],
    ['59000', 'sl'],
  ] as const) {
    const trader = long();
    const { algoId } = algo(trader, both);
    move(trader, price);
    assert.deepEqual([told(trader, algoId)['state'], told(trader, algoId)['actualSide']], ['effective', side]);
    const orders = ledger(trader, 'orders').length;
    for (const other of ['59000', '61000']) move(trader, other);
    assert.equal(ledger(trader, 'orders').length, orders);
  }
});

test('the price that moves by itself, and the clock, reach a stop too', () => {
  const trader = long();
  const { algoId } = algo(trader, { ...stop, slTriggerPx: '59995' });
  for (let minute = 0; minute < 60 && told(trader, algoId)['state'] === 'live'; minute += 1) {
    trader.desk('/sim/clock', { advance_ms: 60_000 });
  }
  assert.equal(told(trader, algoId)['state'], 'effective');
});

test('a leg that the price has passed is refused by its side, kind and price type, and nothing is placed', () => {
  const trader = long();
  order(trader, { ...swap, instId: 'ETH-USDT-SWAP', side: 'sell' });
  const short = { ...stop, instId: 'ETH-USDT-SWAP', side: 'buy', slTriggerPx: '', slOrdPx: '' };
  const cases: [object, string][] = [
    [{ ...stop, slTriggerPx: '60100' }, '51280'],
    [{ ...stop, slTriggerPx: '60100', slTriggerPxType: 'mark' }, '51304'],
    [{ ...stop, slTriggerPx: '60100', slTriggerPxType: 'index' }, '51308'],
    [{ ...both, tpTriggerPx: '59900' }, '51279'],
    [{ ...both, tpTriggerPx: '59900', tpTriggerPxType: 'mark' }, '51303'],
    [{ ...short, tpTriggerPx: '3010', tpOrdPx: '-1' }, '51277'],
    [{ ...short, slTriggerPx: '2990', slOrdPx: '-1' }, '51278'],
    [{ ...short, slTriggerPx: '2990', slOrdPx: '-1', slTriggerPxType: 'mark' }, '51302'],
    [{ ...stop, instId: 'ETH-USDT-SWAP', slTriggerPx: '2900' }, '51058'],
    [{ ...stop, sz: '0.015' }, '51121'],
    [{ ...stop, slTriggerPx: '59000.01' }, '51150'],
    [{ ...stop, tdMode: 'isolated' }, '51058'],
    [{ ...stop, instId: 'BTC-USDT', tdMode: 'cash' }, '51205'],
    [{ ...stop, instId: 'BTC-USDT', tdMode: 'cash', reduceOnly: false, slTriggerPxType: 'mark' }, '51415'],
    [{ ...stop, sz: '', closeFraction: '1', reduceOnly: false }, '51328'],
  ];
  for (const [fields, code] of cases) assert.equal(algo(trader, fields)['sCode'], code, JSON.stringify(fields));
  const malformed: [object, string][] = [
    [{ ...stop, slOrdPx: '' }, '50014'],
    [{ ...stop, slTriggerPx: '', slOrdPx: '' }, '50014'],
    [{ ...both, tpTriggerPx: '', tpOrdPx: '' }, '50014'],
    [{ ...stop, sz: '' }, '50014'],
    [{ ...stop, ordType: 'twap' }, '51000'],
    [{ ...stop, algoClOrdId: 'a-b' }, '51000'],
    [{ ...stop, cxlOnClosePos: true, reduceOnly: false }, '51000'],
  ];
  for (const [fields, code] of malformed) {
    const answer = trader.post('/api/v5/trade/order-algo', fields);
    assert.deepEqual([answer.status, answer.body['code'], answer.data], [400, code, []], JSON.stringify(fields));
  }
  assert.deepEqual(ledger(trader, 'algos'), []);
  assert.equal(ledger(trader, 'refused').length, cases.length + malformed.length);
});

test('a stop that is larger than the position when it is reached fails whole, and says so', () => {
  const trader = long();
  const { algoId } = algo(trader, stop);
  order(trader, { ...swap, side: 'sell', sz: '1', reduceOnly: true });
  move(trader, '59000');
  assert.deepEqual([told(trader, algoId)['state'], told(trader, algoId)['failCode']], ['order_failed', '51148']);
  assert.equal(position(trader), '2');
});

test('a stop goes before a reduce-only order that rests, which is displaced', () => {
  const trader = long();
  const { ordId } = order(trader, { ...swap, side: 'sell', ordType: 'limit', px: '61000', reduceOnly: true });
  algo(trader, stop);
  move(trader, '59000');
  assert.equal(position(trader), '0');
  const resting = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${ordId}`));
  assert.deepEqual([resting['state'], resting['cancelSource']], ['canceled', '2']);
});

test('a stop sets nothing aside; on spot it fails when its coins were sold before', () => {
  const trader = trade();
  order(trader, spot);
  const before = JSON.stringify(ledger(trader, 'balances'));
  const sale = { ...stop, instId: 'BTC-USDT', tdMode: 'cash', reduceOnly: false, sz: '0.009' };
  const { algoId } = algo(trader, sale);
  assert.equal(JSON.stringify(ledger(trader, 'balances')), before);
  order(trader, { ...spot, side: 'sell', px: '59900', sz: '0.005' });
  move(trader, '58990');
  assert.deepEqual([told(trader, algoId)['state'], told(trader, algoId)['failCode']], ['order_failed', '51008']);
  const second = algo(trader, { ...sale, slTriggerPx: '58000', sz: '0.004' });
  move(trader, '58000');
  assert.equal(told(trader, second['algoId'])['state'], 'effective');
});

test('one that belongs to the position ends with it; another stays, and fails when it is reached', () => {
  const trader = long();
  const tied = algo(trader, { ...stop, cxlOnClosePos: true });
  const free = algo(trader, stop);
  trader.post('/api/v5/trade/close-position', { instId: 'BTC-USDT-SWAP', mgnMode: 'cross' });
  assert.equal(told(trader, tied['algoId'])['state'], 'canceled');
  assert.equal(told(trader, free['algoId'])['state'], 'live');
  move(trader, '59000');
  assert.deepEqual([told(trader, free['algoId'])['state'], told(trader, free['algoId'])['failCode']], ['order_failed', '51169']);
});

test('closeFraction closes what the position is by then; a second one is refused', () => {
  const trader = long();
  const whole = { ...stop, sz: '', closeFraction: '1' };
  const { algoId } = algo(trader, whole);
  assert.equal(algo(trader, whole)['sCode'], '51088');
  order(trader, { ...swap, sz: '2' });
  move(trader, '59000');
  assert.equal(told(trader, algoId)['actualSz'], '5');
  assert.equal(position(trader), '0');
});

test('attached legs begin when the order is filled, under the id that was given for them', () => {
  const trader = trade();
  const { ordId } = order(trader, { ...swap, ordType: 'ioc', px: '60300', clOrdId: 'parent', attachAlgoOrds: [attached] });
  const child = named(trader, 'child');
  assert.deepEqual(
    [child['state'], child['ordType'], child['side'], child['sz'], child['reduceOnly'], child['slTriggerPx'], child['tpTriggerPx']],
    ['live', 'oco', 'sell', '3', 'true', '59000', '61000'],
  );
  const parent = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${ordId}`));
  assert.equal(parent['attachAlgoClOrdId'], 'child');
  assert.equal(ledger(trader, 'algos')[0]?.['parent'], ordId);
  move(trader, '59000');
  assert.equal(named(trader, 'child')['state'], 'effective');
  assert.equal(position(trader), '0');
});

test('an order that rests protects nothing yet, not even the part that was filled', () => {
  const trader = trade();
  const resting = { ...swap, ordType: 'limit', px: '59500', sz: '45', clOrdId: 'parent', attachAlgoOrds: [attached] };
  order(trader, resting);
  const absent = trader.get('/api/v5/trade/order-algo?algoClOrdId=child');
  assert.deepEqual([absent.status, absent.body], [200, { code: '51603', msg: 'Order does not exist.', data: [] }]);
  move(trader, '59499.8');
  const row = () => firstRow(trader.get('/api/v5/trade/order?instId=BTC-USDT-SWAP&clOrdId=parent'));
  assert.equal(row()['state'], 'partially_filled');
  assert.equal(trader.get('/api/v5/trade/order-algo?algoClOrdId=child').body['code'], '51603');
  // Cancelled with a part, the part is what they protect.
  trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT-SWAP', clOrdId: 'parent' });
  assert.deepEqual([named(trader, 'child')['state'], named(trader, 'child')['sz']], ['live', row()['accFillSz']]);
});

test('an order that ends unfilled takes its attached legs along, and their id is free again', () => {
  const trader = trade();
  const resting = { ...swap, ordType: 'limit', px: '59500', clOrdId: 'parent', attachAlgoOrds: [attached] };
  order(trader, resting);
  assert.equal(order(trader, { ...resting, clOrdId: 'other' })['sCode'], '51068');
  trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT-SWAP', clOrdId: 'parent' });
  assert.equal(trader.get('/api/v5/trade/order-algo?algoClOrdId=child').body['code'], '51603');
  assert.equal(order(trader, { ...resting, clOrdId: 'other' })['sCode'], '0');
  assert.deepEqual(ledger(trader, 'algos'), []);
});

test('legs attached to a spot buy sell what arrived after the fee', () => {
  const trader = trade();
  order(trader, { ...spot, attachAlgoOrds: [attached] });
  assert.deepEqual([named(trader, 'child')['sz'], named(trader, 'child')['reduceOnly']], ['0.00999', 'false']);
  move(trader, '61000');
  assert.deepEqual([named(trader, 'child')['state'], named(trader, 'child')['actualSide']], ['effective', 'tp']);
  assert.equal(ledger(trader, 'balances').find(({ ccy }) => ccy === 'BTC')?.['total'], '0');
});

test('legs on the wrong side of their order, or attached where they cannot be, refuse the order whole', () => {
  const trader = long();
  const limit = { ...swap, ordType: 'limit', px: '60000', sz: '1' };
  const sell = { ...limit, side: 'sell' };
  const only = (legs: object): object => ({ attachAlgoOrds: [legs] });
  const cases: [object, string][] = [
    [{ ...limit, ...only({ tpTriggerPx: '60000', tpOrdPx: '-1' }) }, '51046'],
    [{ ...limit, ...only({ slTriggerPx: '60000', slOrdPx: '-1' }) }, '51047'],
    [{ ...sell, ...only({ tpTriggerPx: '60000', tpOrdPx: '-1' }) }, '51048'],
    [{ ...sell, ...only({ slTriggerPx: '60000', slOrdPx: '-1' }) }, '51049'],
    [{ ...swap, ...only({ tpTriggerPx: '59000', tpOrdPx: '-1' }) }, '51050'],
    [{ ...swap, ...only({ slTriggerPx: '61000', slOrdPx: '-1' }) }, '51051'],
    [{ ...swap, side: 'sell', ...only({ tpTriggerPx: '61000', tpOrdPx: '-1' }) }, '51052'],
    [{ ...swap, side: 'sell', ...only({ slTriggerPx: '59000', slOrdPx: '-1' }) }, '51053'],
    [{ ...sell, reduceOnly: true, ...only({ tpTriggerPx: '59000', tpOrdPx: '-1' }) }, '51100'],
    [{ ...limit, ...only({ attachAlgoClOrdId: 'a' }) }, '51178'],
    [{ ...spot, ordType: 'market', tgtCcy: 'base_ccy', ...only({ slTriggerPx: '59000', slOrdPx: '-1' }) }, '51045'],
    [{ ...spot, ...only({ slTriggerPx: '59000', slOrdPx: '-1', slTriggerPxType: 'index' }) }, '51415'],
  ];
  for (const [fields, code] of cases) assert.equal(order(trader, fields)['sCode'], code, JSON.stringify(fields));
  for (const list of ['x', [5], [{ ...attached, tpTriggerRatio: '0.1' }], [{ ...attached, sz: '1' }]]) {
    assert.equal(trader.post('/api/v5/trade/order', { ...limit, attachAlgoOrds: list }).body['code'], '51000', JSON.stringify(list));
  }
  assert.equal(ledger(trader, 'orders').length, 1);
});

test('an attached leg whose trigger lies between the market and the limit price is reached as soon as it begins', () => {
  const trader = trade();
  order(trader, { ...swap, ordType: 'ioc', px: '60300', attachAlgoOrds: [{ ...attached, slTriggerPx: '60200' }] });
  assert.equal(named(trader, 'child')['actualSide'], 'sl');
  assert.equal(position(trader), '0');
});

test('an amendment moves a trigger, takes a leg away, never adds one, and is held to the side of the price', () => {
  const trader = long();
  const { algoId } = algo(trader, { ...both, algoClOrdId: 'mine' });
  const amend = (fields: object) =>
    firstRow(trader.post('/api/v5/trade/amend-algos', { instId: 'BTC-USDT-SWAP', algoClOrdId: 'mine', ...fields }));
  assert.deepEqual(amend({ newSlTriggerPx: '59500', reqId: 'r1' }), { algoClOrdId: 'mine', algoId, reqId: 'r1', sCode: '0', sMsg: '' });
  assert.deepEqual([told(trader, algoId)['slTriggerPx'], told(trader, algoId)['tpTriggerPx']], ['59500', '61000']);
  assert.equal(amend({ newSlTriggerPx: '60100' })['sCode'], '51280');
  assert.equal(amend({})['sCode'], '51500');
  assert.equal(amend({ newSlTriggerPx: '59500.05' })['sCode'], '51150');
  assert.equal(amend({ newTpTriggerPx: '0' })['sCode'], '0');
  assert.deepEqual([told(trader, algoId)['ordType'], told(trader, algoId)['tpTriggerPx']], ['conditional', '']);
  assert.equal(amend({ newTpTriggerPx: '61000', newTpOrdPx: '-1' })['sCode'], '51526');
  assert.equal(amend({ newSlTriggerPx: '0' })['sCode'], '51526');
  assert.equal(amend({ newSz: '2' })['sCode'], '0');
  assert.equal(amend({ algoClOrdId: 'other', newSz: '2' })['sCode'], '51527');
  assert.equal(amend({ newSlTriggerPx: '60100', cxlOnFail: true })['sCode'], '51280');
  assert.equal(told(trader, algoId)['state'], 'canceled');
  assert.equal(amend({ newSlTriggerPx: '59000' })['sCode'], '51503');
});

test('a cancel takes a list, names each by the exchange id alone, and what is over or unknown answers 51400', () => {
  const trader = long();
  const { algoId } = algo(trader, { ...stop, algoClOrdId: 'mine' });
  const ids = [
    { instId: 'BTC-USDT-SWAP', algoClOrdId: 'mine' },
    { instId: 'BTC-USDT-SWAP', algoId: '1' },
  ];
  const answer = trader.post('/api/v5/trade/cancel-algos', ids);
  assert.deepEqual([answer.body['code'], answer.data.map((row) => row['sCode'])], ['2', ['0', '51400']]);
  assert.deepEqual([answer.data[0]?.['algoId'], answer.data[0]?.['algoClOrdId']], [algoId, '']);
  assert.equal(trader.post('/api/v5/trade/cancel-algos', ids.slice(0, 1)).body['code'], '1');
  assert.equal(
    trader.post(
      '/api/v5/trade/cancel-algos',
      Array.from({ length: 11 }, () => ids[0]),
    ).body['code'],
    '51406',
  );
  assert.equal(trader.post('/api/v5/trade/cancel-algos', ids[0]).body['code'], '51000');
});

test('lists are by kind and page by algoId, newest first; the history asks for a state', () => {
  const trader = long();
  const placed = [1, 2, 3].map(() => algo(trader, stop)['algoId']);
  algo(trader, both);
  const page = (query: string) => trader.get(`/api/v5/trade/${query}`).data.map((row) => row['algoId']);
  assert.deepEqual(page('orders-algo-pending?ordType=conditional'), placed.toReversed());
  assert.deepEqual(page(`orders-algo-pending?ordType=conditional&after=${placed[1]}&limit=100`), [placed[0]]);
  assert.equal(page('orders-algo-pending?ordType=conditional,oco').length, 4);
  assert.deepEqual(page('orders-algo-pending?ordType=trigger'), []);
  for (const bad of ['', '?ordType=oco,trigger', '?ordType=x'])
    assert.notEqual(trader.get(`/api/v5/trade/orders-algo-pending${bad}`).body['code'], '0');
  trader.post('/api/v5/trade/cancel-algos', [{ instId: 'BTC-USDT-SWAP', algoId: placed[0] }]);
  assert.deepEqual(page('orders-algo-history?ordType=conditional&state=canceled'), [placed[0]]);
  assert.deepEqual(page('orders-algo-history?ordType=conditional&state=effective'), []);
  assert.equal(trader.get('/api/v5/trade/orders-algo-history?ordType=conditional').body['code'], '50014');
});

test('an instrument holds a hundred stop orders', () => {
  const trader = long();
  for (let count = 0; count < 100; count += 1) assert.equal(algo(trader, stop)['sCode'], '0');
  assert.equal(algo(trader, stop)['sCode'], '51299');
});

test('twenty writes of stop orders an instrument in two seconds; a cancel of one counts as one', () => {
  const trader = trade(openExchange({ rateLimits: 'strict' }));
  order(trader, swap);
  for (let count = 0; count < 20; count += 1) assert.equal(algo(trader, stop)['sCode'], '0');
  assert.equal(trader.post('/api/v5/trade/order-algo', stop).status, 429);
  const cancel = () => trader.post('/api/v5/trade/cancel-algos', [{ instId: 'BTC-USDT-SWAP', algoId: '1' }]).status;
  for (let count = 0; count < 20; count += 1) assert.equal(cancel(), 200);
  assert.equal(cancel(), 429);
});

test('an order of somebody else may carry legs too; both are told as theirs', () => {
  const trader = trade();
  trader.desk('/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'buy', sz: '1', attachAlgoOrds: [attached] });
  assert.equal(ledger(trader, 'algos')[0]?.['origin'], 'external');
});

test('a stale read shows no stop order that the last write placed, and then shows it again', () => {
  const trader = long();
  algo(trader, { ...stop, algoClOrdId: 'mine' });
  trader.desk('/sim/faults', { kind: 'stale_read', path: '/api/v5/trade', count: 2 });
  assert.equal(trader.get('/api/v5/trade/order-algo?algoClOrdId=mine').body['code'], '51603');
  assert.deepEqual(trader.get('/api/v5/trade/orders-algo-pending?ordType=conditional').data, []);
  assert.equal(named(trader, 'mine')['state'], 'live');
});

test('a write of a stop order can fail with and without having happened', () => {
  for (const executed of [true, false]) {
    const trader = long();
    trader.desk('/sim/faults', { kind: 'reject', path: '/api/v5/trade/order-algo', executed });
    const answer = trader.post('/api/v5/trade/order-algo', { ...stop, algoClOrdId: 'mine' });
    assert.deepEqual([answer.body['code'], answer.data[0]?.['algoClOrdId']], ['1', 'mine']);
    assert.equal(trader.get('/api/v5/trade/order-algo?algoClOrdId=mine').body['code'], executed ? '0' : '51603');
  }
});
