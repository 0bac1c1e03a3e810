import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp, nothingSaid } from '../../../test/support/gateway-bench.ts';
import { d, swap } from '../../../test/support/policy-samples.ts';
import { formatDecimal } from '../money/decimal.ts';
import { leaves, type Order } from '../order/order.ts';
import { mayNotResolve } from './unresolved.ts';

const MINUTE = 60_000;

function losing(): { readonly bench: GatewayBench; readonly order: Order } {
  const bench = GatewayBench.running();
  return { bench, order: bench.lose(bench.place(swap, 'buy', '1')) };
}

function tickAt(bench: GatewayBench, at: number): void {
  bench.now = at;
  bench.take({ kind: 'tick' });
}

function codes(bench: GatewayBench): readonly string[] {
  return bench.entries.flatMap((entry) => (entry.kind === 'alert' && entry.severity === 'red' ? [entry.code] : []));
}

test('an unknown outcome closes entries after a minute, halts after ten, and after ninety a person is asked, each told once', () => {
  const { bench, order } = losing();
  const begun = bench.now;
  tickAt(bench, begun + MINUTE);
  assert.equal(bench.state.mode, 'ACTIVE');
  tickAt(bench, begun + MINUTE + 1);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  tickAt(bench, begun + 10 * MINUTE);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  tickAt(bench, begun + 10 * MINUTE + 1);
  assert.equal(bench.state.mode, 'HALTED');
  for (let minutes = 11; minutes < 90; minutes += 1) tickAt(bench, begun + minutes * MINUTE);
  assert.deepEqual(codes(bench), ['REDUCE_ONLY', 'HALTED', 'OUTCOME_UNKNOWN']);
  for (let minutes = 90; minutes < 200; minutes += 1) tickAt(bench, begun + minutes * MINUTE);
  assert.deepEqual(codes(bench), ['REDUCE_ONLY', 'HALTED', 'OUTCOME_UNKNOWN', 'OUTCOME_UNRESOLVED']);
  const asked = bench.entries.findLast((entry) => entry.kind === 'alert');
  assert.match(asked?.kind === 'alert' ? (asked.action ?? '') : '', new RegExp(`twokey resolve ${order.clientOrderId} --reason`));
  assert.equal(formatDecimal(leaves(bench.current(order))), '1', 'it counts whole to the end');
});

test('a page about an unknown outcome goes out also where the account was halted before', () => {
  const { bench } = losing();
  bench.operate('halt');
  const begun = bench.now;
  tickAt(bench, begun + 10 * MINUTE + 1);
  assert.deepEqual(codes(bench).slice(1), ['OUTCOME_UNKNOWN']);
});

test('what was told of an unknown outcome is over when it is known', () => {
  const { bench, order } = losing();
  tickAt(bench, bench.now + 10 * MINUTE + 1);
  bench.take(lookedUp(order, 'filled', '1', [fill(order, '1')]));
  tickAt(bench, bench.now + 1000);
  assert.ok(bench.entries.some((entry) => entry.kind === 'alert_ended' && entry.key === `OUTCOME_UNKNOWN ${order.clientOrderId}`));
});

test('a start hours later looks for a minute before it asks a person', () => {
  const bench = GatewayBench.running();
  const order = bench.place(swap, 'buy', '1');
  assert.ok(order);
  bench.now += 180 * MINUTE;
  bench.take({ kind: 'started', journal: 'abcdef', environment: 'sim', version: '0', policyHash: 'policy', readOnly: false });
  tickAt(bench, bench.now + MINUTE);
  assert.ok(!codes(bench).includes('OUTCOME_UNRESOLVED'));
  tickAt(bench, bench.now + 1);
  assert.ok(codes(bench).includes('OUTCOME_UNRESOLVED'));
});

test('an order of which nobody said anything ten seconds after it expired is of unknown outcome, and looked for', () => {
  const bench = GatewayBench.running();
  const order = bench.place(swap, 'buy', '1');
  assert.ok(order);
  tickAt(bench, order.expiresAt + 10_000);
  assert.equal(bench.current(order).life.kind, 'submitting');
  tickAt(bench, order.expiresAt + 10_001);
  assert.equal(bench.current(order).life.kind, 'unknown');
  assert.ok(bench.effects.some((effect) => effect.kind === 'search' && effect.clientOrderId === order.clientOrderId));
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'not_sent', cause: 'it had expired' } });
  assert.equal(bench.state.openOrders.size, 0, 'a late answer is heard all the same');
});

test('a person ends an order only where look-ups cannot, says why, and gives no count of the day back', () => {
  const { bench, order } = losing();
  const { clientOrderId } = order;
  const asked = { clientOrderId, reason: 'not on the page of the exchange' };
  const resolve = () => bench.take({ kind: 'resolve_asked', ...asked });
  bench.now = order.submittedAt + 90 * MINUTE - 1;
  assert.match(mayNotResolve(bench.state, asked, bench.now) ?? '', /still being looked up/);
  assert.deepEqual(resolve(), []);
  bench.now += 1;
  assert.match(mayNotResolve(bench.state, { ...asked, reason: ' ' }, bench.now) ?? '', /--reason/);
  assert.match(mayNotResolve(bench.state, { ...asked, clientOrderId: 'tother' }, bench.now) ?? '', /no order tother/);
  assert.equal(mayNotResolve(bench.state, asked, bench.now), null);
  assert.deepEqual(resolve(), [{ kind: 'absent', client_order_id: clientOrderId, evidence: '', by: 'operator', reason: asked.reason }]);
  assert.equal(bench.state.openOrders.size, 0);
  assert.equal(bench.state.activity.today.entries, 1);
  assert.match(mayNotResolve(bench.state, asked, bench.now) ?? '', /is not unknown: it is done/);
  bench.take(lookedUp(order, 'filled', '1', [fill(order, '1')]));
  assert.equal(bench.position(swap), '1', 'a word that was wrong hides no fill');
  assert.ok(codes(bench).includes('CONTRADICTION'));
});

test('an order that was proven absent and is seen live is open again, counted again, cancelled, told, and ends new risk', () => {
  const { bench, order } = losing();
  for (const later of [0, 1000]) {
    bench.now = order.expiresAt + 4000 + later;
    bench.search(order);
  }
  assert.equal(bench.state.openOrders.size, 0);
  assert.equal(bench.state.activity.today.entries, 0);
  bench.take(lookedUp(order, 'live', '0'));
  assert.equal(formatDecimal(leaves(bench.current(order))), '1');
  assert.equal(bench.state.activity.today.entries, 1);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.current(order).cancel, 'requested');
  assert.ok(codes(bench).includes('CONTRADICTION'));
  bench.take(lookedUp(order, 'cancelled', '0.3', [fill(order, '0.3')]));
  assert.equal(bench.position(swap), '0.3');
  assert.equal(bench.state.activity.today.entries, 1, 'once');
});

test('an acknowledgement of an order that was proven absent does the same', () => {
  for (const purpose of ['entry', 'exit'] as const) {
    const bench = GatewayBench.running();
    if (purpose === 'exit') bench.filled(bench.place(swap, 'buy', '1'));
    const order = bench.lose(purpose === 'entry' ? bench.place(swap, 'buy', '1', { price: d('60100') }) : bench.close(swap));
    for (const later of [0, 1000]) {
      bench.now = order.expiresAt + 4000 + later;
      bench.search(order);
    }
    assert.equal(bench.state.openOrders.size, 0);
    const answer = { kind: 'accepted', exchangeOrderId: '78' } as const;
    bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: answer });
    assert.equal(bench.state.mode, 'REDUCE_ONLY');
    assert.equal(bench.current(order).life.kind, 'working');
    assert.equal(bench.current(order).cancel, purpose === 'entry' ? 'requested' : 'none');
    assert.ok(codes(bench).includes('CONTRADICTION'));
    assert.equal(bench.state.activity.today.entries, 1);
  }
});

test('failed look-ups resolve nothing in ten minutes, and every one asks for the next', () => {
  const { bench, order } = losing();
  for (let looks = 0; looks < 75; looks += 1) {
    bench.now += 8000;
    bench.search(order, nothingSaid);
    assert.deepEqual(bench.effectKinds(), ['search']);
  }
  assert.equal(bench.current(order).life.kind, 'unknown');
});
