import assert from 'node:assert/strict';
import { test } from 'node:test';
import { survey } from '../exposure/survey.ts';
import { formatDecimal } from '../money/decimal.ts';
import { besideOf, isHeldFresh, othersOf } from './others.ts';
import {
  asking,
  circumstances,
  closing,
  d,
  ether,
  held,
  id,
  inverse,
  NOW,
  open,
  quoteOf,
  spot,
  swap,
} from '../../../test/support/policy-samples.ts';

// With the collar of half a percent: a BTC counts as 60,300 USD, an ether as 3,015, a contract of the swap as 603 and of the inverse one as 100.

function told(changes: Parameters<typeof asking>[1], except: typeof spot.id | null = null): readonly string[] {
  const { books, circumstances: seen, policy } = asking(closing(), changes);
  const { worth, margin } = besideOf({ circumstances: seen, policy, holdings: survey(books), except });
  return [
    worth.kind === 'known' ? formatDecimal(worth.usd) : `unknown ${worth.instrument}`,
    margin.kind === 'known'
      ? `${formatDecimal(margin.worthUsd)} ties up ${formatDecimal(margin.initialUsd)}`
      : `unknown ${margin.instrument}`,
  ];
}

const future = { ...swap, id: id('BTC-USDT-261225'), expiry: NOW + 1 };
const coinPair = { ...ether, id: id('ETH-USDC'), quote: 'USDC', settle: 'USDC' };
const quotes = new Map([...circumstances.quotes, [future.id, quoteOf(future, '60000')], [coinPair.id, quoteOf(coinPair, '3000')]]);
const world = {
  books: { instruments: new Map([spot, ether, swap, inverse, future, coinPair].map((each) => [each.id, each] as const)) },
  circumstances: { quotes },
};
const five = [
  [spot, held('0.01')],
  [ether, held('0.1')],
  [swap, held('2')],
  [future, held('-1')],
  [inverse, held('3')],
] as const;

function at(leverages: readonly string[], prices: readonly (readonly [string, string])[] = [['USDT', '1']]) {
  const [first = '', second = '', third = ''] = leverages;
  const leverage = new Map([
    [swap.id, d(first)],
    [future.id, d(second)],
    [inverse.id, d(third)],
  ]);
  const coinPrices = new Map(prices.map(([coin, price]) => [coin, { price: d(price), at: NOW }]));
  return { ...withFive, circumstances: { ...world.circumstances, leverage, coinPrices } };
}

const positionsOf = (positions: Parameters<typeof asking>[1] & object) => asking(closing(), positions).books.positions;
const withFive = { ...world, books: { ...world.books, positions: positionsOf({ positions: five }) } };

test('everything is counted without netting, and derivatives tie up their worth over their leverage', () => {
  // 603 + 301.5 of spot; 1206 + 603 + 300 of contracts.
  assert.deepEqual(told(at(['3', '3', '3'])), ['3013.5', '2109 ties up 703']);
  assert.deepEqual(told(at(['3.0', '3', '3'])), ['3013.5', '2109 ties up 703']);
  assert.deepEqual(told(at(['2', '3', '5'])), ['3013.5', '2109 ties up 864']);
  assert.deepEqual(told(at(['2', '20', '5'])), ['3013.5', '2109 ties up 693.15']);
  assert.deepEqual(told(at(['20', '2', '2'])), ['3013.5', '2109 ties up 511.8']);
  assert.deepEqual(told(at(['0.2', '2', '2'])), ['3013.5', '2109 ties up 6481.5']);
  assert.deepEqual(told(at(['3', '3', '3']), swap.id), ['1807.5', '903 ties up 301']);
  const all = at(['3', '3', '3']);
  const leverage = new Map(all.circumstances.leverage).set(spot.id, d('2'));
  const told2 = told({ ...all, circumstances: { ...all.circumstances, leverage } });
  assert.deepEqual(told2, ['3013.5', '2109 ties up 703'], 'spot is paid for, whatever leverage it is said to have');
});

test('a coin above a dollar makes what is priced in it dearer, and what has a fixed number of dollars not', () => {
  const dear = [['USDT', '1.1'] as const];
  assert.deepEqual(told(at(['3', '3', '3'], dear)), ['3284.85', '2289.9 ties up 763.3']);
  const positions = positionsOf({
    positions: [
      [ether, held('0.1')],
      [coinPair, held('0.1')],
    ],
  });
  const coins = at(
    ['3', '3', '3'],
    [
      ['USDT', '1.1'],
      ['USDC', '1.2'],
    ],
  );
  assert.deepEqual(told({ ...coins, books: { ...world.books, positions } }), ['693.45', '0 ties up 0']);
});

test('one instrument whose price, coin or listing is not known makes everything unknown, and one leverage the margin', () => {
  const without = (name: string) => new Map([...quotes].filter(([each]) => each !== name));
  const leverage = at(['3', '3', '3']).circumstances.leverage;
  const known = at(['3', '3', '3']);
  assert.deepEqual(told({ ...known, circumstances: { ...known.circumstances, quotes: without(swap.id) } }), [
    `unknown ${swap.id}`,
    `unknown ${swap.id}`,
  ]);
  const unlisted = new Map([...world.books.instruments].filter(([each]) => each !== ether.id));
  assert.deepEqual(told({ ...known, books: { ...withFive.books, instruments: unlisted } }), [`unknown ${ether.id}`, `unknown ${ether.id}`]);
  assert.deepEqual(told({ ...known, circumstances: { ...known.circumstances, coinPrices: new Map() } }), [
    `unknown ${spot.id}`,
    `unknown ${spot.id}`,
  ]);
  const bare = new Map([...leverage].filter(([each]) => each !== future.id));
  assert.deepEqual(told({ ...known, circumstances: { ...known.circumstances, leverage: bare } }), ['3013.5', `unknown ${future.id}`]);
  assert.deepEqual(told({ ...known, circumstances: { ...known.circumstances, leverage: new Map() } }), ['3013.5', `unknown ${swap.id}`]);
  const { books, policy } = asking(closing(), known);
  const seen = { ...circumstances, ...known.circumstances, quotes: without(swap.id) };
  const worth = othersOf({ circumstances: seen, policy, holdings: survey(books), except: null });
  assert.deepEqual(worth, { kind: 'unknown', instrument: swap.id });
  const { margin } = besideOf({ circumstances: seen, policy, holdings: survey(books), except: null });
  assert.deepEqual(margin, { kind: 'unknown', instrument: swap.id });
});

test('one old price makes everything else unknown, where a price as old as it may be does not', () => {
  const known = at(['3', '3', '3']);
  const aged = (milliseconds: number) => new Map([...quotes, [ether.id, quoteOf(ether, '3000', { at: NOW - milliseconds })]]);
  const worthAt = (milliseconds: number) => told({ ...known, circumstances: { ...known.circumstances, quotes: aged(milliseconds) } });
  assert.deepEqual(worthAt(10_000), told(known));
  assert.deepEqual(worthAt(10_001), [`unknown ${ether.id}`, `unknown ${ether.id}`]);
});

test('the price of what is held may be as old as ten seconds, or as the policy takes for an entry where that is longer', () => {
  const seen = (age: number) => quoteOf(spot, '60000', { at: NOW - age });
  assert.equal(isHeldFresh(seen(10_000), NOW, open), true);
  assert.equal(isHeldFresh(seen(10_001), NOW, open), false);
  assert.equal(isHeldFresh(quoteOf(spot, '60000', { receivedAt: NOW - 10_001 }), NOW, open), false);
  const patient = { ...open, maxDataAgeMilliseconds: 20_000 };
  assert.equal(isHeldFresh(seen(20_000), NOW, patient), true);
  assert.equal(isHeldFresh(seen(20_001), NOW, patient), false);
});
