import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asking,
  alpha,
  beta,
  circumstances,
  d,
  ether,
  held,
  inverse,
  openOrder,
  rebalancing,
  spot,
  swap,
  wish,
} from '../../../test/support/policy-samples.ts';
import type { Position } from '../account/books.ts';
import type { Instrument } from '../market/instrument.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { RebalanceIntent } from '../order/intent.ts';
import { positionKey } from '../order/leg.ts';
import type { Question } from './control.ts';
import { planRebalance, type RebalancePlan } from './rebalance.ts';

type Weights = readonly (readonly [Instrument, string])[];
type Change = Parameters<typeof asking>[1];

function planned(weights: Weights, base: string, changes: Change = {}, asked: Partial<RebalanceIntent> = {}): RebalancePlan {
  const { books, circumstances: seen, sharedPositions }: Question = asking(wish(spot, 'buy', '1'), changes);
  return planRebalance({ books, circumstances: seen, sharedPositions, intent: { ...rebalancing(weights, base), ...asked } });
}

/** `exit sell 0.5 BTC-USDT` and so on, in the order of the plan. */
function said(plan: RebalancePlan): readonly string[] {
  if (plan.kind !== 'plan') return [plan.kind === 'refused' ? `${plan.code}: ${plan.text}` : plan.kind];
  return plan.wishes.map(({ purpose, side, size, instrument }) => `${purpose} ${side} ${formatDecimal(size)} ${instrument.id}`);
}

test('a weight is that share of the base in whole lots at the reference price, rounded towards zero', () => {
  // The middle of the book is 60,000.05: 0.00999999 BTC would be 599.99, and a hundredth of it is more than 600.
  assert.deepEqual(said(planned([[spot, '0.6']], '1000')), ['entry buy 0.00999999 BTC-USDT']);
  // A contract is worth 600 USD, a lot 6: 250 USD are 41 lots.
  assert.deepEqual(said(planned([[swap, '0.25']], '1000')), ['entry buy 0.41 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[swap, '-0.25']], '1000')), ['entry sell 0.41 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[inverse, '-0.25']], '1000')), ['entry sell 2 LTC-USD-SWAP']);
});

test('what is below the least that the exchange trades is left as it is, and so is what the asker called too small', () => {
  assert.deepEqual(said(planned([[inverse, '0.05']], '1000')), []);
  assert.deepEqual(said(planned([[swap, '0.61']], '1000', { positions: [[swap, held('1.01')]] })), []);
  const changes = { positions: [[swap, held('0.9')]] } as const;
  assert.deepEqual(said(planned([[swap, '0.6']], '1000', changes)), ['entry buy 0.1 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[swap, '0.6']], '1000', changes, { minTradeUsd: d('61') })), []);
  assert.deepEqual(said(planned([[swap, '0.6']], '1000', changes, { minTradeUsd: d('60') })), ['entry buy 0.1 BTC-USDT-SWAP']);
});

test('reductions come first, then entries, each in the order of the targets', () => {
  const positions = [
    [ether, held('1')],
    [swap, held('-5')],
  ] as const;
  assert.deepEqual(
    said(
      planned(
        [
          [spot, '0.1'],
          [swap, '-0.2'],
          [inverse, '0.3'],
          [ether, '0'],
        ],
        '10000',
        { positions },
      ),
    ),
    ['exit buy 1.67 BTC-USDT-SWAP', 'exit sell 1 ETH-USDT', 'entry buy 0.01666665 BTC-USDT', 'entry buy 30 LTC-USD-SWAP'],
  );
});

test('only the share of the asker is rebalanced, and where positions are shared all of it', () => {
  const positions = [[spot, held('3', { alpha: '1', beta: '2' })]] as const;
  assert.deepEqual(said(planned([[spot, '0']], '1000', { positions })), ['exit sell 1 BTC-USDT']);
  assert.deepEqual(said(planned([[spot, '0']], '1000', { positions, sharedPositions: true })), ['exit sell 3 BTC-USDT']);
  assert.deepEqual(said(planned([[spot, '0.6']], '300000', { positions }, { principal: beta })), ['entry buy 0.9999975 BTC-USDT']);
});

test('instruments that are not named stay as they are', () => {
  assert.deepEqual(said(planned([[ether, '0']], '1000', { positions: [[spot, held('1')]] })), []);
});

test('from long to short it only closes, says so, and leaves the other side to a wish of its own', () => {
  const plan = planned([[swap, '-0.5']], '1000', { positions: [[swap, held('2')]] });
  assert.deepEqual(said(plan), ['exit sell 2 BTC-USDT-SWAP']);
  assert.ok(plan.kind === 'plan');
  assert.deepEqual(
    plan.targets.map(({ course, before, after }) => [course, formatDecimal(before), formatDecimal(after)]),
    [['turns', '2', '0']],
  );
});

test('spot cannot be short, and a base above what the account holds is a mistake where anything is opened', () => {
  assert.match(said(planned([[spot, '-0.1']], '1000'))[0] ?? '', /^NOT_ALLOWED: BTC-USDT is spot/);
  assert.match(
    said(planned([[spot, '0.1']], '1000001'))[0] ?? '',
    /^UNIT_MISMATCH: base_usd is 1000001 USD and the account holds 1000000 USD/,
  );
  const positions = [[spot, held('10')]] as const;
  assert.deepEqual(said(planned([[spot, '0']], '1000001', { positions })), ['exit sell 10 BTC-USDT'], 'getting out needs no such check');
});

test('beside an open order of the asker that may change the holding nothing is opened, and exits pass', () => {
  const entry = { orders: [openOrder(spot, 'buy', '0.01')] };
  assert.match(said(planned([[spot, '0.6']], '1000', entry))[0] ?? '', /^NOT_ALLOWED: an order of yours on BTC-USDT is open/);
  assert.deepEqual(said(planned([[spot, '0']], '1000', { ...entry, positions: [[spot, held('1')]] })), ['exit sell 1 BTC-USDT']);
  const other = { orders: [openOrder(spot, 'buy', '0.01', { principal: beta })] };
  assert.deepEqual(said(planned([[spot, '0.6']], '1000', other)), ['entry buy 0.00999999 BTC-USDT']);
  const resting = openOrder(swap, 'sell', '1', { purpose: 'exit', reduceOnly: true });
  const changes = { positions: [[swap, held('1')]] } as const;
  assert.deepEqual(said(planned([[swap, '0.9']], '1000', { ...changes, orders: [resting] })), ['entry buy 0.5 BTC-USDT-SWAP']);
  assert.match(said(planned([[swap, '0.9']], '1000', { ...changes, orders: [{ ...resting, type: 'ioc' }] }))[0] ?? '', /^NOT_ALLOWED/);
});

test('without a price, or without knowing the instrument, nothing can be worked out, and the policy is asked for the reason', () => {
  const quotes = new Map([...circumstances.quotes].filter(([id]) => id !== spot.id));
  const changes = { circumstances: { quotes }, positions: [[spot, held('1')]] } as const;
  for (const weight of ['0.1', '0']) assert.deepEqual(said(planned([[spot, weight]], '1000', changes)), ['blind']);
  const other = { ...spot, id: 'DOGE-USDT' as typeof spot.id };
  const plan = planned([[other, '0']], '1000');
  assert.ok(plan.kind === 'blind');
  assert.deepEqual([plan.wish.instrument, plan.wish.reduceOnly], [other.id, true]);
});

test('in long/short mode the leg that is held is rebalanced, and with both of them it has to be said which', () => {
  const short: Position = { ...held('-2'), instrument: swap.id, leg: 'short' };
  const long: Position = { ...held('3', { beta: '3' }), instrument: swap.id, leg: 'long' };
  const legs = (...positions: readonly Position[]): Change => ({
    books: { positionMode: 'long_short', positions: new Map(positions.map((each) => [positionKey(each.instrument, each.leg), each])) },
  });
  assert.deepEqual(said(planned([[swap, '-0.6']], '1000', legs(short, long))), ['exit buy 1 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[swap, '0.6']], '1000', legs(short, long))), ['exit buy 2 BTC-USDT-SWAP']);
  assert.match(
    said(planned([[swap, '0']], '1000', { ...legs(short, long), sharedPositions: true }))[0] ?? '',
    /^NOT_ALLOWED: .*long and short at once/,
  );
});

test('each order is a wish that its agent could make itself, with the reason of the whole', () => {
  const plan = planned(
    [
      [spot, '0.6'],
      [ether, '0'],
    ],
    '1000',
    { positions: [[ether, held('1')]] },
  );
  assert.ok(plan.kind === 'plan');
  for (const { wish: each } of plan.wishes) assert.deepEqual([each.principal, each.intentId, each.reason], [alpha, 'i1', 'a test']);
  assert.deepEqual(
    plan.wishes.map(({ wish: each }) => `${each.reduceOnly ? 'exit' : 'entry'} ${each.type}`),
    ['exit market', 'entry market'],
  );
});

/** `kept 1 to 1` and so on, in the order of the targets. */
function courses(plan: RebalancePlan): readonly string[] {
  assert.ok(plan.kind === 'plan');
  return plan.targets.map(
    ({ course, before, after, instrument, weight, reference }) =>
      `${instrument.id} at ${formatDecimal(weight)} of ${formatDecimal(reference)}: ${course} ${formatDecimal(before)} to ${formatDecimal(after)}`,
  );
}

test('each target says what it becomes', () => {
  const about = (weight: string, size: string) => courses(planned([[swap, weight]], '1000', { positions: [[swap, held(size)]] }))[0];
  assert.equal(about('0.61', '1.01'), 'BTC-USDT-SWAP at 0.61 of 60000: kept 1.01 to 1.01');
  assert.equal(about('0.6', '0.5'), 'BTC-USDT-SWAP at 0.6 of 60000: raised 0.5 to 1');
  assert.equal(about('0.6', '1.5'), 'BTC-USDT-SWAP at 0.6 of 60000: reduced 1.5 to 1');
  assert.equal(about('-0.6', '-0.5'), 'BTC-USDT-SWAP at -0.6 of 60000: raised -0.5 to -1');
  assert.equal(about('-0.6', '-1.5'), 'BTC-USDT-SWAP at -0.6 of 60000: reduced -1.5 to -1');
  assert.equal(about('0', '-1.5'), 'BTC-USDT-SWAP at 0 of 60000: reduced -1.5 to 0');
});

test('exactly the least that the exchange trades is traded, and a lot less is not', () => {
  const coarse = { ...swap, minimum: d('0.05') };
  const books = { instruments: new Map([[swap.id, coarse]]) };
  assert.deepEqual(said(planned([[swap, '0.03']], '1000', { books })), ['entry buy 0.05 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[swap, '0.024']], '1000', { books })), []);
  const changes = { books: { ...books, positions: asking(wish(spot, 'buy', '1'), { positions: [[swap, held('1')]] }).books.positions } };
  assert.deepEqual(said(planned([[swap, '0.63']], '1000', changes)), ['entry buy 0.05 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[swap, '0.624']], '1000', changes)), []);
  // A goal below the least is none: everything of it is closed.
  assert.deepEqual(said(planned([[swap, '0.024']], '1000', changes)), ['exit sell 1 BTC-USDT-SWAP']);
});

test('where nothing can be worked out, the policy is asked about a dollar on the side of the target', () => {
  const quotes = new Map([...circumstances.quotes].filter(([id]) => id !== swap.id));
  const probe = (weight: string) => {
    const plan = planned([[swap, weight]], '1000', { circumstances: { quotes } });
    assert.ok(plan.kind === 'blind');
    const { side, quantity, quantityUnit, reduceOnly, type, price } = plan.wish;
    return `${side} ${formatDecimal(quantity)} ${quantityUnit} ${type} ${price === null ? 'at any price' : 'at a price'}${reduceOnly ? ' that reduces' : ''}`;
  };
  assert.equal(probe('0.1'), 'buy 1 usd market at any price');
  assert.equal(probe('-0.1'), 'sell 1 usd market at any price');
  assert.equal(probe('0'), 'buy 1 usd market at any price that reduces');
  const unlisted = planned([[swap, '0.1']], '1000', { books: { instruments: new Map() } });
  assert.equal(unlisted.kind, 'blind');
});

test('the base may be all that the account holds, is not compared where that is not known, and one exit lets no entry pass it', () => {
  assert.deepEqual(said(planned([[swap, '0.0006']], '1000000')), ['entry buy 1 BTC-USDT-SWAP']);
  assert.deepEqual(said(planned([[swap, '0.0003']], '2000000', { circumstances: { funds: null } })), ['entry buy 1 BTC-USDT-SWAP']);
  const targets: Weights = [
    [spot, '0'],
    [swap, '0.0003'],
  ];
  assert.match(said(planned(targets, '2000000', { positions: [[spot, held('1')]] }))[0] ?? '', /^UNIT_MISMATCH/);
});

test('an open order on another instrument makes no plan a guess', () => {
  assert.deepEqual(said(planned([[swap, '0.6']], '1000', { orders: [openOrder(ether, 'buy', '1')] })), ['entry buy 1 BTC-USDT-SWAP']);
});
