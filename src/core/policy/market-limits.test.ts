import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Book } from '../market/book.ts';
import { decide } from './decide.ts';
import { limitsInUse } from './limits-in-use.ts';
import {
  alpha,
  asking,
  asOf,
  circumstances,
  d,
  NOW,
  openOrder,
  placing,
  quoteOf,
  spot,
  swap,
  wish,
} from '../../../test/support/policy-samples.ts';

const book: Book = {
  bids: [
    [d('59940'), d('2')],
    [d('59000'), d('100')],
  ],
  asks: [
    [d('60060'), d('3')],
    [d('60200'), d('1')],
    [d('61000'), d('100')],
  ],
  at: NOW,
  receivedAt: NOW,
};
const range = { lowest: d('59400'), highest: d('60600'), since: NOW - 60_000 };
const changes = { book, range, last: d('60060'), index: d('60300'), volume: d('500') };
const quotes = new Map([
  [spot.id, quoteOf(spot, '60000', changes)],
  [swap.id, quoteOf(swap, '60000', changes)],
]);
const policy = {
  instruments: [spot.id, swap.id],
  maxSpread: d('0.005'),
  maxBookShare: d('0.1'),
  maxVolumeShare: d('0.01'),
  maxPriceMove: d('0.03'),
  maxDivergence: d('0.01'),
  maxFundingRate: d('0.003'),
};

function rows(given: Parameters<typeof asking>[1] = {}) {
  const question = asking(placing(), { policy, ...given, circumstances: { quotes, ...given?.circumstances } });
  return limitsInUse({ ...question, principal: alpha });
}

function row(name: string, scope: string, given: Parameters<typeof asking>[1] = {}) {
  const { max, used, headroom, unit } = rows(given).find((each) => each.name === name && each.scope === scope) ?? {};
  return [max, used, headroom, unit];
}

test('what a market is like now stands beside what it may be', () => {
  assert.deepEqual(row('max_spread', 'BTC-USDT'), ['0.5', '0.2', '0.3', '%']);
  assert.deepEqual(row('max_divergence', 'BTC-USDT'), ['1', '0.4976', '0.5024', '%']);
  assert.deepEqual(row('max_price_move', 'BTC-USDT-SWAP'), ['3', '1', '2', '%']);
  assert.deepEqual(row('max_funding_rate', 'BTC-USDT-SWAP'), ['0.3', '0.01', '0.29', '%']);
  assert.deepEqual(row('max_funding_rate', 'BTC-USDT'), [undefined, undefined, undefined, undefined]);
});

test('limits on book and volume are told as the largest order that passes, and one lot more does not', () => {
  assert.deepEqual(row('max_book_share', 'BTC-USDT buy'), ['0.4', '0', '0.4', 'BTC']);
  assert.deepEqual(row('max_book_share', 'BTC-USDT-SWAP sell'), ['0.2', '0', '0.2', 'contracts']);
  assert.deepEqual(row('max_book_share', 'BTC-USDT sell')[0], undefined, 'a spot sell is an exit');
  assert.deepEqual(row('max_volume_share', 'BTC-USDT'), ['5', '0', '5', 'BTC']);
  const asked = (size: string) => decide(asking(wish(swap, 'sell', size), { policy, circumstances: { quotes } }));
  assert.equal(asked('0.2').kind, 'allow');
  const more = asked('0.21');
  assert.equal(more.kind === 'deny' && more.limit?.name, 'max_book_share');
});

test('our own orders are left out of what is told too', () => {
  const orders = [openOrder(spot, 'buy', '2', { price: d('59940') }), openOrder(swap, 'sell', '2', { price: d('60060') })];
  assert.deepEqual(row('max_spread', 'BTC-USDT', { orders })[1], '1.7807');
  assert.deepEqual(row('max_book_share', 'BTC-USDT-SWAP buy', { orders })[0], '0.2');
});

test('what is missing or old is not known, and never zero', () => {
  const stale = new Map([...quotes].map(([id, quote]) => [id, asOf(quote, NOW - 2001)]));
  for (const given of [new Map(), stale]) {
    const told = rows({ circumstances: { quotes: given, funding: new Map() } }).filter(
      ({ name }) => name.startsWith('max_') && name in policyNames,
    );
    assert.equal(told.length, 12);
    for (const { name, used, headroom } of told) assert.deepEqual([used, headroom], [null, null], name);
  }
});

const policyNames = {
  max_spread: 0,
  max_divergence: 0,
  max_price_move: 0,
  max_volume_share: 0,
  max_book_share: 0,
  max_funding_rate: 0,
};

test('exposure is told with the coin above a dollar, equity with the coin below one', () => {
  const coin = (price: string) => ({ ...circumstances, quotes, coinPrices: new Map([['USDT', { price: d(price), at: NOW }]]) });
  const orders = [openOrder(spot, 'buy', '0.01', { price: d('60000') })];
  const at = (price: string) => ({ orders, circumstances: coin(price) });
  assert.deepEqual(row('max_position_size', 'BTC-USDT', at('1'))[1], '606.02');
  assert.deepEqual(row('max_position_size', 'BTC-USDT', at('1.1'))[1], '666.62');
  assert.deepEqual(row('max_total_exposure', 'account', at('1.1'))[1], '666.62');
  assert.deepEqual(row('min_balance', 'account', at('0.9'))[1], '900000');
  assert.deepEqual(row('max_account_equity', 'account', at('0.9'))[1], '1000000', 'too much is counted as the exchange tells it');
  const unknown = { orders, circumstances: { ...coin('1'), coinPrices: new Map() } };
  for (const name of ['max_total_exposure', 'min_balance', 'max_leverage']) assert.equal(row(name, 'account', unknown)[1], null, name);
});

test('what is old by one of three clocks, or has no mark price, is not known', () => {
  const told = (given: Parameters<typeof quoteOf>[2]) => {
    const seen = new Map([[swap.id, quoteOf(swap, '60000', { ...changes, ...given })]]);
    const measured = rows({ circumstances: { quotes: seen } }).filter(
      ({ name, scope }) => name in policyNames && scope.startsWith(swap.id),
    );
    return measured.filter(({ used }) => used === null).map(({ name }) => name);
  };
  const most = ['max_spread', 'max_divergence', 'max_price_move', 'max_volume_share', 'max_book_share', 'max_book_share'];
  assert.deepEqual(told({}), []);
  assert.deepEqual(told({ at: NOW - 2000 }), [], 'exactly as old as it may be');
  assert.deepEqual(told({ at: NOW - 2001 }), most);
  assert.deepEqual(told({ receivedAt: NOW - 2001 }), most);
  assert.deepEqual(told({ book: { ...book, at: NOW - 2001 } }), most);
  assert.deepEqual(told({ mark: null }), most);
});

test('what the market does not tell is not known, and the rest is', () => {
  const told = (given: Parameters<typeof quoteOf>[2]) => {
    const seen = new Map([[swap.id, quoteOf(swap, '60000', { ...changes, ...given })]]);
    const measured = rows({ circumstances: { quotes: seen } }).filter(
      ({ name, scope }) => name in policyNames && scope.startsWith(swap.id),
    );
    return measured.filter(({ used }) => used === null).map(({ name, scope, max, unit }) => `${name} of ${scope}: ${max} ${unit}`);
  };
  assert.deepEqual(told({ book: null }), [
    'max_spread of BTC-USDT-SWAP: 0.5 %',
    'max_book_share of BTC-USDT-SWAP buy: 10 %',
    'max_book_share of BTC-USDT-SWAP sell: 10 %',
  ]);
  assert.deepEqual(told({ index: null }), ['max_divergence of BTC-USDT-SWAP: 1 %']);
  assert.deepEqual(told({ range: null }), ['max_price_move of BTC-USDT-SWAP: 3 %']);
  assert.deepEqual(told({ volume: null }), ['max_volume_share of BTC-USDT-SWAP: 1 %']);
});

test('what is on the list and not known at the exchange has no market', () => {
  const gone = rows({ policy: { ...policy, instruments: ['GONE-USDT' as typeof spot.id] } });
  assert.deepEqual(
    gone.filter((each) => each === undefined || typeof each === 'string' || each.name in policyNames),
    [],
  );
});
