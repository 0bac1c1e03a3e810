import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entries, size } from '../lang/table.ts';
import { formatDecimal } from '../money/decimal.ts';
import {
  type Activity,
  approvalSum,
  clearLatch,
  clearLatches,
  clearLatchesOf,
  entriesFreeAt,
  entriesToday,
  entryRate,
  exitRate,
  exitsFreeAt,
  fingerprintsOf,
  isLatched,
  lastAlike,
  type Likeness,
  nextDayAt,
  noActivity,
  recordAcceptance,
  recordAmendment,
  recordRejection,
  recordSubmission,
  countAgain,
  refundAbsent,
  rejectionUse,
  sameSideFreeAt,
  sameSideUse,
  type Submission,
} from './activity.ts';
import { decide } from './decide.ts';
import { nextAllowedAt } from './decision.ts';
import {
  alpha,
  asking,
  asOf,
  beta,
  calmMarket,
  closing,
  d,
  ether,
  held,
  id,
  NOW,
  spot,
  swap,
  wish,
} from '../../../test/support/policy-samples.ts';

const seed = 20261123;
const key = { principal: alpha, instrument: spot.id, side: 'buy' } as const;

function submission(changes: Partial<Submission> = {}): Submission {
  return {
    ...key,
    underlying: 'BTC',
    notionalUsd: d('60'),
    purpose: 'entry',
    at: NOW,
    marks: { fingerprints: [], duplicateWindowMilliseconds: 30_000, latchesSameSide: false },
    ...changes,
  };
}

function after(times: readonly number[], changes: Partial<Submission> = {}): Activity {
  return times.reduce((activity, at) => recordSubmission(activity, submission({ ...changes, at })), noActivity);
}

test('no window ever counts less than there was, and none counts what is a whole slot older', () => {
  const windows = [
    { length: 1000, slot: 100, count: (activity: Activity, now: number) => entryRate(activity, now).perSecond },
    { length: 60_000, slot: 1000, count: (activity: Activity, now: number) => entryRate(activity, now).perMinute },
    { length: 600_000, slot: 10_000, count: (activity: Activity, now: number) => sameSideUse(activity, key, now).per10Minutes },
    { length: 3_600_000, slot: 10_000, count: (activity: Activity, now: number) => sameSideUse(activity, key, now).perHour },
    {
      length: 600_000,
      slot: 10_000,
      count: (activity: Activity, now: number) => Number(formatDecimal(approvalSum(activity, 'BTC', now))) / 60,
    },
  ];
  const gap = fc.oneof(fc.nat(150), fc.nat(2000), fc.nat(70_000), fc.nat(900_000));
  fc.assert(
    fc.property(fc.nat(20_000), fc.array(gap, { maxLength: 40 }), gap, (offset, gaps, rest) => {
      const times: number[] = [];
      let at = NOW + offset;
      for (const each of gaps) times.push((at += each));
      const now = at + rest;
      const activity = after(times);
      for (const { length, slot, count } of windows) {
        const counted = count(activity, now);
        assert.ok(counted >= times.filter((time) => time > now - length).length);
        assert.ok(counted <= times.filter((time) => time > now - length - slot).length);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('a clock that goes back makes counts stay longer and never shorter', () => {
  const activity = after([NOW, NOW - 50_000, NOW - 5]);
  assert.equal(entryRate(activity, NOW).perSecond, 3);
  assert.equal(entriesToday(after([NOW, NOW - 86_400_000]), NOW - 86_400_000), 2);
});

test('entries are counted by UTC day, and one that is proven absent is given back once, on its own day', () => {
  const midnight = Date.UTC(2026, 10, 24);
  const activity = after([midnight - 2, midnight - 1, midnight]);
  assert.equal(entriesToday(activity, midnight), 1);
  assert.equal(entriesToday(activity, midnight + 86_400_000), 0);
  assert.equal(entriesToday(refundAbsent(activity, midnight), midnight), 0);
  assert.equal(entriesToday(refundAbsent(activity, midnight - 1), midnight), 1);
  assert.equal(entriesToday(refundAbsent(refundAbsent(activity, midnight), midnight), midnight), 0);
});

test('an entry that was given back and reached the exchange after all counts again, on its own day', () => {
  const midnight = Date.UTC(2026, 10, 24);
  const given = refundAbsent(after([midnight - 1, midnight]), midnight);
  assert.equal(entriesToday(given, midnight), 0);
  assert.equal(entriesToday(countAgain(given, midnight), midnight), 1);
  assert.equal(entriesToday(countAgain(countAgain(given, midnight), midnight), midnight), 2);
  assert.equal(entriesToday(countAgain(given, midnight - 1), midnight), 0);
  assert.deepEqual(countAgain(given, midnight), { ...given, today: { ...given.today, entries: 1 } });
});

test('exits count for their own rate and for nothing else', () => {
  const activity = after([NOW], { purpose: 'exit' });
  assert.deepEqual(entryRate(activity, NOW), { perSecond: 0, perMinute: 0 });
  assert.deepEqual(exitRate(activity, key.principal, NOW), { perSecond: 1, perMinute: 1 });
  assert.equal(entriesToday(activity, NOW), 0);
  assert.equal(sameSideUse(activity, key, NOW).perHour, 0);
  assert.equal(formatDecimal(approvalSum(activity, 'BTC', NOW)), '0');
});

test('a latch stays until a person clears it', () => {
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 30_000, latchesSameSide: true };
  const latched = recordSubmission(recordSubmission(noActivity, submission({ marks })), submission({ at: NOW + 1 }));
  assert.equal(sameSideUse(latched, key, NOW + 100 * 86_400_000).latched, true);
  assert.equal(sameSideUse(latched, { ...key, side: 'sell' }, NOW).latched, false);
  assert.deepEqual(sameSideUse(clearLatch(latched, key), key, NOW), { per10Minutes: 0, perHour: 0, latched: false });
  assert.equal(sameSideUse(clearLatches(latched), key, NOW).latched, false);
});

const like: Likeness = { ...key, type: 'limit', price: d('60000'), tick: d('0.1'), size: d('0.001'), asked: null };

test('an order is recognised within one tick, and for as long as the window lasts', () => {
  const marks = { fingerprints: fingerprintsOf(like), duplicateWindowMilliseconds: 30_000, latchesSameSide: false };
  const activity = recordSubmission(noActivity, submission({ marks }));
  for (const price of ['59999.9', '60000', '60000.1']) assert.equal(lastAlike(activity, { ...like, price: d(price) }), NOW, price);
  for (const price of ['59999.8', '60000.2']) assert.equal(lastAlike(activity, { ...like, price: d(price) }), null, price);
  for (const other of [{ size: d('0.0011') }, { side: 'sell' }, { principal: beta }, { type: 'ioc' }, { instrument: swap.id }] as const) {
    assert.equal(lastAlike(activity, { ...like, ...other }), null);
  }
  assert.equal(lastAlike(activity, { ...like, size: d('0.0010') }), NOW);
  // Many others in between, over more than one generation, do not push it out early.
  let busy = activity;
  for (let at = NOW + 100; at < NOW + 30_000; at += 100) {
    const fingerprints = [`other ${at}`];
    busy = recordSubmission(busy, submission({ at, marks: { ...marks, fingerprints } }));
    assert.equal(lastAlike(busy, like), NOW);
  }
});

test('the same amount of money is the same wish at another price', () => {
  const asked = { quantity: d('60'), unit: 'usd' } as const;
  const first: Likeness = { ...like, type: 'market', price: null, size: d('0.00099'), asked };
  const marks = { fingerprints: fingerprintsOf(first), duplicateWindowMilliseconds: 30_000, latchesSameSide: false };
  const activity = recordSubmission(noActivity, submission({ marks }));
  assert.equal(lastAlike(activity, { ...first, size: d('0.00098') }), NOW);
  assert.equal(lastAlike(activity, { ...first, asked: null }), NOW);
  assert.equal(lastAlike(activity, { ...first, size: d('0.00098'), asked: { quantity: d('61'), unit: 'usd' } }), null);
});

test('thirty thousand orders leave no more behind than two windows of them', () => {
  let activity = noActivity;
  for (let index = 0; index < 30_000; index += 1) {
    const marks = { fingerprints: [`o${index}`], duplicateWindowMilliseconds: 1000, latchesSameSide: false };
    activity = recordSubmission(activity, submission({ at: NOW + index * 200, marks }));
  }
  assert.ok(size(activity.recent.younger) + size(activity.recent.older) <= 12);
  assert.ok(activity.entriesPerSecond.length <= 11);
  assert.ok(activity.entriesPerMinute.length <= 61);
  for (const [, { slots }] of entries(activity.sameSide)) assert.ok(slots.length <= 361);
  for (const [, slots] of entries(activity.approvals)) assert.ok(slots.length <= 61);
});

// ---- the controls that read it --------------------------------------------------------------------------------------------

function codeOf(question: Parameters<typeof decide>[0]): string {
  const decision = decide(question);
  return decision.kind === 'deny' ? decision.code : decision.kind;
}

const buy = wish(spot, 'buy', '0.002');

test('max_daily_trades binds at its count', () => {
  const activity = after([NOW - 2, NOW - 1]);
  assert.equal(codeOf(asking(buy, { books: { activity }, policy: { maxDailyTrades: 3 } })), 'allow');
  assert.equal(codeOf(asking(buy, { books: { activity }, policy: { maxDailyTrades: 2 } })), 'MAX_DAILY_TRADES');
});

test('max_order_rate binds in the second and in the minute, and exits have a tenfold rate of their own', () => {
  const rate = (perSecond: number, perMinute: number) => ({ policy: { maxOrderRate: { perSecond, perMinute } } });
  const now = { books: { activity: after([NOW - 30_000, NOW, NOW]) } };
  assert.equal(codeOf(asking(buy, { ...now, ...rate(3, 4) })), 'allow');
  assert.equal(codeOf(asking(buy, { ...now, ...rate(2, 4) })), 'RATE_LIMIT');
  assert.equal(codeOf(asking(buy, { ...now, ...rate(3, 3) })), 'RATE_LIMIT');
  const positions = { positions: [[spot, held('0.001')]] as const };
  assert.equal(codeOf(asking(closing(), { ...now, ...positions, ...rate(1, 1) })), 'allow');
  const exits = {
    books: {
      activity: after(
        Array.from({ length: 10 }, () => NOW),
        { purpose: 'exit' },
      ),
    },
  };
  assert.equal(codeOf(asking(closing(), { ...exits, ...positions, ...rate(2, 2) })), 'allow');
  assert.equal(codeOf(asking(closing(), { ...exits, ...positions, ...rate(1, 2) })), 'RATE_LIMIT');
});

test('max_same_side lets its number through, marks the last of them, and then waits for a person', () => {
  const policy = { maxSameSide: { per10Minutes: 2, perHour: 3 } };
  const first = decide(asking(buy, { policy }));
  const second = decide(asking(buy, { policy, books: { activity: after([NOW - 1000]) } }));
  assert.ok(first.kind === 'allow' && !first.marks.latchesSameSide);
  assert.ok(second.kind === 'allow' && second.marks.latchesSameSide);
  const activity = recordSubmission(after([NOW - 1000]), submission({ marks: second.marks, at: NOW - 500 }));
  for (const later of [0, 3_600_000, 86_400_000]) {
    const question = asking({ ...buy, quantity: d('0.003'), expectedNotionalUsd: d('180') }, { policy, books: { activity } });
    const circumstances = { ...question.circumstances, ...calmMarket(NOW + later), now: NOW + later };
    const fresh = {
      ...circumstances,
      quotes: new Map([...circumstances.quotes].map(([name, quote]) => [name, asOf(quote, NOW + later)])),
    };
    const funds = circumstances.funds === null ? null : { ...circumstances.funds, at: NOW + later };
    const decision = decide({ ...question, circumstances: { ...fresh, funds } });
    assert.ok(decision.kind === 'deny' && decision.limit?.name === 'max_same_side', String(later));
  }
  assert.equal(codeOf(asking({ ...buy, principal: beta }, { policy, books: { activity } })), 'allow');
  assert.equal(codeOf(asking(wish(ether, 'buy', '0.01'), { policy, books: { activity } })), 'allow');
  // By the hour, with the ten minutes not reached.
  const slow = after([NOW - 3_000_000, NOW - 2_000_000, NOW - 1_000_000]);
  assert.equal(codeOf(asking(buy, { policy, books: { activity: slow } })), 'RATE_LIMIT');
});

test('the same order again is suspected, and allowed when the window is over', () => {
  const first = decide(asking(buy));
  assert.ok(first.kind === 'allow');
  const at = (age: number) => ({ books: { activity: recordSubmission(noActivity, submission({ marks: first.marks, at: NOW - age })) } });
  assert.equal(codeOf(asking(buy, at(0))), 'DUPLICATE_SUSPECT');
  assert.equal(codeOf(asking(buy, at(29_999))), 'DUPLICATE_SUSPECT');
  assert.equal(codeOf(asking(buy, at(30_000))), 'allow');
  assert.equal(codeOf(asking(wish(spot, 'buy', '0.002', { price: '60000.1' }), at(0))), 'DUPLICATE_SUSPECT');
  assert.equal(codeOf(asking(wish(spot, 'buy', '0.002', { price: '60000.2' }), at(0))), 'allow');
  assert.equal(codeOf(asking({ ...buy, principal: beta }, at(0))), 'allow');
});

test('what would pass is never the size of an order that was sent just now', () => {
  const policy = { maxOrderSize: d('120.6') };
  const first = decide(asking(buy, { policy }));
  assert.ok(first.kind === 'allow');
  const activity = recordSubmission(noActivity, submission({ marks: first.marks }));
  const decision = decide(asking(wish(spot, 'buy', '0.003'), { policy, books: { activity } }));
  assert.ok(decision.kind === 'deny' && decision.wouldBeAllowed !== null);
  assert.equal(formatDecimal(decision.wouldBeAllowed), '0.00199999');
});

test('approval sums all agents and both instruments of an underlying', () => {
  const activity = after([NOW - 1000], { principal: beta, instrument: id('BTC-USDT-SWAP'), notionalUsd: d('60') });
  const sum = { approvalAbove: d('180.6'), books: { activity } };
  assert.equal(codeOf(asking(wish(spot, 'buy', '0.002'), sum)), 'allow');
  assert.equal(codeOf(asking(wish(spot, 'buy', '0.003'), sum)), 'needs_approval');
  assert.equal(codeOf(asking(wish(ether, 'buy', '0.05'), sum)), 'allow');
});

test('the moment at which a full window has room again is the first at which it counts fewer, to the millisecond', () => {
  const times = [NOW - 700, NOW - 400, NOW - 130, NOW];
  const entering = after(times);
  const leaving = after(times, { purpose: 'exit' });
  for (const most of [1, 2, 3, 4]) {
    const max = { perSecond: most, perMinute: 1000 };
    const cases = [
      [entriesFreeAt(entering, max, NOW), (now: number) => entryRate(entering, now).perSecond],
      [exitsFreeAt(leaving, alpha, { max, now: NOW }), (now: number) => exitRate(leaving, alpha, now).perSecond],
    ] as const;
    for (const [free, count] of cases) {
      assert.ok(free > NOW && free < NOW + 1100, String(most));
      assert.ok(count(free) < most);
      assert.ok(count(free - 1) >= most);
    }
  }
  assert.equal(entriesFreeAt(entering, { perSecond: 5, perMinute: 1000 }, NOW), NOW, 'there is room now');
  assert.equal(exitsFreeAt(leaving, beta, { max: { perSecond: 1, perMinute: 1 }, now: NOW }), NOW, 'another agent sent nothing');
});

test('where two windows are full, the later moment counts', () => {
  const activity = after([NOW - 50_000, NOW - 500, NOW]);
  const free = entriesFreeAt(activity, { perSecond: 1, perMinute: 2 }, NOW);
  assert.ok(entryRate(activity, free).perMinute < 2 && entryRate(activity, free).perSecond < 1);
  assert.ok(entryRate(activity, free - 1).perMinute >= 2);
  const side = sameSideFreeAt(activity, key, { max: { per10Minutes: 1, perHour: 3 }, now: NOW });
  assert.equal(sameSideUse(activity, key, side).perHour, 2);
  assert.equal(sameSideUse(activity, key, side - 1).perHour, 3);
  const short = sameSideFreeAt(activity, key, { max: { per10Minutes: 1, perHour: 10 }, now: NOW });
  assert.equal(sameSideUse(activity, key, short).per10Minutes, 0);
  assert.equal(sameSideUse(activity, key, short - 1).per10Minutes, 1);
});

test('the next day begins at midnight UTC, also for a clock that went back', () => {
  assert.equal(new Date(nextDayAt(noActivity, NOW)).toISOString(), '2026-11-24T00:00:00.000Z');
  assert.equal(new Date(nextDayAt(after([NOW]), NOW - 86_400_000)).toISOString(), '2026-11-24T00:00:00.000Z');
});

test('a refusal of a window says when it has room, and a latched side does not', () => {
  const when = (question: Parameters<typeof decide>[0]) => {
    const decision = decide(question);
    assert.ok(decision.kind === 'deny', 'it is refused');
    return nextAllowedAt(decision);
  };
  const activity = after([NOW - 300]);
  const max = { perSecond: 1, perMinute: 100 };
  assert.equal(when(asking(buy, { books: { activity }, policy: { maxOrderRate: max } })), entriesFreeAt(activity, max, NOW));
  assert.equal(when(asking(buy, { books: { activity }, policy: { maxDailyTrades: 1 } })), Date.UTC(2026, 10, 24));
  const maxSameSide = { per10Minutes: 1, perHour: 20 };
  assert.equal(
    when(asking(buy, { books: { activity }, policy: { maxSameSide } })),
    sameSideFreeAt(activity, key, { max: maxSameSide, now: NOW }),
  );
  const latched = after([NOW - 300], { marks: { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: true } });
  assert.equal(when(asking(buy, { books: { activity: latched } })), null);
  const first = decide(asking(buy));
  assert.ok(first.kind === 'allow');
  const sent = recordSubmission(noActivity, submission({ at: NOW - 5000, marks: first.marks }));
  assert.equal(when(asking(buy, { books: { activity: sent } })), NOW + 25_000);
  assert.equal(when(asking(buy, { policy: { maxOrderSize: d('1') } })), null, 'time alone does not make an order smaller');
  const sold = after(
    Array.from({ length: 10 }, () => NOW),
    { purpose: 'exit' },
  );
  const exit = { positions: [[swap, held('1')]] as const, policy: { maxOrderRate: max } };
  assert.equal(
    when(asking(closing({ instrument: swap.id }), { ...exit, books: { activity: sold } })),
    exitsFreeAt(sold, alpha, { max: { perSecond: 10, perMinute: 1000 }, now: NOW }),
  );
});

test('what was never sent leaves nothing behind, and the first of a kind begins at one', () => {
  assert.deepEqual(entryRate(noActivity, NOW), { perSecond: 0, perMinute: 0 });
  assert.deepEqual(exitRate(noActivity, alpha, NOW), { perSecond: 0, perMinute: 0 });
  assert.deepEqual(rejectionUse(noActivity, NOW), { inARow: 0, per10Minutes: 0 });
  assert.equal(entriesFreeAt(noActivity, { perSecond: 0, perMinute: 0 }, NOW), NOW);
  assert.equal(exitsFreeAt(noActivity, alpha, { max: { perSecond: 0, perMinute: 0 }, now: NOW }), NOW);
  assert.equal(sameSideFreeAt(noActivity, key, { max: { per10Minutes: 0, perHour: 0 }, now: NOW }), NOW);
  assert.equal(formatDecimal(approvalSum(noActivity, 'BTC', NOW)), '0');
  const one = after([NOW]);
  assert.deepEqual([one.entriesPerSecond.length, one.entriesPerMinute.length], [1, 1]);
  const [sameSide] = [...entries(one.sameSide)];
  const [approval] = [...entries(one.approvals)];
  assert.deepEqual([sameSide?.[1].slots.length, approval?.[1].length], [1, 1]);
  const [exit] = [...entries(after([NOW], { purpose: 'exit' }).exits)];
  assert.deepEqual([exit?.[1].perSecond.length, exit?.[1].perMinute.length], [1, 1]);
  assert.equal(recordRejection(noActivity, NOW).rejections.slots.length, 1);
});

test('a change of an order is one more message, and one more entry of the day only where it may execute more', () => {
  const entered = after([NOW - 10]);
  const change = { principal: alpha, underlying: 'BTC', purpose: 'entry', notionalUsd: d('60'), increases: true, at: NOW } as const;
  const same = recordAmendment(entered, { ...change, increases: false });
  const more = recordAmendment(entered, change);
  for (const activity of [same, more]) assert.deepEqual(entryRate(activity, NOW), { perSecond: 2, perMinute: 2 });
  assert.deepEqual([entriesToday(same, NOW), entriesToday(more, NOW)], [1, 2]);
  assert.equal(sameSideUse(more, key, NOW).perHour, 1);
  const tomorrow = NOW + 86_400_000;
  assert.equal(entriesToday(recordAmendment(entered, { ...change, at: tomorrow }), tomorrow), 1);
  assert.equal(entriesToday(recordAmendment(entered, { ...change, increases: false, at: tomorrow }), tomorrow), 0);
  assert.equal(entriesToday(recordAmendment(entered, { ...change, at: NOW - 86_400_000 }), NOW), 2, 'a clock that went back');
});

test('what is merely like the largest entry does not become the largest', () => {
  const largest = (...amounts: readonly string[]) => {
    const activity = amounts.reduce((so, amount) => recordSubmission(so, submission({ notionalUsd: d(amount) })), noActivity);
    return [...entries(activity.largest)].map(([, amount]) => formatDecimal(amount));
  };
  assert.deepEqual(largest('100', '105'), ['100']);
  assert.deepEqual(largest('100', '105.01'), ['105.01']);
  assert.deepEqual(largest('100', '50'), ['100']);
});

test('only a side of the agent itself that is latched latches it', () => {
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: true };
  const latched = after([NOW], { marks });
  assert.equal(isLatched(latched, alpha), true);
  assert.equal(isLatched(latched, beta), false);
  assert.equal(isLatched(after([NOW]), alpha), false);
  assert.equal(isLatched(latched, 'alph' as typeof alpha), false, 'a name that another begins with');
  assert.equal(isLatched(clearLatchesOf(latched, alpha), alpha), false);
  assert.equal(isLatched(clearLatchesOf(latched, beta), alpha), true);
});

test('an acceptance ends a row of refusals and changes nothing else', () => {
  const refused = recordRejection(recordRejection(noActivity, NOW - 1), NOW);
  assert.deepEqual(rejectionUse(refused, NOW), { inARow: 2, per10Minutes: 2 });
  assert.deepEqual(rejectionUse(recordAcceptance(refused), NOW), { inARow: 0, per10Minutes: 2 });
  assert.equal(recordAcceptance(noActivity), noActivity);
});

test('of several orders like one, the last counts, whichever of its texts it was remembered by', () => {
  const asked = { quantity: d('60'), unit: 'usd' } as const;
  const money: Likeness = { ...like, asked };
  const remember = (activity: Activity, order: Likeness, at: number): Activity => {
    const marks = { fingerprints: fingerprintsOf(order), duplicateWindowMilliseconds: 30_000, latchesSameSide: false };
    return recordSubmission(activity, submission({ at, marks }));
  };
  const bySize = { ...like, price: d('60000.1') };
  const byMoney = { ...money, size: d('0.002') };
  const early = remember(remember(noActivity, byMoney, NOW), bySize, NOW + 5);
  const late = remember(remember(noActivity, bySize, NOW), byMoney, NOW + 5);
  assert.equal(lastAlike(early, money), NOW + 5);
  assert.equal(lastAlike(late, money), NOW + 5);
  const near = remember(remember(noActivity, bySize, NOW + 5), { ...like, price: d('59999.9') }, NOW + 3);
  assert.equal(lastAlike(near, like), NOW + 5);
});

test('base quantities and contracts are remembered by their size alone, and a price that is not named by none', () => {
  for (const unit of ['base', 'contracts'] as const)
    assert.deepEqual(fingerprintsOf({ ...like, asked: { quantity: d('7'), unit } }), ['alpha BTC-USDT buy limit 0.001 600000']);
  for (const unit of ['usd', 'quote'] as const)
    assert.deepEqual(fingerprintsOf({ ...like, price: null, asked: { quantity: d('7'), unit } }), [
      'alpha BTC-USDT buy limit 0.001 ',
      `alpha BTC-USDT buy limit 7 ${unit} `,
    ]);
});

test('an order is remembered for its own window and forgotten two pages later, however short the windows beside it', () => {
  const remember = (activity: Activity, text: string, at: number, window: number): Activity => {
    const marks = { fingerprints: [text], duplicateWindowMilliseconds: window, latchesSameSide: false };
    return recordSubmission(activity, submission({ at, marks }));
  };
  const pages = (activity: Activity) =>
    [activity.recent.younger, activity.recent.older].map((page) => [...entries(page)].map(([text]) => text).sort());
  // The first page is open until 100, and the long window comes onto it.
  let activity = remember(noActivity, 'a', 1, 99);
  activity = remember(activity, 'b', 50, 1000);
  assert.deepEqual(pages(activity), [['a', 'b'], []]);
  activity = remember(activity, 'c', 100, 10);
  assert.deepEqual(pages(activity), [['c'], ['a', 'b']], 'the page turns at its very end');
  activity = remember(activity, 'd', 1099, 10);
  assert.deepEqual(
    pages(activity),
    [
      ['c', 'd'],
      ['a', 'b'],
    ],
    'b is needed for a thousand milliseconds more',
  );
  activity = remember(activity, 'e', 1100, 10);
  assert.deepEqual(pages(activity), [['e'], ['c', 'd']]);
  activity = remember(activity, 'f', 1110, 10);
  assert.deepEqual(pages(activity), [['f'], ['e']]);
});

test('a slot counts to the last millisecond that may be inside its window', () => {
  const activity = after([NOW]);
  assert.equal(entryRate(activity, NOW + 1098).perSecond, 1);
  assert.equal(entryRate(activity, NOW + 1099).perSecond, 0);
  const free = entriesFreeAt(after([NOW, NOW + 500]), { perSecond: 1, perMinute: 100 }, NOW + 1200);
  assert.equal(free, NOW + 1599, 'what is outside the window already makes no room');
});
