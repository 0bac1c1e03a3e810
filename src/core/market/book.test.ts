import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDecimal } from '../money/decimal.ts';
import { type Book, depthWithin, type Level, touchOf, withoutOwn } from './book.ts';
import { d, NOW, openOrder, spot } from '../../../test/support/policy-samples.ts';

const levels = (text: string): readonly Level[] =>
  text === ''
    ? []
    : text.split(' ').map((each) => {
        const [size = '', price = ''] = each.split('@');
        return [d(price), d(size)] as const;
      });
const bookOf = (bids: string, asks: string): Book => ({ bids: levels(bids), asks: levels(asks), at: NOW, receivedAt: NOW });
const told = (side: readonly Level[]) => side.map(([price, size]) => `${formatDecimal(size)}@${formatDecimal(price)}`).join(' ');

const book = bookOf('1@100 2@99 3@98', '1@101 2@102 3@103');

test('our own orders are taken off their levels, and a level that is ours alone is none', () => {
  const orders = [
    openOrder(spot, 'buy', '0.4', { price: d('99') }),
    openOrder(spot, 'buy', '1', { price: d('100'), type: 'post_only' }),
    openOrder(spot, 'sell', '2.5', { price: d('103') }),
  ];
  const others = withoutOwn(book, orders);
  assert.equal(told(others.bids), '1.6@99 3@98');
  assert.equal(told(others.asks), '1@101 2@102 0.5@103');
  assert.equal(told(book.bids), '1@100 2@99 3@98', 'the book that was given stays as it is');
});

test('what is filled of an order rests no more; an order beside the levels, ended or immediate takes nothing off', () => {
  const partly = openOrder(spot, 'buy', '1', { price: d('100'), filled: d('0.75'), reportedFilled: d('0.75') });
  assert.equal(told(withoutOwn(book, [partly]).bids), '0.75@100 2@99 3@98');
  const none = [
    openOrder(spot, 'buy', '1', { price: d('99.5') }),
    openOrder(spot, 'buy', '1', { price: d('90') }),
    openOrder(spot, 'sell', '1', { price: d('110') }),
    openOrder(spot, 'buy', '1', { price: d('100'), type: 'ioc' }),
    openOrder(spot, 'buy', '1', { price: d('100'), life: { kind: 'done', outcome: 'cancelled' } }),
  ];
  assert.equal(withoutOwn(book, none), book);
});

test('two orders of ours on one level are both taken off, and more than rests there leaves nothing', () => {
  const orders = [openOrder(spot, 'buy', '1.5', { price: d('99') }), openOrder(spot, 'buy', '1.5', { price: d('99') })];
  assert.equal(told(withoutOwn(book, orders).bids), '1@100 3@98');
});

test('the best prices are those of the others, and one empty side has none', () => {
  assert.deepEqual(touchOf(book), { bid: d('100'), ask: d('101') });
  assert.equal(touchOf(bookOf('', '1@101')), null);
  assert.equal(touchOf(bookOf('1@100', '')), null);
  assert.equal(touchOf(null), null);
});

test('depth ends at the edge, which itself counts, on the side that the order would take', () => {
  const depth = (side: 'buy' | 'sell', edge: string) => formatDecimal(depthWithin(book, { side, edge: d(edge) }));
  assert.deepEqual([depth('buy', '100.9'), depth('buy', '102'), depth('buy', '102.9'), depth('buy', '200')], ['0', '3', '3', '6']);
  assert.deepEqual([depth('sell', '100.1'), depth('sell', '99'), depth('sell', '98.1'), depth('sell', '1')], ['0', '3', '3', '6']);
  const seen: string[] = [];
  const isEnough = (sum: Level[1]) => seen.push(formatDecimal(sum)) === 2;
  assert.equal(formatDecimal(depthWithin(book, { side: 'buy', edge: d('200'), isEnough })), '3');
  assert.deepEqual(seen, ['1', '3'], 'no further level is looked at');
});

test('halving finds the level that a search through all of them finds', () => {
  const prices = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 50 });
  let found = 0;
  fc.assert(
    fc.property(prices, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3 }), fc.boolean(), (some, at, size, buys) => {
      const sorted = some.toSorted((one, other) => (buys ? other - one : one - other)).map((price) => [d(String(price)), d('2')] as const);
      const full: Book = { bids: buys ? sorted : [], asks: buys ? [] : sorted, at: NOW, receivedAt: NOW };
      const own = openOrder(spot, buys ? 'buy' : 'sell', String(size), { price: d(String(at)) });
      const others = withoutOwn(full, [own]);
      if (some.includes(at)) found += 1;
      const expected = sorted.flatMap(([price, there]) => {
        if (formatDecimal(price) !== String(at)) return [[price, there] as const];
        return size < 2 ? [[price, d(String(2 - size))] as const] : [];
      });
      assert.equal(told(buys ? others.bids : others.asks), told(expected));
    }),
    { seed: 20261123, numRuns: 500 },
  );
  assert.ok(found > 50, `${found} of 500 met a level`);
});
