import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { editing, EngineWorld } from '../support/engine-world.ts';

test('an order that was proven absent and executed after all is booked, and ends new risk', async () => {
  const world = await EngineWorld.running();
  let kept: SignedRequest | undefined;
  world.intercept = (request) => {
    if (request.method !== 'POST') return undefined;
    kept = request;
    return { kind: 'unknown', cause: 'lost' };
  };
  void world.place({ instrument: 'BTC-USDT-SWAP' });
  await world.pass(20_000);
  assert.ok(world.kinds().includes('absent'));
  world.intercept = () => undefined;
  assert.ok(kept !== undefined);
  // Nothing that keeps its own rules does this; a proxy that holds a request back and strips a header might.
  const { expTime: _, ...headers } = kept.headers;
  world.reach({ ...kept, headers });
  await world.pass(15_000);
  const { state } = world.engine;
  assert.equal(world.kinds().filter((kind) => kind === 'fill').length, 1);
  assert.deepEqual(
    [...state.positions].map(([id, { size }]) => [id, formatDecimal(size)]),
    [['BTC-USDT-SWAP', '0.06']],
  );
  assert.equal(state.mode, 'REDUCE_ONLY');
  assert.ok(state.alerts.some(({ code }) => code === 'CONTRADICTION'));
});

test('an order that is said to be filled with less than its size has not ended', async () => {
  const world = await EngineWorld.running();
  world.intercept = editing('/api/v5/trade/order?', (rows) => rows.map((row) => ({ ...row, state: 'filled', accFillSz: '0' })));
  await world.until(world.place({ type: 'limit', price: '59800' }));
  assert.equal(world.engine.state.openOrders.size, 1);
});

test('an order of ours that somebody made larger at the exchange closes entries and is cancelled', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59800' }));
  world.intercept = editing('/api/v5/trade/orders-pending', (rows) => rows.map((row) => ({ ...row, sz: '1' })));
  await world.pass(15_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /buy 0\.00066\d* at 59800, the exchange says buy 1 at 59800/);
  assert.equal(world.engine.state.openOrders.size, 0);
});

test('a position in what twokey does not trade, and so cannot value, stops everything at the next look, not at the next full hour', async () => {
  const world = await EngineWorld.running('[policy]\ninstruments = ["BTC-USDT"]\n');
  world.desk('POST', '/sim/orders', { instId: 'ETH-USDT-SWAP', side: 'buy', ordType: 'market', sz: '1', tdMode: 'cross' });
  await world.pass(15_000);
  assert.equal(world.engine.state.mode, 'HALTED');
});

test('a comparison is not clean while the exchange lists an order that the books hold for ended', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59800' }));
  const listed: Record<string, string>[] = [];
  world.intercept = editing('/api/v5/trade/orders-pending', (rows) => {
    listed.push(...rows);
    return rows;
  });
  await world.pass(11_000);
  world.intercept = () => undefined;
  await world.until(world.ask('cancel_orders', {}));
  await world.pass(2000);
  assert.equal(world.engine.state.openOrders.size, 0);
  const [row] = listed;
  assert.ok(row !== undefined);
  world.intercept = editing('/api/v5/trade/orders-pending', () => [row]);
  assert.equal(await world.until(world.engine.compareNow()), null);
  assert.equal(world.engine.lastComparison?.clean, false);
});

test('an order that fills between two questions of one comparison is no difference', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59900' }));
  await world.pass(1500);
  let asked = 0;
  world.intercept = (request, reach) => {
    if (!request.path.startsWith('/api/v5/trade/orders-pending')) return undefined;
    asked += 1;
    if (asked > 1) return undefined;
    // The list of pending orders is older than the balance that comes with it.
    const listed = reach();
    world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '59000' });
    return listed;
  };
  const { intercept } = world;
  world.intercept = async (request, reach) => {
    if (request.path.startsWith('/api/v5/account/balance')) await world.settle();
    return intercept(request, reach) ?? reach();
  };
  assert.equal(await world.until(world.engine.compareNow()), null);
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
  assert.ok(world.kinds().includes('fill'));
});
