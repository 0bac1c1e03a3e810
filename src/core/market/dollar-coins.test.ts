import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decimal, formatDecimal } from '../money/decimal.ts';
import { coinOf, collateralUsd, exposureRate, readCoin } from './dollar-coins.ts';
import { d, inverse, NOW, spot, swap } from '../../../test/support/policy-samples.ts';

const at = (price: string, age = 0) => ({ prices: new Map([['USDT', { price: d(price), at: NOW - age }]]), now: NOW });
const text = (value: Decimal | null) => (value === null ? null : formatDecimal(value));

test('a coin counts at least a dollar as exposure and at most one as collateral', () => {
  const counted = (price: string) => [text(exposureRate('USDT', at(price))), text(collateralUsd(d('1000'), 'USDT', at(price)))];
  assert.deepEqual(counted('1'), ['1', '1000']);
  assert.deepEqual(counted('0.98'), ['1', '980']);
  // The exchange tells 1000 dollars at a price of 1.25: there are 800 coins.
  assert.deepEqual(counted('1.25'), ['1.25', '800']);
});

test('whatever the price and however the exchange counted, no equity is told higher than it was', () => {
  for (const told of ['1000', '0', '-50'])
    for (const price of ['0.5', '0.97', '1', '1.03', '1.5']) {
      const counted = collateralUsd(d(told), 'USDT', at(price));
      assert.ok(counted !== null && Number(formatDecimal(counted)) <= Number(told), `${told} at ${price}`);
    }
});

test('rates are rounded against us to eight decimals', () => {
  assert.equal(text(exposureRate('USDT', at('1.0000000000001'))), '1.00000001');
  assert.equal(text(collateralUsd(d('1'), 'USDT', at('0.9999999999999'))), '0.99999999');
});

test('dollars need no price, and contracts that are numbers of dollars are no coins', () => {
  assert.deepEqual([coinOf(spot), coinOf(swap), coinOf(inverse), coinOf({ ...spot, quote: 'USDC' })], ['USDT', 'USDT', null, 'USDC']);
  const nothing = { prices: new Map(), now: NOW };
  assert.equal(text(exposureRate(null, nothing)), '1');
  assert.equal(text(collateralUsd(d('1000'), null, nothing)), '1000');
});

test('a price that is missing, older than a minute or outside of 0.5 to 1.5 is not known', () => {
  const kind = (question: Parameters<typeof readCoin>[1]) => readCoin('USDT', question).kind;
  assert.equal(kind({ prices: new Map(), now: NOW }), 'missing');
  assert.deepEqual([kind(at('1', 60_000)), kind(at('1', 60_001)), kind(at('1', Number.NaN))], ['known', 'old', 'old']);
  assert.deepEqual([kind(at('0.5')), kind(at('1.5')), kind(at('0.49')), kind(at('1.51'))], ['known', 'known', 'absurd', 'absurd']);
  for (const question of [{ prices: new Map(), now: NOW }, at('1', 60_001), at('2')]) {
    assert.equal(exposureRate('USDT', question), null);
    assert.equal(collateralUsd(d('1'), 'USDT', question), null);
  }
});
