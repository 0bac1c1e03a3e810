import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { News, Push } from '../../src/core/order/feed.ts';
import type { Instrument, InstrumentId } from '../../src/core/market/instrument.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import type { Read } from '../../src/core/order/request.ts';
import { decodePush } from '../../src/venues/okx/feed/pushes.ts';
import { parseMessage } from '../../src/venues/okx/feed/message.ts';
import { decodeRead } from '../../src/venues/okx/read.ts';
import { encode } from '../../src/venues/okx/request.ts';
import { FeedWorld } from '../support/feed-world.ts';
import { type Trader, trade } from '../support/sim-trader.ts';

const instrument = 'BTC-USDT-SWAP' as InstrumentId;

function asked(trader: Trader, request: Read) {
  const { reaction } = trader.get(encode(request, { simulated: true }).path);
  assert.ok(reaction.kind === 'answer');
  return decodeRead(request, { status: reaction.status, body: reaction.body });
}

function swap(trader: Trader): Instrument {
  const report = asked(trader, { kind: 'instruments', product: 'swap' });
  assert.ok(report.kind === 'instruments');
  const found = report.instruments.find(({ id }) => id === instrument);
  assert.ok(found !== undefined);
  return found;
}

function pushes<Kind extends Push['kind']>(news: readonly News[], kind: Kind): readonly Extract<Push, { kind: Kind }>[] {
  return news.flatMap((one) => (one.kind === 'pushed' && one.push.kind === kind ? [one.push as Extract<Push, { kind: Kind }>] : []));
}

const order = { instId: instrument, tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '1', clOrdId: 'tours1' };

test('the exchange lets every line log in and subscribe, and nothing that it says is unreadable', async () => {
  const trader = trade();
  const world = new FeedWorld(trader);
  world.feed.want([swap(trader)]);
  await world.pass(31_000);
  const told = world.news.map((news) => ('line' in news ? `${news.kind} ${news.line}` : news.kind));
  assert.deepEqual([...new Set(told)].toSorted(), ['pushed', 'up business', 'up private', 'up public']);
  const parts = new Set(pushes(world.news, 'price').map(({ part }) => part));
  assert.deepEqual([...parts].toSorted(), ['funding', 'index', 'mark', 'ticker']);
});

test('a push of an order says what the same order says when it is asked for, and names its fill', async () => {
  const trader = trade();
  const world = new FeedWorld(trader);
  await world.pass(1000);
  trader.post('/api/v5/trade/order', order);
  await world.pass(250);
  const [placed] = pushes(world.news, 'orders');
  const read = asked(trader, { kind: 'order', instrument, clientOrderId: 'tours1' as ClientOrderId });
  assert.ok(read.kind === 'order');
  assert.deepEqual(placed?.orders, [read.order]);
  assert.deepEqual(placed?.fills, []);
  trader.desk('/sim/market', { instId: 'BTC-USDT-SWAP', price: '58000' });
  await world.pass(500);
  const [filled] = pushes(world.news, 'orders').slice(-1);
  const fills = asked(trader, { kind: 'fills', product: 'linear', instrument, begin: 0, olderThan: '', exchangeOrderId: '' });
  assert.ok(fills.kind === 'fills' && fills.fills.length === 1);
  assert.deepEqual(filled?.fills, [{ ...fills.fills[0], billId: '' }]);
  const positions = pushes(world.news, 'positions').at(-1)?.positions;
  const held = asked(trader, { kind: 'positions' });
  assert.ok(held.kind === 'positions');
  assert.deepEqual(
    positions?.map(({ size }) => size),
    held.positions.map(({ size }) => size),
  );
  assert.ok(pushes(world.news, 'balance').length > 0);
});

test('a stop order is pushed on its own line, and a kind that twokey does not place is told as one of others', async () => {
  const trader = trade();
  const world = new FeedWorld(trader);
  await world.pass(1000);
  const algo = { instId: instrument, tdMode: 'cross', side: 'sell', sz: '1', reduceOnly: true };
  trader.post('/api/v5/trade/order', { ...order, ordType: 'market', px: '' });
  trader.post('/api/v5/trade/order-algo', { ...algo, ordType: 'conditional', slTriggerPx: '50000', slOrdPx: '-1', algoClOrdId: 'tstop1' });
  await world.pass(500);
  const told = pushes(world.news, 'stops');
  assert.deepEqual(
    told.flatMap(({ stops }) => stops.map(({ clientOrderId, state }) => `${clientOrderId} ${state}`)),
    ['tstop1 live'],
  );
  // The simulator takes no other kinds yet: its own row, under another name.
  const message = world.texts.map(parseMessage).find((one) => one.kind === 'push' && one.channel.channel === 'orders-algo');
  assert.ok(message?.kind === 'push');
  const decoded = decodePush(message.channel, [{ ...(message.data[0] as object), ordType: 'trigger', state: 'a new state' }]);
  assert.ok(decoded?.ok === true && decoded.value.kind === 'stops');
  assert.equal(decoded.value.others[0]?.clientOrderId, 'tstop1');
});

test('rows with one wrong field are unreadable as a whole, in every channel', async () => {
  const trader = trade();
  const world = new FeedWorld(trader);
  world.feed.want([swap(trader)]);
  await world.pass(1000);
  trader.post('/api/v5/trade/order', order);
  await world.pass(500);
  const seen = new Set<string>();
  for (const text of world.texts) {
    const message = parseMessage(text);
    if (message.kind !== 'push' || message.data.length === 0) continue;
    const { channel, data } = message;
    assert.equal(decodePush(channel, data)?.ok, true, text);
    if (channel.channel === 'instruments' || channel.channel === 'status') continue;
    seen.add(channel.channel);
    const spoilt = [...data.slice(0, -1), { ...(data.at(-1) as object), ts: 'soon', uTime: 'soon', pos: 'much' }];
    assert.equal(decodePush(channel, spoilt)?.ok, false, text);
    assert.equal(decodePush(channel, [null])?.ok, false, text);
  }
  for (const channel of ['orders', 'account', 'tickers', 'mark-price', 'index-tickers', 'funding-rate'])
    assert.ok(seen.has(channel), channel);
});
