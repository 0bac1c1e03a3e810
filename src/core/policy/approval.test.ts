import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import { type Activity, noActivity, recordSubmission, type Submission } from './activity.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';
import type { Request } from './decision.ts';
import {
  alpha,
  asking,
  beta,
  closing,
  d,
  ether,
  held,
  NOW,
  openOrder,
  placing,
  quoteOf,
  spot,
  swap,
  wish,
} from '../../../test/support/policy-samples.ts';

function asks(question: Question): Request {
  const decision = decide(question);
  assert.ok(decision.kind === 'needs_approval', decision.kind === 'deny' ? decision.message : decision.kind);
  assert.match(decision.message, /^[\x20-\x7e]+$/);
  return decision;
}

function allowed(question: Question) {
  const decision = decide(question);
  assert.ok(decision.kind === 'allow', decision.kind === 'allow' ? '' : decision.message);
  return decision;
}

function code(question: Question): string {
  const decision = decide(question);
  return decision.kind === 'deny' ? decision.code : decision.kind;
}

function sent(changes: Partial<Submission> = {}, before: Activity = noActivity): Activity {
  return recordSubmission(before, {
    principal: alpha,
    instrument: spot.id,
    underlying: 'BTC',
    side: 'buy',
    notionalUsd: d('30'),
    purpose: 'entry',
    at: NOW - 1000,
    marks: { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: false },
    ...changes,
  });
}

test('an entry above the threshold needs a person, and one of exactly the threshold does not', () => {
  allowed(asking(wish(spot, 'buy', '0.001'), { approvalAbove: d('60.3') }));
  const asked = asks(asking(wish(spot, 'buy', '0.001'), { approvalAbove: d('60.29') }));
  assert.deepEqual(asked.limit, { name: 'approval.above', max: '60.29', used: '0', unit: 'USD' });
  assert.equal(formatDecimal(asked.terms.size), '0.001');
  assert.equal(formatDecimal(asked.notionalUsd), '60.3');
  assert.equal(
    asked.message,
    'entries on the underlying of BTC-USDT would reach 60.3 USD in 10 minutes, and above 60.29 USD a person has to agree (approval.above)',
  );
  assert.equal(
    code(asking(wish(spot, 'buy', '100'), { approvalAbove: null, policy: { maxOrderSize: d('10000000') } })),
    'MAX_POSITION_SIZE',
  );
});

test('slices add up, whoever sends them, and on whichever instrument of the underlying', () => {
  const above = { approvalAbove: d('100') };
  allowed(asking(wish(spot, 'buy', '0.001'), { ...above, books: { activity: sent() } }));
  const two = sent({ principal: beta, instrument: swap.id }, sent());
  const asked = asks(asking(wish(spot, 'buy', '0.001'), { ...above, books: { activity: two } }));
  assert.equal(formatDecimal(asked.underlying.windowUsd), '120.3');
  assert.deepEqual(asked.limit, { name: 'approval.above', max: '100', used: '60', unit: 'USD' });
  asks(asking(wish(swap, 'sell', '0.1'), { ...above, books: { activity: two } }));
  allowed(asking(wish(ether, 'buy', '0.02'), { ...above, books: { activity: two } }));
});

test('waiting until the window is empty does not help: what is held and open counts at its worst', () => {
  const above = { approvalAbove: d('100') };
  const question = asking(wish(spot, 'buy', '0.0005'), { ...above, positions: [[spot, held('0.0015')]] });
  const asked = asks(question);
  assert.equal(formatDecimal(asked.underlying.windowUsd), '30.15');
  assert.equal(formatDecimal(asked.underlying.worstCaseUsd ?? d('0')), '120.6');
  assert.deepEqual(asked.limit, { name: 'approval.above', max: '100', used: '90.45', unit: 'USD' });
  assert.match(
    asked.message,
    /the underlying of BTC-USDT would reach 120\.6 USD in the worst case, and above 100 USD a person has to agree/,
  );
  allowed(asking(wish(spot, 'buy', '0.0001'), { ...above, positions: [[spot, held('0.0015')]] }));
});

test('another instrument of the underlying does not help, on either side, held or open, by whichever agent', () => {
  const above = { approvalAbove: d('100') };
  const elsewhere = [
    { positions: [[swap, held('0.15', { beta: '0.15' })]] as const },
    { positions: [[swap, held('-0.15')]] as const },
    { orders: [openOrder(swap, 'sell', '0.15', { principal: beta })] },
  ];
  for (const changes of elsewhere) {
    const asked = asks(asking(wish(spot, 'buy', '0.0005'), { ...above, ...changes }));
    assert.equal(formatDecimal(asked.underlying.worstCaseUsd ?? d('0')), '120.6');
    allowed(asking(wish(spot, 'buy', '0.0001'), { ...above, ...changes }));
    allowed(asking(wish(ether, 'buy', '0.02'), { ...above, ...changes }));
  }
});

test('an order that reduces needs nobody, whatever the threshold', () => {
  const open = {
    approvalAbove: d('1'),
    firstOfKind: true,
    positions: [
      [spot, held('0.001')],
      [swap, held('1')],
    ] as const,
  };
  allowed(asking(closing(), open));
  allowed(asking(closing({ instrument: swap.id }), open));
  allowed(asking(wish(spot, 'sell', '0.001'), open));
  allowed(asking(wish(swap, 'sell', '1', { reduceOnly: true }), open));
});

test('a person is not asked for what another control or a read-only gateway would refuse anyway', () => {
  const above = { approvalAbove: d('10') };
  const question = wish(spot, 'buy', '0.001');
  asks(asking(question, above));
  assert.equal(code(asking(question, { ...above, policy: { maxOrderSize: d('60') } })), 'MAX_ORDER_SIZE');
  assert.equal(code(asking(question, { ...above, policy: { minBalance: d('10000000') } })), 'MIN_BALANCE');
  assert.equal(code(asking(question, { ...above, circumstances: { readOnly: true } })), 'READ_ONLY');
  assert.equal(code(asking(question, { ...above, mode: 'REDUCE_ONLY' })), 'REDUCE_ONLY');
});

test('what is offered instead of a refused order passes without a person', () => {
  const decision = decide(asking(wish(spot, 'buy', '0.01'), { policy: { maxOrderSize: d('300') }, approvalAbove: d('60.3') }));
  assert.ok(decision.kind === 'deny' && decision.wouldBeAllowed !== null);
  assert.equal(formatDecimal(decision.wouldBeAllowed), '0.001');
});

test('the first entry ever on an instrument needs a person where the file says so, and so does one clearly larger than all before', () => {
  const first = asks(asking(wish(spot, 'buy', '0.001'), { firstOfKind: true }));
  assert.equal(first.limit?.name, 'approval.first_of_kind');
  assert.match(first.message, /first entry ever on BTC-USDT/);
  allowed(asking(wish(spot, 'buy', '0.001')));
  const activity = sent({ principal: beta, notionalUsd: d('60.3') });
  const known = { firstOfKind: true, books: { activity } };
  allowed(asking(wish(spot, 'buy', '0.001'), known));
  // 63.315 is 5 % more than 60.3.
  allowed(asking(wish(spot, 'buy', '0.00105'), known));
  const larger = asks(asking(wish(spot, 'buy', '0.00106'), known));
  assert.match(larger.message, /63\.92 USD would be more than any entry on BTC-USDT so far \(60\.3 USD\)/);
  asks(asking(wish(ether, 'buy', '0.02'), known));
  asks(asking(wish(swap, 'buy', '0.1'), known));
});

test('a series of entries, each a little larger than the one before, is seen', () => {
  let activity = sent({ notionalUsd: d('100') });
  for (const notional of ['104', '105', '105']) activity = sent({ notionalUsd: d(notional) }, activity);
  const grown = { firstOfKind: true, books: { activity } };
  asks(asking(wish(spot, 'buy', '0.00175'), grown));
  allowed(asking(wish(spot, 'buy', '0.00174'), grown));
});

test('an exit teaches nothing about entries', () => {
  const activity = sent({ purpose: 'exit', notionalUsd: d('1000') });
  asks(asking(wish(spot, 'buy', '0.001'), { firstOfKind: true, books: { activity } }));
});

test('what a person agreed to is decided with that size, asks nobody, and passes every other control', () => {
  const approved = { size: d('0.001'), price: d('60010') };
  const intent = placing({ type: 'market', price: null, quantity: d('61'), quantityUnit: 'usd' });
  const lifted = { approvalAbove: d('1'), firstOfKind: true, approved };
  assert.equal(formatDecimal(allowed(asking(intent, lifted)).terms.size), '0.001');
  assert.equal(code(asking(intent, { ...lifted, policy: { maxOrderSize: d('50') } })), 'MAX_ORDER_SIZE');
  assert.equal(code(asking(intent, { ...lifted, mode: 'HALTED' })), 'HALTED');
  assert.equal(code(asking(intent, { ...lifted, circumstances: { readOnly: true } })), 'READ_ONLY');
});

test('what a person agreed to gets a better price with the market and never a worse one', () => {
  const market = (side: 'buy' | 'sell', approvedPrice: string, price: string) => {
    const quotes = new Map([[swap.id, quoteOf(swap, price)]]);
    const intent = placing({ instrument: swap.id, side, type: 'market', price: null, quantity: d('60'), quantityUnit: 'usd' });
    return decide(asking(intent, { approved: { size: d('0.1'), price: d(approvedPrice) }, circumstances: { quotes } }));
  };
  const priceOf = (decision: ReturnType<typeof decide>) => (decision.kind === 'deny' ? decision.code : formatDecimal(decision.terms.price));
  assert.equal(priceOf(market('buy', '60300', '60000')), '60300');
  assert.equal(priceOf(market('buy', '60300', '59000')), '59295');
  assert.equal(priceOf(market('buy', '60300', '61000')), '60300', 'shown, and no more');
  assert.equal(priceOf(market('sell', '59700', '60000')), '59700');
  assert.equal(priceOf(market('sell', '59700', '61000')), '60695');
  assert.equal(priceOf(market('sell', '59700', '59000')), '59700', 'shown, and no less');
  // The limit that the agent named is what it is, and the collar may be gone from under it.
  const limit = (price: string) =>
    decide(
      asking(wish(swap, 'buy', '0.1', { price: '60300' }), {
        approved: { size: d('0.1'), price: d('60300') },
        circumstances: { quotes: new Map([[swap.id, quoteOf(swap, price)]]) },
      }),
    );
  assert.equal(priceOf(limit('60100')), '60300');
  assert.equal(priceOf(limit('59000')), 'PRICE_COLLAR');
});
