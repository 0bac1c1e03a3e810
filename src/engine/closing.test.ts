import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../core/lang/canonical.ts';
import { formatDecimal } from '../core/money/decimal.ts';
import { EngineWorld, wideLimits } from '../../test/support/engine-world.ts';
import { trade } from '../../test/support/sim-trader.ts';

// The life of a position in the real gateway against the simulated exchange: opened, protected, changed, closed, proven, in both modes of the account.

const limits = `[policy]
${wideLimits}
min_stop_distance = "0.1%"
`;

const swap = 'BTC-USDT-SWAP';
const modes = ['net', 'long_short'] as const;
type Mode = (typeof modes)[number];

async function trading(mode: Mode, policy = limits): Promise<EngineWorld> {
  const world = new EngineWorld(policy);
  if (mode === 'long_short') trade(world.exchange).post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  await world.open({ positionMode: mode });
  await world.until(world.engine.start());
  world.desk('POST', '/sim/market', { instId: swap, price: '60000' });
  await world.pass(2000);
  return world;
}

function contracts(count: number): Readonly<Record<string, Json>> {
  return { instrument: swap, quantity: String(count), quantity_unit: 'contracts', expected_notional_usd: String(count * 600) };
}

type Row = Readonly<Record<string, string>>;

function ledger(world: EngineWorld, part: 'positions' | 'algos' | 'orders'): readonly Row[] {
  return (world.desk('GET', '/sim/ledger') as Record<typeof part, readonly Row[]>)[part];
}

function held(world: EngineWorld): readonly string[] {
  return ledger(world, 'positions')
    .filter(({ pos }) => Number(pos) !== 0)
    .map(({ posSide, pos }) => `${posSide} ${pos}`)
    .toSorted();
}

function booked(world: EngineWorld): readonly string[] {
  return [...world.engine.state.positions.values()].map(({ leg, size }) => `${leg} ${formatDecimal(size)}`).toSorted();
}

function waiting(world: EngineWorld): readonly string[] {
  return ledger(world, 'algos')
    .filter(({ state }) => state === 'live')
    .map(({ posSide, side, sz, slTriggerPx }) => `${posSide ?? ''} ${side} ${sz} at ${slTriggerPx}`)
    .toSorted();
}

/** What the exchange executed of our orders, each by its own id. */
function executed(world: EngineWorld, side: 'buy' | 'sell'): readonly number[] {
  return ledger(world, 'orders').flatMap((order) =>
    order['side'] === side && order['origin'] === 'api' ? [Number(order['accFillSz'])] : [],
  );
}

function codes(world: EngineWorld): readonly string[] {
  return world.engine.state.alerts.map(({ code }) => code);
}

function bodies(world: EngineWorld, kind: string): readonly Readonly<Record<string, unknown>>[] {
  return world.disk.rows.filter((row) => row.kind === kind).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}

/** An exit that reaches no further than the first price of the book, where a part of them contracts is. */
const shallow = `${limits}exit_collar = "0.0005%"\n`;
const legs = { net: 'net', long_short: 'long' } as const;

for (const mode of modes) {
  const leg = legs[mode];

  test(`in ${mode} mode a position is opened, protected, reduced, closed in several orders and proven flat, and no stop stays`, async () => {
    const world = await trading(mode, shallow);
    await world.until(world.place({ ...contracts(48), side: 'buy', stop_loss: '58000' }));
    await world.pass(3000);
    assert.deepEqual(held(world), [`${leg} 48`]);
    assert.deepEqual(waiting(world), [`${leg} sell 48 at 58000`]);
    await world.until(world.ask('set_protection', { instrument: swap, stop_loss: '59000' }));
    await world.pass(2000);
    assert.deepEqual(waiting(world), [`${leg} sell 48 at 59000`]);
    await world.until(world.place({ ...contracts(4), side: 'sell', reduce_only: true }));
    await world.pass(5000);
    assert.deepEqual(waiting(world), [`${leg} sell 44 at 59000`], 'the stop is as large as what is left');
    const before = executed(world, 'sell').length;
    await world.until(world.ask('close_position', { instrument: swap }));
    await world.pass(200);
    const [first = 0] = executed(world, 'sell').slice(before);
    assert.ok(first > 0 && first < 44, `the close is filled in part: ${first}`);
    assert.deepEqual(booked(world), [`${leg} ${44 - first}`]);
    await world.pass(20_000);
    assert.deepEqual(held(world), []);
    assert.deepEqual(booked(world), []);
    assert.deepEqual(waiting(world), []);
    const closes = executed(world, 'sell').slice(before);
    assert.ok(closes.length > 1, 'the leftover took another order');
    assert.ok(Math.abs(closes.reduce((sum, size) => sum + size, 0) - 44) < 1e-9, 'and no more than was held was closed');
    // Each is a decision of its own under a name of its own, for whoever asked.
    const names = bodies(world, 'submitting').slice(-closes.length);
    assert.equal(new Set(names.map((body) => String(body['intent_id']))).size, closes.length);
    assert.ok(names.every((body) => body['principal'] === 'default' && body['purpose'] === 'exit'));
    assert.equal(bodies(world, 'verified').at(-1)?.['outcome'], 'matched');
    assert.equal(world.engine.state.unverified.size, 0);
    assert.equal(world.engine.state.leftovers.size, 0);
    assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
    assert.ok(!codes(world).includes('CLOSE_LEFTOVER'));
  });

  test(`in ${mode} mode what a close leaves is closed after a crash as well`, async () => {
    const world = await trading(mode, shallow);
    await world.until(world.place({ ...contracts(48), side: 'buy' }));
    await world.pass(4000);
    await world.until(world.ask('close_position', { instrument: swap }));
    await world.pass(200);
    assert.equal(world.engine.state.leftovers.size, 1);
    world.crash();
    await world.open({ positionMode: mode });
    assert.equal(world.engine.state.leftovers.size, 1, 'the journal says what is left');
    await world.until(world.engine.start());
    await world.pass(20_000);
    assert.deepEqual(held(world), []);
    assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
  });

  test(`in ${mode} mode a position that turned over behind the books halts and is told`, async () => {
    const world = await trading(mode);
    await world.until(world.place({ ...contracts(2), side: 'buy' }));
    await world.pass(3000);
    const other = mode === 'net' ? { sz: '4' } : { sz: '2', posSide: 'short' };
    world.desk('POST', '/sim/orders', { instId: swap, side: 'sell', ...other });
    await world.pass(20_000);
    assert.equal(world.engine.state.mode, 'HALTED');
    assert.match(world.engine.state.modeCause, /^reversed position: BTC-USDT-SWAP/);
    assert.ok(codes(world).includes('HALTED'));
  });

  test(`in ${mode} mode a leg that somebody else changed ends new risk`, async () => {
    const world = await trading(mode);
    await world.until(world.place({ ...contracts(2), side: 'buy' }));
    await world.pass(3000);
    const more = mode === 'net' ? {} : { posSide: 'long' };
    world.desk('POST', '/sim/orders', { instId: swap, side: 'buy', sz: '1', ...more });
    await world.pass(20_000);
    assert.notEqual(world.engine.state.mode, 'ACTIVE');
    assert.match(world.engine.state.modeCause, /the books say 2, the exchange says 3|BTC-USDT-SWAP/);
  });
}

test('in long/short mode both legs are opened, proven and flattened, each by an order of its own', async () => {
  const world = await trading('long_short');
  await world.until(world.place({ ...contracts(2), side: 'buy', stop_loss: '58000' }));
  await world.until(world.place({ ...contracts(1), side: 'sell', stop_loss: '62000' }));
  await world.pass(3000);
  assert.deepEqual(booked(world), ['long 2', 'short -1']);
  assert.deepEqual(waiting(world), ['long sell 2 at 58000', 'short buy 1 at 62000']);
  assert.equal(world.engine.state.unverified.size, 0);
  const flattened = await world.until(world.engine.flatten({ reason: 'a test', instrument: '' }));
  assert.ok(flattened.ok && flattened.value.outcome === 'flat', JSON.stringify(flattened));
  assert.deepEqual(held(world), []);
  assert.deepEqual(waiting(world), []);
});

test('in long/short mode the long leg is closed while the short one stays', async () => {
  const world = await trading('long_short');
  await world.until(world.place({ ...contracts(2), side: 'buy' }));
  await world.until(world.place({ ...contracts(1), side: 'sell' }));
  await world.pass(3000);
  const either = await world.until(world.ask('close_position', { instrument: swap }));
  assert.ok(either.kind === 'recorded' && either.record.result.kind === 'denied');
  await world.until(world.place({ ...contracts(2), side: 'sell', reduce_only: true }));
  await world.pass(3000);
  assert.deepEqual(booked(world), ['short -1']);
  await world.until(world.ask('set_protection', { instrument: swap, stop_loss: '62000' }));
  await world.pass(3000);
  assert.deepEqual(waiting(world), ['short buy 1 at 62000']);
  await world.until(world.ask('close_position', { instrument: swap }));
  await world.pass(5000);
  assert.deepEqual(held(world), []);
  assert.deepEqual(waiting(world), []);
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
});

test('what cannot be closed is told, and the stop that stays is as large as it', async () => {
  const world = await trading('net', shallow);
  await world.until(world.place({ ...contracts(48), side: 'buy', stop_loss: '58000' }));
  await world.pass(4000);
  await world.until(world.ask('close_position', { instrument: swap }));
  await world.pass(100);
  const [left] = booked(world);
  world.desk('POST', '/sim/faults', { kind: 'reject', path: '/api/v5/trade/order', executed: false, count: 1 });
  await world.pass(60_000);
  assert.deepEqual(booked(world), [left]);
  assert.ok(codes(world).includes('CLOSE_LEFTOVER'), codes(world).join(' '));
  assert.equal(world.engine.state.leftovers.size, 0);
  assert.deepEqual(waiting(world), [`net sell ${left?.split(' ')[1] ?? ''} at 58000`]);
});

test('in a halt nothing follows a close: what it left is told', async () => {
  const world = await trading('net', shallow);
  await world.until(world.place({ ...contracts(48), side: 'buy' }));
  await world.pass(4000);
  await world.until(world.ask('close_position', { instrument: swap }));
  await world.pass(100);
  const [left] = booked(world);
  await world.until(world.engine.operate({ verb: 'halt', reason: 'a test' }));
  await world.pass(10_000);
  assert.deepEqual(booked(world), [left]);
  assert.ok(codes(world).includes('CLOSE_LEFTOVER'), codes(world).join(' '));
});
