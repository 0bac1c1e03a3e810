import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemoryJournal } from '../../src/adapters/store/memory.ts';
import type { Feed } from '../../src/ports/feed.ts';
import { editing, EngineWorld } from '../support/engine-world.ts';

/** Nothing is heard on it, so that what is known is what was asked for. */
const silent: Feed = { open: () => {}, want: () => {}, close: () => {} };

// Where no instrument had a price to be asked for, the time since the start counted as that long without a price, and the first one halted the account.
test('the first instrument of the policy that the exchange lists long after the start halts nothing', async () => {
  const before = await EngineWorld.running('[policy]\ninstruments = ["BTC-USDT"]\n');
  before.crash();
  const world = new EngineWorld('[policy]\ninstruments = ["ETH-USDT"]\n', before.exchange);
  world.stall(60_000);
  world.store = openMemoryJournal(before.disk);
  world.snapshots = before.snapshots;
  let isListed = false;
  world.intercept = (request, reach) =>
    isListed
      ? undefined
      : editing('/api/v5/public/instruments', (rows) => rows.filter(({ instId }) => instId !== 'ETH-USDT'))(request, reach);
  await world.open({ feed: silent });
  await world.until(world.engine.start());
  isListed = true;
  // Its first price takes its time.
  const listing = world.intercept;
  world.intercept = (request, reach) =>
    request.path.startsWith('/api/v5/market/ticker')
      ? new Promise((resolve) => world.clock.alarm(1500, () => resolve(reach())))
      : listing(request, reach);
  await world.pass(610_000);
  assert.ok([...world.engine.state.instruments.keys()].some((id) => id === 'ETH-USDT'));
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
});
