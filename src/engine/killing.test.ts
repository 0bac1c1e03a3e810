import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editing, EngineWorld } from '../../test/support/engine-world.ts';
import { keepPace } from './pace.ts';

const CANCEL_BATCH = '/api/v5/trade/cancel-batch-orders';
const TIMER = '/api/v5/trade/cancel-all-after';

/** Limits that let a storm through. */
const wide = `[policy]
max_position_size = 100000
max_total_exposure = 100000
max_open_orders = 1000
max_daily_trades = 1000
max_order_rate = { per_second = 1000, per_minute = 10000 }
max_same_side = { per_10_minutes = 1000, per_hour = 1000 }
duplicate_window = "1s"
`;

function resting(world: EngineWorld): number {
  return world.ledger().orders.filter(({ account, state }) => account === '1001' && (state === 'live' || state === 'partially_filled'))
    .length;
}

function rest(world: EngineWorld, price = '59000'): Promise<unknown> {
  return world.until(world.place({ type: 'limit', price }));
}

async function someoneElse(world: EngineWorld): Promise<void> {
  world.desk('POST', '/sim/orders', { instId: 'ETH-USDT', side: 'buy', ordType: 'limit', px: '1500', sz: '0.1' });
  await world.settle();
}

test('a halt is carried out at the exchange at once, of anybody, and says with which figures', async () => {
  const world = await EngineWorld.running();
  await rest(world);
  await someoneElse(world);
  assert.equal(resting(world), 2);
  await world.until(world.engine.operate({ verb: 'halt', reason: 'a test' }));
  await world.until(world.engine.untilKilled());
  assert.equal(resting(world), 0);
  const { outcome, cancelled, foreign, left } = world.engine.state.killed ?? { outcome: '', cancelled: 0, foreign: 0, left: 0 };
  assert.deepEqual([outcome, cancelled, foreign, left], ['clear', 2, 1, 0]);
});

test('what was signed before a halt never leaves, though the mode is mild again when its turn comes', async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = new EngineWorld();
  // The exchange's own rate holds the order up: it is decided, written and signed, and waits.
  const engine = await world.open({ pace: (request) => (request.kind === 'place' ? held : Promise.resolve()) });
  await world.until(engine.start());
  const asked = world.place({ type: 'limit', price: '59000' });
  await world.pass(100);
  assert.ok(world.kinds().includes('submitting'));
  await world.until(engine.operate({ verb: 'halt', reason: 'a test' }));
  // Nothing of it can arrive any more once its time is over: the halt ends, and a person opens the account again.
  await world.pass(8000);
  for (let step = 0; step < 2; step += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await world.until(engine.operate({ verb: 'resume', reason: 'a test' }));
  }
  release();
  await world.until(asked);
  assert.deepEqual(world.ledger().orders, []);
  assert.ok(!world.sent.some(({ path }) => path === '/api/v5/trade/order'));
});

test('lists that fail lead to no end: the exchange is asked until it says all, and then it is clear', async () => {
  const world = await EngineWorld.running();
  await rest(world);
  await someoneElse(world);
  world.intercept = (request) =>
    request.path.startsWith('/api/v5/trade/orders-algo-pending?ordType=chase') ? { kind: 'unknown', cause: 'lost' } : undefined;
  await world.until(world.engine.operate({ verb: 'halt', reason: 'a test' }));
  await world.pass(7000);
  assert.equal(resting(world), 0, 'what could be read was cancelled');
  assert.notEqual(world.engine.state.killing, null);
  assert.equal(world.engine.state.alerts.filter(({ code }) => code === 'NOT_CLEAR').length, 1);
  world.intercept = () => undefined;
  await world.pass(2000);
  assert.equal(world.engine.state.killed?.outcome, 'clear');
});

test('a list of cancels whose answer is lost is asked again, executed or not', async () => {
  for (const executed of [true, false]) {
    // One world after the other.
    // oxlint-disable no-await-in-loop
    const world = await EngineWorld.running();
    await someoneElse(world);
    let lost = 0;
    world.intercept = (request, reach) => {
      if (request.path !== CANCEL_BATCH || lost === 2) return undefined;
      lost += 1;
      if (executed) reach();
      return { kind: 'unknown', cause: 'lost' };
    };
    await world.until(world.engine.operate({ verb: 'halt', reason: 'a test' }));
    await world.pass(3000);
    assert.equal(resting(world), 0);
    assert.deepEqual([lost, world.engine.state.killed?.outcome], [executed ? 1 : 2, 'clear']);
    // oxlint-enable no-await-in-loop
  }
});

test('an entry that the exchange takes after the halt is found on its list and cancelled', async () => {
  const world = await EngineWorld.running();
  let held: (() => unknown) | undefined;
  world.intercept = (request, reach) => {
    if (request.path !== '/api/v5/trade/order' || request.method !== 'POST') return undefined;
    held = reach;
    return { kind: 'unknown', cause: 'no answer yet' };
  };
  void world.place({ type: 'limit', price: '59000' });
  await world.pass(100);
  world.intercept = () => undefined;
  await world.until(world.engine.operate({ verb: 'halt', reason: 'a test' }));
  await world.pass(500);
  assert.notEqual(world.engine.state.killing, null, 'it may still arrive');
  held?.();
  assert.equal(resting(world), 1);
  await world.pass(8000);
  assert.equal(resting(world), 0);
  assert.equal(world.engine.state.killed?.outcome, 'clear');
});

test('the exchange’s timer is armed with the first entry that rests, renewed while all is well, and disarmed with the last', async () => {
  const world = await EngineWorld.running();
  await rest(world);
  const timers = (): readonly string[] => world.sent.filter(({ path }) => path === TIMER).map(({ body }) => body);
  assert.deepEqual(timers(), ['{"timeOut":"20"}']);
  await world.pass(60_000);
  assert.ok(timers().length >= 10 && timers().length <= 20, `${timers().length} renewals in a minute`);
  assert.equal(resting(world), 1);
  await world.until(world.ask('cancel_orders', { instrument: 'BTC-USDT' }));
  await world.pass(3000);
  assert.equal(timers().at(-1), '{"timeOut":"0"}');
  const { length } = timers();
  await world.pass(30_000);
  assert.equal(timers().length, length);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('a process that is gone renews nothing: the exchange cancels by itself', async () => {
  const world = await EngineWorld.running();
  await rest(world);
  await world.pass(10_000);
  world.engine.close();
  await world.pass(15_000);
  assert.equal(resting(world), 1);
  await world.pass(6000);
  world.desk('GET', '/sim/ledger');
  assert.equal(resting(world), 0);
});

test('prices that are old, or books that nobody compares, renew nothing; when the time is over entries close with the cause', async () => {
  for (const [path, cause] of [
    ['/api/v5/market/', /the price of BTC-USDT is old/],
    ['/api/v5/account/positions', /were not compared for long/],
  ] as const) {
    // oxlint-disable no-await-in-loop
    const world = await EngineWorld.running();
    await rest(world);
    await world.pass(5000);
    world.intercept = (request) => (request.path.startsWith(path) ? { kind: 'unknown', cause: 'no answer' } : undefined);
    await world.pass(70_000);
    assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
    assert.match(world.engine.state.modeCause, /^the exchange's own timer was not renewed in time/);
    assert.match(world.engine.state.modeCause, cause);
    assert.equal(resting(world), 0);
    // oxlint-enable no-await-in-loop
  }
});

test('prices that are answered at once and are old by the exchange’s own time renew nothing either', async () => {
  const world = await EngineWorld.running();
  await rest(world);
  await world.pass(5000);
  const ts = String(world.exchangeNow);
  world.intercept = editing('/api/v5/market/ticker', (rows) => rows.map((row) => ({ ...row, ts })));
  await world.pass(40_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /the price of BTC-USDT is old/);
  assert.equal(resting(world), 0);
});

test('a timer that the exchange does not take closes entries when that lasts', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) =>
    request.path === TIMER ? { kind: 'answered', status: 200, body: '{"code":"51071","data":[],"msg":""}' } : undefined;
  await rest(world);
  await world.pass(19_000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  await world.pass(4000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /51071/);
  await world.pass(2000);
  assert.equal(resting(world), 0);
});

test('a halt does not wait behind what agents have asked for: of a storm that came before it nothing is sent', async () => {
  const world = await EngineWorld.running(wide);
  // More than one batch takes.
  const asked = Array.from({ length: 200 }, (_, index) =>
    world.place({ type: 'limit', price: String(50_000 + index), quantity: (5 + index / 100).toFixed(2) }),
  );
  const halted = world.engine.operate({ verb: 'halt', reason: 'a test' });
  await world.until(halted);
  await world.until(Promise.all(asked));
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.ok(!world.kinds().includes('submitting'));
  assert.deepEqual(world.ledger().orders, []);
});

test('the same storm without a halt is allowed, and sent', async () => {
  const world = await EngineWorld.running(wide);
  const asked = Array.from({ length: 200 }, (_, index) =>
    world.place({ type: 'limit', price: String(50_000 + index), quantity: (5 + index / 100).toFixed(2) }),
  );
  await world.until(Promise.all(asked));
  assert.equal(resting(world), 200);
});

test('a thousand entries of somebody else are cancelled as fast as the exchange’s rates allow', async () => {
  const world = new EngineWorld();
  const engine = await world.open({ pace: keepPace(world.clock) });
  await world.until(engine.start());
  for (const instId of ['ETH-USDT', 'BTC-USDT'])
    for (let count = 0; count < 500; count += 1)
      world.desk('POST', '/sim/orders', { instId, side: 'buy', ordType: 'limit', px: String(1000 + count), sz: '0.001' });
  await world.settle();
  assert.equal(resting(world), 1000);
  await world.until(engine.operate({ verb: 'halt', reason: 'a test' }));
  // 300 cancels and 20 lists of stop and algo orders in two seconds are what the exchange takes, and a comparison has just used some of the lists.
  await world.pass(5000);
  assert.equal(resting(world), 0);
  assert.equal(engine.state.killed?.outcome, 'clear');
});

test('a journal that does not answer renews nothing: the exchange cancels by itself', async () => {
  const world = new EngineWorld();
  const { store } = world;
  let hangs = false;
  const engine = await world.open({
    store: { ...store, append: (...given) => (hangs ? new Promise(() => {}) : store.append(...given)) },
  });
  await world.until(engine.start());
  await rest(world);
  await world.pass(5000);
  hangs = true;
  void world.place({ type: 'limit', price: '58000' });
  await world.pass(30_000);
  world.desk('GET', '/sim/ledger');
  assert.equal(resting(world), 0);
});

test('while the last comparison found a difference nothing is renewed', async () => {
  const world = await EngineWorld.running();
  await rest(world);
  await world.pass(5000);
  // Entries close, and the cancel of what rests gets lost again and again.
  world.intercept = (request) => (request.path === '/api/v5/trade/cancel-order' ? { kind: 'not_sent', cause: 'a test' } : undefined);
  world.desk('POST', '/sim/orders', { instId: 'ETH-USDT', side: 'buy', ordType: 'market', sz: '30' });
  await world.settle();
  await world.until(world.engine.compareNow());
  assert.deepEqual([world.engine.state.lastCompared?.clean, world.engine.state.mode], [false, 'REDUCE_ONLY']);
  const renewals = (): number => world.sent.filter(({ path, body }) => path === TIMER && body.includes('20')).length;
  const before = renewals();
  await world.pass(30_000);
  assert.equal(renewals(), before);
  assert.equal(resting(world), 0, 'the exchange has cancelled by itself');
});

test('the file HALT is a halt also where the account is halted already: what waits at the exchange is asked for once', async () => {
  const world = await EngineWorld.running();
  await world.until(world.engine.operate({ verb: 'halt', reason: 'a test' }));
  await world.until(world.engine.untilKilled());
  await someoneElse(world);
  assert.equal(resting(world), 1);
  world.haltFile = true;
  await world.pass(3000);
  assert.equal(resting(world), 0);
  const kills = (): number => world.kinds().filter((kind) => kind === 'killing').length;
  assert.equal(kills(), 2);
  await world.pass(10_000);
  assert.equal(kills(), 2);
});

test('the file HALT is obeyed by a start that hears nothing of the exchange yet', async () => {
  const world = new EngineWorld();
  world.haltFile = true;
  world.intercept = () => ({ kind: 'unknown', cause: 'no answer' });
  const engine = await world.open();
  void engine.start();
  await world.pass(2000);
  assert.equal(engine.state.mode, 'HALTED');
  assert.notEqual(engine.state.killing, null);
});
