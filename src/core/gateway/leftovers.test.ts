import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../../../test/support/gateway-bench.ts';
import { d, swap } from '../../../test/support/policy-samples.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';

function says(bench: GatewayBench, size: string): void {
  const observation = { instrument: swap.id, exchange: d(size), evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now };
  bench.take({ kind: 'observed', observation });
}

/** A close of what is held of which the exchange executed a part, proven. */
function partly(bench: GatewayBench, order: Order, executed: string, left: string): void {
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
  bench.take(lookedUp(order, 'cancelled', executed, executed === '0' ? [] : [fill(order, executed)]));
  says(bench, left);
}

function held(quantity = '2'): GatewayBench {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', quantity));
  says(bench, quantity);
  return bench;
}

function close(bench: GatewayBench, changes: Parameters<GatewayBench['close']>[1] = {}): Order {
  const order = bench.close(swap, changes);
  assert.ok(order !== undefined, bench.lastDecision());
  return order;
}

/** Lets time pass, and returns the close that follows, if one does. */
function later(bench: GatewayBench, milliseconds: number): Order | undefined {
  bench.now += milliseconds;
  const before = new Set(bench.state.openOrders.keys());
  bench.take({ kind: 'tick' });
  return [...bench.state.openOrders.values()].find(({ clientOrderId }) => !before.has(clientOrderId));
}

test('what a close left is closed a second after it was proven, and no more than was left', () => {
  const bench = held();
  partly(bench, close(bench), '0.8', '1.2');
  assert.equal(later(bench, 999), undefined);
  const next = later(bench, 1);
  assert.ok(next !== undefined);
  assert.equal(formatDecimal(next.size), '1.2');
  assert.equal(next.reduceOnly, true);
  assert.equal(next.principal, 'alpha');
  assert.match(next.intentId, /^leftover-1-\d+$/);
  assert.equal(bench.state.leftovers.size, 0);
  partly(bench, next, '1.2', '0');
  assert.equal(later(bench, 60_000), undefined);
});

test('of a close of a part only the rest of that part follows', () => {
  const bench = held();
  partly(bench, close(bench, { quantity: d('1') }), '0.4', '1.6');
  const next = later(bench, 1000);
  assert.equal(next === undefined ? '' : formatDecimal(next.size), '0.6');
});

test('nothing follows before the exchange has confirmed what the close did', () => {
  const bench = held();
  const order = close(bench);
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
  bench.take(lookedUp(order, 'cancelled', '0.8', [fill(order, '0.8')]));
  assert.equal(later(bench, 10_000), undefined);
  says(bench, '1.2');
  assert.ok(later(bench, 1000) !== undefined);
});

test('a close that executed nothing is followed too, four times, later and later, and then it is told', () => {
  const bench = held();
  let order = close(bench);
  for (const wait of [1000, 2000, 4000, 8000]) {
    partly(bench, order, '0', '2');
    assert.equal(later(bench, wait - 1), undefined);
    const next = later(bench, 1);
    assert.ok(next !== undefined, `after ${wait}`);
    order = next;
  }
  partly(bench, order, '0', '2');
  assert.equal(later(bench, 60_000), undefined);
  const told = bench.state.alerts.filter(({ code }) => code === 'CLOSE_LEFTOVER');
  assert.deepEqual(
    told.map(({ message }) => message),
    [`2 of ${swap.id} that alpha asked to close is still held after order ${order.clientOrderId}`],
  );
  assert.equal(bench.state.leftovers.size, 0);
});

test('dust, a close that was taken back and an order that is no close leave nothing to follow', () => {
  const dust = held();
  partly(dust, close(dust), '1.995', '0.005');
  assert.equal(dust.state.leftovers.size, 0);
  const back = held();
  const order = close(back);
  back.cancelAll();
  partly(back, order, '0.5', '1.5');
  assert.equal(back.state.leftovers.size, 0);
  const plain = held();
  const reducing = plain.place(swap, 'sell', '2', { reduceOnly: true });
  assert.ok(reducing !== undefined, plain.lastDecision());
  partly(plain, reducing, '0.5', '1.5');
  assert.equal(plain.state.leftovers.size, 0);
});

test('another close of the same position takes the place of what would follow', () => {
  const bench = held();
  partly(bench, close(bench), '0.8', '1.2');
  close(bench, { quantity: d('0.2') });
  assert.equal(bench.state.leftovers.size, 0);
  assert.equal(later(bench, 10_000), undefined);
});

test('one that follows and is refused by the exchange is told at once', () => {
  const bench = held();
  partly(bench, close(bench), '0.8', '1.2');
  const next = later(bench, 1000);
  assert.ok(next !== undefined);
  bench.take({ kind: 'place_answered', clientOrderId: next.clientOrderId, outcome: { kind: 'rejected', code: '51008' } });
  assert.ok(bench.state.alerts.some(({ code }) => code === 'CLOSE_LEFTOVER'));
});

test('one that may not be sent now, or never left, is tried again, and counts as one of the four', () => {
  const bench = held();
  partly(bench, close(bench), '0.8', '1.2');
  bench.changes = { quotes: new Map() };
  assert.equal(later(bench, 1000), undefined);
  assert.match(bench.lastDecision(), /STALE_DATA/);
  assert.equal(bench.state.leftovers.size, 1);
  bench.changes = {};
  assert.equal(later(bench, 1999), undefined);
  const next = later(bench, 1);
  assert.ok(next !== undefined, bench.lastDecision());
  assert.match(next.intentId, /^leftover-2-/);
  bench.take({ kind: 'place_answered', clientOrderId: next.clientOrderId, outcome: { kind: 'not_sent', cause: 'too late' } });
  assert.equal(later(bench, 3999), undefined);
  const third = later(bench, 1);
  assert.equal(third === undefined ? '' : formatDecimal(third.size), '1.2');
  bench.take({
    kind: 'place_answered',
    clientOrderId: third?.clientOrderId ?? next.clientOrderId,
    outcome: { kind: 'not_sent', cause: 'too late' },
  });
  assert.ok(!bench.state.alerts.some(({ code }) => code === 'CLOSE_LEFTOVER'));
  bench.changes = { quotes: new Map() };
  assert.equal(later(bench, 8000), undefined);
  assert.equal(later(bench, 16_000), undefined);
  assert.ok(bench.state.alerts.some(({ code }) => code === 'CLOSE_LEFTOVER'));
  assert.equal(bench.state.leftovers.size, 0);
});

test('in REDUCE_ONLY what is left is closed, in a halt it is told', () => {
  const reducing = held();
  partly(reducing, close(reducing), '0.8', '1.2');
  reducing.operate('reduce_only');
  assert.ok(later(reducing, 1000) !== undefined);
  const halted = held();
  partly(halted, close(halted), '0.8', '1.2');
  halted.operate('halt');
  assert.equal(later(halted, 1000), undefined);
  assert.ok(halted.state.alerts.some(({ code }) => code === 'CLOSE_LEFTOVER'));
});
