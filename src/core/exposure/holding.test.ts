import assert from 'node:assert/strict';
import { test } from 'node:test';
import { books, d, held, id, inverse, openOrder, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Books, Position } from '../account/books.ts';
import type { Instrument } from '../market/instrument.ts';
import { formatDecimal, zero } from '../money/decimal.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import type { Order } from '../order/order.ts';
import { emptyHolding, isOpen } from './holding.ts';
import { survey } from './survey.ts';

function booksWith(instrument: Instrument, positions: readonly Position[], orders: readonly Order[]): Books {
  return {
    ...books,
    positions: new Map(positions.map((each) => [positionKey(instrument.id, each.leg), { ...each, instrument: instrument.id }])),
    openOrders: new Map(orders.map((each) => [each.clientOrderId, each])),
  };
}

/** The sums of one position, as text; `null` where the survey does not speak of it. */
function summed(of: Books, instrument: Instrument, leg: Leg = 'net') {
  const holding = survey(of).get(positionKey(instrument.id, leg));
  if (holding === undefined) return null;
  const { position, buys, sells, reduceOnlyBuys, reduceOnlySells } = holding;
  return [position, buys, sells, reduceOnlyBuys, reduceOnlySells].map(formatDecimal).join(' ');
}

test('a survey adds up by side what plain and reduce-only orders may still execute', () => {
  const reducing = { reduceOnly: true, purpose: 'exit' } as const;
  const long = [
    openOrder(swap, 'buy', '1'),
    openOrder(swap, 'buy', '2', { filled: d('0.5') }),
    openOrder(swap, 'sell', '4'),
    openOrder(swap, 'sell', '3', reducing),
  ];
  assert.equal(summed(booksWith(swap, [held('5')], long), swap), '5 2.5 4 0 3');
  const short = [
    openOrder(swap, 'sell', '1'),
    openOrder(swap, 'buy', '3', reducing),
    openOrder(swap, 'buy', '1', reducing),
    openOrder(swap, 'buy', '0.5'),
  ];
  assert.equal(summed(booksWith(swap, [held('-5')], short), swap), '-5 0.5 1 4 0');
});

test('what reduce-only orders hold beyond the booked position counts as plain, in net mode', () => {
  const sells = [openOrder(swap, 'sell', '6', { reduceOnly: true, purpose: 'exit' })];
  assert.equal(summed(booksWith(swap, [held('2')], sells), swap), '2 0 4 0 2');
  assert.equal(summed(booksWith(swap, [], sells), swap), '0 0 6 0 0');
  assert.equal(summed(booksWith(swap, [held('-2')], sells), swap), '-2 0 6 0 0');
  const buys = [openOrder(swap, 'buy', '6', { reduceOnly: true, purpose: 'exit' })];
  assert.equal(summed(booksWith(swap, [held('-2')], buys), swap), '-2 4 0 2 0');
  assert.equal(summed(booksWith(swap, [held('2')], buys), swap), '2 6 0 0 0');
});

test('a leg of long/short mode never gets to the other side, so nothing overhangs', () => {
  const sells = [openOrder(swap, 'sell', '6', { leg: 'long', reduceOnly: true, purpose: 'exit' })];
  const position = { ...held('2'), leg: 'long' } as const;
  assert.equal(summed(booksWith(swap, [position], sells), swap, 'long'), '2 0 0 0 6');
});

test('a flat position and an order that has nothing left are not in the survey', () => {
  assert.equal(summed(booksWith(swap, [held('0')], []), swap), null);
  assert.equal(summed(booksWith(swap, [], [openOrder(swap, 'buy', '2', { filled: d('2') })]), swap), null);
});

test('entries alone are counted as open entries, and the highest of their limits is kept', () => {
  const orders = [
    openOrder(swap, 'buy', '1', { price: d('100') }),
    openOrder(swap, 'sell', '1', { price: d('300') }),
    openOrder(swap, 'buy', '1', { price: d('200') }),
    openOrder(swap, 'sell', '1', { price: d('900'), reduceOnly: true, purpose: 'exit' }),
  ];
  const holding = survey(booksWith(swap, [held('5')], orders)).get(positionKey(swap.id, 'net'));
  assert.equal(holding?.openEntries, 3);
  assert.equal(formatDecimal(holding.highestLimit ?? zero), '300');
  const exitsOnly = survey(booksWith(swap, [held('5')], orders.slice(3))).get(positionKey(swap.id, 'net'));
  assert.equal(exitsOnly?.openEntries, 0);
  assert.equal(exitsOnly.highestLimit, null);
});

test('a spot wallet has a floor at minus its baseline; contracts and what is unknown have none', () => {
  const floorOf = (of: Books, instrument: Instrument) => {
    const { floor } = emptyHolding(of, { instrument: instrument.id, leg: 'net' });
    return floor === null ? null : formatDecimal(floor);
  };
  const withBaseline = (size: string) => ({ ...books, baseline: { ...books.baseline, currencies: new Map([['BTC', d(size)]]) } });
  assert.equal(floorOf(books, spot), '0');
  assert.equal(floorOf(withBaseline('3'), spot), '-3');
  assert.equal(floorOf(withBaseline('-3'), spot), '0');
  assert.equal(floorOf(withBaseline('3'), swap), null);
  assert.equal(floorOf(withBaseline('3'), { ...spot, id: id('XYZ-USDT') }), null);
});

test('nothing comes to nothing', () => {
  const { amounts, worst } = emptyHolding(books, { instrument: swap.id, leg: 'net' });
  assert.deepEqual([amounts.position, amounts.worst, amounts.resting, worst].map(formatDecimal), ['0', '0', '0', '0']);
});

test('amounts are sizes times the contract value, and the sizes themselves on spot and of what is not known', () => {
  const amountsOf = (instrument: Instrument) => {
    const orders = [
      openOrder(instrument, 'buy', '3'),
      openOrder(instrument, 'sell', '4'),
      openOrder(instrument, 'sell', '1', { reduceOnly: true, purpose: 'exit' }),
    ];
    const holding = survey(booksWith(instrument, [held('5')], orders)).get(positionKey(instrument.id, 'net'));
    assert.ok(holding !== undefined);
    const { amounts, worst } = holding;
    return [amounts.position, amounts.worst, amounts.resting, worst].map(formatDecimal).join(' ');
  };
  assert.equal(amountsOf(swap), '0.05 0.08 0.08 8');
  assert.equal(amountsOf(inverse), '500 800 800 8');
  assert.equal(amountsOf(spot), '5 8 8 8');
  assert.equal(amountsOf({ ...swap, id: id('XYZ-USDT-SWAP') }), '5 8 8 8');
});

test('a position is open by an entry that waits or by more than dust, and one of an unknown instrument by any size', () => {
  const holding = (instrument: Instrument, position: string, openEntries = 0) => ({
    ...emptyHolding(books, { instrument: instrument.id, leg: 'net' }),
    position: d(position),
    openEntries,
  });
  assert.equal(isOpen(holding(spot, '0')), false);
  assert.equal(isOpen(holding(spot, '0', 1)), true);
  assert.equal(isOpen(holding(spot, '0.00001')), true);
  assert.equal(isOpen(holding(spot, '0.000009')), false);
  const unknown = { ...spot, id: id('XYZ-USDT') };
  assert.equal(isOpen(holding(unknown, '0.000009')), true);
  assert.equal(isOpen(holding(unknown, '0')), false);
});
