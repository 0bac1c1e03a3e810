import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import { decimal, formatDecimal } from '../core/money/decimal.ts';

const SWAP = 'BTC-USDT-SWAP' as InstrumentId;

async function setTo(world: EngineWorld, leverage: string, instrument: string = SWAP): Promise<readonly [string, string]> {
  const done = await world.until(world.engine.setLeverage({ instrument, leverage: decimal(leverage), reason: 'a test' }));
  if (!done.ok) return ['refused', done.error];
  return [done.value.outcome, done.value.leverage === null ? 'not known' : formatDecimal(done.value.leverage)];
}

function leverageSent(world: EngineWorld): readonly string[] {
  return world.sent.filter(({ path }) => path === '/api/v5/account/set-leverage').map(({ body }) => body);
}

function journaled(world: EngineWorld): readonly string[] {
  return world.disk.rows.flatMap(({ kind, body }) => (kind === 'alert' && body.includes('"LEVERAGE"') ? [body] : []));
}

test('the operator sets a leverage: it is journaled with the hash of its bytes before they leave, signed, answered and read back', async () => {
  const world = await EngineWorld.running();
  let writtenBefore: readonly string[] = [];
  world.intercept = ({ path }) => {
    if (path === '/api/v5/account/set-leverage') writtenBefore = journaled(world);
    return undefined;
  };
  assert.deepEqual(await setTo(world, '2'), ['accepted', '2']);
  assert.deepEqual(leverageSent(world), ['{"instId":"BTC-USDT-SWAP","lever":"2","mgnMode":"cross"}']);
  assert.equal(writtenBefore.length, 1);
  assert.match(writtenBefore[0] ?? '', /the operator asks for leverage 2 of BTC-USDT-SWAP \(a test\), request [0-9a-f]{64}/);
  await world.pass(100);
  assert.match(journaled(world)[1] ?? '', /leverage 2 of BTC-USDT-SWAP: accepted; it is 2/);
  assert.equal(formatDecimal(world.engine.market.leverage.get(SWAP) ?? decimal('0')), '2');
});

test('nothing leaves above max_leverage, below 1, for a spot pair, beside the policy, while HALT stands, or from a gateway that only reads', async () => {
  const world = await EngineWorld.running('[policy]\ninstruments = ["BTC-USDT", "BTC-USDT-SWAP"]\n');
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['3.01', SWAP, /3\.01 is above the 3 of max_leverage; 3 would pass/],
    ['0.5', SWAP, /at least 1/],
    ['2', 'BTC-USDT', /spot pair/],
    ['2', 'ETH-USDT-SWAP', /not among the instruments of the policy: BTC-USDT, BTC-USDT-SWAP/],
  ];
  for (const [leverage, instrument, why] of cases) {
    // oxlint-disable-next-line no-await-in-loop
    const [outcome, error] = await setTo(world, leverage, instrument);
    assert.equal(outcome, 'refused');
    assert.match(error, why);
  }
  world.haltFile = true;
  assert.match((await setTo(world, '2'))[1], /file HALT/);
  assert.deepEqual(leverageSent(world), []);
});

test('an answer that got lost is told as unknown, and what the exchange says the leverage is then, beside it', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request, reach) => {
    if (request.path !== '/api/v5/account/set-leverage') return undefined;
    reach();
    return { kind: 'unknown', cause: 'reset' };
  };
  assert.deepEqual(await setTo(world, '2'), ['unknown', '2'], 'it happened all the same');
  world.intercept = ({ path }) =>
    path === '/api/v5/account/set-leverage'
      ? { kind: 'answered', status: 200, body: '{"code":"59107","msg":"words","data":[]}' }
      : undefined;
  assert.deepEqual(await setTo(world, '1'), ['rejected', '2']);
  await world.pass(100);
  assert.match(journaled(world).at(-1) ?? '', /rejected \(code 59107 \(orders in cross margin wait; cancel them first\)\); it is 2/);
});

test('where the vault is gone nothing is sent, and that is told', async () => {
  const world = await EngineWorld.running();
  world.vaultIsDead = true;
  assert.equal((await setTo(world, '2'))[0], 'not_sent');
  assert.deepEqual(leverageSent(world), []);
});
