import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

// Elsewhere an order had no name of its own and was written down after it was sent: a time-out left an order that nobody knew, and the same signal
// placed another one half a minute later.

test('when the bytes of an order leave, its decision and its name are on the disk', async () => {
  const world = await EngineWorld.running();
  let looked = 0;
  world.intercept = (request) => {
    if (request.method !== 'POST') return undefined;
    looked += 1;
    const { clOrdId } = JSON.parse(request.body) as { readonly clOrdId: string };
    const written = world.disk.rows.filter(({ body }) => body.includes(`"${clOrdId}"`)).map(({ kind }) => kind);
    assert.deepEqual(written, ['submitting']);
    assert.ok(world.kinds().includes('decision'));
    return undefined;
  };
  await world.until(world.place({}));
  assert.equal(looked, 1);
});

test('after a time-out and a crash the order is known by its name, and the same signal places no second one', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request, reach) => {
    if (request.method !== 'POST') return undefined;
    reach();
    return { kind: 'unknown', cause: 'no answer' };
  };
  void world.place({ intent_id: 'signal' });
  await world.pass(100);
  world.crash();
  world.intercept = () => undefined;
  await world.open();
  await world.until(world.engine.start());
  await world.until(world.place({ intent_id: 'signal' }));
  const again = await world.until(world.place({ intent_id: 'the-same-signal-later' }));
  assert.ok(again.kind === 'recorded' && again.record.result.kind === 'denied');
  assert.equal(again.record.result.denial.code, 'DUPLICATE_SUSPECT');
  await world.pass(5000);
  assert.equal(world.ledger().orders.length, 1);
  assert.equal(world.engine.state.openOrders.size, 0);
  assert.equal(world.engine.state.positions.size, 1);
});
