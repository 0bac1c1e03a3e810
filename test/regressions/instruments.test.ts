import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editing, EngineWorld } from '../support/engine-world.ts';

const swap = 'BTC-USDT-SWAP';

test('an instrument that the exchange lists no more stays known: its late fill is booked and stops nothing', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59900', instrument: swap }));
  world.crash();
  world.desk('POST', '/sim/market', { instId: swap, price: '59000' });
  world.intercept = editing('/api/v5/public/instruments', (rows) => rows.filter(({ instId }) => instId !== swap));
  await world.open();
  await world.until(world.engine.start());
  await world.pass(3000);
  assert.equal(world.fatal, '');
  assert.ok(world.kinds().includes('fill'));
  assert.equal([...world.engine.state.positions.keys()].join(), swap);
});

test('what is held in an instrument that is said to be suspended may be closed, and nothing opened', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({}));
  world.intercept = editing('/api/v5/public/instruments', (rows) => rows.map((row) => ({ ...row, state: 'suspend' })));
  await world.pass(601_000);
  const entry = await world.until(world.place({ quantity: '30' }));
  assert.ok(entry.kind === 'recorded' && entry.record.result.kind === 'denied');
  assert.equal(entry.record.result.denial.code, 'NOT_ALLOWED');
  await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  assert.equal(world.ledger().orders.length, 2);
});

test('a computed price with more digits than an entry holds stops nothing', async () => {
  const world = new EngineWorld();
  world.intercept = editing('/api/v5/public/mark-price', (rows) =>
    rows.map((row) => ({ ...row, markPx: `${Number.parseInt(row['markPx'] ?? '', 10) + 100}.123456789012345678901234567891` })),
  );
  await world.open();
  await world.until(world.engine.start());
  await world.until(world.place({ instrument: swap, side: 'sell' }));
  assert.equal(world.ledger().orders.length, 1);
  const denied = await world.until(world.place({ instrument: swap, side: 'sell', quantity: '70' }));
  assert.ok(denied.kind === 'recorded' && denied.record.result.kind === 'denied');
  assert.equal(denied.record.result.denial.code, 'MAX_ORDER_SIZE');
  assert.equal(world.fatal, '');
});

test('an inverse swap is not traded beside spot of the currency that it pays in: its fees would look like a difference', async () => {
  const world = await EngineWorld.running(
    '[policy]\ninstruments = ["BTC-USDT", "BTC-USD-SWAP"]\nmax_order_size = 800\nmax_position_size = 1500\nmax_total_exposure = 3000\n',
  );
  await world.until(world.place({ quantity: '700' }));
  await world.pass(3000);
  const denied = await world.until(world.place({ instrument: 'BTC-USD-SWAP', quantity: '120' }));
  assert.ok(denied.kind === 'recorded' && denied.record.result.kind === 'denied');
  assert.equal(denied.record.result.denial.code, 'NOT_ALLOWED');
  await world.pass(15_000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('against a position from before twokey nothing is opened, since no exit of it would be taken', async () => {
  const world = new EngineWorld();
  world.desk('POST', '/sim/orders', { instId: swap, side: 'sell', ordType: 'market', sz: '1', tdMode: 'cross' });
  await world.open();
  await world.until(world.engine.start());
  const denied = await world.until(world.place({ instrument: swap }));
  assert.ok(denied.kind === 'recorded' && denied.record.result.kind === 'denied');
  assert.equal(denied.record.result.denial.code, 'NOT_ALLOWED');
  await world.until(world.place({ instrument: swap, side: 'sell' }));
  await world.pass(3000);
  await world.until(world.ask('close_position', { instrument: swap }));
  await world.pass(3000);
  assert.equal(world.engine.state.positions.size, 0);
  assert.ok(!world.kinds().includes('rejected'));
});

test('an account in portfolio margin, where reduce-only is not enforced, opens nothing', async () => {
  const world = new EngineWorld();
  world.intercept = editing('/api/v5/account/config', (rows) => rows.map((row) => ({ ...row, acctLv: '4' })));
  await world.open();
  await world.until(world.engine.start());
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
});
