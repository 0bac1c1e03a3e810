import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { State } from '../../src/core/account/state.ts';
import { decimal } from '../../src/core/money/decimal.ts';
import type { ClientOrderId, Order } from '../../src/core/order/order.ts';
import { EngineWorld } from '../support/engine-world.ts';

// A router once sent for 45 minutes what nobody had entered, because nothing compared the two where the bytes leave.

/** Somebody's hand in the memory of the gateway, after the decision and before the bytes. */
function tampered(state: State, change: Partial<Order>): void {
  const orders = state.openOrders as Map<ClientOrderId, Order>;
  for (const [id, order] of orders) orders.set(id, { ...order, ...change });
}

for (const change of [
  { size: decimal('0.5') },
  { price: decimal('1') },
  { side: 'sell' },
  { life: { kind: 'working' } },
] satisfies Partial<Order>[]) {
  test(`an order that is not what was written down does not leave, and the account halts: ${Object.keys(change).join()}`, async () => {
    const world = new EngineWorld();
    await world.open({
      exchange: {
        send: (request, mayStillLeave) => {
          if (request.method === 'POST') tampered(world.engine.state, change);
          return Promise.resolve(mayStillLeave() ? world.reach(request) : { kind: 'not_sent', cause: 'it may not leave any more' });
        },
      },
    });
    await world.until(world.engine.start());
    void world.place({});
    await world.pass(1500);
    assert.equal(world.ledger().orders.length, 0);
    assert.equal(world.engine.state.mode, 'HALTED');
    assert.match(world.engine.state.modeCause, /is not what was decided; it was not sent/);
  });
}
