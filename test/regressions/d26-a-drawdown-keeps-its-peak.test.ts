import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

// D26: a drawdown stop armed itself again with the drawn-down value as its new peak, step by step without an end.

const limits = `[policy]
max_order_size = 3000
max_position_size = 4000
max_total_exposure = 4000
max_price_move = "50%"
max_daily_loss = 500
max_drawdown = 40
`;

test('a halt by drawdown outlives the start, and after a resume entries stay denied: the peak is where it was', async () => {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '60000' });
  await world.pass(2000);
  const terms = { instrument: 'BTC-USDT-SWAP', quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' };
  await world.until(world.place(terms));
  await world.pass(3000);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '57800' });
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.match(world.engine.state.modeCause, /max_drawdown/);

  world.crash();
  await world.open();
  await world.until(world.engine.start());
  await world.pass(60_000);
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.equal(await world.until(world.engine.operate({ verb: 'resume', reason: 'looked' })), null);
  const refused = await world.until(world.engine.operate({ verb: 'resume', reason: 'looked again' }));
  assert.match(refused ?? '', /drawdown/);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
});
