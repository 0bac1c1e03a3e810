import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld, wideLimits } from '../support/engine-world.ts';

const swap = 'BTC-USDT-SWAP';
const policy = `[policy]
${wideLimits}
price_collar = "1%"
min_stop_distance = "0.1%"
[agents.one]
require_stop = "derivatives"
[agents.plain]
[agents.both]
shared_positions = true
`;

type Row = Readonly<Record<string, string | number>>;

function ledger(world: EngineWorld, part: 'positions' | 'algos'): readonly Row[] {
  return (world.desk('GET', '/sim/ledger') as Record<typeof part, readonly Row[]>)[part];
}

function held(world: EngineWorld): number {
  return ledger(world, 'positions').reduce((sum, { pos }) => sum + Math.abs(Number(pos)), 0);
}

function covered(world: EngineWorld): number {
  return ledger(world, 'algos').reduce((sum, { state, sz }) => (state === 'live' ? sum + Number(sz) : sum), 0);
}

async function trading(): Promise<EngineWorld> {
  const world = new EngineWorld(policy);
  await world.open();
  await world.until(world.engine.start());
  world.desk('POST', '/sim/market', { instId: swap, price: '60000' });
  await world.pass(2000);
  return world;
}

function revoked(world: EngineWorld, agent: string): Promise<string | null> {
  return world.engine.grant({ verb: 'revoke', agent, tokenHash: '', reason: 'a test' });
}

// With its section went that it shares positions, so that what it protected counted as closed, and its stop was cancelled within a second.
test('the stop that an agent put on what another one holds stays when the agent is revoked, through a restart too, and goes with the position', async () => {
  const world = await trading();
  const entry = { instrument: swap, quantity: '2', quantity_unit: 'contracts', expected_notional_usd: '1200' };
  await world.until(world.place(entry, 'plain'));
  await world.pass(3000);
  await world.until(world.ask('set_protection', { instrument: swap, stop_loss: '59000' }, 'both'));
  await world.pass(3000);
  assert.equal(covered(world), 2);
  assert.equal(await revoked(world, 'both'), null);
  await world.pass(5000);
  assert.equal(held(world), 2);
  assert.equal(covered(world), 2);
  world.crash();
  await world.open();
  await world.until(world.engine.start());
  await world.pass(5000);
  assert.equal(covered(world), 2);
  await world.until(world.ask('close_position', { instrument: swap }, 'plain'));
  await world.pass(5000);
  assert.equal(held(world), 0);
  assert.equal(covered(world), 0);
});

// With its section went that the agent needs a stop.
test('what the resting entry of a revoked agent has executed has a stop within three seconds, though nobody answers for the cancel of the rest', async () => {
  const world = await trading();
  const entry = { instrument: swap, type: 'limit', price: '60000.1', quantity: '48', quantity_unit: 'contracts', stop_loss: '58000' };
  await world.until(world.place({ ...entry, expected_notional_usd: String(48 * 600) }, 'one'));
  world.desk('POST', '/sim/market', { instId: swap, price: '60200' });
  world.intercept = ({ path }) => (path.includes('cancel-order') ? { kind: 'unknown', cause: 'no answer' } : undefined);
  assert.equal(await revoked(world, 'one'), null);
  await world.pass(3000);
  const part = held(world);
  assert.ok(part > 0 && part < 48, `a part executed: ${part}`);
  assert.equal(covered(world), part);
});
