// What stops trading, with the real engine, the vault's signing and the simulated exchange; judged by what left and by the exchange's own ledger.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { EngineWorld } from '../support/engine-world.ts';
import { Chance } from './chance.ts';

const two = '[agents.a]\n[agents.b]\n';
const busy = `[policy]
max_order_rate = { per_second = 1000, per_minute = 10000 }
max_same_side = { per_10_minutes = 10000, per_hour = 10000 }
max_daily_trades = 10000
max_open_orders = 1000
duplicate_window = "1s"
${two}`;
const instruments = ['BTC-USDT', 'ETH-USDT', 'BTC-USDT-SWAP'] as const;

type Ledger = ReturnType<EngineWorld['ledger']> & { readonly positions: readonly { readonly instId: string; readonly pos: string }[] };

/** What twokey holds by the fills of the ledger alone, in lots of 1e-8: spot less its fees in base. */
function heldOf(world: EngineWorld): ReadonlyMap<string, bigint> {
  const held = new Map<string, bigint>();
  for (const { instId = '', side, sz = '0', fee = '0', feeCcy = '' } of world.ledger().fills) {
    const signed = side === 'buy' ? scaled(sz) : -scaled(sz);
    const paid = !instId.endsWith('-SWAP') && instId.startsWith(`${feeCcy}-`) ? scaled(fee) : 0n;
    held.set(instId, (held.get(instId) ?? 0n) + signed + paid);
  }
  return held;
}

function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole + fraction.padEnd(12, '0').slice(0, 12));
  return text.startsWith('-') ? -value : value;
}

function size(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function orderIn(request: SignedRequest): { readonly clOrdId: string } | null {
  return request.method === 'POST' && request.path === '/api/v5/trade/order' ? (JSON.parse(request.body) as { clOrdId: string }) : null;
}

/** The last mode that is on disk, and whose each order is. */
function onDisk(world: EngineWorld): { readonly mode: string; readonly owners: ReadonlyMap<string, string> } {
  let mode = 'ACTIVE';
  const owners = new Map<string, string>();
  for (const { kind, body } of world.disk.rows) {
    const entry = JSON.parse(body) as { readonly to: string; readonly client_order_id: string; readonly principal: string };
    if (kind === 'mode') mode = entry.to;
    if (kind === 'submitting') owners.set(entry.client_order_id, entry.principal);
  }
  return { mode, owners };
}

/** One random thing that an agent may ask for. Its answer is not waited for. */
function askAnything(world: EngineWorld, chance: Chance): void {
  const name = chance.pick(['a', 'b']);
  const instrument = chance.pick(instruments);
  const quantity = String(chance.between(10, 45));
  const side = chance.pick(['buy', 'sell']);
  switch (chance.weighted({ market: 5, limit: 3, close: 3, reduce: 2, cancel: 1 })) {
    case 'market':
      return void world.place({ instrument, side, quantity }, name);
    case 'limit': {
      const price = String(instrument === 'ETH-USDT' ? chance.between(2990, 3010) : chance.between(59_800, 60_200));
      return void world.place({ instrument, side, quantity, type: 'limit', price }, name);
    }
    case 'close':
      return void world.ask('close_position', { instrument }, name);
    case 'reduce':
      return void world.place(
        { instrument: 'BTC-USDT-SWAP', side, quantity: '0.03', quantity_unit: 'contracts', expected_notional_usd: '18', reduce_only: true },
        name,
      );
    case 'cancel':
      return void world.ask('cancel_orders', {}, name);
  }
}

/** Answers get lost on the way there and back. */
function lossy(world: EngineWorld, chance: Chance): void {
  world.intercept = (request, reach) => {
    if (request.method !== 'POST' || !chance.happens(0.2)) return undefined;
    if (chance.happens(0.5)) reach();
    return { kind: 'unknown', cause: 'lost' };
  };
}

test('from the moment a halt is on disk no placement leaves but the operator’s own closes, and cancels go on leaving (I-R4)', async (context) => {
  let [before, after, cancels] = [0, 0, 0];
  for (let seed = 1; seed <= 12; seed += 1) {
    // oxlint-disable no-await-in-loop
    const chance = new Chance(seed, 'halt');
    const world = await EngineWorld.running(busy);
    const { intercept } = world;
    world.intercept = (request, reach) => {
      const order = orderIn(request);
      const { mode, owners } = onDisk(world);
      if (order !== null && mode === 'HALTED') {
        after += 1;
        assert.equal(owners.get(order.clOrdId), 'operator', `seed ${seed}: ${order.clOrdId} left in a halt`);
      } else if (order !== null) before += 1;
      else if (request.method === 'POST' && mode === 'HALTED') cancels += 1;
      return intercept(request, reach);
    };
    for (let round = 0; round < 12; round += 1) {
      askAnything(world, chance);
      await world.pass(chance.between(0, 120));
    }
    // In the middle of what is on its way.
    for (let count = 0; count < 3; count += 1) askAnything(world, chance);
    const flattened = world.engine
      .operate({ verb: 'halt', reason: 'a test' })
      .then(() => world.engine.flatten({ reason: 'a test', instrument: '' }));
    for (let round = 0; round < 10; round += 1) {
      askAnything(world, chance);
      await world.pass(chance.between(0, 300));
    }
    const ended = await world.until(flattened);
    assert.ok(ended.ok && ended.value.outcome === 'flat', `seed ${seed}: ${JSON.stringify(ended)}`);
    assert.deepEqual((world.ledger() as Ledger).positions, [], `seed ${seed}`);
    for (const [instId, held] of heldOf(world)) assert.ok(size(held) < scaled('0.001'), `seed ${seed}: ${instId} ${held} is dust at most`);
    assert.equal(world.fatal, '');
    // oxlint-enable no-await-in-loop
  }
  context.diagnostic(`${before} placements before, ${after} by the operator after, ${cancels} cancels after`);
  for (const count of [before, after, cancels]) assert.ok(count > 10);
});

test('once entries are closed and gone, nothing that agents ask and no answer that gets lost makes a position larger (I-R1, I-R2)', async (context) => {
  let [exits, denied] = [0, 0];
  for (let seed = 1; seed <= 12; seed += 1) {
    // oxlint-disable no-await-in-loop
    const chance = new Chance(seed, 'reduce');
    const world = await EngineWorld.running(busy);
    for (const [instrument, side] of [
      ['BTC-USDT', 'buy'],
      ['ETH-USDT', 'buy'],
      ['BTC-USDT-SWAP', chance.pick(['buy', 'sell'])],
    ] as const)
      for (const name of ['a', 'b']) await world.until(world.place({ instrument, side, quantity: String(chance.between(20, 45)) }, name));
    await world.pass(2500);
    await world.until(world.engine.operate({ verb: 'reduce_only', reason: 'a test' }));
    await world.pass(3000);
    let known = heldOf(world);
    const sentBefore = world.sent.length;
    lossy(world, chance);
    for (let round = 0; round < 40; round += 1) {
      askAnything(world, chance);
      await world.pass(chance.between(0, 700));
      const now = heldOf(world);
      for (const [instId, held] of now) {
        const was = known.get(instId) ?? 0n;
        assert.ok(size(held) <= size(was) && held * was >= 0n, `seed ${seed}: ${instId} went from ${was} to ${held}`);
      }
      known = now;
    }
    exits += world.sent.slice(sentBefore).filter((request) => orderIn(request) !== null).length;
    denied += world.kinds().filter((kind) => kind === 'decision').length;
    assert.equal(world.fatal, '');
    // oxlint-enable no-await-in-loop
  }
  context.diagnostic(`${exits} exits sent, ${denied} decisions`);
  assert.ok(exits > 30);
});

test('whatever limits are breached, all of a position can be closed, in ACTIVE and in REDUCE_ONLY (I-R3)', async () => {
  for (const mode of ['ACTIVE', 'REDUCE_ONLY'] as const) {
    // oxlint-disable no-await-in-loop
    const world = await EngineWorld.running(busy);
    for (const instrument of instruments) {
      const opened = await world.until(world.place({ instrument }, 'a'));
      assert.ok(opened.kind === 'recorded' && opened.record.result.kind === 'order');
    }
    await world.pass(3000);
    world.crash();
    const tight = parseConfiguration(`[policy]
instruments = ["BTC-USDT"]
max_order_size = 1
max_position_size = 1
max_total_exposure = 1
max_open_positions = 1
max_open_orders = 1
max_daily_trades = 1
max_leverage = 1
max_account_equity = 1
min_balance = 100000
max_order_rate = { per_second = 1, per_minute = 1 }
max_same_side = { per_10_minutes = 1, per_hour = 1 }
${two}`);
    assert.ok(tight.ok);
    await world.open({ configuration: tight.value });
    await world.until(world.engine.start());
    if (mode === 'REDUCE_ONLY') await world.until(world.engine.operate({ verb: 'reduce_only', reason: 'a test' }));
    assert.equal(await world.until(world.engine.freeze({ verb: 'freeze', subject: 'agent:a', reason: 'a test' })), null);
    for (const instrument of instruments) {
      const closed = await world.until(world.ask('close_position', { instrument }, 'a'));
      const said = closed.kind === 'recorded' && closed.record.result.kind === 'denied' ? closed.record.result.denial.message : closed.kind;
      assert.ok(closed.kind === 'recorded' && closed.record.result.kind === 'order', `${mode} ${instrument}: ${said}`);
      // One exit a minute is what this policy lets an agent send.
      await world.pass(61_000);
    }
    assert.deepEqual((world.ledger() as Ledger).positions, []);
    // oxlint-enable no-await-in-loop
  }
});

test('flattening ends flat through lost answers and a process that dies in the middle, and asking again is all it takes', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    // oxlint-disable no-await-in-loop
    const chance = new Chance(seed, 'flatten');
    const world = await EngineWorld.running(busy);
    for (const instrument of instruments) await world.until(world.place({ instrument }, chance.pick(['a', 'b'])));
    await world.until(world.place({ instrument: 'ETH-USDT', type: 'limit', price: '2990', quantity: '20' }, 'b'));
    await world.pass(2500);
    lossy(world, chance);
    void world.engine.flatten({ reason: 'a test', instrument: '' });
    await world.pass(chance.between(0, 3000));
    world.crash();
    await world.open();
    await world.until(world.engine.start());
    assert.equal(world.engine.state.mode, 'HALTED', `seed ${seed}: it stays halted`);
    assert.equal(world.engine.state.flattening, null);
    const sent = world.sent.filter((request) => orderIn(request) !== null).length;
    await world.pass(5000);
    assert.equal(world.sent.filter((request) => orderIn(request) !== null).length, sent, `seed ${seed}: nothing goes on by itself`);
    world.intercept = () => undefined;
    const ended = await world.until(world.engine.flatten({ reason: 'again', instrument: '' }));
    assert.ok(ended.ok && ended.value.outcome === 'flat', `seed ${seed}: ${JSON.stringify(ended)}`);
    assert.deepEqual((world.ledger() as Ledger).positions, []);
    assert.ok(world.ledger().orders.every(({ state }) => state !== 'live' && state !== 'partially_filled'));
    // oxlint-enable no-await-in-loop
  }
});

test('an exchange that cannot be asked leaves it unknown whether the account is flat', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ instrument: 'BTC-USDT-SWAP' }));
  await world.pass(2500);
  world.intercept = (request) => (request.path.startsWith('/api/v5/account/positions') ? { kind: 'unknown', cause: 'lost' } : undefined);
  const ended = await world.until(world.engine.flatten({ reason: 'a test', instrument: '' }));
  assert.ok(ended.ok);
  assert.equal(ended.value.outcome, 'unknown');
  assert.deepEqual((world.ledger() as Ledger).positions, [], 'it was closed all the same');
});

test('a gateway that was held up for more than a second closes entries; a small delay does not', async () => {
  const world = await EngineWorld.running();
  await world.pass(5000);
  world.stall(900);
  await world.pass(5000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  world.stall(2500);
  await world.pass(100);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.match(world.engine.state.modeCause, /^the gateway was held up for [12]\.\d s/);
});

test('a host clock that is two seconds from the exchange’s closes entries until a person resumes; half a second does not', async () => {
  const world = await EngineWorld.running();
  world.jump(-600);
  await world.pass(5000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  world.jump(-2400);
  await world.pass(2000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.equal(world.engine.state.modeCause, "the host's clock is 3.0 s behind the exchange's");
  world.jump(3000);
  await world.pass(40_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.equal(await world.until(world.engine.operate({ verb: 'resume', reason: 'the time is right again' })), null);
  await world.pass(40_000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('a refusal that speaks of the instrument freezes it, and one that speaks of the account closes entries, proof or none', async () => {
  const world = await EngineWorld.running(busy);
  const refuse = (sCode: string) => {
    world.intercept = (request) => {
      const order = orderIn(request);
      if (order === null) return undefined;
      const data = [{ clOrdId: order.clOrdId, ordId: '', sCode, sMsg: '', tag: '', ts: '' }];
      return { kind: 'answered', status: 200, body: JSON.stringify({ code: '1', data, msg: '' }) };
    };
  };
  refuse('51030');
  await world.until(world.place({ instrument: 'BTC-USDT-SWAP' }, 'a'));
  assert.deepEqual([...world.engine.state.frozen.keys()], ['instrument:BTC-USDT-SWAP']);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  refuse('51037');
  void world.place({ instrument: 'BTC-USDT' }, 'a');
  await world.pass(200);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.deepEqual(
    [...world.engine.state.openOrders.values()].map(({ life }) => life.kind),
    ['unknown'],
    'nothing says that the order was not taken',
  );
  await world.pass(15_000);
  assert.equal(world.engine.state.openOrders.size, 0);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
});
