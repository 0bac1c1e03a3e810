import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';
import { asking, closing, d, held, openOrder, quoteOf, spot, swap, wish } from '../../../test/support/policy-samples.ts';

// What is told to pass instead of what was refused. A contract counts as 603 USD, a lot of it as 6.03.

function offered(question: Question): string {
  const decision = decide(question);
  assert.ok(decision.kind === 'deny', 'it is refused');
  const { code, wouldBeAllowed, message } = decision;
  const offer = /; (.*) would pass$/.exec(message)?.[1] ?? 'nothing';
  assert.equal(wouldBeAllowed === null ? 'nothing' : formatDecimal(wouldBeAllowed), offer.split(' ')[0]);
  return `${code}: ${offer}`;
}

test('money is offered in whole cents where that buys the same lots, and as exactly as it takes where it does not', () => {
  const policy = { maxOrderSize: d('50.5') };
  const finer = { maxOrderSize: d('50.505') };
  const asked = (unit: 'usd' | 'quote') => [
    offered(asking(wish(swap, 'buy', '100', { unit, worth: '100' }), { policy })),
    offered(asking(wish(spot, 'buy', '100', { unit, worth: '100' }), { policy })),
    offered(asking(wish(spot, 'buy', '100', { unit, worth: '100' }), { policy: finer })),
  ];
  assert.deepEqual(asked('usd'), ['MAX_ORDER_SIZE: 48.24 USD', 'MAX_ORDER_SIZE: 50.5 USD', 'MAX_ORDER_SIZE: 50.504868 USD']);
  assert.deepEqual(asked('quote'), ['MAX_ORDER_SIZE: 48 USDT', 'MAX_ORDER_SIZE: 50.2482 USDT', 'MAX_ORDER_SIZE: 50.2536 USDT']);
  assert.equal(offered(asking(wish(swap, 'buy', '1'), { policy })), 'MAX_ORDER_SIZE: 0.08 contracts');
  assert.equal(offered(asking(wish(swap, 'buy', '0.01', { unit: 'base', worth: '600' }), { policy })), 'MAX_ORDER_SIZE: 0.0008 BTC');
});

test('what the quote currency buys is told in whole cents too where that buys the same lots', () => {
  const price = d('60000.12');
  const quotes = new Map([[swap.id, quoteOf(swap, '60000.12', { mark: price, ask: price, bid: d('60000') })]]);
  const question = asking(wish(swap, 'buy', '100', { unit: 'quote', worth: '100', price: '60000.1' }), {
    policy: { maxOrderSize: d('50.5') },
    circumstances: { quotes },
  });
  assert.equal(offered(question), 'MAX_ORDER_SIZE: 48.01 USDT');
});

test('a close beyond what the exchange takes in one order is offered what it does take', () => {
  const positions = [[spot, held('20000')]] as const;
  assert.equal(offered(asking(closing({ quantity: d('10000') }), { positions })), 'MAX_ORDER_SIZE: 9999 BTC');
});

test('no more is offered than the exchange takes, and the largest that it takes is', () => {
  const wide = { maxOrderSize: d('1000000000'), maxPositionSize: d('1000000000'), maxUnderlyingExposure: d('1000000000') };
  const policy = { ...wide, maxTotalExposure: d('1000000000'), maxDailyLoss: d('1000000000'), maxDrawdown: d('1000000000') };
  const funds = { equityUsd: d('1000000000'), available: new Map([['USDT', d('1000000000')]]), at: asking(closing()).circumstances.now };
  const world = { policy: { ...policy, maxAccountEquity: d('1000000000') }, circumstances: { funds } };
  assert.equal(offered(asking(wish(swap, 'buy', '100000.01', { worth: '60000006' }), world)), 'MAX_ORDER_SIZE: 100000 contracts');
  assert.equal(offered(asking(wish(swap, 'buy', '300000', { worth: '180000000' }), world)), 'MAX_ORDER_SIZE: 100000 contracts');
});

test('the least size of the exchange is offered where no more passes, and nothing where not even that does', () => {
  assert.equal(offered(asking(wish(swap, 'buy', '1'), { policy: { maxOrderSize: d('6.03') } })), 'MAX_ORDER_SIZE: 0.01 contracts');
  assert.equal(offered(asking(wish(swap, 'buy', '1'), { policy: { maxOrderSize: d('6.02') } })), 'MAX_ORDER_SIZE: nothing');
  assert.equal(offered(asking(wish(swap, 'buy', '0.01'), { policy: { maxOrderSize: d('6.02') } })), 'MAX_ORDER_SIZE: nothing');
  assert.equal(offered(asking(wish(swap, 'buy', '0.02'), { policy: { maxOrderSize: d('6.03') } })), 'MAX_ORDER_SIZE: 0.01 contracts');
});

test('where something refuses every size, no size is offered', () => {
  const policy = { maxOrderSize: d('100'), maxOpenOrders: 1 };
  assert.equal(offered(asking(wish(swap, 'buy', '1'), { policy, orders: [openOrder(spot, 'buy', '0.001')] })), 'MAX_ORDER_SIZE: nothing');
});

test('the entry that fills a count of 10 minutes or of an hour waits for a person afterwards, and an exit never does', () => {
  const latches = (question: Question) => {
    const decision = decide(question);
    assert.ok(decision.kind === 'allow');
    return decision.marks.latchesSameSide;
  };
  const entry = wish(swap, 'sell', '1');
  assert.equal(latches(asking(entry, { policy: { maxSameSide: { per10Minutes: 2, perHour: 2 } } })), false);
  assert.equal(latches(asking(entry, { policy: { maxSameSide: { per10Minutes: 2, perHour: 1 } } })), true);
  assert.equal(latches(asking(entry, { policy: { maxSameSide: { per10Minutes: 1, perHour: 2 } } })), true);
  const policy = { maxSameSide: { per10Minutes: 1, perHour: 1 } };
  assert.equal(latches(asking(wish(swap, 'sell', '1', { reduceOnly: true }), { policy, positions: [[swap, held('1')]] })), false);
});
