import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import type { IntentId, Principal, ProtectIntent } from '../order/intent.ts';
import { positionKey } from '../order/leg.ts';
import type { Order, Triggers } from '../order/order.ts';
import {
  alpha,
  asking,
  beta,
  closing,
  d,
  ether,
  held,
  inverse,
  NOW,
  openOrder,
  operator,
  quoteOf,
  spot,
  swap,
  unknownLife,
} from '../../../test/support/policy-samples.ts';
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
    stop: {
      triggers: { stopLoss: null, takeProfit: null, ...triggers },
      parent: null,
      sized: true,
      moving: null,
      changes: moved,
      since: 0,
    },
    ...rest,
  });
}

function told(question: ProtectQuestion): string {
  const decided = decideProtection(question);
  if (decided.kind === 'deny') return `${decided.code} ${decided.message}`;
  assert.equal(decided.kind, 'allow');
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

test('every stop order of the position is moved at the triggers that it has, and at no others', () => {
  const orders = [
    stopOrder('1', { stopLoss: d('57000') }),
    stopOrder('2', { stopLoss: d('57000'), takeProfit: d('63000') }),
    stopOrder('1', { takeProfit: d('62000') }),
  ];
  assert.equal(
    told(wanting({ stop: '58000', profit: '63000' }, { orders })),
    'move 1 to 58000/-, move 2 to 58000/63000, move 1 to -/63000',
  );
  assert.equal(told(wanting({ stop: '58000' }, { orders })), 'move 1 to 58000/-, move 2 to 58000/63000');
  assert.equal(told(wanting({ profit: '64000' }, { orders })), 'move 2 to 57000/64000, move 1 to -/64000');
});

test('a take-profit covers no missing stop, and a stop no missing take-profit', () => {
  assert.equal(told(wanting({ stop: '58000' }, { orders: [stopOrder('2', { takeProfit: d('63000') })] })), 'sell 2 at 58000/-');
  assert.equal(told(wanting({ profit: '63000' }, { orders: [stopOrder('2', { stopLoss: d('57000') })] })), 'sell 2 at -/63000');
});

test('plain orders, stops of other instruments and stops of the other side protect nothing here', () => {
  const elsewhere = stopOrder('2', { stopLoss: d('57000') }, { instrument: inverse.id });
  const otherSide = stopOrder('2', { stopLoss: d('63000') }, { side: 'buy' });
  const plain = openOrder(swap, 'sell', '2', { purpose: 'exit', reduceOnly: true });
  for (const order of [elsewhere, otherSide, plain])
    assert.equal(told(wanting({ stop: '58000' }, { orders: [order] })), 'sell 2 at 58000/-');
});

test('what an agent owns on the other side of the position is no share of it', () => {
  const positions = [[swap, held('1', { alpha: '-1', beta: '2' })]] as const;
  assert.equal(
    told(wanting({ stop: '58000' }, { positions })),
    `NOT_FOUND refused: you hold nothing of ${swap.id} that the exchange would close for you`,
  );
});

test('exactly the least size of the exchange is protected, whole or as the rest beside a stop order', () => {
  assert.equal(told(wanting({ stop: '58000' }, { positions: [[swap, held('0.01')]] })), 'sell 0.01 at 58000/-');
  const orders = [stopOrder('1.99', { stopLoss: d('57000') })];
  assert.equal(told(wanting({ stop: '58000' }, { orders })), 'move 1.99 to 58000/-, sell 0.01 at 58000/-');
});

test('whoever is refused reads why', () => {
  const halted = wanting({ stop: '58000' }, { mode: 'HALTED' });
  assert.equal(told(halted), 'HALTED refused: the account is HALTED; its stops stay as they are');
  assert.equal(told({ ...halted, intent: { ...halted.intent, principal: operator } }), 'sell 2 at 58000/-');
  const booting = wanting({ stop: '58000' }, { books: { booting: true } });
  assert.equal(told(booting), 'BOOTING refused: nothing is changed before the first clean comparison with the exchange');
  const blank = wanting({ stop: '58000' });
  assert.equal(told({ ...blank, intent: { ...blank.intent, reason: ' ' } }), 'REASON_REQUIRED refused: say in reason why you want this');
  assert.equal(
    told(wanting({ stop: '58000' }, { positions: [] })),
    `NOT_FOUND refused: you hold nothing of ${swap.id} that a stop could protect`,
  );
  const unknown = wanting({ stop: '58000' }, { books: { instruments: new Map() } });
  assert.equal(told(unknown), `NOT_FOUND refused: you hold nothing of ${swap.id} that a stop could protect`);
  const legs = new Map(
    (['long', 'short'] as const).map((leg) => {
      const size = leg === 'long' ? '1' : '-1';
      return [positionKey(swap.id, leg), { ...held(size, { alpha: size }, leg), instrument: swap.id }] as const;
    }),
  );
  assert.equal(
    told(wanting({ stop: '58000' }, { books: { positionMode: 'long_short', positions: legs } })),
    `NOT_ALLOWED refused: ${swap.id} is held long and short; give each entry its stop_loss when you place it`,
  );
});

test('a new stop closes the leg that is held, and is judged beside the orders of that leg', () => {
  const inLegs = (leg: 'long' | 'short', size: string, orders: readonly Order[] = []): ReturnType<typeof decideProtection> => {
    const positions = new Map([[positionKey(swap.id, leg), { ...held(size, { alpha: size }, leg), instrument: swap.id }]]);
    const stop = leg === 'long' ? '58000' : '62000';
    return decideProtection(wanting({ stop }, { books: { positionMode: 'long_short', positions }, orders }));
  };
  for (const [leg, size, side] of [
    ['long', '2', 'sell'],
    ['short', '-2', 'buy'],
  ] as const) {
    const decision = inLegs(leg, size);
    assert.ok(decision.kind === 'allow');
    assert.deepEqual(
      decision.places.map((terms) => [terms.leg, terms.side, formatDecimal(terms.size)]),
      [[leg, side, '2']],
    );
  }
  // An order that opens the other leg turns nothing over.
  const beside = openOrder(swap, 'sell', '3', { leg: 'short' });
  assert.equal(inLegs('long', '2', [beside]).kind, 'allow');
});

test('a stop is judged by a price that is young by both clocks, to the millisecond', () => {
  const stale = `STALE_DATA refused: the price of ${swap.id} is missing or old, so no stop can be judged`;
  const seen = (changes: Parameters<typeof quoteOf>[2]) => {
    const quotes = new Map([[swap.id, quoteOf(swap, '60000', changes)]]);
    return told(wanting({ stop: '58000' }, { circumstances: { quotes }, policy: { maxDataAgeMilliseconds: 2000 } }));
  };
  assert.equal(seen({ at: NOW - 2000 }), 'sell 2 at 58000/-');
  assert.equal(seen({ at: NOW - 2001 }), stale);
  assert.equal(seen({ receivedAt: NOW - 2001 }), stale);
  assert.equal(seen({ mark: null }), stale);
  assert.equal(told(wanting({ stop: '58000' }, { circumstances: { quotes: new Map() } })), stale);
});

// Two contracts long and a plain sell of five: the stop would flatten, and the five would then be short, 3,015 USD at most.

test('beside plain orders that had counted on the position a stop passes within the limits on what may be held, and only while ACTIVE', () => {
  const orders = [openOrder(swap, 'sell', '5')];
  const turning =
    'NOT_ALLOWED refused: with open plain orders this stop could turn BTC-USDT-SWAP to the other side, 5 contracts at worst; cancel those first';
  const asked = (changes: Parameters<typeof asking>[1]) => told(wanting({ stop: '58000' }, { orders, ...changes }));
  assert.equal(asked({}), 'sell 2 at 58000/-');
  assert.equal(asked({ policy: { maxPositionSize: d('3015') } }), 'sell 2 at 58000/-');
  assert.equal(asked({ policy: { maxPositionSize: d('3014.99') } }), turning);
  const beside = [[swap, held('2')] as const, [ether, held('1')] as const];
  assert.equal(asked({ positions: beside, policy: { maxTotalExposure: d('6030') } }), 'sell 2 at 58000/-');
  assert.equal(asked({ positions: beside, policy: { maxTotalExposure: d('6029.99') } }), turning);
  assert.equal(asked({ mode: 'REDUCE_ONLY' }), turning);
  assert.equal(asked({ circumstances: { coinPrices: new Map() } }), turning, 'the coin has no price');
  const quotes = new Map([[swap.id, quoteOf(swap, '60000')]]);
  assert.equal(asked({ positions: beside, circumstances: { quotes } }), turning, 'what else is held has no price');
});

test('where the worst case becomes no worse, no limit holds a stop up', () => {
  const tight = { maxPositionSize: d('1'), maxTotalExposure: d('1') };
  assert.equal(told(wanting({ stop: '58000' }, { policy: tight })), 'sell 2 at 58000/-');
  assert.equal(told(wanting({ stop: '58000' }, { policy: tight, orders: [openOrder(swap, 'buy', '9')] })), 'sell 2 at 58000/-');
});

test('a limit price above the market is what turning could come to', () => {
  const orders = [openOrder(swap, 'sell', '5', { price: d('61000') })];
  const asked = (max: string) => told(wanting({ stop: '58000' }, { orders, policy: { maxPositionSize: d(max) } }));
  assert.equal(asked('3065.25'), 'sell 2 at 58000/-');
  assert.match(asked('3065.24'), /^NOT_ALLOWED/);
});

test('the stop of a short position stays where it is when that is asked again', () => {
  const short = { positions: [[swap, held('-2')]], orders: [stopOrder('2', { stopLoss: d('63000') }, { side: 'buy' })] } as const;
  assert.match(told(wanting({ stop: '63000' }, short)), /protected at these prices already$/);
  assert.equal(told(wanting({ stop: '63000', profit: '58000' }, short)), 'buy 2 at -/58000');
});

test('while an order for the stop is on its way nothing is moved, and the most changes are told as a limit', () => {
  const sending = stopOrder('2', { stopLoss: d('57000') }, { life: { kind: 'submitting' } });
  assert.equal(
    told(wanting({ stop: '58000' }, { orders: [sending] })),
    'NOT_ALLOWED refused: an earlier change of this stop is not confirmed yet (max_stop_changes)',
  );
  const worn = [stopOrder('2', { stopLoss: d('57000') }, { moved: 2 })];
  const decided = decideProtection(wanting({ stop: '58000' }, { policy: { maxStopChanges: 2 }, orders: worn }));
  assert.ok(decided.kind === 'deny');
  assert.deepEqual(decided.limit, { name: 'max_stop_changes', max: '2', used: '2', unit: 'changes' });
  assert.equal(decided.wouldBeAllowed, null);
});
