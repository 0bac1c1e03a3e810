import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld, wideLimits } from '../support/engine-world.ts';

const swap = 'BTC-USDT-SWAP';

function moveTo(world: EngineWorld, price: string): void {
  world.desk('POST', '/sim/market', { instId: swap, price });
}

// Found by simulation, seed 969.
test('while no gateway ran one stop was ended by a close and another was reached: nobody is told that something is without a stop', async () => {
  const world = await EngineWorld.running(`[policy]\n${wideLimits}\n`);
  moveTo(world, '60000');
  await world.pass(2000);
  const order = { instrument: swap, quantity_unit: 'contracts', type: 'limit' };
  await world.until(world.place({ ...order, type: 'market', quantity: '2', expected_notional_usd: '1200', stop_loss: '58000' }));
  await world.pass(3000);
  await world.until(world.place({ ...order, side: 'sell', quantity: '2', price: '60100', expected_notional_usd: '1202' }));
  await world.until(world.place({ ...order, quantity: '3', price: '59900', expected_notional_usd: '1797', stop_loss: '59700' }));
  world.crash();
  for (const price of ['60200', '59850', '59600']) moveTo(world, price);
  const fills = world.ledger().fills.map(({ side, sz }) => `${String(side)} ${String(sz)}`);
  assert.deepEqual(fills, ['buy 2', 'sell 2', 'buy 3', 'sell 3'], 'the story is told as it was meant');
  // Long enough that nobody waits for a close to be booked any more.
  await world.pass(40_000);
  // What became of the orders is told once the first answer about a stop has been given: that it is gone.
  const told = Promise.withResolvers<void>();
  world.intercept = async ({ method, path }, reach) => {
    const sent = reach();
    if (method === 'GET' && path.startsWith('/api/v5/trade/order-algo')) told.resolve();
    if (method === 'GET' && path.startsWith('/api/v5/trade/order?')) await told.promise;
    return sent;
  };
  await world.until((await world.open()).start());
  await world.pass(10_000);
  const alerts = world.disk.rows.filter(({ kind, body }) => kind === 'alert' && body.includes('PROTECTION_GONE'));
  assert.deepEqual(alerts, []);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  assert.equal(world.engine.state.positions.size, 0);
  assert.equal(world.engine.state.openOrders.size, 0);
});
