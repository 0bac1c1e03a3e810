import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade, type Trader } from '../../test/support/sim-trader.ts';

const ORDER = '/api/v5/trade/order';
const BATCH = '/api/v5/trade/batch-orders';
const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.001' };

function set(trader: Trader, path: string, body: object): void {
  const { status, body: said } = trader.desk(path, body);
  assert.equal(status, 200, JSON.stringify(said));
}

function names(trader: Trader): readonly unknown[] {
  return (trader.exchange.ledger()['orders'] as readonly { clOrdId: string }[]).map(({ clOrdId }) => clOrdId);
}

for (const executed of [true, false])
  test(`a batch in part, the refused items ${executed ? '' : 'not '}carried out: every second item is told as refused`, () => {
    const trader = trade();
    set(trader, '/sim/faults', { kind: 'partial_batch', path: BATCH, executed });
    const answer = trader.post(
      BATCH,
      ['a', 'b', 'c', 'd', 'e'].map((clOrdId) => ({ ...order, clOrdId })),
    );
    assert.equal(answer.body['code'], '2');
    assert.deepEqual(
      answer.data.map(({ clOrdId, sCode }) => [clOrdId, sCode]),
      [
        ['a', '0'],
        ['b', '51008'],
        ['c', '0'],
        ['d', '51008'],
        ['e', '0'],
      ],
    );
    assert.deepEqual(names(trader), executed ? ['a', 'b', 'c', 'd', 'e'] : ['a', 'c', 'e']);
    assert.equal(trader.exchange.ledger()['refused']?.length, executed ? 0 : 2);
    for (const { clOrdId = '', sCode, ordId } of answer.data)
      if (sCode === '0') assert.equal(firstRow(trader.get(`${ORDER}?instId=BTC-USDT&clOrdId=${clOrdId}`))['ordId'], ordId);
  });

test('a batch in part is refused by the desk where no batch is taken', () => {
  const { status, body } = trade().desk('/sim/faults', { kind: 'partial_batch', path: ORDER });
  assert.equal(status, 400);
  assert.match(String(body['error']), /takes no batch/);
});

test('a throttled exchange takes one request where it took sixty, and all of them when the time is over', () => {
  const trader = trade();
  set(trader, '/sim/throttle', { divisor: 60, for_ms: 10_000 });
  const codes = ['a', 'b', 'c'].map((clOrdId) => trader.post(ORDER, { ...order, clOrdId }).body['code']);
  assert.deepEqual(codes, ['0', '50011', '50011']);
  trader.wait(2001);
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'd' }).body['code'], '0');
  trader.wait(8000);
  for (const clOrdId of ['e', 'f', 'g']) assert.equal(trader.post(ORDER, { ...order, clOrdId }).body['code'], '0');
  assert.deepEqual(names(trader), ['a', 'd', 'e', 'f', 'g']);
});

test('an exchange that is throttled under a path takes as much as ever elsewhere', () => {
  const trader = trade();
  set(trader, '/sim/throttle', { divisor: 60, for_ms: 10_000, path: '/api/v5/trade' });
  assert.deepEqual(
    ['a', 'b'].map((clOrdId) => trader.post(ORDER, { ...order, clOrdId }).body['code']),
    ['0', '50011'],
  );
  for (let count = 0; count < 3; count += 1) assert.equal(trader.get('/api/v5/market/books?instId=BTC-USDT').body['code'], '0');
  assert.equal(trader.desk('/sim/throttle', { path: '/sim/orders' }).status, 400);
});

test('a blocked account is read, and none of its writes is taken, until it is let go', () => {
  const trader = trade();
  trader.post(ORDER, { ...order, clOrdId: 'a' });
  set(trader, '/sim/accounts', { frozen: true });
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'b' }).body['code'], '50007');
  assert.equal(trader.post('/api/v5/trade/cancel-order', { instId: 'BTC-USDT', clOrdId: 'a' }).body['code'], '50007');
  assert.equal(firstRow(trader.get(`${ORDER}?instId=BTC-USDT&clOrdId=a`))['state'], 'live');
  const refused = trader.exchange.ledger()['refused'] as readonly { code: string; clOrdId: string }[];
  assert.deepEqual(
    refused.map(({ code, clOrdId }) => [code, clOrdId]),
    [
      ['50007', 'b'],
      ['50007', 'a'],
    ],
  );
  set(trader, '/sim/accounts', { frozen: false });
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'b' }).body['code'], '0');
});

test('a skewed clock is told, judges timestamps and expTime, and moves nothing of what happens', () => {
  const trader = trade();
  set(trader, '/sim/clock', { skew_ms: 20_000 });
  assert.equal(Number(firstRow(trader.get('/api/v5/public/time'))['ts']), trader.now() + 20_000);
  const expires = { exptime: String(trader.now() + 1500) };
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'a' }, expires).body['code'], '50036');
  trader.post(ORDER, { ...order, clOrdId: 'b' });
  assert.equal(Number(firstRow(trader.get(`${ORDER}?instId=BTC-USDT&clOrdId=b`))['cTime']), trader.now());
  set(trader, '/sim/clock', { skew_ms: '-31000' });
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'c' }).body['code'], '50102');
  set(trader, '/sim/clock', { skew_ms: 0 });
  assert.equal(trader.post(ORDER, { ...order, clOrdId: 'c' }).body['code'], '0');
});

test('a ghost price stands in the data that it was put into, and orders trade at the true one', () => {
  const trader = trade();
  const ticker = (): number => Number(firstRow(trader.get('/api/v5/market/ticker?instId=BTC-USDT'))['last']);
  const mark = (): number => Number(firstRow(trader.get('/api/v5/public/mark-price?instType=SWAP&instId=BTC-USDT-SWAP'))['markPx']);
  set(trader, '/sim/ghosts', { instId: 'BTC-USDT', price: '30000', path: '/api/v5/market/ticker', for_ms: 5000 });
  assert.ok(Math.abs(ticker() - 30_000) < 30, String(ticker()));
  assert.ok(Math.abs(mark() - 60_000) < 60);
  trader.post(ORDER, { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'market', sz: '100', clOrdId: 'm' });
  const [fill] = trader.exchange.ledger()['fills'] as readonly { px: string }[];
  assert.ok(Math.abs(Number(fill?.px) - 60_000) < 60, String(fill?.px));
  trader.wait(5000);
  assert.ok(Math.abs(ticker() - 60_000) < 60);
  set(trader, '/sim/ghosts', { instId: 'BTC-USDT', price: '61000' });
  assert.ok(Math.abs(ticker() - 61_000) < 61 && Math.abs(mark() - 61_000) < 61);
});

test('what is out of order is put right with the faults, and lives on in the log', () => {
  const trader = trade();
  set(trader, '/sim/accounts', { frozen: true });
  set(trader, '/sim/clock', { skew_ms: 5000 });
  const again = openExchange();
  for (const event of trader.events) again.replay(event);
  assert.deepEqual(again.state().conditions, trader.exchange.state().conditions);
  assert.ok(again.state().conditions.frozen.has('1001'));
  const { reaction } = trader.exchange.handle({
    request: { method: 'DELETE', url: '/sim/faults', headers: {}, body: Buffer.from(''), remoteAddress: '127.0.0.1' },
    at: trader.now(),
  });
  assert.equal(reaction.kind === 'answer' && reaction.status, 200);
  assert.equal(trader.exchange.state().conditions.frozen.size, 0);
  for (const [path, wrong] of [
    ['/sim/throttle', { divisor: 0 }],
    ['/sim/throttle', { for_ms: 0 }],
    ['/sim/accounts', { frozen: 'maybe' }],
    ['/sim/accounts', { account: '7' }],
    ['/sim/clock', { skew_ms: 'soon' }],
    ['/sim/ghosts', { instId: 'BTC-USDT', price: '1.23' }],
    ['/sim/ghosts', { instId: 'BTC-USDT', price: '30000', path: '/api/v5/trade/order' }],
  ] as const)
    assert.equal(trader.desk(path, wrong).status, 400, path);
});
