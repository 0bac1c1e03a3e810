import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

// D21: protection was evaluated when a trade closed, over closed trades. Here nothing closes at all.

const limits = `[policy]
max_order_size = 3000
max_position_size = 4000
max_total_exposure = 4000
max_price_move = "50%"
max_daily_loss = 30
max_drawdown = 500
`;

async function holding(): Promise<EngineWorld> {
  const world = await EngineWorld.running(limits);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '60000' });
  await world.pass(2000);
  const terms = { instrument: 'BTC-USDT-SWAP', quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' };
  await world.until(world.place(terms));
  await world.pass(3000);
  return world;
}

test('a position that only loses on paper ends new risk when the day’s limit is reached, and halts at half as much again', async () => {
  const world = await holding();
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58300' });
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /max_daily_loss/);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '57600' });
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.equal(world.engine.state.positions.size, 1, 'nothing was closed');
});

test('what a losing position could still cost denies an entry before the limit is reached', async () => {
  const world = await holding();
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT-SWAP', price: '58800' });
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
  const outcome = await world.until(world.place({ instrument: 'BTC-USDT', quantity: '1500' }));
  assert.ok(outcome.kind === 'recorded' && outcome.record.result.kind === 'denied');
  assert.equal(outcome.record.result.denial.code, 'MAX_DAILY_LOSS');
});
