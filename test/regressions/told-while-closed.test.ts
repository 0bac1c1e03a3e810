// Found by simulation, seed 19395: entries were closed already when the exchange closed half of a position by force. The look at that position
// found it, wrote that the books are wrong, and told nobody, because there was nothing more to close.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

const limits = `[policy]
max_order_size = 3000
max_position_size = 6000
max_total_exposure = 9000
max_price_move = "40%"
max_book_share = "100%"
`;

const SWAP = 'BTC-USDT-SWAP';

function alertsOf(world: EngineWorld): readonly string[] {
  return world.disk.rows.filter(({ kind }) => kind === 'alert').map(({ body }) => body);
}

test('whoever closed entries before is told of each position that differs from the books, by its name and both sizes', async () => {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: SWAP, price: '60000' });
  await world.pass(2000);
  await world.until(world.place({ instrument: SWAP, quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' }));
  await world.pass(3000);
  // A person trades beside us: entries are closed because of that.
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT', side: 'buy', sz: '0.0005', tgtCcy: 'base_ccy' });
  await world.pass(15_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  const before = alertsOf(world).length;
  world.desk('POST', '/sim/deleveragings', { instId: SWAP, sz: '1' });
  // One that is told of in the same breath, and first.
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT', side: 'buy', sz: '0.0006', tgtCcy: 'base_ccy' });
  await world.pass(15_000);
  const told = alertsOf(world).slice(before);
  assert.ok(
    told.some((alert) => alert.includes(`${SWAP}: the books say 2, the exchange says 1`)),
    told.join('\n'),
  );
  // A minute later it happens once more.
  await world.pass(45_000);
  world.desk('POST', '/sim/deleveragings', { instId: SWAP, sz: '1' });
  await world.pass(15_000);
  const again = alertsOf(world).slice(before + told.length);
  assert.ok(
    again.some((alert) => alert.includes(`${SWAP}: the books say 2, the exchange says 0`)),
    again.join('\n'),
  );
});
