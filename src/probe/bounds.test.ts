import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../core/lang/canonical.ts';
import { decimal } from '../core/money/decimal.ts';
import { beyondBounds, type Measures } from './bounds.ts';
import type { Question } from './side.ts';

const price = { bid: decimal('60000'), ask: decimal('60001') };
const sizes = { tick: decimal('0.1'), lot: decimal('0.00000001'), min: decimal('0.00001'), contract: decimal('1') };
const measures: Measures = {
  spot: { terms: sizes, price },
  swap: { terms: { ...sizes, lot: decimal('0.01'), min: decimal('0.01'), contract: decimal('0.01') }, price },
};

const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '48000', sz: '0.00002' };
const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'ioc', px: '60100', sz: '0.01' };

function order(body: Json): Question {
  return { method: 'POST', path: '/api/v5/trade/order', body };
}

test('what a run sends is within its bounds', () => {
  const { px: _none, ...atMarket } = swap;
  for (const body of [
    spot,
    swap,
    { ...atMarket, ordType: 'market', side: 'sell', reduceOnly: true },
    { ...spot, side: 'sell', px: '72001' },
  ])
    assert.equal(beyondBounds(order(body), measures), undefined, JSON.stringify(body));
});

/** Each request that is not sent, with a part of why. */
const refused: readonly (readonly [string, Question, RegExp])[] = [
  ['a transfer', { method: 'POST', path: '/api/v5/asset/transfer', body: { ccy: 'USDT', amt: '1', from: '18', to: '6' } }, /not among/],
  ['a withdrawal', { method: 'POST', path: '/api/v5/asset/withdrawal', body: {} }, /not among/],
  ['a new key', { method: 'POST', path: '/api/v5/users/subaccount/apikey', body: {} }, /not among/],
  ['another leverage', { method: 'POST', path: '/api/v5/account/set-leverage', body: {} }, /not among/],
  ['a path with more in it', { method: 'GET', path: '/api/v5/account/config/../asset/balances' }, /not among/],
  ['a batch of orders', { method: 'POST', path: '/api/v5/trade/batch-orders', body: [spot] }, /not among/],
  ['a list where one order belongs', order([spot]), /nobody asked for/],
  ['another instrument', order({ ...spot, instId: 'ETH-USDT' }), /nobody asked for/],
  ['three times the smallest size', order({ ...spot, sz: '0.00003' }), /twice the least/],
  ['a size that is a number', order({ ...spot, sz: 1 }), /no amount/],
  ['an order that shall rest near the market', order({ ...spot, px: '59000' }), /near the market/],
  ['an order far through the market', order({ ...swap, px: '70000' }), /too far through/],
  ['a sale far below the market', order({ ...swap, side: 'sell', px: '50000' }), /too far through/],
  ['a market order that opens', order({ ...swap, ordType: 'market' }), /does not close/],
  ['a timer for everybody', { method: 'POST', path: '/api/v5/trade/cancel-all-after', body: { timeOut: '10' } }, /whole account/],
  [
    'a trigger near the market',
    { method: 'POST', path: '/api/v5/trade/order-algo', body: { ...spot, ordType: 'conditional', slTriggerPx: '60500' } },
    /slTriggerPx near/,
  ],
  ['an order that chases', { method: 'POST', path: '/api/v5/trade/order-algo', body: { ...spot, ordType: 'chase' } }, /of type chase/],
  ['a trigger moved near', { method: 'POST', path: '/api/v5/trade/amend-algos', body: { newSlTriggerPx: '60500' } }, /newSlTriggerPx near/],
  ['a larger size afterwards', { method: 'POST', path: '/api/v5/trade/amend-order', body: { newSz: '1' } }, /new size/],
];

for (const [name, question, why] of refused) {
  test(`the probe never sends ${name}`, () => {
    assert.match(beyondBounds(question, measures) ?? 'it would be sent', why);
  });
}

test('an order is refused when the exchange trades in sizes that cost more than 100 USD', () => {
  const large: Measures = { ...measures, spot: { terms: { ...sizes, min: decimal('0.01') }, price } };
  assert.match(beyondBounds(order({ ...spot, sz: '0.01' }), large) ?? '', /more than 100 USD/);
});
