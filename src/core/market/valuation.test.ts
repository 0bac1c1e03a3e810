import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare, decimal as d, formatDecimal, isMultipleOf, one } from '../money/decimal.ts';
import { inverse, quoteOf, spot, swap } from '../../../test/support/policy-samples.ts';
import {
  checkWish,
  highestPrice,
  isDollarQuoted,
  notionalUsd,
  referencePrice,
  sizeFromWish,
  valuationPrice,
  wishFromSize,
} from './valuation.ts';

const seed = 20261123;
const ether = { ...swap, contractValue: d('0.1') };

test('the worked examples of the reference come out to the cent', () => {
  const usd = (instrument: Parameters<typeof notionalUsd>[0]['instrument'], size: string, price: string) =>
    formatDecimal(notionalUsd({ instrument, size: d(size), price: d(price) }));
  assert.equal(usd(swap, '3', '60000'), '1800');
  assert.equal(usd(ether, '10', '3000'), '3000');
  assert.equal(usd(inverse, '3', '60000'), '300');
  assert.equal(usd(inverse, '100', '1'), '10000');
  assert.equal(usd(spot, '0.001', '60000'), '60');
  assert.equal(usd(swap, '-3', '60000'), '-1800');
});

test('the valuation is the highest price anybody names with the margin on top, and a low limit changes nothing', () => {
  const quote = quoteOf(swap, '60000', { mark: d('60010'), index: d('60020') });
  assert.equal(formatDecimal(highestPrice(quote, null)), '60020');
  assert.equal(formatDecimal(highestPrice(quote, d('1'))), '60020');
  assert.equal(formatDecimal(highestPrice(quote, d('60030'))), '60030');
  assert.equal(formatDecimal(highestPrice({ ...quote, last: d('60040') }, d('1'))), '60040');
  assert.equal(formatDecimal(highestPrice({ ...quote, mark: d('60050'), index: null }, null)), '60050');
  assert.equal(formatDecimal(valuationPrice({ quote, limit: d('1'), margin: d('0.005'), rate: one })), '60320.1');
  assert.equal(formatDecimal(valuationPrice({ quote, limit: d('1'), margin: d('0.005'), rate: d('1.001') })), '60380.4201');
});

test('collars are measured from the mark on swaps and the middle of the book on spot', () => {
  assert.equal(formatDecimal(referencePrice(swap, quoteOf(swap, '60000', { mark: d('60010') })) ?? d('0')), '60010');
  assert.equal(referencePrice(swap, quoteOf(swap, '60000', { mark: null })), null);
  assert.equal(formatDecimal(referencePrice(spot, quoteOf(spot, '60000', { bid: d('59999.9'), ask: d('60000.2') })) ?? d('0')), '60000.05');
});

test('quotes that are no dollars are not guessed', () => {
  assert.ok(isDollarQuoted(spot) && isDollarQuoted(inverse));
  assert.ok(!isDollarQuoted({ ...spot, quote: 'EUR' }) && !isDollarQuoted({ ...spot, quote: 'BTC' }));
});

test('units that do not fit are refused, and so is a part of a lot', () => {
  const code = (instrument: typeof spot, quantity: string, unit: 'base' | 'contracts' | 'usd' | 'quote') => {
    const checked = checkWish({ instrument, quantity: d(quantity), unit });
    return checked.ok ? 'ok' : checked.error.code;
  };
  assert.equal(code(spot, '1', 'contracts'), 'UNIT_MISMATCH');
  assert.equal(code(inverse, '1', 'base'), 'UNIT_MISMATCH');
  assert.equal(code(spot, '0.00000001', 'base'), 'ok');
  assert.equal(code(spot, '0.000000015', 'base'), 'PRECISION');
  assert.equal(code(swap, '0.01', 'contracts'), 'ok');
  assert.equal(code(swap, '0.005', 'contracts'), 'PRECISION');
  assert.equal(code(swap, '0.0001', 'base'), 'ok');
  assert.equal(code(swap, '0.00005', 'base'), 'PRECISION');
  for (const unit of ['usd', 'quote'] as const) assert.equal(code(swap, '12.34567', unit), 'ok');
});

const amount = fc.bigInt({ min: 1n, max: 10n ** 9n }).map((coefficient) => ({ coefficient, scale: 4 }));
const price = fc.bigInt({ min: 10n ** 4n, max: 10n ** 8n }).map((coefficient) => ({ coefficient, scale: 2 }));

test('an amount of money becomes the most lots that it pays for, and asking for what they are worth gives them again', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(spot, swap, inverse),
      fc.constantFrom('usd' as const, 'quote' as const),
      amount,
      price,
      (instrument, unit, quantity, highest) => {
        const valuation = valuationPrice({
          quote: quoteOf(instrument, formatDecimal(highest)),
          limit: null,
          margin: d('0.005'),
          rate: one,
        });
        const pricing = { instrument, unit, highest, valuation };
        const size = sizeFromWish({ ...pricing, quantity });
        assert.ok(isMultipleOf({ value: size, step: instrument.lot }));
        const at = unit === 'usd' ? valuation : highest;
        assert.ok(compare(notionalUsd({ instrument, size, price: at }), quantity) <= 0);
        const more = {
          coefficient: size.coefficient * 10n ** 8n + instrument.lot.coefficient * 10n ** BigInt(8 + size.scale - instrument.lot.scale),
          scale: size.scale + 8,
        };
        assert.ok(compare(notionalUsd({ instrument, size: more, price: at }), quantity) > 0);
        if (size.coefficient > 0n)
          assert.equal(formatDecimal(sizeFromWish({ ...pricing, quantity: wishFromSize({ ...pricing, size }) })), formatDecimal(size));
      },
    ),
    { seed, numRuns: 500 },
  );
});

test("a fixed quantity is its own size, in the instrument's unit", () => {
  const of = (instrument: typeof spot, quantity: string, unit: 'base' | 'contracts') =>
    formatDecimal(sizeFromWish({ instrument, quantity: d(quantity), unit, highest: one, valuation: one }));
  assert.equal(of(spot, '0.00123', 'base'), '0.00123');
  assert.equal(of(swap, '0.0123', 'base'), '1.23');
  assert.equal(of(inverse, '7', 'contracts'), '7');
});
