import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { alpha, d, ether, spot, swap } from '../../../test/support/policy-samples.ts';
import { intentKey, type IntentRecord, type State } from '../account/state.ts';
import { get, set } from '../lang/table.ts';
import { isAsDecided } from './integrity.ts';
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
