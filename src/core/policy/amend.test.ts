import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import type { AmendIntent, IntentId } from '../order/intent.ts';
import type { Order } from '../order/order.ts';
import { alpha, asking, beta, closing, d, held, NOW, openOrder, spot, swap } from '../../../test/support/policy-samples.ts';
import { approvalSum, entryRate, exitRate, noActivity, recordAmendment } from './activity.ts';
import { type AmendQuestion, decideAmend } from './amend.ts';

// A spot order of 0.001 BTC at 60,000 is 60 USD, and with the collar of half a percent 60.30.

type Wish = { readonly size?: string; readonly price?: string; readonly worth?: string };

function amending(order: Order, { size, price, worth }: Wish, changes: Parameters<typeof asking>[1] = {}): AmendQuestion {
  const { intent: _, replaces: __, ...question } = asking(closing(), { ...changes, orders: [order, ...(changes.orders ?? [])] });
  const intent: AmendIntent = {
    kind: 'amend',
    principal: alpha,
    intentId: 'a1' as IntentId,
    reason: 'a test',
    evidence: [],
    strategy: '',
    clientOrderId: order.clientOrderId,
    size: size === undefined ? null : d(size),
    price: price === undefined ? null : d(price),
    expectedNotionalUsd: worth === undefined ? null : d(worth),
  };
  return { ...question, intent };
}

function outcome(question: AmendQuestion): string {
  const decided = decideAmend(question);
  if (!decided.ok) return decided.error.code;
  const { decision } = decided.value;
  return decision.kind === 'deny' ? decision.code : decision.kind;
}

test('a larger size is a larger order: the limits that hold for one hold for it', () => {
  const order = openOrder(spot, 'buy', '0.001');
  const limits = { policy: { maxOrderSize: d('70') } };
  assert.equal(outcome(amending(order, { size: '0.00116', worth: '69.6' }, limits)), 'allow');
  assert.equal(outcome(amending(order, { size: '0.00117', worth: '70.2' }, limits)), 'MAX_ORDER_SIZE');
  assert.equal(outcome(amending(order, { size: '0.002', worth: '120' }, { policy: { maxPositionSize: d('100') } })), 'MAX_POSITION_SIZE');
});

test('a smaller size counts as the old one until the exchange has said that it is smaller', () => {
  const order = openOrder(spot, 'buy', '0.001');
  const decided = decideAmend(amending(order, { size: '0.0004', worth: '24' }));
  assert.ok(decided.ok && decided.value.decision.kind === 'allow');
  assert.equal(formatDecimal(decided.value.decision.worstCaseAfterUsd), '60.3');
  assert.equal(decided.value.increases, false);
});

test('a lower price of a buy counts at the old one, and a price beyond the collar is refused', () => {
  const order = openOrder(spot, 'buy', '0.001', { price: d('60200') });
  const decided = decideAmend(amending(order, { price: '59900', worth: '60' }));
  assert.ok(decided.ok && decided.value.decision.kind === 'allow');
  assert.equal(formatDecimal(decided.value.decision.notionalUsd), '60.501');
  assert.equal(outcome(amending(order, { price: '61000', worth: '60' })), 'PRICE_COLLAR');
});

test('the order that it replaces is not counted twice, neither as exposure nor as an open order', () => {
  const order = openOrder(spot, 'buy', '0.001');
  const limits = { policy: { maxOpenOrders: 1, maxPositionSize: d('61') } };
  assert.equal(outcome(amending(order, { price: '59990', worth: '60' }, limits)), 'allow');
});

test('what has executed counts on its own, and the new total has to be more than it', () => {
  const order = openOrder(spot, 'buy', '0.001', { filled: d('0.0006'), reportedFilled: d('0.0007') });
  assert.equal(outcome(amending(order, { size: '0.0007', worth: '6' })), 'NOT_ALLOWED');
  assert.equal(outcome(amending(order, { size: '0.0008', worth: '12' })), 'allow');
});

test('more of it counts as one more entry of the day, and the day may be over', () => {
  const order = openOrder(spot, 'buy', '0.001');
  const larger = decideAmend(amending(order, { size: '0.0012', worth: '72' }));
  assert.ok(larger.ok && larger.value.increases);
  assert.equal(formatDecimal(larger.value.amend.size), '0.0012');
});

test('only a resting order of the asker of which nothing else was asked can be amended', () => {
  const order = openOrder(spot, 'buy', '0.001');
  const wish = { size: '0.0012', worth: '72' };
  assert.equal(outcome(amending({ ...order, principal: beta }, wish)), 'NOT_FOUND');
  assert.equal(outcome({ ...amending(order, wish), books: { ...amending(order, wish).books, openOrders: new Map() } }), 'NOT_FOUND');
  assert.equal(outcome(amending({ ...order, life: { kind: 'submitting' } }, wish)), 'NOT_ALLOWED');
  assert.equal(outcome(amending({ ...order, cancel: 'requested' }, wish)), 'NOT_ALLOWED');
  assert.equal(outcome(amending({ ...order, amend: { size: d('0.002'), price: d('60000') } }, wish)), 'NOT_ALLOWED');
});

test('an amended exit must still really reduce, and in REDUCE_ONLY no entry grows', () => {
  const exit = openOrder(swap, 'sell', '1', { purpose: 'exit', reduceOnly: true });
  const positions = [[swap, held('2')]] as const;
  assert.equal(outcome(amending(exit, { size: '2', worth: '1200' }, { positions })), 'allow');
  assert.equal(outcome(amending(exit, { size: '3', worth: '1800' }, { positions })), 'NOT_REDUCING');
  const entry = openOrder(spot, 'buy', '0.001');
  assert.equal(outcome(amending(entry, { size: '0.0012', worth: '72' }, { mode: 'REDUCE_ONLY' })), 'REDUCE_ONLY');
});

test('whoever may not amend reads why', () => {
  const order = openOrder(spot, 'buy', '0.001');
  const wish = { size: '0.0012', worth: '72' };
  const why = (question: AmendQuestion) => {
    const decided = decideAmend(question);
    assert.ok(!decided.ok);
    const { kind, code, message, limit, wouldBeAllowed } = decided.error;
    assert.deepEqual([kind, limit, wouldBeAllowed], ['deny', null, null]);
    return `${code} ${message}`;
  };
  assert.equal(why(amending({ ...order, principal: beta }, wish)), 'NOT_FOUND you have no open order that this names; nothing was sent');
  const resting = 'NOT_ALLOWED refused: only an order that rests, and that nothing was asked of yet, can be amended';
  assert.equal(why(amending({ ...order, cancel: 'requested' }, wish)), resting);
  assert.equal(why(amending({ ...order, type: 'stop' }, wish)), resting);
  const unknown = amending(order, wish, { books: { instruments: new Map() } });
  const { openOrders } = amending(order, wish).books;
  assert.equal(why({ ...unknown, books: { ...unknown.books, openOrders } }), 'NOT_ALLOWED refused: BTC-USDT is not known at the exchange');
  assert.equal(
    why(amending({ ...order, filled: d('0.0005') }, { size: '0.0005', worth: '0' })),
    'NOT_ALLOWED refused: the new size is no more than what has executed already; cancel the rest instead',
  );
});

test('the same size counts as no more, and more of an exit is no entry', () => {
  const increases = (question: AmendQuestion) => {
    const decided = decideAmend(question);
    assert.ok(decided.ok);
    return decided.value.increases;
  };
  const order = openOrder(spot, 'buy', '0.001');
  assert.equal(increases(amending(order, { size: '0.001', price: '59990', worth: '60' })), false);
  const exit = openOrder(swap, 'sell', '1', { purpose: 'exit', reduceOnly: true });
  assert.equal(increases(amending(exit, { size: '2', worth: '1200' }, { positions: [[swap, held('2')]] })), false);
});

test('an entry that is made larger by slices counts where slices are added up, and one of an exit is a message of its own rate', () => {
  const entry = { principal: alpha, underlying: 'BTC', purpose: 'entry', increases: true, notionalUsd: d('72'), at: NOW } as const;
  const grown = recordAmendment(recordAmendment(noActivity, entry), { ...entry, notionalUsd: d('80') });
  assert.equal(formatDecimal(approvalSum(grown, 'BTC', NOW)), '152');
  assert.equal(entryRate(grown, NOW).perMinute, 2);
  const smaller = recordAmendment(noActivity, { ...entry, increases: false });
  assert.equal(formatDecimal(approvalSum(smaller, 'BTC', NOW)), '0');
  const exit = recordAmendment(noActivity, { ...entry, purpose: 'exit', increases: false });
  assert.deepEqual([entryRate(exit, NOW).perMinute, exitRate(exit, alpha, NOW).perMinute], [0, 1]);
});
