import { type Proposal, refusal, type Refusal } from '../control.ts';
import { highestPrice, notionalUsd } from '../../market/valuation.ts';
import { absolute, compare, type Decimal, decimal, multiply, subtract } from '../../money/decimal.ts';
import { usd } from '../words.ts';

const tolerance = decimal('0.05');

/**
 * Refuses an order that is worth something else than `expected_notional_usd` by more than 5 %. Fat fingers: an order of contracts meant as base, or of
 * base meant as dollars, is off by far more. A limit order may be told at its own price or at the market's.
 */
export function expectedNotional({ question: { intent, replaces }, instrument, quote, reference, terms }: Proposal): Refusal | null {
  if (intent.kind === 'close') return null;
  const expected = intent.expectedNotionalUsd;
  if (expected === null) {
    if (intent.quantityUnit === 'usd') return null;
    return refusal('UNIT_MISMATCH', 'say in expected_notional_usd what you expect the order to be worth');
  }
  // An amount of money is compared as it was asked: rounding it to lots may take away more than the tolerance.
  const isMoney = intent.quantityUnit === 'usd' || intent.quantityUnit === 'quote';
  // An amendment is counted at the larger of two sizes; what was asked for is what its asker has in mind.
  const size = replaces === null ? terms.size : intent.quantity;
  const worth = (price: Decimal) => notionalUsd({ instrument, size, price });
  const readings = isMoney ? [intent.quantity] : [worth(reference), worth(highestPrice(quote, null)), worth(terms.price)];
  if (readings.some((reading) => isNear(reading, expected))) return null;
  return refusal('UNIT_MISMATCH', `this order is worth ${usd(readings[0] ?? expected)} and not ${usd(expected)}; check quantity_unit`);
}

function isNear(reading: Decimal, expected: Decimal): boolean {
  return compare(absolute(subtract(reading, expected)), multiply(reading, tolerance)) <= 0;
}
