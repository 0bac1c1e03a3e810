import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

// A stop of which nobody knows whether it is there is no close on its way: the way out stays open (law 4, I-R3).

const limits = `[policy]
max_order_size = 3000
max_position_size = 6000
max_total_exposure = 9000
max_price_move = "40%"
max_book_share = "100%"
min_stop_distance = "0.1%"
`;

const SWAP = 'BTC-USDT-SWAP';

async function holding(): Promise<EngineWorld> {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: SWAP, price: '60000' });
  await world.pass(2000);
  await world.until(world.place({ instrument: SWAP, quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' }));
  await world.pass(3000);
  return world;
}

/** A position of two contracts, and a stop for it whose answer got lost and that the exchange never had. */
async function besideLostStop(): Promise<EngineWorld> {
  const world = await holding();
  world.desk('POST', '/sim/faults', { kind: 'lost_ack', path: '/api/v5/trade/order-algo', executed: false, count: 1 });
  void world.ask('set_protection', { instrument: SWAP, stop_loss: '58000' });
  await world.pass(6000);
  assert.deepEqual(lives(world), ['unknown']);
  return world;
}

function lives(world: EngineWorld): readonly string[] {
  return [...world.engine.state.openOrders.values()].flatMap(({ stop, life }) => (stop === null ? [] : [life.kind]));
}

async function closed(world: EngineWorld): Promise<void> {
  const outcome = await world.until(world.ask('close_position', { instrument: SWAP }));
  assert.ok(outcome.kind === 'recorded' && outcome.record.result.kind === 'order', JSON.stringify(outcome));
  await world.pass(2000);
  assert.equal(world.engine.state.positions.size, 0);
}

test('a position is closed while the stop for it is on its way', async () => {
  const world = await holding();
  const { intercept } = world;
  world.intercept = (request) => (request.path.startsWith('/api/v5/trade/order-algo') ? new Promise(() => {}) : undefined);
  void world.ask('set_protection', { instrument: SWAP, stop_loss: '58000' });
  await world.pass(100);
  assert.deepEqual(lives(world), ['submitting']);
  await closed(world);
  world.intercept = intercept;
});

test('a position is closed while the outcome of the stop for it is not known', async () => {
  const world = await besideLostStop();
  await closed(world);
});

test('the operator flattens while the outcome of a stop is not known', async () => {
  const world = await besideLostStop();
  const flattened = world.engine.flatten({ reason: 'enough', instrument: '' });
  await world.pass(5000);
  assert.equal(world.engine.state.positions.size, 0);
  await world.until(flattened);
});

// On spot nothing but the wallet bounds a sale: one that already executed would be sold again out of what was there before.
test('a spot sale waits until the outcome of the stop for it is known', async () => {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '60000' });
  await world.pass(2000);
  await world.until(world.place({ instrument: 'BTC-USDT', quantity: '0.01', quantity_unit: 'base', expected_notional_usd: '600' }));
  await world.pass(3000);
  world.desk('POST', '/sim/faults', { kind: 'lost_ack', path: '/api/v5/trade/order-algo', executed: false, count: 1 });
  void world.ask('set_protection', { instrument: 'BTC-USDT', stop_loss: '58000' });
  await world.pass(6000);
  assert.deepEqual(lives(world), ['unknown']);
  const outcome = await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  assert.ok(outcome.kind === 'recorded' && outcome.record.result.kind === 'denied', JSON.stringify(outcome));
  assert.equal(outcome.record.result.denial.code, 'NOT_REDUCING');
  await world.pass(60_000);
  const later = await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  assert.ok(later.kind === 'recorded' && later.record.result.kind === 'order', JSON.stringify(later));
});

test('the operator flattens while the cancel of a stop gets lost again and again', async () => {
  const world = await holding();
  await world.until(world.ask('set_protection', { instrument: SWAP, stop_loss: '58000' }));
  await world.pass(2000);
  assert.deepEqual(lives(world), ['armed']);
  world.intercept = (request) => (request.path.startsWith('/api/v5/trade/cancel-algos') ? { kind: 'unknown', cause: 'lost' } : undefined);
  const flattened = world.engine.flatten({ reason: 'enough', instrument: '' });
  await world.pass(5000);
  assert.equal(world.engine.state.positions.size, 0);
  await world.until(flattened);
});

test('a start does not wait for a stop of unknown outcome: what is held can be closed meanwhile, and nothing is opened beside it', async () => {
  const world = await holding();
  world.intercept = (request) => (request.path.startsWith('/api/v5/trade/order-algo') ? new Promise(() => {}) : undefined);
  void world.ask('set_protection', { instrument: SWAP, stop_loss: '58000' });
  await world.pass(100);
  world.crash();
  world.intercept = () => undefined;
  await world.open();
  const before = world.exchangeNow;
  await world.until(world.engine.start());
  assert.ok(world.exchangeNow - before < 10_000, `ready after ${world.exchangeNow - before} ms`);
  assert.deepEqual(lives(world), ['unknown']);
  const more = await world.until(
    world.place({ instrument: SWAP, quantity: '1', quantity_unit: 'contracts', expected_notional_usd: '600' }),
  );
  assert.ok(more.kind === 'recorded' && more.record.result.kind === 'denied', JSON.stringify(more));
  assert.equal(more.record.result.denial.code, 'INSTRUMENT_FROZEN');
  await closed(world);
});
