import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp, report } from '../../../test/support/gateway-bench.ts';
import { d, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Order } from '../order/order.ts';
import type { ProtectionReport } from '../order/report.ts';

// A stop order that is reached sends an order at market, and the exchange may end that one before all of it has executed.

const CLOSE_MILLISECONDS = 5000;

/** Ten contracts long with a stop for all of them, which has been reached. */
function reached(closing = false): { readonly bench: GatewayBench; readonly stop: Order; readonly close: Order | undefined } {
  const bench = GatewayBench.running();
  bench.place(swap, 'buy', '10', { stopLoss: d('58000') });
  const open = [...bench.state.openOrders.values()];
  bench.filled(open.find((order) => order.stop === null));
  const stop = open.find((order) => order.stop !== null);
  assert.ok(stop !== undefined, bench.lastDecision());
  const close = closing ? bench.close(swap) : undefined;
  seen(bench, stop, 'live');
  seen(bench, stop, 'effective');
  assert.equal(bench.current(stop).life.kind, 'working');
  return { bench, stop, close };
}

function seen(bench: GatewayBench, stop: Order, state: ProtectionReport['state']): void {
  seenAt(bench, stop, { state, stopLoss: '58000' });
}

type Look = { readonly state: ProtectionReport['state']; readonly stopLoss: string };

function seenAt(bench: GatewayBench, stop: Order, { state, stopLoss }: Look): void {
  const { clientOrderId, instrument, side, size } = stop;
  const protection: ProtectionReport = {
    clientOrderId,
    exchangeOrderId: `88${clientOrderId.slice(-1)}`,
    instrument,
    leg: 'net',
    side,
    size,
    takeProfit: null,
    stopLoss: d(stopLoss),
    reduceOnly: true,
    state,
    childOrderIds: state === 'effective' ? ['99'] : [],
    updatedAt: bench.now,
  };
  const look = { order: null, fills: null, askedAt: bench.now, evidence: 'e' };
  bench.take({ kind: 'protection_seen', clientOrderId, protection: { kind: 'protection', protection }, ...look });
}

function ends(bench: GatewayBench, stop: Order, executed: string, endedAt: number): void {
  const fills = executed === '0' ? [] : [fill(bench.current(stop), executed, 'part')];
  const said = { ...report(stop, 'cancelled', executed), exchangeOrderId: '99', updatedAt: endedAt };
  bench.take({ kind: 'inspected', clientOrderId: stop.clientOrderId, order: { kind: 'order', order: said }, fills });
}

for (const [executed, left] of [
  ['0', '10'],
  ['4', '6'],
] as const)
  test(`what a stop leaves open, ${left} of 10, ends new risk and is told`, () => {
    const { bench, stop } = reached();
    const endedAt = bench.now;
    ends(bench, stop, executed, endedAt);
    assert.equal(bench.position(swap), left, 'what executed is booked at once');
    assert.equal(bench.state.mode, 'ACTIVE', 'a close may not be booked yet');
    bench.now += CLOSE_MILLISECONDS;
    ends(bench, stop, executed, endedAt);
    assert.equal(bench.current(stop).life.kind, 'done');
    assert.equal(bench.state.mode, 'REDUCE_ONLY');
    assert.match(bench.state.modeCause, /has no stop any more.*executed/);
  });

test('a stop that found its position closed by something else is no alarm', () => {
  const { bench, stop, close } = reached(true);
  assert.ok(close !== undefined, bench.lastDecision());
  const endedAt = bench.now;
  ends(bench, stop, '4', endedAt);
  bench.take(lookedUp(close, 'cancelled', '6', [fill(close, '6', 'rest')]));
  bench.now += CLOSE_MILLISECONDS;
  ends(bench, stop, '4', endedAt);
  assert.equal(bench.position(swap), '0');
  assert.equal(bench.current(stop).life.kind, 'done');
  assert.equal(bench.state.mode, 'ACTIVE', bench.state.modeCause);
});

test('a stop that executed whole ends, and is told by its fills alone', () => {
  const { bench, stop } = reached();
  bench.take(lookedUp(bench.current(stop), 'filled', '10', [fill(bench.current(stop), '10', 'whole')]));
  assert.equal(bench.position(swap), '0');
  assert.equal(bench.current(stop).life.kind, 'done');
  assert.equal(bench.state.mode, 'ACTIVE', bench.state.modeCause);
});

// Found by simulation, seed 17270.
test('a stop that was refused when it was reached, while a larger one waits, counts for nothing from then on, and the larger one stays', () => {
  const bench = GatewayBench.running();
  const bought: Order[] = [];
  for (const stopLoss of ['58000', '59000']) {
    bench.now += 40_000;
    bench.place(spot, 'buy', '0.01', { stopLoss: d(stopLoss) });
    const open = [...bench.state.openOrders.values()];
    bench.filled(open.find(({ stop, purpose }) => stop === null && purpose === 'entry'));
    const stop = open.find((order) => order.stop !== null && !bought.some(({ clientOrderId }) => clientOrderId === order.clientOrderId));
    assert.ok(stop !== undefined, bench.lastDecision());
    bought.push(stop);
    seenAt(bench, stop, { state: 'live', stopLoss });
  }
  const [far, near] = bought;
  assert.ok(far !== undefined && near !== undefined);
  bench.filled(bench.close(spot, { quantity: d('0.01') }));
  // A close that rests may be what the coins are held for: that is waited for before anybody is alarmed.
  bench.accept(bench.place(spot, 'sell', '0.001', { type: 'limit', price: d('61000') }));
  seenAt(bench, near, { state: 'failed', stopLoss: '59000' });
  assert.equal(bench.current(near).life.kind, 'done');
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.now += 5000;
  bench.take({ kind: 'tick' });
  assert.equal(bench.current(far).cancel, 'none');
});
