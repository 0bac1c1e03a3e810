// Found by simulation, seed 1038: the exchange took an order that it said it refused, and the process died before the look at that refusal. Nobody looked again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

test('a refusal that was not looked at before the process died is looked at by the next', async () => {
  const world = await EngineWorld.running();
  world.desk('POST', '/sim/faults', { kind: 'reject', path: '/api/v5/trade/order', executed: true, count: 1 });
  await world.until(world.place({ type: 'ioc', price: '59900' }));
  assert.equal(world.kinds().filter((kind) => kind === 'rejected').length, 1);
  world.crash();
  await world.open();
  await world.until(world.engine.start());
  await world.pass(2000);
  const [real] = world.ledger().orders;
  assert.equal(real?.['state'], 'canceled');
  const told = world.disk.rows.filter(({ kind }) => kind === 'reported').map(({ body }) => (JSON.parse(body) as { state: string }).state);
  assert.deepEqual(told, ['cancelled']);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY', 'what the exchange ruled out and then did, nobody understands yet');
});
