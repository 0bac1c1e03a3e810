import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, json, list } from '../../test/support/sim-socket.ts';
import { firstRow, trade } from '../../test/support/sim-trader.ts';

type Message = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

function rows(push: Message | undefined): readonly Row[] {
  return (push?.['data'] ?? []) as Row[];
}

const paths: readonly (readonly [string, string])[] = [
  ['tickers', '/api/v5/market/ticker?instId=BTC-USDT-SWAP'],
  ['mark-price', '/api/v5/public/mark-price?instType=SWAP&instId=BTC-USDT-SWAP'],
  ['price-limit', '/api/v5/public/price-limit?instId=BTC-USDT-SWAP'],
  ['funding-rate', '/api/v5/public/funding-rate?instId=BTC-USDT-SWAP'],
  ['open-interest', '/api/v5/public/open-interest?instType=SWAP&instId=BTC-USDT-SWAP'],
];

for (const [channel, path] of paths) {
  test(`${channel} begins with the row of its path, and is told again when it changes`, () => {
    const trader = trade();
    const client = connect(trader, { path: '/ws/v5/public' });
    const arg = { channel, instId: 'BTC-USDT-SWAP' };
    const [acknowledged, first] = json(client.subscribe(arg));
    assert.deepEqual(acknowledged?.['arg'], arg);
    assert.deepEqual(first, { arg, data: [firstRow(trader.get(path))] });
    trader.wait(400);
    assert.deepEqual(client.told(), [], 'nothing but the time has changed');
    trader.desk('/sim/market', { instId: 'BTC-USDT-SWAP', price: '61000' });
    trader.wait(3600_000 * 8);
    const told = json(client.told());
    assert.deepEqual(rows(told.at(-1)), [firstRow(trader.get(path))]);
  });
}

test('an index is told by its name, instruments by their type, and a status that never was is only acknowledged', () => {
  const client = connect(trade(), { path: '/ws/v5/public' });
  const said = json(
    client.subscribe({ channel: 'index-tickers', instId: 'BTC-USDT' }, { channel: 'instruments', instType: 'SPOT' }, { channel: 'status' }),
  );
  assert.deepEqual(
    said.map(({ event }) => event),
    ['subscribe', undefined, 'subscribe', undefined, 'subscribe'],
  );
  assert.equal(rows(said[1])[0]?.['instId'], 'BTC-USDT');
  assert.ok(rows(said[3]).every(({ instType }) => instType === 'SPOT'));
});

/** A book put together from a snapshot and what followed. */
function follow(messages: readonly Message[]): { readonly asks: Map<string, string>; readonly bids: Map<string, string> } {
  const book = { asks: new Map<string, string>(), bids: new Map<string, string>() };
  for (const message of messages) {
    const [row] = rows(message);
    for (const side of ['asks', 'bids'] as const) {
      for (const [price = '', size = ''] of list<string[]>(row?.[side])) {
        if (size === '0') assert.ok(book[side].delete(price), 'what goes was there');
        else book[side].set(price, size);
      }
    }
  }
  return book;
}

test('a book is a snapshot and updates that continue one another, and comes to what the path says', () => {
  const trader = trade();
  const [client, later] = [connect(trader), connect(trader)];
  const arg = { channel: 'books', instId: 'BTC-USDT' };
  const messages: Message[] = json(client.subscribe(arg)).slice(1);
  assert.deepEqual([messages[0]?.['action'], rows(messages[0])[0]?.['prevSeqId'], rows(messages[0])[0]?.['checksum']], ['snapshot', -1, 0]);
  trader.post('/api/v5/trade/order', { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59990.5', sz: '0.1' });
  trader.wait(200);
  messages.push(...json(client.told()));
  const second: Message[] = json(later.subscribe(arg)).slice(1);
  for (let ticks = 0; ticks < 12; ticks += 1) {
    trader.wait(250);
    messages.push(...json(client.told()));
    second.push(...json(later.told()));
  }
  for (const list of [messages, second]) {
    assert.ok(list.length > 3);
    for (const [index, message] of list.entries()) {
      if (index > 0) assert.equal(rows(message)[0]?.['prevSeqId'], rows(list[index - 1])[0]?.['seqId']);
      if (index > 0) assert.equal(message['action'], 'update');
    }
    const { asks, bids } = follow(list);
    const now = firstRow(trader.get('/api/v5/market/books?instId=BTC-USDT&sz=400')) as unknown as { asks: string[][]; bids: string[][] };
    assert.deepEqual(
      new Map([...asks].toSorted(([a], [b]) => Number(a) - Number(b))),
      new Map(now.asks.map(([price = '', size = '']) => [price, size])),
    );
    assert.deepEqual(
      new Map([...bids].toSorted(([a], [b]) => Number(b) - Number(a))),
      new Map(now.bids.map(([price = '', size = '']) => [price, size])),
    );
  }
});

test('five levels and the best one come whole', () => {
  const trader = trade();
  const client = connect(trader);
  const said = json(client.subscribe({ channel: 'books5', instId: 'BTC-USDT' }, { channel: 'bbo-tbt', instId: 'BTC-USDT' }));
  const [five, best] = [rows(said[1])[0], rows(said[3])[0]];
  assert.deepEqual(Object.keys(five ?? {}).toSorted(), ['asks', 'bids', 'instId', 'seqId', 'ts']);
  assert.deepEqual(Object.keys(best ?? {}).toSorted(), ['asks', 'bids', 'seqId', 'ts']);
  assert.deepEqual(
    [five, best].map((row) => list(row?.['asks']).length),
    [5, 1],
  );
  trader.wait(1000);
  assert.equal(client.told().length, 2);
});

test('each trade is told once, in sequence, beginning with the newest', () => {
  const trader = trade();
  const client = connect(trader);
  const told = json(client.subscribe({ channel: 'trades', instId: 'BTC-USDT' })).slice(1);
  for (let ticks = 0; ticks < 15; ticks += 1) {
    trader.wait(200);
    told.push(...json(client.told()));
  }
  const numbers = told.map((each) => Number(rows(each)[0]?.['tradeId']));
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
  );
  assert.equal(numbers.length, 7);
  assert.deepEqual([rows(told[0])[0]?.['count'], rows(told[0])[0]?.['seqId']], ['1', numbers[0]]);
});

test('a bar is told while it is formed, and once more when it is over', () => {
  const trader = trade();
  const client = connect(trader, { path: '/ws/v5/business' });
  const told = json(client.subscribe({ channel: 'candle1m', instId: 'BTC-USDT' })).slice(1);
  for (let ticks = 0; ticks < 130; ticks += 1) {
    trader.wait(1000);
    told.push(...json(client.told()));
  }
  const bars = told.map((each) => (each['data'] as string[][])[0] ?? []);
  assert.ok(bars.every((bar) => bar.length === 9));
  const over = bars.filter((bar) => bar[8] === '1').map(([at]) => Number(at));
  assert.equal(over.length, 2);
  assert.equal((over[1] ?? 0) - (over[0] ?? 0), 60_000);
  assert.equal(new Set(bars.map(String)).size, bars.length, 'none twice');
});
