import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import type { IntentId, Principal, ProtectIntent } from '../order/intent.ts';
import type { Order, Triggers } from '../order/order.ts';
import { alpha, asking, beta, closing, d, held, openOrder, spot, swap, unknownLife } from '../../../test/support/policy-samples.ts';
import type { ProtectQuestion } from './control.ts';
import { decideProtection } from './protect.ts';

// BTC at 60,000; alpha holds two contracts long unless a test says otherwise.

type Given = { readonly stop?: string; readonly profit?: string; readonly by?: Principal };

function wanting({ stop, profit, by = alpha }: Given, changes: Parameters<typeof asking>[1] = {}): ProtectQuestion {
  const { books, circumstances, policy, sharedPositions } = asking(closing(), { positions: [[swap, held('2')]], ...changes });
  const intent: ProtectIntent = {
    kind: 'protect',
    principal: by,
    intentId: 's1' as IntentId,
    reason: 'a test',
    evidence: [],
    strategy: '',
    instrument: swap.id,
    stopLoss: stop === undefined ? null : d(stop),
    takeProfit: profit === undefined ? null : d(profit),
  };
  return { books, circumstances, policy, sharedPositions, intent };
}

function stopOrder(size: string, triggers: Partial<Triggers>, changes: Partial<Order> & { readonly moved?: number } = {}): Order {
  const { moved = 0, ...rest } = changes;
  return openOrder(swap, 'sell', size, {
    type: 'stop',
    purpose: 'exit',
    reduceOnly: true,
    life: { kind: 'armed' },
    exchangeOrderId: '7',
    stop: { triggers: { stopLoss: null, takeProfit: null, ...triggers }, parent: null, moving: null, changes: moved, since: 0 },
    ...rest,
  });
}

function told(question: ProtectQuestion): string {
  const decided = decideProtection(question);
  if (decided.kind === 'deny') return `${decided.code} ${decided.message}`;
  const trigger = ({ stopLoss, takeProfit }: Triggers) =>
    `${stopLoss === null ? '-' : formatDecimal(stopLoss)}/${takeProfit === null ? '-' : formatDecimal(takeProfit)}`;
  return [
    ...decided.moves.map(({ order, triggers }) => `move ${formatDecimal(order.size)} to ${trigger(triggers)}`),
    ...decided.places.map((terms) => `${terms.side} ${formatDecimal(terms.size)} at ${trigger(terms)}`),
  ].join(', ');
}

test('what nothing covers gets a stop order of its own, with both triggers in one where both are missing', () => {
  assert.equal(told(wanting({ stop: '58000' })), 'sell 2 at 58000/-');
  assert.equal(told(wanting({ stop: '58000', profit: '63000' })), 'sell 2 at 58000/63000');
  const covered = { orders: [stopOrder('1.5', { stopLoss: d('57000') })] };
  assert.equal(told(wanting({ stop: '58000', profit: '63000' }, covered)), 'move 1.5 to 58000/-, sell 0.5 at 58000/-, sell 2 at -/63000');
});

test('a stop comes nearer to the market and never goes away from it, for a long and for a short position', () => {
  const long = { orders: [stopOrder('2', { stopLoss: d('57000') })] };
  assert.equal(told(wanting({ stop: '57500' }, long)), 'move 2 to 57500/-');
  assert.match(told(wanting({ stop: '56999.9' }, long)), /^NOT_ALLOWED .*may only come nearer/);
  const short = { positions: [[swap, held('-2')]], orders: [stopOrder('2', { stopLoss: d('63000') }, { side: 'buy' })] } as const;
  assert.equal(told(wanting({ stop: '62500' }, short)), 'move 2 to 62500/-');
  assert.match(told(wanting({ stop: '63000.1' }, short)), /^NOT_ALLOWED .*may only come nearer/);
});

test('a take-profit may go either way, and not to the wrong side', () => {
  const orders = [stopOrder('2', { stopLoss: d('57000'), takeProfit: d('63000') })];
  assert.equal(told(wanting({ profit: '65000' }, { orders })), 'move 2 to 57000/65000');
  assert.equal(told(wanting({ profit: '61000' }, { orders })), 'move 2 to 57000/61000');
  assert.match(told(wanting({ profit: '60000' }, { orders })), /^NOT_ALLOWED .*wrong side: it has to be above 60000/);
  assert.match(told(wanting({ stop: '60000' }, { orders })), /^NOT_ALLOWED .*wrong side: it has to be below 60000/);
  assert.match(told(wanting({ stop: '58000.05' }, { orders })), /^PRECISION/);
});

test('nearer than the least distance, oftener than the most changes, and while a change is on its way nothing is moved', () => {
  const policy = { minStopDistance: d('0.01'), maxStopChanges: 2 };
  const orders = [stopOrder('2', { stopLoss: d('57000') }, { moved: 1 })];
  assert.equal(told(wanting({ stop: '59400' }, { policy, orders })), 'move 2 to 59400/-');
  assert.match(told(wanting({ stop: '59400.1' }, { policy, orders })), /^NOT_ALLOWED .*min_stop_distance/);
  const worn = [stopOrder('2', { stopLoss: d('57000') }, { moved: 2 })];
  assert.match(told(wanting({ stop: '58000' }, { policy, orders: worn })), /^NOT_ALLOWED .*moved 2 of at most 2 times.*max_stop_changes/);
  const [one] = orders;
  assert.ok(one !== undefined && one.stop !== null);
  const moving = { ...one, stop: { ...one.stop, moving: { triggers: { stopLoss: d('58000'), takeProfit: null }, at: 1 } } };
  assert.match(told(wanting({ stop: '58500' }, { policy, orders: [moving] })), /not confirmed yet/);
  assert.match(told(wanting({ stop: '58500' }, { policy, orders: [{ ...one, life: unknownLife }] })), /not confirmed yet/);
  assert.equal(told(wanting({ stop: '58000' }, { policy: { maxStopChanges: 0 } })), 'sell 2 at 58000/-', 'a first stop is no change');
});

test('what stands already is said, and nothing is sent for it', () => {
  const orders = [stopOrder('2', { stopLoss: d('57000') })];
  assert.match(told(wanting({ stop: '57000' }, { orders })), /^NOT_ALLOWED .*protected at these prices already/);
});

test('an agent protects its own share alone, and moves no stop of another', () => {
  const positions = [[swap, held('3', { alpha: '2', beta: '1' })]] as const;
  const orders = [stopOrder('2', { stopLoss: d('57000') })];
  assert.equal(told(wanting({ stop: '58000', by: beta }, { positions, orders })), 'sell 1 at 58000/-');
  assert.match(told(wanting({ stop: '58000', by: 'gamma' as Principal }, { positions, orders })), /^NOT_FOUND/);
  assert.equal(
    told(wanting({ stop: '58000', by: beta }, { positions, orders, sharedPositions: true })),
    'move 2 to 58000/-, sell 1 at 58000/-',
  );
});

test('in REDUCE_ONLY a stop may be set, while HALTED, booting, without a price or a reason it may not', () => {
  assert.equal(told(wanting({ stop: '58000' }, { mode: 'REDUCE_ONLY' })), 'sell 2 at 58000/-');
  assert.match(told(wanting({ stop: '58000' }, { mode: 'HALTED' })), /^HALTED/);
  assert.match(told(wanting({ stop: '58000' }, { books: { booting: true } })), /^BOOTING/);
  assert.match(told(wanting({ stop: '58000' }, { circumstances: { quotes: new Map() } })), /^STALE_DATA/);
  const blank = wanting({ stop: '58000' });
  assert.match(told({ ...blank, intent: { ...blank.intent, reason: ' ' } }), /^REASON_REQUIRED/);
  assert.match(told(wanting({ stop: '58000' }, { positions: [] })), /^NOT_FOUND/);
  assert.match(told(wanting({ stop: '58000' }, { positions: [[swap, held('0.005')]] })), /^NOT_FOUND/);
  assert.match(told({ ...blank, intent: { ...blank.intent, instrument: spot.id } }), /^NOT_FOUND/);
});
