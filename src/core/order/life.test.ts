import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InstrumentId } from '../market/instrument.ts';
import { compare, decimal, formatDecimal, isNegative, zero } from '../money/decimal.ts';
import type { IntentId, Principal } from './intent.ts';
import { type LifeEvent, lifeTable, move } from './life.ts';
import { type ClientOrderId, highestLimitOf, leaves, limitsOf, type Order } from './order.ts';

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');

const submitted: Order = {
  clientOrderId: 'tabcdef000100000001' as ClientOrderId,
  exchangeOrderId: '',
  principal: 'a' as Principal,
  intentId: 'i' as IntentId,
  instrument: 'BTC-USDT' as InstrumentId,
  product: 'spot',
  side: 'buy',
  type: 'limit',
  size: decimal('4'),
  price: decimal('10'),
  reduceOnly: false,
  leg: 'net',
  stop: null,
  purpose: 'entry',
  arrival: null,
  submittedAt: 0,
  expiresAt: 1500,
  life: { kind: 'submitting' },
  filled: zero,
  filledValue: zero,
  reportedFilled: zero,
  cancel: 'none',
  amend: null,
  verification: 'none',
};

const waiting: Order = {
  ...submitted,
  type: 'stop',
  side: 'sell',
  purpose: 'exit',
  stop: { triggers: { stopLoss: decimal('10'), takeProfit: null }, parent: null, sized: true, moving: null, changes: 0, since: 0 },
};

const amount = fc.integer({ min: 0, max: 4 }).map((size) => decimal(String(size)));
const event: fc.Arbitrary<LifeEvent> = fc.oneof(
  fc.constant<LifeEvent>({ kind: 'accepted', exchangeOrderId: '7' }),
  fc.constantFrom<LifeEvent>({ kind: 'rejected' }, { kind: 'not_sent' }, { kind: 'absent', proof: 'other' }),
  fc.constantFrom<LifeEvent>({ kind: 'unknown', at: 5 }, { kind: 'not_found', at: 6, look: null }),
  fc.record({
    kind: fc.constant('reported' as const),
    exchangeOrderId: fc.constant('7'),
    state: fc.constantFrom('live', 'partially_filled', 'filled', 'cancelled'),
    filled: amount,
  }),
  fc.constantFrom('1', '2').map((size): LifeEvent => ({ kind: 'filled', size: decimal(size), price: decimal('10') })),
  fc.constantFrom<LifeEvent>(
    { kind: 'armed', exchangeOrderId: '8', size: null },
    { kind: 'armed', exchangeOrderId: '8', size: decimal('3') },
    { kind: 'triggered', exchangeOrderId: '9' },
  ),
  fc.constantFrom('2', '6').map((size): LifeEvent => ({ kind: 'amending', amend: { size: decimal(size), price: decimal('11') } })),
  fc.constantFrom<LifeEvent>({ kind: 'amended', outcome: 'applied' }, { kind: 'amended', outcome: 'refused' }),
);

test('whatever news comes in whatever order, fills only add up, the reported amount only grows, and what may still execute is never negative', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(event, { maxLength: 14 }), fc.boolean(), (events, isStop) => {
      let order = isStop ? waiting : submitted;
      let booked = 0;
      for (const news of events) {
        const cell = `${order.life.kind}/${news.kind}`;
        seen.set(cell, (seen.get(cell) ?? 0) + 1);
        const after = move(order, news).order;
        if (news.kind === 'filled') booked += Number(formatDecimal(news.size));
        assert.equal(formatDecimal(after.filled), String(booked));
        assert.ok(compare(after.reportedFilled, order.reportedFilled) >= 0);
        assert.ok(!isNegative(leaves(after)));
        // An end with evidence is left only when the exchange shows that the order lives.
        if (order.life.kind === 'done' && after.life.kind !== 'done')
          assert.ok(['reported', 'filled', 'accepted', 'armed', 'triggered'].includes(news.kind));
        order = after;
      }
    }),
    { seed, numRuns: 5000 },
  );
  const cells = Object.entries(lifeTable).flatMap(([life, row]) => Object.keys(row).map((news) => `${life}/${news}`));
  assert.deepEqual(
    cells.filter((cell) => (seen.get(cell) ?? 0) === 0),
    [],
    'every cell of the table was visited',
  );
});

test('an unknown outcome keeps the whole reservation, and a failed answer after it changes nothing', () => {
  const unknown = move(submitted, { kind: 'unknown', at: 1 }).order;
  assert.equal(formatDecimal(leaves(unknown)), '4');
  assert.deepEqual(move(unknown, { kind: 'unknown', at: 9 }).order, unknown);
});

test('a live report after a rejection opens the order again and is a contradiction', () => {
  const rejected = move(submitted, { kind: 'rejected' }).order;
  assert.equal(formatDecimal(leaves(rejected)), '0');
  const { order, contradiction } = move(rejected, { kind: 'reported', exchangeOrderId: '7', state: 'live', filled: zero });
  assert.equal(contradiction, true);
  assert.equal(order.life.kind, 'working');
  assert.equal(formatDecimal(leaves(order)), '4');
});

test('a late answer to an order that was seen to end already is no contradiction', () => {
  const filled = move(submitted, { kind: 'filled', size: submitted.size, price: decimal('10') }).order;
  const { order, contradiction } = move(filled, { kind: 'accepted', exchangeOrderId: '7' });
  assert.equal(contradiction, false);
  assert.deepEqual(order.life, { kind: 'done', outcome: 'filled' });
  assert.equal(order.exchangeOrderId, '7');
});

test('more executed than ordered is booked, and told', () => {
  const { order, contradiction } = move(submitted, { kind: 'filled', size: decimal('5'), price: decimal('10') });
  assert.equal(contradiction, true);
  assert.equal(formatDecimal(order.filled), '5');
});

const amending = (order: Order, size: string, price: string): Order =>
  move(order, { kind: 'amending', amend: { size: decimal(size), price: decimal(price) } }).order;
const amended = (order: Order, outcome: 'applied' | 'refused'): Order => move(order, { kind: 'amended', outcome }).order;

test('until an amendment is answered the larger size and the higher price count, whichever way it goes', () => {
  const working = move(submitted, { kind: 'accepted', exchangeOrderId: '7' }).order;
  for (const [size, price, most, highest] of [
    ['6', '11', '6', '11'],
    ['2', '9', '4', '10'],
    ['6', '9', '6', '10'],
  ] as const) {
    const pending = amending(working, size, price);
    assert.equal(formatDecimal(leaves(pending)), most);
    assert.equal(formatDecimal(highestLimitOf(pending)), highest);
    assert.deepEqual(limitsOf(pending).map(formatDecimal), ['10', price]);
    assert.equal(formatDecimal(leaves(amended(pending, 'applied'))), size);
    assert.equal(formatDecimal(highestLimitOf(amended(pending, 'applied'))), price);
    assert.deepEqual(amended(pending, 'refused'), working);
  }
});

test('an amendment to what has executed already ends the order, and executing as it was ends it only when the answer is known', () => {
  const working = move(submitted, { kind: 'accepted', exchangeOrderId: '7' }).order;
  const half = move(working, { kind: 'filled', size: decimal('2'), price: decimal('10') }).order;
  assert.deepEqual(amended(amending(half, '2', '10'), 'applied').life, { kind: 'done', outcome: 'filled' });
  const { order: whole, contradiction } = move(amending(half, '6', '10'), { kind: 'filled', size: decimal('3'), price: decimal('10') });
  assert.equal(contradiction, false, 'five of four may be the amended order');
  assert.equal(whole.life.kind, 'working');
  assert.deepEqual(amended(whole, 'refused').life, { kind: 'done', outcome: 'filled' });
});

test('the acknowledgement of a stop order says that it waits, and only what it sends is on the book', () => {
  const armed = move(waiting, { kind: 'accepted', exchangeOrderId: '8' }).order;
  assert.deepEqual([armed.life.kind, armed.exchangeOrderId, formatDecimal(leaves(armed))], ['armed', '8', '4']);
  const smaller = move(armed, { kind: 'armed', exchangeOrderId: '8', size: decimal('3') }).order;
  assert.equal(formatDecimal(leaves(smaller)), '3');
  const sent = move(smaller, { kind: 'triggered', exchangeOrderId: '9' }).order;
  assert.deepEqual([sent.life.kind, sent.exchangeOrderId], ['working', '9']);
  assert.deepEqual(move(sent, { kind: 'filled', size: decimal('3'), price: decimal('9') }).order.life, { kind: 'done', outcome: 'filled' });
});

test('a stop order that was believed absent and is seen to wait is open again, and a contradiction', () => {
  const absent = move(waiting, { kind: 'absent', proof: 'other' }).order;
  const { order, contradiction } = move(absent, { kind: 'armed', exchangeOrderId: '8', size: null });
  assert.deepEqual([order.life.kind, contradiction], ['armed', true]);
  const cancelled = move(move(waiting, { kind: 'accepted', exchangeOrderId: '8' }).order, {
    kind: 'reported',
    exchangeOrderId: '8',
    state: 'cancelled',
    filled: zero,
  }).order;
  assert.deepEqual(cancelled.life, { kind: 'done', outcome: 'cancelled' });
  assert.equal(move(cancelled, { kind: 'armed', exchangeOrderId: '8', size: null }).order.life.kind, 'done', 'an old answer undoes no end');
});

test('a cancelled order still counts what it executed until every fill is booked', () => {
  const cancelled = move(move(submitted, { kind: 'accepted', exchangeOrderId: '7' }).order, {
    kind: 'reported',
    exchangeOrderId: '7',
    state: 'cancelled',
    filled: decimal('3'),
  }).order;
  assert.equal(formatDecimal(leaves(cancelled)), '3');
  const booked = move(cancelled, { kind: 'filled', size: decimal('3'), price: decimal('10') }).order;
  assert.deepEqual(booked.life, { kind: 'done', outcome: 'cancelled' });
});
