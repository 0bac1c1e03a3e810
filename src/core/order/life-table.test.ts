import assert from 'node:assert/strict';
import { test } from 'node:test';
import { d, openOrder, spot } from '../../../test/support/policy-samples.ts';
import { formatDecimal, zero } from '../money/decimal.ts';
import { type LifeEvent, move } from './life.ts';
import type { Life, Order } from './order.ts';

// Where each piece of news leads from each place that an order can be in. The order is for 4, of which 1 was filled; `!` marks news that
// contradicts what was believed. A stop order differs from a plain one in what an acknowledgement means, so it has rows of its own.

const places: Readonly<Record<string, Life>> = {
  submitting: { kind: 'submitting' },
  unknown: { kind: 'unknown', since: 1, negatives: 1, lastNegativeAt: 2 },
  armed: { kind: 'armed' },
  working: { kind: 'working' },
  settling: { kind: 'settling', outcome: 'cancelled', filled: d('3') },
  filled: { kind: 'done', outcome: 'filled' },
  cancelled: { kind: 'done', outcome: 'cancelled' },
  rejected: { kind: 'done', outcome: 'rejected' },
  absent: { kind: 'done', outcome: 'absent' },
};

const reported = (state: 'live' | 'partially_filled' | 'filled' | 'cancelled', filled: string): LifeEvent => ({
  kind: 'reported',
  exchangeOrderId: '9',
  state,
  filled: d(filled),
});

const news: Readonly<Record<string, LifeEvent>> = {
  accepted: { kind: 'accepted', exchangeOrderId: '9' },
  armed: { kind: 'armed', exchangeOrderId: '9', size: null },
  triggered: { kind: 'triggered', exchangeOrderId: '9' },
  rejected: { kind: 'rejected' },
  'not sent': { kind: 'not_sent' },
  unknown: { kind: 'unknown', at: 7 },
  'not found': { kind: 'not_found', at: 7, look: null },
  absent: { kind: 'absent', proof: 'other' },
  live: reported('live', '1'),
  'partly filled': reported('partially_filled', '2'),
  'filled, booked': reported('filled', '1'),
  'filled, not booked': reported('filled', '4'),
  'cancelled, booked': reported('cancelled', '1'),
  'cancelled, not booked': reported('cancelled', '2'),
  'a fill of 1': { kind: 'filled', size: d('1'), price: d('10') },
  'a fill of 2': { kind: 'filled', size: d('2'), price: d('10') },
  'a fill of 3': { kind: 'filled', size: d('3'), price: d('10') },
  'a fill of 4': { kind: 'filled', size: d('4'), price: d('10') },
  'amending to 1': { kind: 'amending', amend: { size: d('1'), price: d('11') } },
  amended: { kind: 'amended', outcome: 'applied' },
};

/** By news; the columns are the places above, from submitting to absent. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  accepted: [
    'working 9',
    'working 9',
    'armed 9',
    'working',
    'settling cancelled at 3',
    'filled 9',
    'cancelled 9',
    'working 9 !',
    'working 9 !',
  ],
  armed: ['armed 9', 'armed 9', 'armed 9', 'working', 'settling cancelled at 3', 'filled 9', 'cancelled 9', 'working 9 !', 'working 9 !'],
  triggered: [
    'working 9',
    'working 9',
    'working 9',
    'working 9',
    'settling cancelled at 3',
    'filled 9',
    'cancelled 9',
    'working 9 !',
    'working 9 !',
  ],
  rejected: ['rejected', 'rejected', 'rejected', 'working', 'settling cancelled at 3', 'filled', 'cancelled', 'rejected', 'absent'],
  'not sent': ['absent', 'absent', 'absent', 'working', 'settling cancelled at 3', 'filled', 'cancelled', 'rejected', 'absent'],
  unknown: [
    'unknown since 7, 0 × not found, last at 0',
    'unknown since 1, 1 × not found, last at 2',
    'armed',
    'working',
    'settling cancelled at 3',
    'filled',
    'cancelled',
    'rejected',
    'absent',
  ],
  'not found': [
    'unknown since 7, 1 × not found, last at 7',
    'unknown since 1, 2 × not found, last at 7',
    'unknown since 7, 1 × not found, last at 7',
    'unknown since 7, 1 × not found, last at 7',
    'settling cancelled at 3',
    'filled',
    'cancelled',
    'rejected',
    'absent',
  ],
  absent: ['absent', 'absent', 'absent', 'working', 'settling cancelled at 3', 'filled', 'cancelled', 'rejected', 'absent'],
  live: [
    'working 9',
    'working 9',
    'working 9',
    'working 9',
    'settling cancelled at 3 9',
    'filled 9',
    'cancelled 9',
    'working 9 !',
    'working 9 !',
  ],
  'partly filled': [
    'working 9',
    'working 9',
    'working 9',
    'working 9',
    'settling cancelled at 3 9',
    'filled 9',
    'cancelled 9',
    'working 9 !',
    'working 9 !',
  ],
  'filled, booked': [
    'filled 9',
    'filled 9',
    'filled 9',
    'filled 9',
    'settling filled at 3 9',
    'filled 9',
    'filled 9',
    'filled 9 !',
    'filled 9 !',
  ],
  'filled, not booked': [
    'settling filled at 4 9',
    'settling filled at 4 9',
    'settling filled at 4 9',
    'settling filled at 4 9',
    'settling filled at 4 9',
    'settling filled at 4 9',
    'settling filled at 4 9',
    'settling filled at 4 9 !',
    'settling filled at 4 9 !',
  ],
  'cancelled, booked': [
    'cancelled 9',
    'cancelled 9',
    'cancelled 9',
    'cancelled 9',
    'settling cancelled at 3 9',
    'cancelled 9',
    'cancelled 9',
    'cancelled 9 !',
    'cancelled 9 !',
  ],
  'cancelled, not booked': [
    'settling cancelled at 2 9',
    'settling cancelled at 2 9',
    'settling cancelled at 2 9',
    'settling cancelled at 2 9',
    'settling cancelled at 3 9',
    'settling cancelled at 2 9',
    'settling cancelled at 2 9',
    'settling cancelled at 2 9 !',
    'settling cancelled at 2 9 !',
  ],
  'a fill of 1': ['working', 'working', 'working', 'working', 'settling cancelled at 3', 'filled', 'cancelled !', 'working !', 'working !'],
  'a fill of 2': ['working', 'working', 'working', 'working', 'cancelled', 'filled', 'cancelled !', 'working !', 'working !'],
  'a fill of 3': ['filled', 'filled', 'filled', 'filled', 'cancelled !', 'filled', 'cancelled !', 'filled !', 'filled !'],
  'a fill of 4': ['filled !', 'filled !', 'filled !', 'filled !', 'cancelled !', 'filled !', 'cancelled !', 'filled !', 'filled !'],
  'amending to 1': [
    'submitting',
    'unknown since 1, 1 × not found, last at 2',
    'armed',
    'working',
    'settling cancelled at 3',
    'filled',
    'cancelled',
    'rejected',
    'absent',
  ],
  amended: [
    'submitting',
    'unknown since 1, 1 × not found, last at 2',
    'armed',
    'working',
    'settling cancelled at 3',
    'filled',
    'cancelled',
    'rejected',
    'absent',
  ],
};

const stop: Order['stop'] = {
  triggers: { stopLoss: d('10'), takeProfit: null },
  parent: null,
  sized: true,
  moving: null,
  changes: 0,
  since: 0,
};

function orderAt(life: Life, changes: Partial<Order> = {}): Order {
  const reportedFilled = life.kind === 'settling' ? life.filled : d('1');
  return openOrder(spot, 'buy', '4', { life, exchangeOrderId: '7', filled: d('1'), filledValue: d('10'), reportedFilled, ...changes });
}

function told(life: Life): string {
  switch (life.kind) {
    case 'unknown':
      return `unknown since ${life.since}, ${life.negatives} × not found, last at ${life.lastNegativeAt}`;
    case 'settling':
      return `settling ${life.outcome} at ${formatDecimal(life.filled)}`;
    case 'done':
      return life.outcome;
    default:
      return life.kind;
  }
}

/** Where one piece of news leads, `9` where the order took over the number that came with it, and `!` for a contradiction. */
function outcome(order: Order, event: LifeEvent): string {
  const { order: after, contradiction } = move(order, event);
  assert.notEqual(after.exchangeOrderId, '');
  return `${told(after.life)}${after.exchangeOrderId === '9' ? ' 9' : ''}${contradiction ? ' !' : ''}`;
}

test('news leads from each place in the life of an order to one next place, and what was ruled out before is a contradiction', () => {
  const table = Object.entries(news).map(([name, event]) => [name, Object.values(places).map((life) => outcome(orderAt(life), event))]);
  assert.deepEqual(Object.fromEntries(table), EXPECTED);
});

test('the acknowledgement of a stop order arms it, unless it is on its way already', () => {
  for (const name of ['accepted', 'armed']) {
    const event = news[name];
    assert.ok(event !== undefined);
    const row: readonly string[] = Object.values(places).map((life) => outcome(orderAt(life, { type: 'stop', stop }), event));
    assert.deepEqual(row, [
      'armed 9',
      'armed 9',
      'armed 9',
      'working',
      'settling cancelled at 3',
      'filled 9',
      'cancelled 9',
      'armed 9 !',
      'armed 9 !',
    ]);
  }
});

test('news without a number leaves the number that is known', () => {
  for (const event of [
    { kind: 'accepted', exchangeOrderId: '' },
    { kind: 'armed', exchangeOrderId: '', size: null },
    { kind: 'reported', exchangeOrderId: '', state: 'live', filled: zero },
  ] satisfies LifeEvent[])
    assert.equal(move(orderAt({ kind: 'unknown', since: 1, negatives: 0, lastNegativeAt: 0 }), event).order.exchangeOrderId, '7');
});

test('a fill adds its size and its value, and the position is to be looked at', () => {
  const { order } = move(orderAt({ kind: 'working' }), { kind: 'filled', size: d('2'), price: d('12') });
  assert.deepEqual([order.filled, order.filledValue, order.reportedFilled].map(formatDecimal), ['3', '34', '3']);
  assert.equal(order.verification, 'pending');
  const ahead = move(orderAt({ kind: 'working' }, { reportedFilled: d('4') }), { kind: 'filled', size: d('2'), price: d('12') }).order;
  assert.equal(formatDecimal(ahead.reportedFilled), '4');
});

test('what is refused to be amended stays as it was, and an answer to nothing changes nothing', () => {
  const working = orderAt({ kind: 'working' });
  const { order: asked } = move(working, { kind: 'amending', amend: { size: d('5'), price: d('11') } });
  assert.deepEqual(asked.amend, { size: d('5'), price: d('11') });
  assert.deepEqual(move(asked, { kind: 'amended', outcome: 'refused' }).order, working);
  assert.deepEqual(move(working, { kind: 'amended', outcome: 'applied' }).order, working);
  const waiting = orderAt({ kind: 'armed' }, { type: 'stop', stop });
  assert.deepEqual(move(waiting, { kind: 'amending', amend: { size: d('5'), price: d('11') } }).order, waiting);
});
