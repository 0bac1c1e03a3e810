import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../test/support/gateway-bench.ts';
import { alpha, ether, rebalancing, spot, swap } from '../../test/support/policy-samples.ts';
import { intentKey } from '../core/account/state.ts';
import { rebalanceOn } from '../core/gateway/rebalancing.ts';
import type { Json } from '../core/lang/canonical.ts';
import { get } from '../core/lang/table.ts';
import type { Instrument } from '../core/market/instrument.ts';
import type { IntentId } from '../core/order/intent.ts';
import type { Order } from '../core/order/order.ts';
import { answerOf, type Answered } from './answer.ts';
import { rebalancePreviewAnswer } from './rebalance.ts';

type Told = { readonly [key: string]: Json };
type Weights = readonly (readonly [Instrument, string])[];

function preview(bench: GatewayBench, weights: Weights, base: string): Answered {
  const intent = { ...rebalancing(weights, base), dryRun: true };
  const event = {
    kind: 'asked',
    call: 0,
    tool: 'rebalance',
    intent,
    arguments: {},
    client: { name: '', version: '', toolsHash: '' },
  } as const;
  const decision = rebalanceOn(bench.state, { event, intent, bodyHash: '', context: bench.context() });
  return rebalancePreviewAnswer({ state: bench.state, now: bench.now, decision, intent });
}

function answer(bench: GatewayBench): Told & { readonly failed: boolean } {
  const record = get(bench.state.intents, intentKey(alpha, 'list'));
  assert.ok(record !== undefined);
  const { failed, answer: said } = answerOf({ state: bench.state, record, now: bench.now });
  return { ...(said as Told), failed };
}

function textIn(told: Told, key: string): string {
  const value = told[key];
  return typeof value === 'string' ? value : '';
}

/** A list of three of which the exchange has said nothing yet. */
function listed(): { readonly bench: GatewayBench; readonly orders: readonly Order[] } {
  const bench = GatewayBench.running();
  const weights: Weights = [
    [spot, '0.1'],
    [ether, '0.1'],
    [swap, '0.1'],
  ];
  return { bench, orders: bench.rebalance(weights, '10000', { intentId: 'list' as IntentId }) };
}

function reject(bench: GatewayBench, order: Order | undefined): void {
  assert.ok(order !== undefined);
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'rejected', code: '51008' } });
}

test('a dry run tells orders, weights, fees and worst case, and an empty one says that nothing is needed', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(ether, 'buy', '1'));
  bench.now += 60_000;
  const { failed, answer: said } = preview(
    bench,
    [
      [spot, '0.6'],
      [ether, '0'],
    ],
    '10000',
  );
  const { message, orders, weights, fees_usd, worst_case_after_usd, preview: marked } = said as Told;
  assert.deepEqual([failed, marked, message], [false, true, '2 orders would pass now; nothing was sent']);
  assert.deepEqual(
    (orders as readonly Told[]).map(({ side, size, size_unit, purpose, notional_usd }) => [side, size, size_unit, purpose, notional_usd]),
    [
      ['sell', '1', 'ETH', 'exit', '3015'],
      ['buy', '0.09999991', 'BTC', 'entry', '6060.15'],
    ],
  );
  assert.deepEqual(weights, [
    { instrument: 'BTC-USDT', target: '0.6', before: '0', after: '0.599999', course: 'raised' },
    { instrument: 'ETH-USDT', target: '0', before: '0.3', after: '0', course: 'reduced' },
  ]);
  // 3000 and 6000 USD at 0.1 %; the exit frees nothing before it has filled.
  assert.equal(fees_usd, '9.01');
  assert.equal(worst_case_after_usd, '9075.15');
  assert.match(textIn(preview(bench, [[swap, '0']], '10000').answer as Told, 'message'), /^no order is needed now/);
});

test('a dry run of what would be refused is the refusal', () => {
  const { failed, answer: said } = preview(GatewayBench.running('max_order_size = 100'), [[spot, '0.1']], '10000');
  const { status, code, sent_to_exchange, limit } = said as Told;
  assert.deepEqual([failed, status, code, sent_to_exchange], [true, 'denied', 'MAX_ORDER_SIZE', 'no']);
  assert.equal((limit as Told)['name'], 'max_order_size');
});

test('what a list has come to is told as it is: unknown outweighs all, then what is open, then what has ended', () => {
  const { bench, orders } = listed();
  const [first, second, third] = orders;
  assert.deepEqual([answer(bench)['status'], answer(bench)['sent_to_exchange']], ['unknown', 'unknown']);
  bench.filled(first);
  bench.lose(second);
  bench.filled(third);
  const lost = answer(bench);
  assert.deepEqual([lost.failed, lost['status'], lost['code']], [false, 'unknown', 'OUTCOME_UNKNOWN']);
  assert.match(textIn(lost, 'message'), /^of 3 orders: 2 filled, 1 of unknown outcome; .*get_intent/);
  assert.equal(lost['verification'], 'pending');
  assert.deepEqual(
    (lost['orders'] as readonly Told[]).map(({ status, state, filled }) => [status, state, filled]),
    [
      ['filled', 'filled', '0.01666665'],
      ['unknown', 'unknown', '0'],
      ['filled', 'filled', '1.66'],
    ],
  );
});

test('all filled is filled, some refused is told with the code, and none taken is a rejection', () => {
  const whole = listed();
  for (const order of whole.orders) whole.bench.filled(order);
  assert.deepEqual([answer(whole.bench)['status'], answer(whole.bench)['code']], ['filled', undefined]);

  const part = listed();
  part.bench.filled(part.orders[0]);
  part.bench.accept(part.orders[1]);
  reject(part.bench, part.orders[2]);
  assert.equal(answer(part.bench)['status'], 'working');
  part.bench.filled(part.orders[1]);
  assert.deepEqual(
    [answer(part.bench)['status'], answer(part.bench)['code'], answer(part.bench).failed],
    ['cancelled', 'EXCHANGE_REJECTED', false],
  );

  const none = listed();
  for (const order of none.orders) reject(none.bench, order);
  assert.deepEqual(
    [answer(none.bench)['status'], answer(none.bench)['sent_to_exchange'], answer(none.bench).failed],
    ['rejected', 'yes', true],
  );

  const never = listed();
  for (const { clientOrderId } of never.orders)
    never.bench.take({ kind: 'place_answered', clientOrderId, outcome: { kind: 'not_sent', cause: 'nobody listens' } });
  assert.deepEqual([answer(never.bench)['code'], answer(never.bench)['sent_to_exchange']], ['UNAVAILABLE', 'no']);
});

test('a list that needed no order is done, and a turn is told with the outcome', () => {
  const empty = GatewayBench.running();
  empty.rebalance([[spot, '0']], '10000', { intentId: 'list' as IntentId });
  assert.deepEqual([answer(empty)['status'], answer(empty)['sent_to_exchange'], answer(empty)['orders']], ['filled', 'no', []]);
  const turning = GatewayBench.running();
  turning.filled(turning.place(swap, 'buy', '2'));
  turning.now += 60_000;
  const [close] = turning.rebalance([[swap, '-0.1']], '10000', { intentId: 'list' as IntentId });
  turning.filled(close);
  assert.match(textIn(answer(turning), 'message'), /BTC-USDT-SWAP: only closed, because what was asked lies on the other side/);
});
