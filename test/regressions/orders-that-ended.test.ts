import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editing, EngineWorld } from '../support/engine-world.ts';

const path = '/api/v5/trade/orders-history';

/** Since when orders that ended were asked for, each time. */
function watched(world: EngineWorld): number[] {
  const begins: number[] = [];
  world.intercept = (request) => {
    const begin = request.path.startsWith(path) ? new URLSearchParams(request.path.split('?')[1]).get('begin') : null;
    if (begin !== null) begins.push(Number(begin));
    return undefined;
  };
  return begins;
}

test('a full comparison does not read again what the routine has seen: after a busy hour that would be more than one list is read for', async () => {
  const world = await EngineWorld.running();
  await world.pass(300_000);
  const begins = watched(world);
  assert.equal(await world.until(world.engine.compareNow()), null);
  assert.ok(begins.length > 0);
  for (const begin of begins) assert.ok(world.exchangeNow - begin < 90_000, `${world.exchangeNow - begin} ms`);
});

test('where the routine could not read what ended a full comparison reads it from where it was last seen', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.path.startsWith(path) ? { kind: 'unknown', cause: 'no answer' } : undefined);
  await world.pass(300_000);
  const begins = watched(world);
  assert.equal(await world.until(world.engine.compareNow()), null);
  assert.ok(begins.length > 0);
  for (const begin of begins) assert.ok(world.exchangeNow - begin >= 300_000, `${world.exchangeNow - begin} ms`);
});

test('what another journal did on the account before this one began is no second writer, and what it does afterwards is', async () => {
  const world = new EngineWorld();
  const endedAt = world.exchangeNow - 30_000;
  let isThere = true;
  const before = { clOrdId: 'tzzzzzz000100000001', uTime: String(endedAt) };
  const rowOf = (given: Record<string, string>): Record<string, string> => ({
    ordId: '99',
    algoClOrdId: '',
    instId: 'BTC-USDT',
    instType: 'SPOT',
    ordType: 'limit',
    tgtCcy: '',
    side: 'buy',
    posSide: 'net',
    sz: '0.001',
    px: '50000',
    accFillSz: '0',
    avgPx: '',
    state: 'canceled',
    reduceOnly: 'false',
    tag: 'tzzzzzz',
    category: 'normal',
    ...given,
  });
  const rows = [rowOf(before)];
  // The exchange gives what ended since the time that it is asked for.
  world.intercept = (request, reach) => {
    if (!request.path.startsWith(path) || !isThere || !request.path.includes('SPOT')) return undefined;
    const begin = Number(new URLSearchParams(request.path.split('?')[1]).get('begin'));
    return editing(path, () => rows.filter((row) => Number(row['uTime']) >= begin))(request, reach);
  };
  await world.open();
  await world.until(world.engine.start());
  await world.pass(20_000);
  assert.equal(world.engine.state.mode, 'ACTIVE', world.engine.state.modeCause);
  rows.push(rowOf({ ...before, ordId: '100', clOrdId: 'tzzzzzz000100000002', uTime: String(world.exchangeNow) }));
  await world.pass(20_000);
  isThere = false;
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.match(world.engine.state.modeCause, /exchange order 100 of another twokey/);
});
