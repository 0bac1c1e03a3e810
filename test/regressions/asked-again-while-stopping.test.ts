// Found by simulation, seed 20269: an order was on its way when the gateway stopped, and the agent that asked again heard that nothing was sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

test('who asks again while the gateway stops hears of the order that was sent, and a new wish that nothing was', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.path === '/api/v5/trade/order' ? new Promise(() => {}) : undefined);
  void world.place({ intent_id: 'once' });
  await world.pass(100);
  assert.equal(world.engine.state.openOrders.size, 1);
  world.engine.close();
  const again = await world.place({ intent_id: 'once' });
  assert.equal(again.kind, 'recorded');
  assert.equal(again.record.result.kind, 'order');
  const fresh = await world.place({ intent_id: 'other' });
  assert.equal(fresh.kind, 'refused');
  assert.equal(fresh.message, 'the gateway is stopping; nothing was sent');
});
