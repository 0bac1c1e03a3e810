import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

// Elsewhere any exception while placing made the order invalid, the ones after its bytes had left among them.

test('an order whose connection broke after it had left is looked up, found and booked', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request, reach) => {
    if (request.method !== 'POST') return undefined;
    reach();
    return { kind: 'unknown', cause: 'connection reset' };
  };
  const outcome = await world.until(world.place({}));
  assert.ok(outcome.kind === 'recorded' && outcome.record.result.kind === 'order');
  await world.pass(5000);
  const [order] = world.ledger().orders;
  assert.ok(order !== undefined && world.ledger().orders.length === 1);
  assert.equal(world.engine.state.positions.size, 1);
  assert.equal(world.kinds().filter((kind) => kind === 'rejected' || kind === 'absent').length, 0);
});

test('only where certainly not one byte left is it over at once', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.method === 'POST' ? { kind: 'not_sent', cause: 'nobody listens' } : undefined);
  await world.until(world.place({}));
  assert.equal(world.engine.state.openOrders.size, 0);
  assert.equal(world.kinds().filter((kind) => kind === 'not_sent').length, 1);
});
