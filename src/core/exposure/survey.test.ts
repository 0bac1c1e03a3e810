import assert from 'node:assert/strict';
import { test } from 'node:test';
import { books, d, ether, held, openOrder, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Books, Position } from '../account/books.ts';
import type { Instrument } from '../market/instrument.ts';
import { positionKey } from '../order/leg.ts';
import type { Order } from '../order/order.ts';
import { addedUp } from './holding.ts';
import { resurvey, survey } from './survey.ts';

const place = (instrument: Instrument) => ({ instrument: instrument.id, leg: 'net' }) as const;
const withOrder = (of: Books, order: Order): Books => ({ ...of, openOrders: new Map(of.openOrders).set(order.clientOrderId, order) });
const withPosition = (of: Books, instrument: Instrument, position: Position): Books => ({
  ...of,
  positions: new Map(of.positions).set(positionKey(instrument.id, 'net'), { ...position, instrument: instrument.id }),
});

const entry = openOrder(swap, 'buy', '2', { price: d('100') });
const before = withPosition(
  withOrder(withOrder({ ...books, openOrders: new Map() }, entry), openOrder(ether, 'buy', '1')),
  swap,
  held('5'),
);

/** Changes the books as the fold does, and returns what is kept of them then. */
function changed(after: Books, instrument: Instrument) {
  survey(before);
  resurvey(before, after, place(instrument));
  return survey(after);
}

const halted: Books = { ...before, mode: 'HALTED' };

test('a survey is kept for as long as the books that it is of', () => {
  assert.equal(survey(before), survey(halted));
  assert.notEqual(survey(before), survey(withOrder(before, openOrder(swap, 'sell', '1'))));
});

test('books of which one part was replaced are added up anew, also beside the same open orders', () => {
  survey(before);
  const others: readonly Books[] = [
    withPosition(before, swap, held('7')),
    { ...before, instruments: new Map([...before.instruments].filter(([each]) => each !== swap.id)) },
    { ...before, baseline: { ...before.baseline, currencies: new Map([['BTC', d('3')]]) } },
  ];
  for (const other of others) {
    assert.notEqual(survey(other), survey(before));
    assert.deepEqual(survey(other), addedUp(other));
    assert.deepEqual(survey(before), addedUp(before));
  }
});

test('after an order was placed, has executed in part, or has ended, what is kept is what adding up anew gives', () => {
  const ended: Books = { ...before, openOrders: new Map([...before.openOrders].filter(([, order]) => order !== entry)) };
  for (const after of [
    withOrder(before, openOrder(swap, 'sell', '3', { reduceOnly: true, purpose: 'exit' })),
    withOrder(before, { ...entry, filled: d('1.5') }),
    ended,
  ]) {
    assert.deepEqual(changed(after, swap), addedUp(after));
    assert.equal(changed(after, swap).get(positionKey(ether.id, 'net')), survey(before).get(positionKey(ether.id, 'net')));
  }
});

test('after a fill what is kept has the new position, and a position that came to be', () => {
  const more = withPosition(before, swap, held('-1'));
  assert.deepEqual(changed(more, swap), addedUp(more));
  const first = withPosition(before, spot, held('0.5'));
  assert.deepEqual(changed(first, spot), addedUp(first));
});

test('orders of one leg change nothing of the other', () => {
  const long = openOrder(swap, 'buy', '1', { leg: 'long' });
  const after = withOrder(withOrder({ ...books, openOrders: new Map() }, long), openOrder(swap, 'sell', '2', { leg: 'short' }));
  survey(books);
  resurvey(books, after, { instrument: swap.id, leg: 'short' });
  assert.deepEqual(survey(after).get(positionKey(swap.id, 'short')), addedUp(after).get(positionKey(swap.id, 'short')));
  assert.equal(survey(after).get(positionKey(swap.id, 'long')), undefined);
});

test('nothing is kept of a position that is flat and whose orders have nothing left', () => {
  const after = withOrder({ ...before, positions: new Map() }, { ...entry, filled: entry.size });
  assert.deepEqual([...changed(after, swap).keys()], [positionKey(ether.id, 'net')]);
});

test('nothing is kept of a position that is flat and that no order would change', () => {
  const closed: Books = {
    ...before,
    positions: new Map(),
    openOrders: new Map([...before.openOrders].filter(([, { instrument }]) => instrument !== swap.id)),
  };
  assert.deepEqual([...changed(closed, swap).keys()], [positionKey(ether.id, 'net')]);
});

test('a change of one position says nothing of books whose listings or baseline were replaced with it', () => {
  const relisted = {
    ...withOrder(before, openOrder(swap, 'sell', '3')),
    instruments: new Map(before.instruments).set(ether.id, { ...ether, lot: d('1') }),
  };
  assert.deepEqual(changed(relisted, swap), addedUp(relisted));
  const based = {
    ...withOrder(before, openOrder(swap, 'sell', '3')),
    baseline: { ...before.baseline, currencies: new Map([['ETH', d('3')]]) },
  };
  assert.deepEqual(changed(based, swap), addedUp(based));
});

test('books that nobody has asked about are added up when somebody does', () => {
  const unasked = { ...before, openOrders: new Map(before.openOrders) };
  const after = withOrder(unasked, openOrder(swap, 'sell', '3'));
  resurvey(unasked, after, place(swap));
  assert.deepEqual(survey(after), addedUp(after));
});
