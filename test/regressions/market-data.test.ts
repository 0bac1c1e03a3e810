import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionInputs } from '../../src/core/journal/entry.ts';
import type { InstrumentId } from '../../src/core/market/instrument.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { keepPace } from '../../src/engine/pace.ts';
import type { Outcome } from '../../src/engine/waiting.ts';
import { EngineWorld } from '../support/engine-world.ts';

// What a decision sees of the market, read from the simulated exchange by the real engine: that it is there, that what is missing or old of it refuses
// entries and no exit, and that reading it stays within the exchange's limits.

const spot = 'BTC-USDT' as InstrumentId;
const swap = 'BTC-USDT-SWAP' as InstrumentId;

function codeOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.code;
  if (outcome.kind === 'uncertain') return outcome.kind;
  const { result } = outcome.record;
  return result.kind === 'denied' ? result.denial.code : 'allowed';
}

let intents = 0;
/** A buy of about 40 dollars that differs from the one before it. */
async function buy(world: EngineWorld, given: Readonly<Record<string, string>> = {}): Promise<string> {
  intents += 1;
  return codeOf(await world.until(world.place({ quantity: `${35 + (intents % 10)}`, ...given })));
}

function lastInputs(world: EngineWorld): DecisionInputs {
  const row = world.disk.rows.findLast(({ kind }) => kind === 'decision');
  assert.ok(row !== undefined);
  return (JSON.parse(row.body) as { inputs: DecisionInputs }).inputs;
}

test('after a start everything that entries rest on is there, and stands in the decision', async () => {
  const world = await EngineWorld.running();
  const { quotes, funding, coinPrices } = world.engine.circumstances();
  const quote = quotes.get(swap);
  assert.ok(quote !== undefined && quote.book !== null && quote.range !== null && quote.volume !== null);
  assert.ok(quote.book.bids.length > 10 && quote.book.bids.length <= 50 && quote.book.asks.length > 10);
  // About five hundred million dollars a day, in contracts of a hundredth of a bitcoin.
  assert.ok(Math.abs(Number(formatDecimal(quote.volume)) / 833_333 - 1) < 0.01, formatDecimal(quote.volume));
  assert.equal(quotes.get(spot)?.mark, null);
  assert.equal(formatDecimal(coinPrices.get('USDT')?.price ?? quote.bid), '1');
  assert.deepEqual([...funding.keys()], [swap]);
  assert.equal(await buy(world, { instrument: swap, side: 'buy' }), 'allowed');
  const seen = lastInputs(world).quote;
  assert.ok(seen?.book !== undefined && seen.book !== null && Number(seen.book.ask_depth) > 100 && seen.book.bid === seen.bid);
  assert.equal(seen.coin?.name, 'USDT');
  assert.ok(seen.funding !== undefined && seen.funding !== null && seen.range !== undefined && seen.range !== null);
  assert.ok(JSON.stringify(seen).length < 1000, 'what a decision keeps of the market is bounded');
});

const strikes: Readonly<Record<string, EngineWorld['intercept']>> = {
  'a book that cannot be read': (request) =>
    request.path.startsWith('/api/v5/market/books') ? { kind: 'unknown', cause: 'no answer' } : undefined,
  'a book that the exchange does not renew': (request, reach) => {
    if (!request.path.startsWith('/api/v5/market/books')) return undefined;
    const sent = reach();
    return sent.kind === 'answered' ? { ...sent, body: sent.body.replace(/"ts":"\d+"/, '"ts":"1794999990000"') } : sent;
  },
  'an index that cannot be read': (request) =>
    request.path.startsWith('/api/v5/market/index-tickers?instId=BTC') ? { kind: 'unknown', cause: 'no answer' } : undefined,
};

for (const [what, intercept] of Object.entries(strikes)) {
  test(`${what} refuses entries and no exit`, async () => {
    const world = await EngineWorld.running();
    assert.equal(await buy(world), 'allowed');
    await world.pass(2000);
    world.intercept = intercept;
    await world.pass(2000);
    assert.equal(await buy(world), 'STALE_DATA');
    assert.equal(codeOf(await world.until(world.ask('close_position', { instrument: spot }))), 'allowed');
    world.intercept = () => undefined;
    await world.pass(2000);
    assert.equal(await buy(world), 'allowed');
  });
}

test('a funding rate that cannot be read refuses entries on swaps when it is two minutes old, and on nothing else', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.path.includes('funding-rate') ? { kind: 'unknown', cause: 'no answer' } : undefined);
  await world.pass(60_000);
  assert.equal(await buy(world, { instrument: swap }), 'allowed');
  await world.pass(70_000);
  assert.equal(await buy(world, { instrument: swap, quantity: '20' }), 'STALE_DATA');
  assert.equal(await buy(world), 'allowed');
});

test('a coin that leaves its dollar counts against us both ways, and one whose price nobody knows closes entries', async () => {
  const world = await EngineWorld.running('[policy]\nmin_balance = 9900\n');
  const order = { quantity: '0.0008', quantity_unit: 'base', expected_notional_usd: '48' };
  // Each time longer than a denied wish cools.
  world.desk('POST', '/sim/market', { instId: 'USDT-USD', price: '1.05' });
  await world.pass(11_000);
  assert.equal(await buy(world, order), 'MAX_ORDER_SIZE');
  world.desk('POST', '/sim/market', { instId: 'USDT-USD', price: '0.98' });
  await world.pass(11_000);
  assert.equal(await buy(world, order), 'MIN_BALANCE');
  world.desk('POST', '/sim/market', { instId: 'USDT-USD', price: '1' });
  await world.pass(11_000);
  assert.equal(await buy(world, order), 'allowed');
  world.intercept = (request) => (request.path.includes('USDT-USD') ? { kind: 'unknown', cause: 'no answer' } : undefined);
  await world.pass(65_000);
  assert.equal(await buy(world), 'STALE_DATA');
});

test('after a jump of the price nothing is opened for five minutes, and what is held can be closed', async () => {
  const world = await EngineWorld.running();
  assert.equal(await buy(world), 'allowed');
  world.desk('POST', '/sim/market', { instId: spot, price: '62500' });
  await world.pass(2000);
  assert.equal(await buy(world), 'PRICE_COLLAR');
  assert.equal(codeOf(await world.until(world.ask('close_position', { instrument: spot }))), 'allowed');
  await world.pass(290_000);
  assert.equal(await buy(world), 'PRICE_COLLAR');
  await world.pass(12_000);
  assert.equal(await buy(world), 'allowed');
});

test('our own order is the best bid at the exchange, and the decision sees the book without it', async () => {
  const world = await EngineWorld.running();
  const resting = { type: 'post_only', price: '60000', quantity: '0.0005', quantity_unit: 'base', expected_notional_usd: '30' };
  assert.equal(await buy(world, resting), 'allowed');
  await world.pass(2000);
  const [bid] = world.engine.circumstances().quotes.get(spot)?.book?.bids ?? [];
  assert.ok(bid !== undefined);
  assert.deepEqual([formatDecimal(bid[0]), formatDecimal(bid[1])], ['60000', '0.0005'], 'the exchange shows it first');
  assert.equal(await buy(world, { ...resting, price: '59000', quantity: '0.0004', expected_notional_usd: '24' }), 'allowed');
  assert.equal(lastInputs(world).quote?.bid, '60000');
  assert.equal(lastInputs(world).quote?.book?.bid, '59999.9');
});

const five = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'BTC-USDT-SWAP', 'ETH-USDT-SWAP'];
/** Requests in two seconds that the exchange takes, by path, and whether it counts them for each instrument (the reference on its endpoints). */
const most: readonly (readonly [path: string, requests: number, each: boolean])[] = [
  ['/api/v5/market/ticker', 20, false],
  ['/api/v5/market/index-tickers', 20, false],
  ['/api/v5/market/books', 40, false],
  ['/api/v5/public/mark-price', 10, true],
  ['/api/v5/public/funding-rate', 10, true],
];

test('five instruments are read within the limits of the exchange, and no quote gets old by it', async () => {
  const world = new EngineWorld(`[policy]\ninstruments = [${five.map((id) => `"${id}"`).join(', ')}]\n`);
  const times = new Map<string, number[]>();
  world.intercept = (request) => {
    const [path = '', query = ''] = request.path.split('?');
    const limit = most.find(([each]) => each === path);
    if (limit === undefined) return undefined;
    const key = limit[2] ? `${path} ${/instId=([^&]*)/.exec(query)?.[1]}` : path;
    times.set(key, [...(times.get(key) ?? []), world.exchangeNow]);
    return undefined;
  };
  await world.open({ pace: keepPace(world.clock) });
  await world.until(world.engine.start());
  let oldest = 0;
  for (let turn = 0; turn < 300; turn += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(100);
    const { quotes, now } = world.engine.circumstances();
    for (const quote of quotes.values()) oldest = Math.max(oldest, now - quote.receivedAt);
  }
  assert.ok(oldest <= 1500, `the oldest quote was ${oldest} ms old`);
  for (const [path, requests, each] of most) {
    const lists = [...times].filter(([key]) => (each ? key.startsWith(`${path} `) : key === path));
    assert.ok(lists.length > 0, path);
    for (const [key, list] of lists) {
      const busiest = Math.max(...list.map((time, index) => list.filter((other, at) => at >= index && other < time + 2000).length));
      assert.ok(busiest <= requests, `${key}: ${busiest} in two seconds`);
    }
  }
});
