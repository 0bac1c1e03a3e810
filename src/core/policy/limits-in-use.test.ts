import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCourse, withMark } from '../account/course.ts';
import { noEarnings } from '../account/earnings.ts';
import type { ClientOrderId } from '../order/order.ts';
import { noActivity, recordAcceptance, recordRejection, recordSubmission } from './activity.ts';
import { limitsInUse } from './limits-in-use.ts';
import { alpha, asking, d, ether, held, NOW, openOrder, placing, spot, swap } from '../../../test/support/policy-samples.ts';

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
