// Found by simulation, seed 19430: a position was closed while the exchange was asked, for the second time, about a stop order that it never had.
// The close was not booked yet, so that twokey said a position had no stop of which nothing was held any more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

const limits = `[policy]
max_order_size = 3000
max_position_size = 6000
max_total_exposure = 9000
max_price_move = "40%"
max_book_share = "100%"
min_stop_distance = "0.1%"
`;

const SWAP = 'BTC-USDT-SWAP';

test('that a stop is missing is told only when the close of what it was for had time to be booked', async () => {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: SWAP, price: '60000' });
  await world.pass(2000);
  await world.until(world.place({ instrument: SWAP, quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' }));
  await world.pass(3000);
  world.desk('POST', '/sim/faults', { kind: 'lost_ack', path: '/api/v5/trade/order-algo', executed: false, count: 1 });
  void world.ask('set_protection', { instrument: SWAP, stop_loss: '58000' });
  for (let waited = 0; !world.kinds().includes('not_found') && waited < 120_000; waited += 100) {
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(100);
  }
  await world.pass(2000);
  // The close executes, and every answer about it takes five seconds.
  world.intercept = (request, reach) => {
    const isPlaced = request.path === '/api/v5/trade/order';
    if (!isPlaced && !request.path.startsWith('/api/v5/trade/order?')) return undefined;
    const sent = isPlaced ? reach() : null;
    const answer = { kind: 'unknown', cause: 'no answer within 5000 ms' } as const;
    assert.ok(sent === null || sent.kind === 'answered');
    return new Promise((resolve) => world.clock.alarm(5000, () => resolve(answer)));
  };
  const closed = world.ask('close_position', { instrument: SWAP });
  await world.pass(7000);
  world.intercept = () => undefined;
  await world.until(closed);
  await world.pass(5000);
  const alerts = world.disk.rows.filter(({ kind }) => kind === 'alert').map(({ body }) => body);
  assert.deepEqual(
    alerts.filter((alert) => alert.includes('PROTECTION_GONE') || alert.includes('no stop any more')),
    [],
  );
  assert.ok(world.kinds().includes('absent'));
  assert.equal(world.engine.state.positions.size, 0);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});
