import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';

const CANCEL_BATCH = '/api/v5/trade/cancel-batch-orders';
const TIMER = '/api/v5/trade/cancel-all-after';

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
