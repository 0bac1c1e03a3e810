import { highestPrice, notionalUsd } from '../../market/valuation.ts';
import { absolute, compare, type Decimal, decimal, multiply, subtract } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd } from '../words.ts';

const tolerance = decimal('0.05');

/**
 * Fat fingers: whoever asks says what it should be worth, and we compare. An order of contracts meant as base, or of base meant as dollars, is off by
 * far more than the tolerance. A limit order may be told at its own price or at the market's.
 */
export const expectedNotional: OrderControl = {
  stage: 'order',
  bySize: 'aside',
  id: 'P11',
  name: 'expected_notional_usd',
  configKey: null,
  source: 'Citi 2022; reference/risk.md §3.1 P11',
  appliesToExits: true,
  check: ({ question: { intent }, instrument, quote, reference, terms }) => {
    if (intent.kind === 'close') return null;
    const expected = intent.expectedNotionalUsd;
    if (expected === null) {
      if (intent.quantityUnit === 'usd') return null;
      return { code: 'UNIT_MISMATCH', text: 'say in expected_notional_usd what you expect the order to be worth', limit: null };
    }
    // An amount of money is compared as it was asked: rounding it to lots may take away more than the tolerance.
    const isMoney = intent.quantityUnit === 'usd' || intent.quantityUnit === 'quote';
    const worth = (price: Decimal) => notionalUsd({ instrument, size: terms.size, price });
    const readings = isMoney ? [intent.quantity] : [worth(reference), worth(highestPrice(quote, null)), worth(terms.price)];
    if (readings.some((reading) => isNear(reading, expected))) return null;
    return {
      code: 'UNIT_MISMATCH',
      text: `this order is worth ${usd(readings[0] ?? expected)} and not ${usd(expected)}; check quantity_unit`,
      limit: null,
    };
  },
};

function isNear(reading: Decimal, expected: Decimal): boolean {
  return compare(absolute(subtract(reading, expected)), multiply(reading, tolerance)) <= 0;
}
