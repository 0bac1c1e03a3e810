import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionKey } from '../order/leg.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Proposal, Question } from './control.ts';
import { draft, wishOf } from './draft.ts';
import { likenessOf } from './likeness.ts';
import {
  asking,
  circumstances,
  closing,
  d,
  held,
  inverse,
  NOW,
  openOrder,
  operator,
  quoteOf,
  spot,
  swap,
  unknownLife,
  wish,
} from '../../../test/support/policy-samples.ts';

// What the controls get to see of a wish. BTC is at 60,000; a contract is 600 USD.

type Intent = Parameters<typeof asking>[0];

function proposed(intent: Intent, changes: Parameters<typeof asking>[1] = {}, asked: Partial<Question> = {}): Proposal {
  const seen = wishOf({ ...asking(intent, changes), ...asked });
  const { instrument, quote, reference } = seen;
  assert.ok(instrument !== undefined && quote !== undefined && reference !== null);
  return draft({ ...seen, instrument, quote, reference });
}

const buy = wish(spot, 'buy', '0.001');
const exit = (side: 'buy' | 'sell', size: string) => wish(swap, side, size, { reduceOnly: true });

/** `held owned inFlight most`, and whether the outcome of something is not known. */
function reducible(intent: Intent, changes: Parameters<typeof asking>[1]): string {
  const { clouded, ...sizes } = proposed(intent, changes).situation.reducible;
  const { held: all, owned, inFlight, most } = sizes;
  return [...[all, owned, inFlight, most].map(formatDecimal), ...(clouded ? ['clouded'] : [])].join(' ');
}

test('an exit sees no book, and an entry sees it without what rests there of its own, with the order that it replaces', () => {
  assert.equal(wishOf(asking(closing(), { positions: [[spot, held('1')]] })).book, null);
  const book = { bids: [[d('59990'), d('3')]], asks: [[d('60010'), d('1')]], at: NOW, receivedAt: NOW } as const;
  const quotes = new Map(circumstances.quotes).set(spot.id, quoteOf(spot, '60000', { book }));
  const own = openOrder(spot, 'buy', '1', { price: d('59990') });
  const bids = (asked: Partial<Question>, orders: readonly (typeof own)[]) =>
    wishOf({ ...asking(buy, { circumstances: { quotes }, orders }), ...asked }).book?.bids.map(([, size]) => formatDecimal(size));
  assert.deepEqual(bids({}, []), ['3']);
  assert.deepEqual(bids({}, [own]), ['2']);
  assert.deepEqual(bids({ replaces: { ...own, size: d('2') } }, []), ['1']);
  assert.deepEqual(bids({ replaces: { ...own, clientOrderId: 'r' as typeof own.clientOrderId } }, [own]), ['1']);
});

test('an entry is asked nothing of reducing, and an exit nothing of losses', () => {
  const { situation } = proposed(wish(swap, 'sell', '1'), { positions: [[swap, held('5')]] });
  const zero = d('0');
  assert.deepEqual(situation.reducible, { held: zero, owned: zero, inFlight: zero, most: zero, clouded: false });
  const leaving = proposed(exit('sell', '1'), { positions: [[swap, held('5')]], circumstances: { coinPrices: new Map(), funds: null } });
  assert.deepEqual(leaving.situation.losses, { kind: 'known', daily: zero, drawdown: zero, openOrdersCost: zero });
});

test('a position that nobody holds yet is a holding of its instrument and its leg', () => {
  const legs = { books: { positionMode: 'long_short' } } as const;
  const holding = (side: 'buy' | 'sell', mode: Parameters<typeof asking>[1]) => {
    const { instrument, leg, listing } = proposed(wish(swap, side, '1'), mode).situation.holding;
    return [instrument, leg, listing?.id];
  };
  assert.deepEqual(holding('buy', {}), [swap.id, 'net', swap.id]);
  assert.deepEqual(holding('buy', legs), [swap.id, 'long', swap.id]);
  assert.deepEqual(holding('sell', legs), [swap.id, 'short', swap.id]);
});

test('the other leg of the instrument stands beside, whichever of the two it is, and in net mode there is none', () => {
  const beside = (side: 'buy' | 'sell', leg: 'long' | 'short', mode: 'net' | 'long_short') => {
    const size = leg === 'long' ? '2' : '-2';
    const positions = new Map([[positionKey(swap.id, leg), { ...held(size, { alpha: size }, leg), instrument: swap.id }]]);
    return formatDecimal(proposed(wish(swap, side, '1'), { books: { positionMode: mode, positions } }).situation.beside);
  };
  assert.equal(beside('sell', 'long', 'long_short'), '2');
  assert.equal(beside('buy', 'short', 'long_short'), '2');
  assert.equal(beside('buy', 'long', 'long_short'), '0');
  assert.equal(beside('buy', 'short', 'net'), '0');
  assert.equal(beside('buy', 'long', 'net'), '0');
});

test('the highest price that an entry or an open entry may fill at is what an instrument is counted at, and no exit raises it', () => {
  const valuation = (intent: Intent, orders: readonly ReturnType<typeof openOrder>[]) =>
    formatDecimal(proposed(intent, { orders, positions: [[swap, held('5')]] }).situation.valuation);
  const entry = (price: string) => openOrder(swap, 'buy', '1', { price: d(price) });
  assert.equal(valuation(wish(swap, 'buy', '1', { price: '60200' }), []), '60501');
  assert.equal(valuation(wish(swap, 'buy', '1', { price: '60200' }), [entry('60400')]), '60702');
  assert.equal(valuation(wish(swap, 'buy', '1', { price: '60400' }), [entry('60200')]), '60702');
  assert.equal(valuation(wish(swap, 'sell', '1', { price: '62000', reduceOnly: true }), []), '60300');
  assert.equal(valuation(wish(swap, 'sell', '1', { price: '62000', reduceOnly: true }), [entry('60400')]), '60702');
});

test('what a notional says can be journaled: at most twelve decimals, rounded up', () => {
  const quotes = (mark: string) => ({ circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000', { mark: d(mark) })]]) } });
  assert.equal(formatDecimal(proposed(wish(swap, 'buy', '1'), quotes('60000.1234567')).notionalUsd), '603.001240739835');
  assert.equal(formatDecimal(proposed(wish(swap, 'buy', '1'), quotes('60000.12345678901')).notionalUsd), '603.00124074073');
});

test('of a position may be closed what the asker owns, less what its exits and those of others may still do', () => {
  const positions = [[swap, held('3', { alpha: '1', beta: '2' })]] as const;
  const leaving = (size: string, changes: Parameters<typeof openOrder>[3] = {}) =>
    openOrder(swap, 'sell', size, { purpose: 'exit', reduceOnly: true, ...changes });
  const beta = { principal: 'beta' as typeof operator };
  assert.equal(reducible(exit('sell', '1'), { positions }), '3 1 0 1');
  assert.equal(reducible(exit('sell', '1'), { positions, sharedPositions: true }), '3 3 0 3');
  assert.equal(reducible({ ...exit('sell', '1'), principal: operator }, { positions }), '3 3 0 3');
  assert.equal(reducible(exit('sell', '1'), { positions, orders: [leaving('0.4')] }), '3 1 0.4 0.6');
  assert.equal(reducible(exit('sell', '1'), { positions, orders: [leaving('0.4', beta)] }), '3 1 0.4 1');
  assert.equal(reducible(exit('sell', '1'), { positions, orders: [leaving('2.5', beta)] }), '3 1 2.5 0.5');
  assert.equal(reducible(exit('sell', '1'), { positions, orders: [leaving('0.4', beta)], sharedPositions: true }), '3 3 0.4 2.6');
  assert.equal(reducible(exit('buy', '1'), { positions }), '0 0 0 0');
});

test('only what may still close on this side and leg is on its way: no stop that waits, no entry, and nothing that is filled', () => {
  const positions = [[swap, held('3')]] as const;
  const leaving = (changes: Parameters<typeof openOrder>[3] = {}) =>
    openOrder(swap, 'sell', '1', { purpose: 'exit', reduceOnly: true, ...changes });
  const asked = (order: ReturnType<typeof openOrder>) => reducible(exit('sell', '1'), { positions, orders: [order] });
  assert.equal(asked(leaving()), '3 3 1 2');
  const stop = { triggers: { stopLoss: d('57000'), takeProfit: null }, parent: null, sized: true, moving: null, changes: 0, since: NOW };
  for (const life of [{ kind: 'armed' }, { kind: 'submitting' }, unknownLife] as const)
    assert.equal(asked(leaving({ type: 'stop', stop, life })), '3 3 0 3', life.kind);
  assert.equal(asked(leaving({ type: 'stop', stop })), '3 3 1 2', 'it was reached');
  const onSpot = (life: typeof unknownLife | { readonly kind: 'armed' }) => {
    const order = openOrder(spot, 'sell', '1', { purpose: 'exit', type: 'stop', stop, life });
    return reducible(closing(), { positions: [[spot, held('3')]], orders: [order] });
  };
  assert.equal(onSpot({ kind: 'armed' }), '3 3 0 3');
  assert.equal(onSpot(unknownLife), '3 3 1 2 clouded');
  assert.equal(asked(leaving({ leg: 'long' })), '3 3 0 3');
  assert.equal(asked(leaving({ life: unknownLife })), '3 3 1 2 clouded');
  assert.equal(asked(leaving({ life: unknownLife, filled: d('1') })), '3 3 0 3');
  assert.equal(asked(openOrder(swap, 'sell', '1', { life: unknownLife })), '3 3 0 3 clouded');
  assert.equal(asked(openOrder(swap, 'buy', '1', { life: unknownLife })), '3 3 0 3');
  assert.equal(asked(openOrder(inverse, 'sell', '1', { purpose: 'exit', reduceOnly: true })), '3 3 0 3');
});

test('a close is recognised again as a market order of its size, and a placed order by what it named', () => {
  const close = likenessOf(proposed(closing(), { positions: [[spot, held('1')]] }));
  assert.deepEqual([close.type, close.price, close.asked], ['market', null, null]);
  const placed = likenessOf(proposed({ ...buy, type: 'ioc' }));
  assert.deepEqual([placed.type, placed.price, placed.asked], ['ioc', d('60000'), { quantity: d('0.001'), unit: 'base' }]);
});
