import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, formatDecimal, maximum, minimum } from './decimal.ts';
import {
  type BaseQuantity,
  type Contracts,
  minus,
  opposite,
  plus,
  type Price,
  type QuoteQuantity,
  type Ratio,
  scaled,
  type Size,
  type Usd,
} from './units.ts';

const contracts: Contracts = decimal('3');
const base: BaseQuantity = decimal('0.5');
const quote: QuoteQuantity = decimal('20');
const usd: Usd = decimal('10.5');
const price: Price = decimal('60000');
const share: Ratio = decimal('0.005');

test('amounts of one unit are added and scaled and keep their unit', () => {
  const sum: Usd = plus(usd, usd);
  const rest: Usd = minus(usd, plus(usd, usd));
  const collar: Usd = scaled(usd, share);
  const less: Usd = opposite(usd);
  assert.deepEqual([sum, rest, collar, less].map(formatDecimal), ['21', '-10.5', '0.0525', '-10.5']);
  assert.equal(formatDecimal(opposite<'usd'>(decimal('0'))), '0');
});

test('a size is contracts or base, and the smaller of two amounts keeps their unit', () => {
  const sizes: readonly Size[] = [contracts, base];
  const least: Usd = minimum(usd, plus(usd, usd));
  const most: Usd = maximum(usd, plus(usd, usd));
  assert.deepEqual([...sizes, least, most].map(formatDecimal), ['3', '0.5', '10.5', '21']);
});

/** Never called: the type checker is the test, and each line that begins to compile is an error of its own. */
export function unitsDoNotMix(): readonly unknown[] {
  // @ts-expect-error contracts are no base currency: a contract is worth a hundredth of a coin, or a hundred dollars
  const a: BaseQuantity = contracts;
  // @ts-expect-error base currency is not counted in contracts
  const b: Contracts = base;
  // @ts-expect-error USDT is no US dollar before somebody says at which price
  const c: Usd = quote;
  // @ts-expect-error a share is no amount
  const d: Usd = share;
  // @ts-expect-error a price is no amount
  const e: QuoteQuantity = price;
  // @ts-expect-error a size may be contracts
  const f: BaseQuantity = contracts as Size;
  return [
    a,
    b,
    c,
    d,
    e,
    f,
    // @ts-expect-error different units have no sum
    plus<'usd'>(usd, quote),
    // @ts-expect-error different units have no difference
    minus<'base'>(base, contracts),
    // @ts-expect-error an amount is scaled by a share and not by another amount
    scaled(usd, price),
  ];
}
