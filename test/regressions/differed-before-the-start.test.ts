// Found by simulation, seed 5762: books and exchange had differed for a moment, because one of our orders had just executed; then the gateway
// stopped. After the next start the first answer about the holding differed as before, "for two minutes", and was believed before anybody had
// looked at the order: entries closed for nothing, and an order that was right stayed marked as divergent for ever.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

test('how long a difference lasted while the gateway was not running proves nothing', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59990', quantity: '20' }));
  const [rests = ''] = world.engine.state.openOrders.keys();
  // No question about the order that rests is answered, so that its execution is not booked; one beside it has the holding looked at.
  world.intercept = (request) =>
    request.path.startsWith('/api/v5/trade/order?') && request.path.includes(rests)
      ? new Promise((resolve) => world.clock.alarm(2000, () => resolve({ kind: 'unknown', cause: 'no answer within 2000 ms' })))
      : undefined;
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '59980' });
  await world.until(world.place({ type: 'ioc', price: '60100', quantity: '21' }));
  for (let waited = 0; !world.kinds().includes('mismatch') && waited < 30_000; waited += 100) {
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(100);
  }
  assert.ok(world.kinds().includes('mismatch'));
  world.crash();
  await world.pass(120_000);
  await world.open();
  // What the account holds is answered at once, and what became of an order a second later.
  world.intercept = (request, reach) =>
    request.path.startsWith('/api/v5/trade/order?') ? new Promise((resolve) => world.clock.alarm(1000, () => resolve(reach()))) : undefined;
  await world.until(world.engine.start());
  await world.pass(10_000);
  assert.deepEqual(
    world.disk.rows.filter(({ kind, body }) => kind === 'verified' && body.includes('divergent')).map(({ body }) => body),
    [],
  );
  assert.equal(world.engine.state.mode, 'ACTIVE');
  assert.equal(world.kinds().filter((kind) => kind === 'fill').length, 2);
});
