import assert from 'node:assert/strict';
import { test } from 'node:test';
import { d, NOW, openOrder, swap } from '../../../test/support/policy-samples.ts';
import { isBeyondEvidence, isProvenAbsent, type Look, sources, worthOf } from './absence.ts';
import { type LifeEvent, move } from './life.ts';
import type { Life, Order } from './order.ts';

const MINUTE = 60_000;
const EXPIRY = NOW + 1500;
const LATE_ENOUGH = EXPIRY + 4000;

const unknown: Life = { kind: 'unknown', since: NOW, negatives: 0, lastNegativeAt: 0 };

function lost(changes: Partial<Order> = {}): Order {
  return openOrder(swap, 'buy', '1', { life: unknown, exchangeOrderId: '', submittedAt: NOW, expiresAt: EXPIRY, ...changes });
}

function look(askedAt: number, silent: Look['silent'] = sources): Look {
  return { askedAt, silent };
}

/** The order after looks were written down, each at the moment at which it was asked. */
function after(order: Order, looks: readonly Look[]): Order {
  return looks.reduce((before, each) => move(before, { kind: 'not_found', at: each.askedAt, look: each }).order, order);
}

const proof: LifeEvent = { kind: 'absent', proof: 'looks' };

test('a look counts when every source is silent and the request can neither arrive nor be hidden by lagging reads any more', () => {
  assert.equal(worthOf(lost(), look(LATE_ENOUGH)), 'counts');
  assert.equal(worthOf(lost(), look(LATE_ENOUGH - 1)), 'nothing');
  for (const missing of sources) {
    const silent = sources.filter((source) => source !== missing);
    assert.equal(worthOf(lost(), look(LATE_ENOUGH, silent)), 'breaks', missing);
  }
});

test('a second look counts a second after the first, whose age does not matter before there is one', () => {
  const once: Life = { kind: 'unknown', since: NOW, negatives: 1, lastNegativeAt: LATE_ENOUGH };
  assert.equal(worthOf(lost({ life: once }), look(LATE_ENOUGH + 999)), 'nothing');
  assert.equal(worthOf(lost({ life: once }), look(LATE_ENOUGH + 1000)), 'counts');
  const broken: Life = { ...once, negatives: 0 };
  assert.equal(worthOf(lost({ life: broken }), look(LATE_ENOUGH + 999)), 'counts');
  assert.equal(worthOf(lost({ life: { kind: 'working' } }), look(LATE_ENOUGH)), 'counts');
});

test('ninety minutes after it was sent silence proves nothing any more, unless the exchange had known the order or it is a stop', () => {
  const end = NOW + 90 * MINUTE;
  assert.equal(isBeyondEvidence(lost(), end - 1), false);
  assert.equal(isBeyondEvidence(lost(), end), true);
  assert.equal(isBeyondEvidence(lost({ exchangeOrderId: '7' }), end), false);
  assert.equal(isBeyondEvidence(lost({ reportedFilled: d('0.1') }), end), false);
  const stop = { triggers: { stopLoss: d('10'), takeProfit: null }, parent: null, sized: true, moving: null, changes: 0, since: 0 };
  assert.equal(isBeyondEvidence(lost({ stop }), end), false);
  assert.equal(worthOf(lost(), look(end - 1)), 'counts');
  assert.equal(worthOf(lost(), look(end)), 'nothing');
  assert.equal(worthOf(lost({ exchangeOrderId: '7' }), look(end)), 'counts');
});

test('two looks that count prove absence; one does not, and without them the word for it ends nothing', () => {
  const one = after(lost(), [look(LATE_ENOUGH)]);
  assert.equal(isProvenAbsent(one), false);
  assert.deepEqual(move(one, proof), { order: one, contradiction: false });
  const two = after(one, [look(LATE_ENOUGH + 1000)]);
  assert.equal(isProvenAbsent(two), true);
  assert.deepEqual(move(two, proof).order.life, { kind: 'done', outcome: 'absent' });
  assert.deepEqual(move(lost(), proof).order.life, unknown);
  assert.deepEqual(move(lost({ life: { kind: 'submitting' } }), proof).order.life, { kind: 'submitting' });
  assert.equal(isProvenAbsent(lost({ life: { kind: 'working' } })), false);
});

test('with one source less in either of two looks the order stays unknown', () => {
  for (const missing of sources)
    for (const incomplete of [0, 1]) {
      const silent = sources.filter((source) => source !== missing);
      const looks = [LATE_ENOUGH, LATE_ENOUGH + 1000].map((at, index) => look(at, index === incomplete ? silent : sources));
      const order = after(lost(), looks);
      assert.equal(move(order, proof).order.life.kind, 'unknown', `${missing} of look ${incomplete}`);
    }
});

test('a look that found something changed begins the count anew', () => {
  const times = [0, 1000, 2000].map((later) => LATE_ENOUGH + later);
  const [first = 0, second = 0, third = 0] = times;
  const broken = after(lost(), [look(first), look(second, ['order', 'pending', 'history', 'fills']), look(third)]);
  assert.deepEqual(broken.life, { kind: 'unknown', since: NOW, negatives: 1, lastNegativeAt: third });
  assert.equal(isProvenAbsent(after(broken, [look(third + 1000)])), true);
});

test('an order that rested and that no source knows any more is of unknown outcome from then on; a look that does not count changes nothing', () => {
  const resting = lost({ life: { kind: 'working' }, exchangeOrderId: '7' });
  assert.deepEqual(after(resting, [look(LATE_ENOUGH)]).life, {
    kind: 'unknown',
    since: LATE_ENOUGH,
    negatives: 1,
    lastNegativeAt: LATE_ENOUGH,
  });
  assert.deepEqual(after(resting, [look(LATE_ENOUGH, ['order'])]).life, { kind: 'working' });
  assert.deepEqual(after(lost(), [look(LATE_ENOUGH - 1)]).life, unknown);
});

test('what older versions noted without saying where they had looked counts as it did, and so does what ends a stop', () => {
  const noted: LifeEvent = { kind: 'not_found', at: NOW, look: null };
  const once = move(lost(), noted).order;
  assert.deepEqual(once.life, { kind: 'unknown', since: NOW, negatives: 1, lastNegativeAt: NOW });
  assert.deepEqual(move(once, { kind: 'absent', proof: 'other' }).order.life, { kind: 'done', outcome: 'absent' });
});
