import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld, wideLimits } from '../../test/support/engine-world.ts';

const policy = `[policy]
instruments = ["BTC-USDT", "BTC-USDT-SWAP"]
${wideLimits}
`;

/** Counts questions by their path from here on. */
function counting(world: EngineWorld): (path: string) => number {
  const counts = new Map<string, number>();
  const before = world.intercept;
  world.intercept = (request, reach) => {
    const [path = ''] = request.path.split('?');
    counts.set(path, (counts.get(path) ?? 0) + 1);
    return before(request, reach);
  };
  return (path) => counts.get(path) ?? 0;
}

const resting = {
  instrument: 'BTC-USDT-SWAP',
  type: 'limit',
  price: '59000',
  quantity: '1',
  quantity_unit: 'contracts',
  expected_notional_usd: '590',
};

async function placed(world: EngineWorld): Promise<void> {
  const outcome = await world.until(world.place(resting));
  assert.ok(outcome.kind === 'recorded');
}

function booked(world: EngineWorld): number {
  return world.kinds().filter((kind) => kind === 'fill').length;
}

test('an order that somebody else fills is booked because its push made the engine look, before any look of its own was due', async () => {
  const world = await EngineWorld.fed(policy);
  await placed(world);
  await world.pass(2000);
  const asked = counting(world);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58900' });
  // No time passes, so that no tick and no routine can have come: what follows, follows from the push.
  await world.settle();
  await world.settle();
  await world.settle();
  assert.equal(booked(world), 1);
  assert.ok(asked('/api/v5/trade/order') >= 1, 'what was pushed was asked for');
  assert.ok(asked('/api/v5/trade/fills') >= 1);
});

test('without a feed nothing is booked until somebody asks', async () => {
  const world = await EngineWorld.running(policy);
  await placed(world);
  await world.pass(2000);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58900' });
  await world.settle();
  assert.equal(booked(world), 0);
  await world.pass(1100);
  assert.equal(booked(world), 1);
});

test('pushes that come twice, late, in another sequence or not at all leave the same books', async () => {
  const deliveries: readonly ((world: EngineWorld) => void)[] = [
    () => {},
    ({ sockets }) => {
      sockets.deliver = (text) => [text, text, text];
    },
    ({ sockets }) => {
      const held: string[] = [];
      // Two by two and turned round, so that an end comes before its beginning.
      sockets.deliver = (text) => {
        if (!text.includes('"orders"') || text.includes('"event"')) return [text];
        held.push(text);
        return held.length < 2 ? [] : held.splice(0).toReversed();
      };
    },
    ({ sockets }) => {
      sockets.deliver = (text) => (text.includes('"event"') || text === 'pong' ? [text] : []);
    },
    ({ sockets }) => {
      sockets.deliver = (text) =>
        text.includes('"event"') || text === 'pong' ? [text] : [text.replaceAll('"state":"live"', '"state":"filled"')];
    },
  ];
  const ends = await Promise.all(
    deliveries.map(async (strike) => {
      const world = await EngineWorld.fed(policy);
      strike(world);
      await placed(world);
      world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58900' });
      await world.pass(3000);
      await placed(world);
      await world.pass(3000);
      assert.equal(await world.until(world.engine.compareNow()), null);
      const compared = world.engine.lastComparison;
      assert.equal(compared?.differences.length, 0);
      assert.equal(world.fatal, '');
      const { positions, mode } = world.engine.state;
      return JSON.stringify([mode, [...positions.values()].map(({ instrument, size }) => [instrument, String(size.coefficient)])]);
    }),
  );
  for (const end of ends) assert.equal(end, ends[0]);
});

test('a connection that breaks comes back, and everything is compared', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(3000);
  const reconnects = (): number => world.disk.rows.filter(({ kind, body }) => kind === 'compared' && body.includes('"reconnect"')).length;
  const before = reconnects();
  await placed(world);
  world.sockets.breakAll();
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58900' });
  await world.pass(8000);
  assert.equal(reconnects(), before + 1);
  assert.equal(booked(world), 1);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('a socket that has gone silent without closing is given up, and the account goes on', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(3000);
  world.desk('POST', '/sim/faults', { kind: 'socket_silent', path: '/ws/v5/private' });
  await placed(world);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58900' });
  const before = world.kinds().length;
  await world.pass(30_000);
  assert.equal(booked(world), 1);
  const since = world.disk.rows.slice(before).filter(({ kind, body }) => kind === 'compared' && body.includes('"reconnect"'));
  assert.equal(since.length, 1);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('prices that are pushed need few questions, and none that is pushed needs them at the old rhythm again when the line is down', async () => {
  const world = await EngineWorld.fed(policy);
  const paths = ['/api/v5/market/ticker', '/api/v5/public/mark-price'];
  // A market that moves ten times a second, as a liquid one does.
  const moving = async (seconds: number): Promise<void> => {
    for (let step = 0; step < seconds * 5; step += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await world.pass(200);
      for (const instId of ['BTC-USDT', 'BTC-USDT-SWAP']) world.desk('POST', '/sim/market', { instId, price: String(60_000 + (step % 7)) });
    }
  };
  await moving(10);
  const asked = counting(world);
  await moving(10);
  const fed = paths.map((path) => asked(path));
  assert.ok(
    fed.every((count) => count > 0 && count <= 8),
    `${fed.join(' and ')} questions in ten seconds`,
  );
  assert.ok(asked('/api/v5/market/books') >= 20, 'the book is asked for as before');
  const quote = world.engine.market.quotes.get('BTC-USDT-SWAP' as never);
  assert.ok(quote !== undefined && world.engine.now() - quote.receivedAt < 1000 && world.engine.now() - quote.at < 1000);
  world.sockets.isShut = true;
  world.sockets.breakAll();
  const again = counting(world);
  await moving(10);
  assert.ok(
    paths.every((path) => again(path) >= 15),
    `${paths.map((path) => again(path)).join(' and ')} questions in ten seconds`,
  );
});

test('a private line that is down while the exchange answers is told once and closes nothing', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(2000);
  world.sockets.isShut = true;
  world.sockets.breakAll();
  await world.pass(90_000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  const told = world.disk.rows.filter(({ kind, body }) => kind === 'alert' && body.includes('FEED_DOWN'));
  assert.equal(told.length, 2, 'one for each line of the account');
});

test('with neither pushes nor answers entries close after ten seconds and everything after sixty', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(2000);
  world.sockets.isShut = true;
  world.sockets.breakAll();
  // Prices are told to anybody: they do not stand for the account.
  world.intercept = (request) => (/account|trade/.test(request.path) ? { kind: 'unknown', cause: 'no answer' } : undefined);
  await world.pass(9000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  await world.pass(4000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  await world.pass(45_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  await world.pass(8000);
  assert.equal(world.engine.state.mode, 'HALTED');
});

/** No question about the account, or none about prices, is answered. */
function unanswered(pattern: RegExp): EngineWorld['intercept'] {
  return (request) => (pattern.test(request.path) ? { kind: 'unknown', cause: 'no answer' } : undefined);
}

/** What is pushed on the given channels is lost, while every connection lives and answers. */
function deaf(world: EngineWorld, pattern: RegExp): void {
  world.sockets.deliver = (text) => (!text.includes('"event"') && pattern.test(text) ? [] : [text]);
}

test('a connection that answers and says nothing of the account is no knowledge of it: unanswered too, entries close after ten seconds and everything after sixty', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(2000);
  deaf(world, /"channel":"(orders|positions|account)"/);
  await world.pass(40_000);
  assert.equal(world.engine.state.mode, 'ACTIVE', 'what is asked and answered is enough');
  // One order may be asked about as before: that says nothing of the rest.
  world.intercept = unanswered(/\/account\//);
  await world.pass(9000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  await world.pass(4000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /nothing is known of the account/);
  await world.pass(53_000);
  assert.equal(world.engine.state.mode, 'HALTED');
});

test('a line that is up and says nothing of the account is told of once, and closes nothing while the exchange answers', async () => {
  const world = await EngineWorld.fed(policy);
  const told = (): number => world.disk.rows.filter(({ kind, body }) => kind === 'alert' && body.includes('FEED_DOWN')).length;
  await world.pass(60_000);
  assert.equal(told(), 0, 'without orders and positions the balance alone is pushed, and that is enough');
  deaf(world, /"channel":"(orders|positions|account)"/);
  await world.pass(90_000);
  assert.equal(told(), 1);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('a public line that lives and brings no price is no knowledge of prices, and neither is a book', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(2000);
  deaf(world, /"channel":"tickers"/);
  await world.pass(30_000);
  assert.equal(world.engine.state.mode, 'ACTIVE', 'tickers are asked for');
  world.intercept = unanswered(/market\/ticker/);
  await world.pass(9000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  await world.pass(4000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /no price is known/);
});

test('prices that the exchange pushes are enough, although nobody answers for them', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(2000);
  world.intercept = unanswered(/market\/ticker/);
  for (let second = 0; second < 90; second += 1) {
    for (const instId of ['BTC-USDT', 'BTC-USDT-SWAP']) world.desk('POST', '/sim/market', { instId, price: String(60_000 + (second % 7)) });
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(1000);
  }
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('books that nothing is compared with for a minute close entries, whatever is pushed and answered besides', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(11_000);
  world.intercept = unanswered(/trade\/orders-algo-pending/);
  await world.pass(45_000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  await world.pass(30_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /^books and exchange were not compared for 6\d s/);
  world.intercept = () => undefined;
  await world.pass(20_000);
  assert.equal(await world.until(world.engine.operate({ verb: 'resume', reason: 'it answers again' })), null);
});

test('while the process stood still nobody could hear anything: that closes entries, and does not count as a minute of silence', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(20_000);
  world.stall(90_000);
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /stopped/);
});

test('an order of somebody else is found because it was pushed, and a push that is not understood makes the engine look', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(6000);
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'buy', ordType: 'limit', px: '50000', sz: '1', account: '1001' });
  await world.pass(2500);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  const spoilt = await EngineWorld.fed(policy);
  await spoilt.pass(6000);
  spoilt.sockets.deliver = (text) => [text.replaceAll('"accFillSz"', '"accFilledSz"')];
  const asked = counting(spoilt);
  spoilt.desk('POST', '/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'buy', ordType: 'limit', px: '50000', sz: '1', account: '1001' });
  await spoilt.pass(2500);
  assert.ok(asked('/api/v5/trade/orders-pending') > 0);
  assert.ok(spoilt.disk.rows.some(({ kind, body }) => kind === 'alert' && body.includes('FEED_UNREADABLE')));
});

test('a price with a time in the future is not the newest for ever', async () => {
  const world = await EngineWorld.fed(policy);
  await world.pass(2000);
  world.sockets.deliver = (text) => [text.includes('"tickers"') ? text.replaceAll(/"ts":"\d+"/g, '"ts":"9999999999999"') : text];
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '60100' });
  await world.pass(500);
  const bid = (): string => String(world.engine.market.quotes.get('BTC-USDT' as never)?.bid.coefficient);
  const pushed = bid();
  world.sockets.deliver = (text) => (text.includes('"tickers"') ? [] : [text]);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '60200' });
  await world.pass(8000);
  assert.notEqual(bid(), pushed);
  const outcome = await world.until(world.place({}));
  assert.equal(outcome.kind, 'recorded');
  assert.equal(booked(world), 1);
});
