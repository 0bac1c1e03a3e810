import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelOf, connect, json, list, message } from '../../test/support/sim-socket.ts';
import { firstRow, openExchange, trade } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '1' };
const orders = { channel: 'orders', instType: 'ANY' };

test('a ping is answered, and what is no message is refused with its text', () => {
  const client = connect(trade());
  assert.deepEqual(client.say('ping'), ['pong']);
  const { connId } = client;
  assert.deepEqual(message(client.say('{"op":')), { event: 'error', code: '60012', msg: 'Invalid request: {"op":', connId });
  assert.equal(message(client.say('[]'))['code'], '60012');
  assert.deepEqual(message(client.ask({ id: '5', op: 'dance', args: [] })), {
    id: '5',
    event: 'error',
    code: '60019',
    msg: 'Invalid op: dance',
    connId,
  });
  const [argument] = [{ channel: 'tickers', instId: 'BTC-USDT' }];
  assert.equal(message(client.ask({ op: 'subscribe', args: [argument], extra: 1 }))['code'], '60012', 'unknown keys beside args');
  assert.equal(message(client.ask({ op: 'subscribe', args: [argument], expTime: '1' }))['code'], '60012');
  assert.equal(message(client.ask({ id: 'not-good', op: 'subscribe', args: [argument] }))['code'], '60012');
  assert.equal(message(client.ask({ op: 'subscribe', args: [] }))['code'], '60012');
});

test('a login over the signed time opens the private channels', () => {
  const trader = trade();
  const client = connect(trader);
  const { connId } = client;
  assert.equal(message(client.subscribe(orders))['code'], '60011');
  assert.deepEqual(message(client.logIn()), { event: 'login', code: '0', msg: '', connId });
  const [acknowledged, counted] = json(client.ask({ id: '1512', op: 'subscribe', args: [orders] }));
  assert.deepEqual(acknowledged, { id: '1512', event: 'subscribe', arg: orders, connId });
  assert.deepEqual(counted, { event: 'channel-conn-count', channel: 'orders', connCount: '1', connId });
  const { ordId } = firstRow(trader.post('/api/v5/trade/order', swap));
  const push = message(client.told());
  assert.deepEqual(push['arg'], { ...orders, uid: '1001' });
  assert.deepEqual(
    rows(push).map((row) => [row['ordId'], row['state']]),
    [[ordId, 'live']],
  );
  assert.equal(message(client.logIn())['code'], '60031');
  assert.deepEqual(client.say('ping'), ['pong'], 'a second login does no harm');
  assert.deepEqual(message(client.ask({ op: 'unsubscribe', args: [orders] })), { event: 'unsubscribe', arg: orders, connId });
  trader.post('/api/v5/trade/order', swap);
  assert.deepEqual(client.told(), []);
});

function rows(push: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return push['data'] as Readonly<Record<string, unknown>>[];
}

const failures: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['60005', { apiKey: '' }],
  ['60032', { apiKey: 'nobody' }],
  ['60004', { timestamp: '2026-01-01T00:00:00Z' }],
  ['60006', { timestamp: '1700000000' }],
  ['60007', { sign: 'wrong' }],
  ['60024', { passphrase: 'wrong' }],
];

for (const [code, changes] of failures) {
  test(`a login with a wrong ${Object.keys(changes).join()} fails with ${code} and ends the socket with 4001`, () => {
    const client = connect(trade());
    assert.equal(message(client.logIn(changes))['code'], code);
    assert.deepEqual(client.fate(), [{ kind: 'close', socket: client.socket, code: 4001, reason: 'Login failed' }]);
    assert.deepEqual(client.say('ping'), [], 'nobody listens any more');
  });
}

test('a login of another environment, from another address or of several accounts fails', () => {
  const foreign = connect(trade(), { headers: { 'x-simulated-trading': '7' } });
  assert.equal(message(foreign.logIn())['code'], '50101');
  assert.equal(message(connect(trade(), { address: '10.0.0.9' }).logIn())['code'], '50110');
  assert.equal(message(connect(trade(), { address: '10.0.0.9', apiKey: 'sim-key-noip' }).logIn())['event'], 'login');
  assert.equal(message(connect(trade()).ask({ op: 'login', args: [] }))['code'], '60009');
});

test('a subscription that cannot be says why, and the others of its message are taken', () => {
  const client = connect(trade(), { path: '/ws/v5/public' });
  const { connId } = client;
  const good = { channel: 'mark-price', instId: 'BTC-USDT-SWAP' };
  const [unknown, empty, nothing, tier, acknowledged] = json(
    client.subscribe(
      { channel: 'weather' },
      { channel: 'tickers' },
      { channel: 'tickers', instId: 'NO-USDT' },
      { channel: 'books-l2-tbt', instId: 'BTC-USDT' },
      good,
    ),
  );
  assert.deepEqual(
    [unknown, empty, nothing, tier].map((each) => each?.['code']),
    ['60018', '60027', '60018', '64003'],
  );
  assert.match(String(nothing?.['msg']), /^Wrong URL or channel:tickers,instId:NO-USDT doesn't exist\./);
  assert.deepEqual(acknowledged, { event: 'subscribe', arg: good, connId });
});

test('positions, account and holdings begin with everything, then tell what changed', () => {
  const trader = trade();
  trader.post('/api/v5/trade/order', { ...swap, ordType: 'market' });
  const client = connect(trader);
  client.logIn();
  const said = json(
    client.subscribe({ channel: 'positions', instType: 'SWAP' }, { channel: 'account' }, { channel: 'balance_and_position' }),
  );
  const snapshots = said.filter((each) => 'data' in each);
  assert.deepEqual(
    snapshots.map(({ eventType, curPage, lastPage }) => [eventType, curPage, lastPage]),
    [
      ['snapshot', 1, true],
      ['snapshot', 1, true],
      [undefined, undefined, undefined],
    ],
  );
  assert.deepEqual(
    snapshots.map((each) => rows(each).length),
    [1, 1, 1],
  );
  trader.post('/api/v5/trade/order', { ...swap, ordType: 'market', side: 'sell' });
  const [account, position, holding] = json(client.told());
  assert.deepEqual([position?.['eventType'], rows(position ?? {})[0]?.['pos']], ['event_update', '0'], 'a closed one is told once');
  assert.ok(!('curPage' in (position ?? {})), 'pages are of snapshots only');
  assert.equal(account?.['eventType'], 'event_update');
  const [row] = rows(holding ?? {});
  assert.deepEqual(Object.keys(row ?? {}), ['pTime', 'eventType', 'balData', 'posData', 'trades']);
  assert.equal(row?.['eventType'], 'filled');
  assert.equal(list(row?.['trades']).length, 1);
  assert.deepEqual(
    Object.keys(list(row?.['posData'])[0] ?? {}).toSorted(),
    'avgPx ccy instId instType mgnMode nonSettleAvgPx pos posCcy posId posSide settledPnl tradeId uTime'.split(' '),
  );
  trader.desk('/sim/deposits', { ccy: 'USDT', amt: '5', to: '18' });
  assert.equal(
    rows(json(client.told()).find(({ arg }) => channelOf({ arg }) === 'balance_and_position') ?? {})[0]?.['eventType'],
    'transferred',
  );
});

test('positions and account are told again every five seconds, or as often as was asked', () => {
  const trader = trade();
  trader.post('/api/v5/trade/order', { ...swap, ordType: 'market' });
  const client = connect(trader);
  client.logIn();
  const never = { channel: 'positions', instType: 'ANY', extraParams: '{"updateInterval":"0"}' };
  client.subscribe({ channel: 'account' }, never);
  trader.wait(4900);
  assert.deepEqual(client.told(), []);
  trader.wait(100);
  assert.deepEqual(
    json(client.told()).map(({ arg, eventType }) => [channelOf({ arg }), eventType]),
    [['account', 'snapshot']],
  );
  assert.equal(message(client.subscribe({ ...never, extraParams: '{"updateInterval":"1"}' }))['code'], '60033');
});

test('a position near its liquidation is told as a warning, and once for each ratio', () => {
  const trader = trade();
  trader.post('/api/v5/account/set-leverage', { instId: swap.instId, lever: '50', mgnMode: 'cross' });
  trader.post('/api/v5/trade/order', { ...swap, ordType: 'market', sz: '700' });
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'liquidation-warning', instType: 'ANY' });
  trader.wait(5000);
  assert.deepEqual(client.told(), []);
  trader.desk('/sim/market', { instId: swap.instId, price: '59200' });
  trader.wait(1000);
  const push = message(client.told());
  assert.deepEqual(
    Object.keys(rows(push)[0] ?? {}).toSorted(),
    'cTime ccy instId instType lever markPx mgnMode mgnRatio pTime pos posCcy posId posSide uTime'.split(' '),
  );
});

test('a filter of type, family or instrument leaves out what it does not name', () => {
  const trader = trade();
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'orders', instType: 'SPOT' }, { channel: 'orders', instType: 'SWAP', instFamily: 'ETH-USDT' });
  trader.post('/api/v5/trade/order', swap);
  assert.deepEqual(client.told(), []);
  client.subscribe({ channel: 'orders', instType: 'SWAP', instId: swap.instId });
  trader.post('/api/v5/trade/order', swap);
  assert.equal(client.told().length, 1);
});

test('nobody hears of the orders of another account', () => {
  const trader = trade();
  const other = connect(trader, { apiKey: 'sim-key-main' });
  other.logIn();
  other.subscribe(orders, { channel: 'account' });
  trader.post('/api/v5/trade/order', { ...swap, ordType: 'market' });
  assert.deepEqual(other.told(), []);
});

test('an order of a contract that only rests changes what is available of its currency', () => {
  const trader = trade();
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'account' });
  const other = connect(trader);
  other.logIn();
  other.subscribe({ channel: 'account', ccy: 'BTC,ETH' });
  trader.post('/api/v5/trade/order', swap);
  assert.deepEqual(other.told(), [], 'who asked for other currencies hears nothing');
  const details = list(rows(message(client.told()))[0]?.['details']);
  assert.deepEqual([details.length, details[0]?.['ccy'], details[0]?.['ordFrozen'] === '0'], [1, 'USDT', false]);
});

test('an amendment is told with its result and the id of the client, and an order that rests is told once', () => {
  const trader = trade();
  const client = connect(trader);
  client.logIn();
  client.subscribe(orders);
  const { ordId } = firstRow(trader.post('/api/v5/trade/order', swap));
  assert.equal(client.told().length, 1);
  trader.post('/api/v5/trade/amend-order', { instId: swap.instId, ordId, newSz: '2', reqId: 'again' });
  const [row] = rows(message(client.told()));
  assert.deepEqual([row?.['amendResult'], row?.['reqId'], row?.['sz'], row?.['state']], ['0', 'again', '2', 'live']);
});

test('fills are for large traders while limits are strict', () => {
  const strict = connect(trade(openExchange({ rateLimits: 'strict' })));
  strict.logIn();
  assert.equal(message(strict.subscribe({ channel: 'fills' }))['code'], '64003');
  const trader = trade();
  const lenient = connect(trader);
  lenient.logIn();
  lenient.subscribe({ channel: 'fills' });
  trader.post('/api/v5/trade/order', { ...swap, ordType: 'market' });
  assert.deepEqual(message(lenient.told())['arg'], { channel: 'fills', uid: '1001' });
});

test('a thirty-first connection of an account is not taken on a private channel, and is told so', () => {
  const trader = trade();
  const clients = Array.from({ length: 31 }, () => connect(trader));
  const answers = clients.map((client) => {
    client.logIn();
    return json(client.subscribe({ channel: 'orders', instType: 'SWAP' })).at(-1);
  });
  assert.deepEqual([answers[29]?.['event'], answers[29]?.['connCount']], ['channel-conn-count', '30']);
  assert.deepEqual([answers[30]?.['event'], answers[30]?.['connCount']], ['channel-conn-count-error', '30']);
  trader.post('/api/v5/trade/order', swap);
  assert.deepEqual(
    clients.map((client) => client.told().length),
    [...Array.from({ length: 30 }, () => 1), 0],
  );
});

test('with strict limits a socket subscribes 480 times an hour, and an address connects three times a second', () => {
  const trader = trade(openExchange({ rateLimits: 'strict' }));
  const client = connect(trader);
  const subscription = { op: 'subscribe', args: [{ channel: 'status' }] };
  for (let count = 0; count < 480; count += 1) assert.equal(message(client.ask(subscription))['event'], 'subscribe');
  assert.equal(message(client.ask(subscription))['code'], '60014');
  connect(trader);
  connect(trader);
  assert.throws(() => connect(trader), /refused with 429/);
  assert.throws(() => connect(trader, { path: '/ws/v5/other' }), /refused with 404/);
});

test('a socket on which nothing was sent for thirty seconds is closed with 4004; a pong keeps it open once it is in use', () => {
  const trader = trade();
  const [quiet, pinging, unused] = [connect(trader), connect(trader), connect(trader)];
  quiet.logIn();
  pinging.logIn();
  for (let seconds = 0; seconds < 30; seconds += 10) {
    trader.wait(10_000);
    pinging.say('ping');
    unused.say('ping');
  }
  assert.deepEqual(quiet.fate(), [{ kind: 'close', socket: quiet.socket, code: 4004, reason: 'No data received in 30s' }]);
  assert.equal(unused.fate().length, 1, 'neither login nor subscription');
  assert.deepEqual(pinging.fate(), []);
});

test('a socket that went is forgotten, and says nothing more', () => {
  const trader = trade();
  const client = connect(trader);
  client.logIn();
  client.subscribe(orders, { channel: 'tickers', instId: 'BTC-USDT' });
  trader.exchange.sockets.gone(client.socket);
  trader.post('/api/v5/trade/order', swap);
  trader.wait(60_000);
  assert.deepEqual([client.told(), client.fate()], [[], []]);
  assert.deepEqual(trader.exchange.pushes(), [], 'what nobody heard is not kept');
});
