import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/engine/waiting.ts';
import { EngineWorld } from '../support/engine-world.ts';

const swap = 'BTC-USDT-SWAP';

function codeOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.code;
  if (outcome.kind === 'uncertain') return outcome.kind;
  return outcome.record.result.kind === 'denied' ? outcome.record.result.denial.code : outcome.record.result.kind;
}

test('an agent does not close with an entry what it may not close with an exit', async () => {
  const world = await EngineWorld.running('[agents.one]\n[agents.two]\n[agents.both]\nshared_positions = true\n');
  await world.until(world.place({ instrument: swap }, 'one'));
  const against = { instrument: swap, side: 'sell', quantity: '30' };
  assert.equal(codeOf(await world.until(world.place(against, 'two'))), 'NOT_ALLOWED');
  assert.equal(codeOf(await world.until(world.ask('close_position', { instrument: swap }, 'two'))), 'NOT_ALLOWED');
  assert.equal(codeOf(await world.until(world.place({ ...against, side: 'buy' }, 'two'))), 'order', 'beside it is allowed');
  assert.equal(codeOf(await world.until(world.place({ ...against, quantity: '29' }, 'two'))), 'order', 'of its own share too');
  assert.equal(codeOf(await world.until(world.place({ ...against, quantity: '28' }, 'two'))), 'NOT_ALLOWED', 'beyond it not');
  assert.equal(codeOf(await world.until(world.place(against, 'both'))), 'order');
});

test('the longer duplicate window of one agent is not cut short by the orders of another', async () => {
  const world = await EngineWorld.running('[agents.one]\nduplicate_window = "300s"\n[agents.two]\n');
  await world.until(world.place({ quantity: '2' }, 'two'));
  await world.pass(3000);
  await world.until(world.place({ quantity: '10' }, 'one'));
  for (const quantity of ['3', '4', '5', '6']) {
    // oxlint-disable no-await-in-loop
    await world.pass(31_000);
    await world.until(world.place({ quantity }, 'two'));
    // oxlint-enable no-await-in-loop
  }
  assert.equal(codeOf(await world.until(world.place({ quantity: '10' }, 'one'))), 'DUPLICATE_SUSPECT');
});

test('a loop of exits of one agent does not use up the way out of another', async () => {
  const world = await EngineWorld.running('[policy]\nmax_order_rate = { per_second = 2, per_minute = 4 }\n[agents.one]\n[agents.two]\n');
  await world.until(world.place({ instrument: swap }, 'one'));
  await world.until(world.place({ instrument: swap, quantity: '45' }, 'two'));
  await world.pass(3000);
  const exit = {
    instrument: swap,
    side: 'sell',
    type: 'limit',
    price: '61500',
    quantity: '0.01',
    quantity_unit: 'contracts',
    expected_notional_usd: '6',
    reduce_only: true,
  };
  for (let count = 0; count < 30; count += 1) {
    // oxlint-disable no-await-in-loop
    await world.until(world.place(exit, 'two'));
    await world.until(world.ask('cancel_orders', {}, 'two'));
    // oxlint-enable no-await-in-loop
  }
  assert.equal(codeOf(await world.until(world.place(exit, 'two'))), 'RATE_LIMIT');
  assert.equal(codeOf(await world.until(world.ask('close_position', { instrument: swap }, 'one'))), 'order');
});
