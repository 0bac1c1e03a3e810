import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPIRY_MILLISECONDS } from '../../src/core/gateway/wishes.ts';
import { EngineWorld } from '../support/engine-world.ts';

// Elsewhere no placement said until when it is meant or what should become of a self-match: one that was delayed on the way was accepted at any later time.

test('every placement that leaves says until when it is meant and whose order dies in a self-match', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({}));
  await world.pass(2000);
  await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  const placed = world.sent.filter(({ path }) => path === '/api/v5/trade/order');
  assert.equal(placed.length, 2);
  const modes = placed.map(({ headers, body }) => {
    const expires = Number(headers['expTime']);
    assert.ok(expires > world.exchangeNow - 10_000 && expires <= world.exchangeNow + EXPIRY_MILLISECONDS, `expTime ${expires}`);
    return (JSON.parse(body) as { readonly stpMode: string }).stpMode;
  });
  assert.deepEqual(modes, ['cancel_taker', 'cancel_maker'], 'an entry dies, an exit never does');
});

test('an order that was held up on the way for longer is discarded by the exchange and proven absent, not sent again', async () => {
  const world = await EngineWorld.running();
  let held: (() => unknown) | undefined;
  world.intercept = (request, reach) => {
    if (request.method !== 'POST') return undefined;
    held = reach;
    return { kind: 'unknown', cause: 'no answer yet' };
  };
  await world.until(world.place({}));
  world.intercept = () => undefined;
  await world.pass(EXPIRY_MILLISECONDS + 100);
  held?.();
  await world.pass(20_000);
  assert.deepEqual(world.ledger().orders, []);
  assert.equal(world.engine.state.openOrders.size, 0);
  assert.equal(world.sent.length, 1);
});

test('an entry that rests is cancelled by the exchange itself when its sender dies', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ type: 'limit', price: '59000' }));
  await world.pass(5000);
  world.engine.close();
  await world.pass(30_000);
  assert.deepEqual(
    world.ledger().orders.map(({ state }) => state),
    ['canceled'],
  );
});
