import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../src/core/lang/canonical.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import type { Order } from '../../src/core/order/order.ts';
import { EngineWorld } from '../support/engine-world.ts';

// Who moved a stop: an answer that is older than our own change is no evidence of somebody else, and what somebody else did does not pass for ours.

const limits = `[policy]
max_order_size = 3000
max_position_size = 6000
max_total_exposure = 9000
max_price_move = "40%"
max_book_share = "100%"
min_stop_distance = "0.1%"
`;

async function protectedAt(stop_loss: string): Promise<EngineWorld> {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '60000' });
  await world.pass(2000);
  const order = { instrument: 'BTC-USDT-SWAP', quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' };
  await world.until(world.place({ ...order, stop_loss }));
  await world.pass(3000);
  return world;
}

async function move(world: EngineWorld, triggers: Readonly<Record<string, Json>>): Promise<void> {
  await world.until(world.ask('set_protection', { instrument: 'BTC-USDT-SWAP', ...triggers }));
}

function stopOf(world: EngineWorld): Order {
  const [stop] = [...world.engine.state.openOrders.values()].filter((order) => order.stop !== null);
  assert.ok(stop !== undefined, 'there is a stop');
  return stop;
}

function triggerOf(world: EngineWorld): string {
  return formatDecimal(stopOf(world).stop?.triggers.stopLoss ?? { coefficient: 0n, scale: 0 });
}

/** What the exchange says of a stop, with some of it replaced. */
function told(world: EngineWorld, replaced: () => readonly (readonly [string | RegExp, string])[]): void {
  const { intercept } = world;
  world.intercept = (request, reach) => {
    if (request.method !== 'GET' || !request.path.startsWith('/api/v5/trade/order-algo')) return intercept(request, reach);
    const sent = reach();
    if (sent.kind !== 'answered') return sent;
    return { ...sent, body: replaced().reduce((body, [from, to]) => body.replace(from, to), sent.body) };
  };
}

// Found by simulation, seed 2003.
test('an answer that is older than a change of ours is not somebody else’s move', async () => {
  const world = await protectedAt('58000');
  await move(world, { stop_loss: '59000' });
  await world.pass(1500);
  assert.equal(triggerOf(world), '59000');
  told(world, () => [['"slTriggerPx":"59000"', '"slTriggerPx":"58000"']]);
  await world.pass(1800);
  world.intercept = () => undefined;
  await world.pass(5000);
  assert.equal(triggerOf(world), '59000');
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
});

test('what somebody else moved right after a change of ours is found all the same', async () => {
  const world = await protectedAt('58000');
  await move(world, { stop_loss: '59000' });
  await world.pass(1500);
  told(world, () => [['"slTriggerPx":"59000"', '"slTriggerPx":"40000"']]);
  await world.pass(6000);
  assert.match(world.engine.state.modeCause, /somebody else moved/);
  assert.equal(triggerOf(world), '40000');
});

test('what somebody else moved while a change of ours got lost does not pass for ours', async () => {
  const world = await protectedAt('58000');
  world.intercept = (request) => (request.path.startsWith('/api/v5/trade/amend-algos') ? { kind: 'unknown', cause: 'lost' } : undefined);
  await move(world, { stop_loss: '59000' });
  told(world, () => [['"slTriggerPx":"58000"', '"slTriggerPx":"40000"']]);
  await world.pass(40_000);
  assert.match(world.engine.state.modeCause, /somebody else moved/);
  assert.equal(triggerOf(world), '40000');
  assert.equal(stopOf(world).stop?.moving, null);
});

test('a stop of its own that somebody else made smaller is told', async () => {
  const world = await protectedAt('58000');
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '60100' });
  await world.pass(2000);
  const order = { instrument: 'BTC-USDT-SWAP', quantity: '1', quantity_unit: 'contracts', expected_notional_usd: '600' };
  await world.until(world.place(order));
  await world.pass(2000);
  await move(world, { stop_loss: '58000' });
  await world.pass(3000);
  const own = [...world.engine.state.openOrders.values()].find(({ stop }) => stop !== null && stop.parent === null);
  assert.ok(own !== undefined, 'what the first stop does not cover has one of its own');
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
  told(world, () => [['"sz":"1"', '"sz":"0.01"']]);
  await world.pass(3000);
  assert.match(world.engine.state.modeCause, /somebody else changed stop order/);
});
