import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, nothingSaid, report } from '../../../test/support/gateway-bench.ts';
import { NOW, swap } from '../../../test/support/policy-samples.ts';
import { apply } from '../account/apply.ts';
import { emptyState, type State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { formatDecimal } from '../money/decimal.ts';
import { sources } from '../order/absence.ts';
import { leaves, type Order } from '../order/order.ts';
import type { Search } from './events.ts';

const MINUTE = 60_000;

function losing(): { readonly bench: GatewayBench; readonly order: Order } {
  const bench = GatewayBench.running();
  return { bench, order: bench.lose(bench.place(swap, 'buy', '1')) };
}

function kindsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ kind }) => kind);
}

/** Looks twice, a second apart, as late as it takes. */
function lookTwice(bench: GatewayBench, order: Order, said: Partial<Search> = {}): void {
  bench.now = Math.max(bench.now + 1000, order.expiresAt + 4000);
  bench.search(order, said);
  bench.now += 1000;
  bench.search(order, said);
}

/** What each source says when it does not say that it knows nothing. */
const otherwise: Readonly<Record<(typeof sources)[number], readonly Partial<Search>[]>> = {
  order: [{ order: { kind: 'failed', cause: 'no answer' } }],
  pending: [{ pending: 'failed' }, { pending: 'listed' }],
  history: [{ history: 'failed' }, { history: 'listed' }],
  fills: [{ fills: null }],
  holding: [{ holding: 'failed' }, { holding: 'changed' }],
};

for (const source of sources)
  test(`without the word of one source, ${source}, an order stays unknown and counts whole, however often it is looked for`, () => {
    for (const said of otherwise[source]) {
      const { bench, order } = losing();
      for (let tries = 0; tries < 5; tries += 1) lookTwice(bench, order, said);
      assert.equal(bench.current(order).life.kind, 'unknown');
      assert.equal(formatDecimal(leaves(bench.current(order))), '1');
      assert.deepEqual(bench.effectKinds(), ['search']);
      assert.equal(bench.place(swap, 'buy', '2'), undefined);
      assert.equal(bench.lastDecision(), 'INSTRUMENT_FROZEN');
      lookTwice(bench, order);
      assert.equal(bench.state.openOrders.size, 0, JSON.stringify(said));
    }
  });

/** What a journal comes to where one of its entries is another. */
function stateOf(entries: readonly Entry[], changed: (entry: Entry, index: number) => Entry): State {
  return entries.reduce(
    (state, entry, index) => apply(state, { seq: index + 1, at: timeOf(entry), entry: changed(entry, index) }),
    emptyState('okx:sim:1001'),
  );
}

function timeOf(entry: Entry): number {
  return entry.kind === 'not_found' && entry.asked_at !== undefined ? entry.asked_at : NOW;
}

test('an end by absence stands in the journal on two looks with the answer of every source; without one of them the order is unknown', () => {
  const { bench, order } = losing();
  lookTwice(bench, order);
  const looks = bench.entries.flatMap((entry, index) => (entry.kind === 'not_found' ? [{ entry, index }] : []));
  assert.equal(looks.length, 2);
  const as = (changed: (entry: Entry, index: number) => Entry) => stateOf(bench.entries, changed);
  assert.equal(as((entry) => entry).openOrders.size, 0);
  for (const { entry: look, index } of looks) {
    assert.deepEqual(Object.keys(look.sources ?? {}).toSorted(), sources.toSorted());
    for (const source of sources)
      for (const without of [
        { ...look.sources, [source]: '' },
        Object.fromEntries(Object.entries(look.sources ?? {}).filter(([name]) => name !== source)),
      ]) {
        const state = as((entry, at) => (at === index ? { ...look, sources: without } : entry));
        const left = state.openOrders.get(order.clientOrderId);
        assert.equal(left?.life.kind, 'unknown', `${source} of look ${look.asked_at}`);
        assert.equal(state.activity.today.entries, 1, 'nothing is given back');
        assert.deepEqual(state.traceless, []);
      }
    assert.equal(as((entry, at) => (at === index ? { ...look, asked_at: 0 } : entry)).openOrders.size, 1, 'too early');
  }
});

test('a change between two looks is written down and makes both of those after it necessary', () => {
  const { bench, order } = losing();
  bench.now = order.expiresAt + 4000;
  assert.deepEqual(kindsOf(bench.search(order)), ['not_found']);
  bench.now += 1000;
  const [broken] = bench.search(order, { holding: 'changed' });
  assert.ok(broken?.kind === 'not_found');
  assert.deepEqual(Object.keys(broken.sources ?? {}), ['order', 'pending', 'history', 'fills']);
  assert.deepEqual(bench.search(order, { holding: 'changed' }), [], 'once is enough');
  bench.now += 1000;
  assert.deepEqual(kindsOf(bench.search(order)), ['not_found']);
  bench.now += 1000;
  assert.deepEqual(kindsOf(bench.search(order)), ['not_found', 'absent']);
});

test('it is looked for after 0.25, 0.5, 1, 2, 4 and 8 seconds, and then every 8', () => {
  const bench = GatewayBench.running();
  const order = bench.lose(bench.place(swap, 'buy', '1'));
  const begun = bench.now;
  const moments: number[] = [];
  for (let looks = 0; looks < 9; looks += 1) {
    const [effect] = bench.effects;
    assert.ok(effect?.kind === 'search');
    bench.now += effect.afterMilliseconds;
    moments.push(bench.now - begun);
    bench.search(order, nothingSaid);
  }
  assert.deepEqual(moments, [250, 500, 1000, 2000, 4000, 8000, 16_000, 24_000, 32_000]);
});

test('after the first silence it is looked for again a second later, and sooner than that once more', () => {
  const { bench, order } = losing();
  bench.now = order.expiresAt + 4000;
  bench.search(order);
  const soon = [{ kind: 'search', clientOrderId: order.clientOrderId, afterMilliseconds: 1000 }];
  assert.deepEqual(bench.effects, soon);
  bench.now += 999;
  assert.deepEqual(bench.search(order), []);
  assert.deepEqual(bench.effects, soon);
});

test('ninety minutes after it was sent silence ends nothing, and what is found still counts', () => {
  for (const [state, filled] of [
    ['filled', '1'],
    ['cancelled', '0'],
  ] as const) {
    const { bench, order } = losing();
    bench.now = order.expiresAt + 4000;
    bench.search(order);
    bench.now = order.submittedAt + 90 * MINUTE;
    for (let tries = 0; tries < 3; tries += 1) {
      assert.deepEqual(bench.search(order), []);
      assert.deepEqual(bench.effects, [{ kind: 'search', clientOrderId: order.clientOrderId, afterMilliseconds: 8000 }]);
      bench.now += 8000;
    }
    assert.equal(bench.current(order).life.kind, 'unknown');
    bench.search(order, { order: { kind: 'order', order: report(order, state, filled) }, fills: filled === '0' ? [] : [fill(order, '1')] });
    assert.equal(bench.state.openOrders.size, 0);
    assert.equal(bench.position(swap), filled);
  }
});

test('an entry that is found live is kept while its agent waits for it, and cancelled when that was long ago; an exit never is', () => {
  for (const [later, cancel] of [
    [5000, 'none'],
    [5001, 'requested'],
  ] as const) {
    const { bench, order } = losing();
    bench.now = order.submittedAt + later;
    bench.search(order, { order: { kind: 'order', order: report(order, 'live', '0') } });
    assert.equal(bench.current(order).cancel, cancel);
    assert.equal(bench.current(order).life.kind, 'working');
    assert.equal(formatDecimal(leaves(bench.current(order))), '1', 'it counts on until it has ended');
    assert.equal(bench.effectKinds().includes('cancel'), later > 5000);
  }
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  const close = bench.lose(bench.close(swap));
  bench.now += MINUTE;
  bench.search(close, { order: { kind: 'order', order: report(close, 'live', '0') } });
  assert.equal(bench.current(close).cancel, 'none');
});

test('an entry that is found by a fill of a part of it long afterwards is booked, and the rest cancelled', () => {
  const { bench, order } = losing();
  bench.now += MINUTE;
  bench.search(order, { fills: [fill(order, '0.4')] });
  assert.equal(bench.position(swap), '0.4');
  assert.equal(bench.current(order).cancel, 'requested');
  assert.ok(bench.effectKinds().includes('cancel'));
});
