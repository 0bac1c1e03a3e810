import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

const SWAP = 'BTC-USDT-SWAP';

// A placement may wait for the exchange's rates, and a cancel has a rate of its own: it comes first, finds nothing, and the placement would follow it.
test('an order whose cancel was asked for before its bytes left does not leave', async () => {
  const world = new EngineWorld(
    '[policy]\nmax_order_size = 3000\nmax_position_size = 6000\nmax_total_exposure = 9000\nmax_price_move = "40%"\nmax_book_share = "100%"\n',
  );
  await world.open({
    pace: (request) =>
      new Promise((resolve) => {
        world.clock.alarm(request.kind === 'place' ? 1000 : 1, resolve);
      }),
  });
  await world.until(world.engine.start());
  world.desk('POST', '/sim/market', { instId: SWAP, price: '60000' });
  await world.pass(2000);
  void world.place({ instrument: SWAP, quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' });
  await world.pass(300);
  const cancelled = await world.until(world.ask('cancel_orders', {}));
  assert.ok(cancelled.kind === 'recorded' && cancelled.record.result.kind === 'cancelling', JSON.stringify(cancelled));
  await world.pass(5000);
  assert.equal(world.ledger().orders.length, 0);
  assert.equal(world.engine.state.openOrders.size, 0);
  assert.equal(world.engine.state.positions.size, 0);
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
});
