import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

/** How many entries and how many requests each of some minutes brought. */
async function minutes(world: EngineWorld, count: number): Promise<readonly { readonly entries: number; readonly requests: number }[]> {
  let requests = 0;
  const { intercept } = world;
  world.intercept = (request, reach) => {
    const { path } = request;
    const isLook = path.startsWith('/api/v5/trade') || path.startsWith('/api/v5/account/positions');
    // The exchange's timer is no look-up: it is asked for once a second, whatever is open.
    if (isLook && path !== '/api/v5/trade/cancel-all-after') requests += 1;
    return intercept(request, reach);
  };
  const found = [];
  for (let minute = 0; minute < count; minute += 1) {
    const before = { entries: world.kinds().length, requests };
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(60_000);
    found.push({ entries: world.kinds().length - before.entries, requests: requests - before.requests });
  }
  return found;
}

async function resting(): Promise<EngineWorld> {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59800' }));
  assert.equal(world.engine.state.openOrders.size, 1);
  return world;
}

test('a cancel that cannot be signed is asked for once a second and not more often each second', async () => {
  const world = await resting();
  world.vaultIsDead = true;
  world.engine.post({ kind: 'degraded', to: 'HALTED', cause: 'the vault died' });
  const found = await minutes(world, 3);
  assert.ok(
    found.every(({ entries }) => entries <= 70),
    JSON.stringify(found),
  );
});

test('a cancel that the exchange never answers is asked for at a steady pace', async () => {
  const world = await resting();
  world.intercept = (request) => (request.path.includes('cancel-order') ? { kind: 'unknown', cause: 'lost' } : undefined);
  world.engine.post({ kind: 'degraded', to: 'HALTED', cause: 'a drill' });
  const found = await minutes(world, 3);
  assert.ok(
    found.every(({ entries, requests }) => entries <= 70 && requests <= 400),
    JSON.stringify(found),
  );
  world.intercept = () => undefined;
  await world.pass(3000);
  assert.equal(world.engine.state.openOrders.size, 0, 'and it is still asked for when the exchange answers again');
});

test('positions that cannot be asked for are asked for at a steady pace', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.path.startsWith('/api/v5/account/positions') ? { kind: 'unknown', cause: 'lost' } : undefined);
  await world.until(world.place({ instrument: 'BTC-USDT-SWAP' }));
  const found = await minutes(world, 3);
  assert.ok(
    found.every(({ requests }) => requests <= 250),
    JSON.stringify(found),
  );
});

test('cancels of an order of unknown outcome, however many, do not multiply its look-ups', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) =>
    request.method === 'POST' || request.path.startsWith('/api/v5/trade/fills') ? { kind: 'unknown', cause: 'lost' } : undefined;
  void world.place({ type: 'limit', price: '59800' });
  await world.pass(100);
  for (let count = 0; count < 20; count += 1) {
    void world.ask('cancel_orders', {});
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(100);
  }
  await world.pass(30_000);
  const found = await minutes(world, 2);
  assert.ok(
    found.every(({ requests }) => requests <= 120),
    JSON.stringify(found),
  );
});
