import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openExchange, trade, type Told, type Trader } from '../support/sim-trader.ts';

// The simulator's answers against the rows of the exchange's documentation: the same keys, the same kinds of values. Its codec is
// ours and the venue's decoder is ours; only bodies that neither wrote can tell that they do not agree by mistake.

type Shape = 'text' | 'number' | 'flag' | readonly Shape[] | { readonly [key: string]: Shape };

/** Reads `a=1, b=[{c=#2}]` as the shapes of its values. */
function readRow(text: string): Shape {
  const [row, rest] = readValue(`${text.startsWith('[') ? '' : '{'}${text}${text.startsWith('[') ? '' : '}'}`);
  assert.equal(rest, '', `all of the row is read: ${text}`);
  return row;
}

function readValue(text: string): [Shape, string] {
  if (text.startsWith('[')) return readList(text.slice(1));
  if (text.startsWith('{')) return readObject(text.slice(1));
  const [word = ''] = /^("[^"]*"|[^,}\]]*)/.exec(text) ?? [];
  const shape: Shape = word.startsWith('#') ? 'number' : word === 'true' || word === 'false' ? 'flag' : 'text';
  return [shape, text.slice(word.length)];
}

function readList(text: string): [Shape, string] {
  const items: Shape[] = [];
  let rest = text;
  while (!rest.startsWith(']')) {
    const [item, after] = readValue(rest.trimStart());
    items.push(item);
    rest = after.replace(/^,\s*/, '');
  }
  return [items, rest.slice(1)];
}

function readObject(text: string): [Shape, string] {
  const row: Record<string, Shape> = {};
  let rest = text;
  while (!rest.startsWith('}')) {
    const [whole = '', key = ''] = /^\s*([A-Za-z0-9]+)=/.exec(rest) ?? [];
    assert.notEqual(key, '', `a key in ${rest.slice(0, 40)}`);
    const [value, after] = readValue(rest.slice(whole.length));
    row[key] = value;
    // Values such as `read_only,withdraw,trade` hold commas: what follows one without a key belongs to the value.
    rest = after.replace(/^(?:,(?!\s*[A-Za-z0-9]+=)[^,}]*)+/, '').replace(/^,\s*/, '');
  }
  return [row, rest.slice(1)];
}

const documented = new Map<string, { readonly row: Shape; readonly named: readonly string[] }>();
for (const line of readFileSync(new URL('sim/documented-rows.txt', import.meta.url), 'utf8').split('\n')) {
  const match = /^(GET|POST) (\S+): (.*?)(?: \(\+ documented: (.*)\))?$/.exec(line);
  if (match !== null) documented.set(`${match[1]} ${match[2]}`, { row: readRow(match[3] ?? ''), named: (match[4] ?? '').split(', ') });
}

/** Keys that recorded bodies of the exchange carry although the documented row does not. */
const recordedKeys = ['coinUsdPrice', 'upcChg', 'seriesId', 'outcome', 'settle', 'subCode'];

function compareShapes({ at, shape, value, named }: { at: string; shape: Shape; value: unknown; named: readonly string[] }): void {
  if (shape === 'number') assert.equal(typeof value, 'number', at);
  else if (shape === 'text') assert.equal(typeof value, 'string', at);
  // Where the exchange writes true and false its examples do not tell a text from a boolean.
  else if (shape === 'flag') assert.ok(typeof value === 'boolean' || value === 'true' || value === 'false', at);
  else if (Array.isArray(shape)) compareLists(at, shape, value);
  else {
    assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), at);
    const keys = Object.keys(shape);
    const found = Object.keys(value);
    assert.deepEqual(
      keys.filter((key) => !found.includes(key)),
      [],
      `${at}: keys that are missing`,
    );
    assert.deepEqual(
      found.filter((key) => !keys.includes(key) && !named.includes(key) && !recordedKeys.includes(key)),
      [],
      `${at}: keys that nobody documented`,
    );
    for (const [key, part] of Object.entries(value)) {
      const expected = (shape as Record<string, Shape>)[key];
      if (expected !== undefined) compareShapes({ at: `${at}.${key}`, shape: expected, value: part, named });
    }
  }
}

function compareLists(at: string, shape: readonly Shape[], value: unknown): void {
  assert.ok(Array.isArray(value), at);
  const [first] = shape;
  // Levels and candles are lists of a fixed length; other lists hold any number of items of one shape.
  if (typeof first === 'object' || shape.length <= 2) for (const item of value) compareItem(at, first, item);
  else assert.equal(value.length, shape.length, at);
}

function compareItem(at: string, shape: Shape | undefined, item: unknown): void {
  if (shape === undefined) return;
  if (Array.isArray(shape)) {
    assert.ok(Array.isArray(item) && item.length >= shape.length, at);
    assert.ok(
      item.every((part) => typeof part === 'string'),
      at,
    );
  } else compareShapes({ at: `${at}[]`, shape, value: item, named: [] });
}

/** An account that has traded: a filled spot order, an open swap, an order that rests. */
function traded(): Trader {
  const trader = trade(openExchange());
  const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'market', sz: '100' };
  trader.post('/api/v5/trade/order', order);
  trader.post('/api/v5/trade/order', { ...order, instId: 'BTC-USDT-SWAP', tdMode: 'cross', sz: '3' });
  trader.post('/api/v5/trade/order', { ...order, ordType: 'limit', px: '59000', sz: '0.01', clOrdId: 'resting' });
  trader.post('/api/v5/trade/order-algo', { ...stop, algoClOrdId: 'resting' });
  trader.post('/api/v5/trade/order-algo', { ...stop, algoClOrdId: 'gone', slTriggerPx: '59990' });
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '59980' });
  trader.post('/api/v5/trade/order', { ...order, instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'sell', sz: '1' });
  trader.desk('/sim/deposits', { ccy: 'ETH', amt: '37.11827078' });
  trader.post('/api/v5/asset/transfer', { ...transfer, clientId: 'mine' });
  return trader;
}

const stop = {
  instId: 'BTC-USDT-SWAP',
  tdMode: 'cross',
  side: 'sell',
  ordType: 'oco',
  sz: '1',
  reduceOnly: true,
  tpTriggerPx: '63000',
  tpOrdPx: '-1',
  slTriggerPx: '57000',
  slTriggerPxType: 'mark',
  slOrdPx: '-1',
};
const transfer = { ccy: 'ETH', amt: '0.1', from: '6', to: '18' };
const restingStop = { instId: 'BTC-USDT-SWAP', algoClOrdId: 'resting' };
const resting = { instId: 'BTC-USDT', clOrdId: 'resting' };
const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' };

const asked: Readonly<Record<string, (trader: Trader) => Told>> = {
  'GET /api/v5/public/time': (trader) => trader.get('/api/v5/public/time'),
  'GET /api/v5/public/instruments': (trader) => trader.get('/api/v5/public/instruments?instType=SPOT'),
  'GET /api/v5/public/mark-price': (trader) => trader.get('/api/v5/public/mark-price?instType=SWAP'),
  'GET /api/v5/public/price-limit': (trader) => trader.get('/api/v5/public/price-limit?instId=BTC-USDT-SWAP'),
  'GET /api/v5/public/funding-rate': (trader) => trader.get('/api/v5/public/funding-rate?instId=BTC-USDT-SWAP'),
  'GET /api/v5/public/open-interest': (trader) => trader.get('/api/v5/public/open-interest?instType=SWAP'),
  'GET /api/v5/market/index-tickers': (trader) => trader.get('/api/v5/market/index-tickers?quoteCcy=USD'),
  'GET /api/v5/market/ticker': (trader) => trader.get('/api/v5/market/ticker?instId=BTC-USD-SWAP'),
  'GET /api/v5/market/tickers': (trader) => trader.get('/api/v5/market/tickers?instType=SPOT'),
  'GET /api/v5/market/books': (trader) => trader.get('/api/v5/market/books?instId=BTC-USDT&sz=5'),
  'GET /api/v5/market/candles': (trader) => trader.get('/api/v5/market/candles?instId=BTC-USDT'),
  'GET /api/v5/market/trades': (trader) => trader.get('/api/v5/market/trades?instId=BTC-USDT'),
  'GET /api/v5/account/config': (trader) => trader.get('/api/v5/account/config'),
  'GET /api/v5/account/balance': (trader) => trader.get('/api/v5/account/balance'),
  'GET /api/v5/account/positions': (trader) => trader.get('/api/v5/account/positions'),
  'GET /api/v5/account/leverage-info': (trader) => trader.get('/api/v5/account/leverage-info?instId=BTC-USDT-SWAP&mgnMode=cross'),
  'POST /api/v5/account/set-leverage': (trader) =>
    trader.post('/api/v5/account/set-leverage', { instId: 'BTC-USDT-SWAP', lever: '5', mgnMode: 'cross' }),
  'GET /api/v5/account/max-size': (trader) => trader.get('/api/v5/account/max-size?instId=BTC-USDT&tdMode=cash'),
  'GET /api/v5/account/max-avail-size': (trader) => trader.get('/api/v5/account/max-avail-size?instId=BTC-USDT&tdMode=cash'),
  'GET /api/v5/account/trade-fee': (trader) => trader.get('/api/v5/account/trade-fee?instType=SPOT'),
  'GET /api/v5/account/bills': (trader) => trader.get('/api/v5/account/bills'),
  'POST /api/v5/trade/order': (trader) => trader.post('/api/v5/trade/order', order),
  'POST /api/v5/trade/batch-orders': (trader) => trader.post('/api/v5/trade/batch-orders', [order, order]),
  'POST /api/v5/trade/cancel-order': (trader) => trader.post('/api/v5/trade/cancel-order', resting),
  'POST /api/v5/trade/cancel-batch-orders': (trader) => trader.post('/api/v5/trade/cancel-batch-orders', [resting]),
  'POST /api/v5/trade/amend-order': (trader) => trader.post('/api/v5/trade/amend-order', { ...resting, newPx: '58000', reqId: 'b1' }),
  'POST /api/v5/trade/close-position': (trader) =>
    trader.post('/api/v5/trade/close-position', { instId: 'BTC-USDT-SWAP', mgnMode: 'cross', clOrdId: 'c1' }),
  'GET /api/v5/trade/order': (trader) => trader.get('/api/v5/trade/order?instId=BTC-USDT&clOrdId=resting'),
  'GET /api/v5/trade/orders-pending': (trader) => trader.get('/api/v5/trade/orders-pending'),
  'GET /api/v5/trade/orders-history': (trader) => trader.get('/api/v5/trade/orders-history?instType=SPOT'),
  'GET /api/v5/trade/fills': (trader) => trader.get('/api/v5/trade/fills'),
  'POST /api/v5/trade/cancel-all-after': (trader) => trader.post('/api/v5/trade/cancel-all-after', { timeOut: '60' }),
  'POST /api/v5/trade/order-algo': (trader) => trader.post('/api/v5/trade/order-algo', { ...stop, algoClOrdId: 'another' }),
  'POST /api/v5/trade/cancel-algos': (trader) => trader.post('/api/v5/trade/cancel-algos', [restingStop]),
  'POST /api/v5/trade/amend-algos': (trader) => trader.post('/api/v5/trade/amend-algos', { ...restingStop, newSlTriggerPx: '58000' }),
  'GET /api/v5/trade/orders-algo-pending': (trader) => trader.get('/api/v5/trade/orders-algo-pending?ordType=oco'),
  'GET /api/v5/trade/orders-algo-history': (trader) => trader.get('/api/v5/trade/orders-algo-history?ordType=oco&state=effective'),
  'GET /api/v5/trade/order-algo': (trader) => trader.get('/api/v5/trade/order-algo?algoClOrdId=resting'),
  'GET /api/v5/account/bills-archive': (trader) => trader.get('/api/v5/account/bills-archive'),
  'GET /api/v5/account/max-withdrawal': (trader) => trader.get('/api/v5/account/max-withdrawal?ccy=USDT'),
  'POST /api/v5/account/set-position-mode': (trader) => trader.post('/api/v5/account/set-position-mode', { posMode: 'net_mode' }),
  'POST /api/v5/asset/transfer': (trader) => trader.post('/api/v5/asset/transfer', transfer),
  'GET /api/v5/asset/transfer-state': (trader) => trader.get('/api/v5/asset/transfer-state?clientId=mine'),
  'GET /api/v5/asset/bills': (trader) => trader.get('/api/v5/asset/bills'),
  'GET /api/v5/public/position-tiers': (trader) =>
    trader.get('/api/v5/public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT'),
  'GET /api/v5/public/opt-summary': (trader) => trader.get('/api/v5/public/opt-summary?instFamily=BTC-USD'),
  'GET /api/v5/account/positions-history': (trader) => trader.get('/api/v5/account/positions-history'),
  'POST /api/v5/account/set-account-level': (trader) => trader.post('/api/v5/account/set-account-level', { acctLv: '2' }),
  'POST /api/v5/trade/amend-batch-orders': (trader) =>
    trader.post('/api/v5/trade/amend-batch-orders', [{ ...resting, newPx: '58000', reqId: 'b1' }]),
  'GET /api/v5/asset/asset-valuation': (trader) => trader.get('/api/v5/asset/asset-valuation'),
  'GET /api/v5/trade/orders-history-archive': (trader) => trader.get('/api/v5/trade/orders-history-archive?instType=SPOT'),
  'GET /api/v5/trade/fills-history': (trader) => trader.get('/api/v5/trade/fills-history?instType=SPOT'),
  'GET /api/v5/market/history-candles': (trader) => trader.get('/api/v5/market/history-candles?instId=BTC-USDT'),
  'GET /api/v5/asset/balances': (trader) => trader.get('/api/v5/asset/balances'),
};

const orderWrites = /^POST \/api\/v5\/trade\/(order|batch-orders|cancel-order|cancel-batch-orders|amend-order|amend-batch-orders)$/;

test('each documented row has a question, and the other way round', () => {
  assert.deepEqual(Object.keys(asked).toSorted(), [...documented.keys()].toSorted());
});

for (const [name, ask] of Object.entries(asked)) {
  test(`${name} answers in the documented shape`, () => {
    const { status, body, data } = ask(traded());
    assert.equal(status, 200);
    assert.equal(body['code'], '0', JSON.stringify(body));
    assert.equal(body['msg'], '');
    const times = orderWrites.test(name) ? ['inTime', 'outTime'] : [];
    assert.deepEqual(Object.keys(body).toSorted(), ['code', 'data', 'msg', ...times].toSorted());
    for (const time of times) assert.match(String(body[time]), /^\d{16}$/);
    assert.ok(data.length > 0, 'the answer has a row');
    const { row, named } = documented.get(name) ?? { row: {}, named: [] };
    for (const found of data) compareShapes({ at: name, shape: row, value: found, named });
  });
}

// The rows of one path differ by what kind of instrument they are about; their keys do not.
for (const query of ['instType=SWAP', 'instType=FUTURES', 'instType=OPTION&instFamily=BTC-USD']) {
  test(`instruments, tickers and mark prices of ${query} answer in the documented shape`, () => {
    for (const path of ['public/instruments', 'market/tickers', 'public/mark-price']) {
      const { data } = trade(openExchange()).get(`/api/v5/${path}?${query}`);
      assert.ok(data.length > 0, path);
      const { row, named } = documented.get(`GET /api/v5/${path}`) ?? { row: {}, named: [] };
      for (const found of data) compareShapes({ at: path, shape: row, value: found, named });
    }
  });
}

test('orders, positions and stop orders answer in the documented shape whatever kind they are', () => {
  const trader = traded();
  const future = { ...order, instId: 'BTC-USDT-261225', tdMode: 'cross', ordType: 'market', sz: '1' };
  trader.post('/api/v5/trade/order', future);
  trader.post('/api/v5/trade/order-algo', { ...future, ordType: 'trigger', triggerPx: '59000', orderPx: '-1' });
  trader.post('/api/v5/trade/order-algo', { ...future, ordType: 'move_order_stop', callbackRatio: '0.01' });
  for (const [path, query] of [
    ['trade/orders-history', 'instType=FUTURES'],
    ['account/positions', 'instType=FUTURES'],
    ['trade/orders-algo-pending', 'ordType=trigger'],
    ['trade/orders-algo-pending', 'ordType=move_order_stop'],
  ] as const) {
    const { data } = trader.get(`/api/v5/${path}?${query}`);
    assert.ok(data.length > 0, `${path}?${query}`);
    const { row, named } = documented.get(`GET /api/v5/${path}`) ?? { row: {}, named: [] };
    for (const found of data) compareShapes({ at: path, shape: row, value: found, named });
  }
});

test('the comparison sees a missing key, an undocumented one, and a value of another kind', () => {
  const shape = readRow('a=1, b=#2, c=[{d=x, e=true}], f=one,two');
  const compare = (value: unknown) => {
    compareShapes({ at: 'row', shape, value, named: [] });
  };
  const good = { a: '1', b: 2, c: [{ d: 'x', e: true }], f: 'one,two' };
  compare(good);
  for (const bad of [
    { a: '1', b: 2, c: [] },
    { ...good, g: '' },
    { ...good, a: 1 },
    { ...good, b: '2' },
    { ...good, c: [{ d: 'x' }] },
    { ...good, c: 'x' },
  ]) {
    assert.throws(() => {
      compare(bad);
    });
  }
});

test('recorded refusals are answered word for word', () => {
  const trader = trade(openExchange());
  const bad = trader.post('/api/v5/trade/order', {}, { 'ok-access-sign': 'x' });
  assert.deepEqual([bad.status, bad.body], [401, { msg: 'Invalid Sign', code: '50113' }]);
  const absent = trader.get('/api/v5/trade/order?instId=BTC-USDT&ordId=1');
  assert.deepEqual([absent.status, absent.body], [200, { code: '51603', msg: 'Order does not exist.', data: [] }]);
  const poor = trader.post('/api/v5/trade/order', { ...order, sz: '9' });
  assert.deepEqual([poor.status, poor.body['code'], poor.body['msg']], [200, '1', 'All operations failed']);
  assert.deepEqual(
    { ...poor.data[0], ts: '' },
    {
      clOrdId: '',
      ordId: '',
      sCode: '51008',
      sMsg: 'Order failed. Insufficient USDT balance in account',
      subCode: '1000',
      tag: '',
      ts: '',
    },
  );
});
