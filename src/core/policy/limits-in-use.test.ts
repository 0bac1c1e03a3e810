import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCourse, withMark } from '../account/course.ts';
import { noEarnings } from '../account/earnings.ts';
import type { ClientOrderId } from '../order/order.ts';
import { noActivity, recordAcceptance, recordRejection, recordSubmission } from './activity.ts';
import { limitsInUse } from './limits-in-use.ts';
import { alpha, asking, d, ether, held, NOW, openOrder, placing, quoteOf, spot, swap } from '../../../test/support/policy-samples.ts';

function rows(changes: Parameters<typeof asking>[1]) {
  const { books, circumstances, policy, approvalAbove } = asking(placing(), changes);
  return limitsInUse({ books, circumstances, policy, principal: alpha, approvalAbove });
}

function row(changes: Parameters<typeof asking>[1], name: string, scope = 'account') {
  const found = rows(changes).find((each) => each.name === name && each.scope === scope);
  assert.ok(found !== undefined, `${name} of ${scope}`);
  return found;
}

test('every limit is told with its use and what is left', () => {
  const changes = {
    policy: {
      instruments: [spot.id, swap.id],
      maxPositionSize: d('100'),
      maxTotalExposure: d('300'),
      maxOpenPositions: 3,
      maxOpenOrders: 10,
      maxLeverage: d('3'),
    },
    positions: [[spot, held('0.001')]] as const,
    orders: [openOrder(ether, 'buy', '0.02')],
    circumstances: { funds: { equityUsd: d('1000'), available: new Map(), at: NOW } },
  };
  assert.deepEqual(row(changes, 'max_position_size', 'BTC-USDT'), {
    name: 'max_position_size',
    scope: 'BTC-USDT',
    max: '100',
    used: '60.3',
    headroom: '39.7',
    unit: 'USD',
  });
  assert.deepEqual(row(changes, 'max_position_size', 'BTC-USDT-SWAP').used, '0');
  // Held or open, though not on the list.
  assert.deepEqual(row(changes, 'max_position_size', 'ETH-USDT').used, '60.3');
  assert.deepEqual(row(changes, 'max_total_exposure').headroom, '179.4');
  assert.deepEqual(row(changes, 'max_leverage').used, '0.13');
  assert.deepEqual(row(changes, 'max_open_positions').used, '2');
  assert.deepEqual(row(changes, 'max_open_orders').headroom, '9');
  assert.deepEqual(row(changes, 'max_account_equity').used, '1000');
});

test('what cannot be known is null and not zero', () => {
  const changes = { positions: [[spot, held('0.001')]] as const, circumstances: { quotes: new Map(), funds: null } };
  for (const name of ['max_total_exposure', 'max_account_equity', 'max_leverage', 'min_balance', 'max_daily_loss', 'max_drawdown'])
    assert.deepEqual([row(changes, name).used, row(changes, name).headroom], [null, null], name);
  assert.equal(row(changes, 'max_position_size', 'BTC-USDT').used, null);
});

test('losses are told as they stand without open orders, and what breakers count as counts', () => {
  const slip = (name: string, worse: string) => ({ clientOrderId: name as ClientOrderId, worse: d(worse) });
  let course = withMark(noCourse, { at: NOW - 30 * 86_400_000, usd: d('3'), halting: [] });
  course = withMark(course, { at: NOW - 20 * 86_400_000, usd: d('0'), halting: [] });
  const earnings = {
    ...noEarnings,
    begun: true,
    cash: new Map([['USDT', d('-4.001')]]),
    course,
    slips: [slip('a', '0.003'), slip('b', '0.0025'), slip('c', '-0.01')],
  };
  const activity = recordRejection(recordAcceptance(recordRejection(noActivity, NOW - 1000)), NOW);
  const changes = {
    policy: { maxDailyLoss: d('15'), maxDrawdown: d('50') },
    books: { earnings, activity },
    orders: [openOrder(ether, 'buy', '0.02')],
  };
  const told = (name: string) => rows(changes).flatMap((each) => (each.name === name ? [[each.max, each.used, each.headroom]] : []));
  assert.deepEqual(told('max_daily_loss'), [['15', '4.01', '10.99']]);
  assert.deepEqual(told('max_drawdown'), [['50', '7.01', '42.99']]);
  assert.deepEqual(told('max_slippage.entries'), [['3', '1', '2']]);
  assert.deepEqual(told('max_rejects'), [
    ['5', '1', '4'],
    ['10', '2', '8'],
  ]);
});

test('a latched side has nothing left', () => {
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 1000, latchesSameSide: true };
  const activity = recordSubmission(noActivity, {
    principal: alpha,
    instrument: spot.id,
    underlying: 'BTC',
    side: 'buy',
    notionalUsd: d('60'),
    purpose: 'entry',
    at: NOW,
    marks,
  });
  assert.equal(row({ books: { activity } }, 'max_same_side', 'BTC-USDT buy').headroom, '0');
});

test('what is left before a person is asked is told for the entries of 10 minutes and for the worst case of each underlying', () => {
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: false };
  const activity = recordSubmission(noActivity, {
    principal: alpha,
    instrument: spot.id,
    underlying: 'BTC',
    side: 'buy',
    notionalUsd: d('60'),
    purpose: 'entry',
    at: NOW,
    marks,
  });
  const changes = { books: { activity }, approvalAbove: d('200') };
  assert.equal(row(changes, 'approval.above', 'BTC 10 minutes').headroom, '140');
  const holding: Parameters<typeof asking>[1] = {
    approvalAbove: d('200'),
    positions: [[spot, held('0.001')]],
    orders: [openOrder(swap, 'sell', '0.1'), openOrder(ether, 'buy', '0.1')],
  };
  const worst = row(holding, 'approval.above', 'BTC worst case');
  assert.deepEqual([worst.used, worst.headroom, worst.max], ['120.6', '79.4', '200']);
  assert.equal(row(holding, 'approval.above', 'ETH worst case').used, '301.5');
  const blind = { ...holding, circumstances: { quotes: new Map() } };
  assert.equal(row(blind, 'approval.above', 'BTC worst case').used, null);
});

test('the whole table, as it is read by whoever asks for it', () => {
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: false };
  const entry = { principal: alpha, instrument: swap.id, underlying: 'BTC', side: 'sell', purpose: 'entry', marks } as const;
  const activity = recordSubmission(recordSubmission(noActivity, { ...entry, notionalUsd: d('60'), at: NOW - 1_200_000 }), {
    ...entry,
    notionalUsd: d('70.005'),
    at: NOW - 30_000,
  });
  const told = rows({
    policy: { instruments: [spot.id, swap.id], maxOrderSize: d('500'), minBalance: d('100'), maxMarginShare: d('0.25') },
    positions: [
      [spot, held('0.001')],
      [swap, held('-1')],
    ],
    orders: [openOrder(swap, 'sell', '0.5', { price: d('61000') }), openOrder(swap, 'sell', '0.5')],
    books: { activity },
    approvalAbove: d('200'),
    circumstances: { funds: { equityUsd: d('10000.009'), available: new Map(), at: NOW } },
  });
  const isOfTheMarket = /^max_(spread|divergence|price_move|volume_share|book_share|funding_rate)$/;
  assert.deepEqual(
    told
      .filter(({ name }) => !isOfTheMarket.test(name))
      .map(({ name, scope, used, headroom, max, unit }) => `${name} of ${scope}: ${used} and ${headroom} of ${max} ${unit}`),
    [
      'max_order_size of order: 0 and 500 of 500 USD',
      'max_position_size of BTC-USDT: 60.3 and 999939.7 of 1000000 USD',
      'max_position_size of BTC-USDT-SWAP: 1226.1 and 998773.9 of 1000000 USD',
      'max_total_exposure of account: 1286.4 and 9998713.6 of 10000000 USD',
      'max_leverage of account: 0.13 and 99.87 of 100 times',
      'max_underlying_exposure of BTC long: 60.3 and 9999939.7 of 10000000 USD',
      'max_underlying_exposure of BTC short: 1226.1 and 9998773.9 of 10000000 USD',
      'max_margin_share.usd of account: 408.7 and 2091.31 of 2500.00225 USD',
      'min_liquidation_distance of account: 813.59% and 813.58% of 0.01% of the price, at least',
      'max_open_positions of account: 2 and 98 of 100 positions',
      'max_open_orders of account: 2 and 998 of 1000 orders',
      'max_daily_trades of account: 2 and 998 of 1000 entries in this UTC day',
      'max_order_rate of account: 0 and 1000 of 1000 entries in a second',
      'max_order_rate of account: 1 and 9999 of 10000 entries in a minute',
      'max_daily_loss of account: 540 and 999460 of 1000000 USD',
      'max_drawdown of account: 540 and 999460 of 1000000 USD',
      'max_slippage.entries of account: 0 and 3 of 3 of the last 5 filled entries beyond it',
      'max_rejects of account: 0 and 5 of 5 refusals of the exchange in a row',
      'max_rejects of account: 0 and 10 of 10 refusals of the exchange in 10 minutes',
      'max_account_equity of account: 10000.01 and 9989999.99 of 10000000 USD',
      'min_balance of account: 10000 and 9900 of 100 USD',
      'approval.above of BTC 10 minutes: 70.01 and 129.99 of 200 USD',
      'approval.above of BTC worst case: 1286.4 and 0 of 200 USD',
      'max_same_side of BTC-USDT-SWAP sell: 1 and 999 of 1000 entries in 10 minutes',
      'max_same_side of BTC-USDT-SWAP sell: 2 and 998 of 1000 entries in an hour',
    ],
  );
});

test('dust is no position', () => {
  assert.equal(row({ positions: [[spot, held('0.000009')]] }, 'max_open_positions').used, '0');
});

test('the highest limit of both legs is what an instrument is counted at', () => {
  const leg = (name: 'long' | 'short', price: string) =>
    openOrder(swap, name === 'long' ? 'buy' : 'sell', '1', { leg: name, price: d(price) });
  const changes = { books: { positionMode: 'long_short' }, orders: [leg('long', '61000'), leg('short', '60500')] } as const;
  assert.equal(row(changes, 'max_position_size', 'BTC-USDT-SWAP').used, '1226.1');
});

test('an equity of nothing has no multiple, and what is spent already leaves nothing', () => {
  const funds = { equityUsd: d('0'), available: new Map(), at: NOW };
  const changes = { circumstances: { funds }, policy: { minBalance: d('10') }, positions: [[spot, held('0.001')]] as const };
  assert.equal(row(changes, 'max_leverage').used, null);
  assert.deepEqual([row(changes, 'min_balance').used, row(changes, 'min_balance').headroom], ['0', '0']);
  assert.deepEqual([row(changes, 'min_liquidation_distance').used, row(changes, 'min_liquidation_distance').headroom], ['100%', '99.99%']);
});

test('what is spare above the least balance is not known where the equity is not', () => {
  const { used, headroom } = row({ circumstances: { funds: null }, policy: { minBalance: d('10') } }, 'min_balance');
  assert.deepEqual([used, headroom], [null, null]);
});

test('a latched side is told after its entries are forgotten, with nothing left of either count', () => {
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: true };
  const entry = { principal: alpha, instrument: swap.id, underlying: 'BTC', side: 'sell', purpose: 'entry', marks } as const;
  const activity = recordSubmission(noActivity, { ...entry, notionalUsd: d('60'), at: NOW - 86_400_000 });
  const told = rows({ books: { activity } }).filter(({ name }) => name === 'max_same_side');
  assert.deepEqual(
    told.map(({ scope, used, headroom, max, unit }) => `${scope}: ${used} and ${headroom} of ${max} ${unit}`),
    ['BTC-USDT-SWAP sell: 0 and 0 of 1000 entries in 10 minutes', 'BTC-USDT-SWAP sell: 0 and 0 of 1000 entries in an hour'],
  );
});

test('what is on the list and not known at the exchange has no row that is worked out', () => {
  const changes = { policy: { instruments: [spot.id, 'GONE-USDT' as typeof spot.id] }, approvalAbove: d('200') };
  assert.deepEqual(
    rows(changes).flatMap(({ name, scope, used }) => (/GONE|undefined/.test(scope) ? [`${name} ${scope} ${used}`] : [])),
    ['max_position_size GONE-USDT 0'],
  );
  assert.deepEqual(
    rows(changes).flatMap(({ name, scope }) => (name === 'approval.above' ? [scope] : [])),
    ['BTC 10 minutes', 'BTC worst case'],
  );
  assert.equal(row(changes, 'min_balance').used, '1000000');
  const held1 = { positions: [[{ ...spot, id: 'GONE-USDT' as typeof spot.id }, held('1')]] as const };
  assert.equal(row(held1, 'max_position_size', 'GONE-USDT').used, null);
  const quotes = new Map([['GONE-USDT' as typeof spot.id, quoteOf(spot, '60000')]]);
  assert.equal(
    row({ ...held1, circumstances: { quotes } }, 'max_position_size', 'GONE-USDT').used,
    null,
    'a price says not how large a lot is',
  );
  // What is not known any more may be of any underlying.
  assert.equal(row({ ...held1, approvalAbove: d('200') }, 'approval.above', 'BTC worst case').used, null);
});

test('exposure of a coin is not known while the price of one of its instruments is missing or old', () => {
  const positions = [
    [spot, held('0.001')],
    [ether, held('0.1')],
  ] as const;
  const used = (changes: Parameters<typeof asking>[1]) =>
    ['BTC long', 'BTC short', 'ETH long'].map((scope) => row({ positions, ...changes }, 'max_underlying_exposure', scope).used);
  assert.deepEqual(used({}), ['60.3', '0', '301.5']);
  const quotes = new Map([[ether.id, quoteOf(ether, '3000')]]);
  assert.deepEqual(used({ circumstances: { quotes } }), [null, null, '301.5']);
  const old = quotes.set(spot.id, quoteOf(spot, '60000', { at: NOW - 10_001 }));
  assert.deepEqual(used({ circumstances: { quotes: old } }), [null, null, '301.5']);
  assert.deepEqual(used({ circumstances: { coinPrices: new Map() } }), [null, null, null]);
});

test('a coin that is held is told though nothing of it is on the list', () => {
  const changes = { policy: { instruments: [spot.id] }, positions: [[ether, held('0.1')]] as const };
  assert.equal(row(changes, 'max_underlying_exposure', 'ETH long').used, '301.5');
});

test('margin is told as dollars while the equity is known, and as the share itself while it is not', () => {
  const positions = [[swap, held('1')]] as const;
  const told = (changes: Parameters<typeof asking>[1]) =>
    rows({ positions, policy: { maxMarginShare: d('0.5') }, ...changes }).flatMap(({ name, scope, used, headroom, max, unit }) =>
      /margin_share|liquidation/.test(name) ? [`${name} of ${scope}: ${used} and ${headroom} of ${max} ${unit}`] : [],
    );
  const unknownDistance = 'min_liquidation_distance of account: null and null of 0.01% of the price, at least';
  assert.deepEqual(told({}), [
    'max_margin_share.usd of account: 201 and 499799 of 500000 USD',
    'min_liquidation_distance of account: 165835.47% and 165835.46% of 0.01% of the price, at least',
  ]);
  assert.deepEqual(told({ circumstances: { funds: null } }), [
    'max_margin_share of account: null and null of 50% of the equity',
    unknownDistance,
  ]);
  assert.deepEqual(told({ circumstances: { leverage: new Map() } }), [
    'max_margin_share.usd of account: null and null of 500000 USD',
    unknownDistance,
  ]);
  assert.deepEqual(told({ circumstances: { funds: { equityUsd: d('100'), available: new Map(), at: NOW } } }), [
    'max_margin_share.usd of account: 201 and 0 of 50 USD',
    'min_liquidation_distance of account: 14.58% and 14.57% of 0.01% of the price, at least',
  ]);
});
