import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editing, EngineWorld } from '../support/engine-world.ts';

const busy = `[policy]
max_order_rate = { per_second = 1000, per_minute = 10000 }
max_same_side = { per_10_minutes = 10000, per_hour = 10000 }
max_daily_trades = 10000
max_open_orders = 1000
max_total_exposure = 100000
max_position_size = 100000
`;

test('a lost order is proven absent also where more orders ended since than stand on one page', async () => {
  const world = await EngineWorld.running(busy);
  await world.until(Promise.all(Array.from({ length: 230 }, (_, index) => world.place({ quantity: String(10 + index / 10) }))));
  world.intercept = (request) => (request.method === 'POST' ? { kind: 'unknown', cause: 'lost' } : undefined);
  await world.until(world.place({ quantity: '9' }));
  world.intercept = () => undefined;
  await world.pass(20_000);
  assert.deepEqual([...world.engine.state.openOrders.values()], []);
  assert.equal(world.kinds().filter((kind) => kind === 'absent').length, 1);
});

test('an order that stays unknown over a restart does not keep exits in BOOT', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ instrument: 'ETH-USDT' }));
  await world.pass(3000);
  world.intercept = (request) =>
    request.method === 'POST' || request.path.startsWith('/api/v5/trade/fills') ? { kind: 'unknown', cause: 'lost' } : undefined;
  void world.place({ intent_id: 'lost' });
  await world.pass(100);
  world.crash();
  await world.open();
  await world.until(world.engine.start());
  assert.equal(world.engine.state.booting, false);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  world.intercept = () => undefined;
  await world.until(world.ask('close_position', { instrument: 'ETH-USDT' }));
  assert.deepEqual(
    world.ledger().orders.map(({ instId, side }) => [instId, side]),
    [
      ['ETH-USDT', 'buy'],
      ['ETH-USDT', 'sell'],
    ],
  );
});

test('an order that was cancelled and forgotten while the gateway was down does not keep the account closed', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59800' }));
  await world.until(world.place({ quantity: '30' }));
  await world.pass(3000);
  const [resting] = world.engine.state.openOrders.keys();
  assert.ok(resting !== undefined);
  world.crash();
  // Two hours after an order was cancelled unfilled the exchange knows it no more.
  const lists = editing('/api/v5/trade/orders', (rows) => rows.filter(({ clOrdId }) => clOrdId !== resting));
  const unlisted: EngineWorld['intercept'] = (request, reach) =>
    request.path.startsWith('/api/v5/trade/order?') && request.path.includes(resting)
      ? { kind: 'answered', status: 200, body: '{"code":"51603","msg":"","data":[]}' }
      : lists(request, reach);
  world.intercept = unlisted;
  await world.pass(10_800_000);
  await world.open();
  await world.until(world.engine.start());
  await world.pass(3000);
  assert.equal(world.engine.state.openOrders.size, 0);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  assert.equal(world.engine.state.activity.today.entries, 2, 'it was sent, and stays counted');
});

test('an order of which one answer says that it is not there stays open', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59800' }));
  await world.pass(10_000);
  world.intercept = (request) =>
    request.path.startsWith('/api/v5/trade/order?')
      ? { kind: 'answered', status: 200, body: '{"code":"51603","msg":"","data":[]}' }
      : undefined;
  await world.pass(20_000);
  assert.equal([...world.engine.state.openOrders.values()].map(({ life }) => life.kind).join(), 'working');
});

test('a comparison in the seconds in which an outcome is not known is not clean, and closes nothing', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.method === 'POST' ? { kind: 'unknown', cause: 'lost' } : undefined);
  void world.place({});
  await world.pass(100);
  await world.until(world.engine.compareNow());
  assert.equal(world.engine.lastComparison?.clean, false);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});
