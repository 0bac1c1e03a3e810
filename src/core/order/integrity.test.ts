import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { alpha, d, ether, spot, swap } from '../../../test/support/policy-samples.ts';
import { intentKey, type IntentRecord, type State } from '../account/state.ts';
import { get, set } from '../lang/table.ts';
import { isAsDecided } from './integrity.ts';
import { add } from '../money/decimal.ts';
import type { ClientOrderId, Order, OrderTerms } from './order.ts';
import type { Write } from './request.ts';

type Placement = Extract<Write, { kind: 'place' }>;

function sentBy(bench: GatewayBench): readonly Placement[] {
  return bench.effects.flatMap((effect) => (effect.kind === 'submit' && effect.request.kind === 'place' ? [effect.request] : []));
}

/** A list of three, of which nothing has left yet. */
function listed(): { readonly state: State; readonly requests: readonly Placement[] } {
  const bench = GatewayBench.running();
  bench.rebalance(
    [
      [spot, '0.1'],
      [ether, '0.1'],
      [swap, '0.1'],
    ],
    '10000',
    { intentId: 'list' as IntentRecord['intentId'] },
  );
  return { state: bench.state, requests: sentBy(bench) };
}

function withRecord(state: State, change: (result: Extract<IntentRecord['result'], { kind: 'orders' }>) => IntentRecord['result']): State {
  const key = intentKey(alpha, 'list');
  const record = get(state.intents, key);
  assert.ok(record?.result.kind === 'orders');
  return { ...state, intents: set(state.intents, key, { ...record, result: change(record.result) }) };
}

function withOrder(state: State, id: string, change: Partial<Order>): State {
  const order = state.openOrders.get(id as ClientOrderId);
  assert.ok(order !== undefined);
  return { ...state, openOrders: new Map(state.openOrders).set(order.clientOrderId, { ...order, ...change }) };
}

test('an order leaves as it was decided, alone or one of a list', () => {
  const bench = GatewayBench.running();
  bench.place(spot, 'buy', '0.01');
  const [request] = sentBy(bench);
  assert.ok(request !== undefined);
  assert.equal(isAsDecided(bench.state, request), true);
  const { state, requests } = listed();
  assert.deepEqual(
    requests.map((each) => isAsDecided(state, each)),
    [true, true, true],
  );
});

test('with any other term, another expiry or another name it does not leave', () => {
  const { state, requests } = listed();
  const [request] = requests;
  assert.ok(request !== undefined);
  const others: readonly Partial<OrderTerms>[] = [
    { instrument: ether.id },
    { product: 'linear' },
    { side: 'sell' },
    { leg: 'long' },
    { type: 'limit' },
    { size: d('0.02') },
    { price: d('60001') },
    { reduceOnly: true },
    { purpose: 'exit' },
  ];
  for (const other of others)
    assert.equal(isAsDecided(state, { ...request, terms: { ...request.terms, ...other } }), false, Object.keys(other).join());
  assert.equal(isAsDecided(state, { ...request, expiresAt: request.expiresAt + 1 }), false);
  assert.equal(isAsDecided(state, { ...request, clientOrderId: 'tother' as ClientOrderId }), false);
});

test('what has left already, or ended, does not leave a second time', () => {
  const { state, requests } = listed();
  const [request] = requests;
  assert.ok(request !== undefined);
  for (const life of [
    { kind: 'working' },
    { kind: 'unknown', since: 0, negatives: 0, lastNegativeAt: 0 },
    { kind: 'done', outcome: 'absent' },
  ] as const)
    assert.equal(isAsDecided(withOrder(state, request.clientOrderId, { life }), request), false, life.kind);
});

test('a wish for one order never becomes two', () => {
  const bench = GatewayBench.running();
  const order = bench.place(spot, 'buy', '0.01');
  const [request] = sentBy(bench);
  assert.ok(order !== undefined && request !== undefined);
  const key = intentKey(alpha, order.intentId);
  const record = get(bench.state.intents, key);
  assert.ok(record !== undefined);
  const result = { kind: 'order', clientOrderId: 'tsecond' as ClientOrderId } as const;
  assert.equal(isAsDecided({ ...bench.state, intents: set(bench.state.intents, key, { ...record, result }) }, request), false);
  assert.equal(
    isAsDecided({ ...bench.state, intents: set(bench.state.intents, key, { ...record, result: { kind: 'halted' } }) }, request),
    false,
  );
});

test('of a list no more leaves than was planned, in number and in size, whatever became of the others', () => {
  const { state, requests } = listed();
  const [first, second] = requests;
  assert.ok(first !== undefined && second !== undefined);
  const one = first.clientOrderId;
  assert.equal(
    isAsDecided(
      withRecord(state, (result) => ({ ...result, orders: result.orders.slice(1) })),
      first,
    ),
    false,
    'not in the list',
  );
  assert.equal(
    isAsDecided(
      withRecord(state, (result) => ({ ...result, orders: [...result.orders, one] })),
      first,
    ),
    false,
    'one too many',
  );
  assert.equal(
    isAsDecided(
      withRecord(state, (result) => ({ ...result, plan: result.plan.slice(0, 2) })),
      first,
    ),
    false,
    'more than planned',
  );
  assert.equal(
    isAsDecided(
      withRecord(state, (result) => ({ ...result, orders: [...result.orders.slice(0, 2), 'tlost' as ClientOrderId] })),
      first,
    ),
    false,
  );
  const larger = { ...first, terms: { ...first.terms, size: d('0.5') } };
  assert.equal(isAsDecided(withOrder(state, one, { size: d('0.5') }), larger), false, 'larger than planned');
  assert.equal(isAsDecided(withOrder(state, one, { size: d('0.5') }), second), false, 'nor does its neighbour leave');
  const small = { ...first, terms: { ...first.terms, size: d('0.0001') } };
  const halved = withOrder(state, one, { size: d('0.0001') });
  const sliced = withRecord(halved, (result) => ({ ...result, orders: [...result.orders, one] }));
  assert.equal(isAsDecided(halved, small), true);
  assert.equal(isAsDecided(sliced, small), false, 'two slices within the size are one order too many');
  const turned = { ...first, terms: { ...first.terms, side: 'sell' } } as const;
  assert.equal(isAsDecided(withOrder(state, one, { side: 'sell' }), turned), false, 'on the other side nothing was planned');
});

test('of a list nothing is taken from another instrument: what was planned of one is all that there is of it', () => {
  const { state, requests } = listed();
  const [first, second] = requests;
  assert.ok(first !== undefined && second !== undefined);
  const { instrument } = second.terms;
  const moved = { ...first, terms: { ...first.terms, instrument } };
  const there = withOrder(withOrder(state, second.clientOrderId, { size: d('0') }), first.clientOrderId, { instrument, size: d('900') });
  assert.equal(isAsDecided(there, { ...moved, terms: { ...moved.terms, size: d('900') } }), false);
  // As much as was planned of both together, and all of it of one.
  const size = add(first.terms.size, second.terms.size);
  const gone = withOrder(state, second.clientOrderId, { size: d('0') });
  assert.equal(isAsDecided(withOrder(gone, first.clientOrderId, { size }), { ...first, terms: { ...first.terms, size } }), false);
});

test('a wish that the journal does not hold lets nothing leave', () => {
  const { state, requests } = listed();
  const [first] = requests;
  assert.ok(first !== undefined);
  assert.equal(isAsDecided(withOrder(state, first.clientOrderId, { intentId: 'other' as IntentRecord['intentId'] }), first), false);
});

/** An entry with a stop order that travels with it. */
function attached(triggers: { readonly stopLoss: string | null; readonly takeProfit: string | null }) {
  const bench = GatewayBench.running();
  const price = (text: string | null) => (text === null ? null : d(text));
  bench.place(swap, 'buy', '0.01', { stopLoss: price(triggers.stopLoss), takeProfit: price(triggers.takeProfit) });
  const [request] = sentBy(bench);
  assert.ok(request?.protection !== undefined && request.protection !== null);
  return { state: bench.state, request, protection: request.protection };
}

test('a stop order leaves with its entry as it was written down, with one trigger or with two', () => {
  for (const triggers of [
    { stopLoss: '59000', takeProfit: null },
    { stopLoss: null, takeProfit: '61000' },
    { stopLoss: '59000', takeProfit: '61000' },
  ]) {
    const { state, request } = attached(triggers);
    assert.equal(isAsDecided(state, request), true, JSON.stringify(triggers));
  }
});

test('with another trigger, one more, one less, another name or another parent it does not leave', () => {
  const { state, request, protection } = attached({ stopLoss: '59000', takeProfit: '61000' });
  for (const other of [
    { stopLoss: d('58999.9') },
    { stopLoss: null },
    { takeProfit: d('61000.1') },
    { takeProfit: null },
    { clientOrderId: 'tother' as ClientOrderId },
    { clientOrderId: request.clientOrderId },
  ])
    assert.equal(isAsDecided(state, { ...request, protection: { ...protection, ...other } }), false, Object.keys(other).join());
  const { stop } = state.openOrders.get(protection.clientOrderId) ?? { stop: null };
  assert.ok(stop !== null);
  const orphaned = withOrder(state, protection.clientOrderId, { stop: { ...stop, parent: 'tother' as ClientOrderId } });
  assert.equal(isAsDecided(orphaned, request), false);
  const one = attached({ stopLoss: '59000', takeProfit: null });
  const more = { ...one.request, protection: { ...one.protection, takeProfit: d('61000') } };
  assert.equal(isAsDecided(one.state, more), false);
});
