import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asking, alpha, d, spot, swap } from '../../../test/support/policy-samples.ts';
import { type Decimal, formatDecimal } from '../money/decimal.ts';
import type { PlaceIntent } from '../order/intent.ts';
import { parseIntent } from '../order/parse-intent.ts';
import { decide } from './decide.ts';

// Amounts are texts until they are exact decimals, and never binary fractions: however a number is written, it is the same number (I-E7).

const seed = 20261127;
const RUNS = 300;

const zerosOf = fc.integer({ min: 0, max: 6 }).map((count) => '0'.repeat(count));
/** In units of a thousandth, up to what no binary fraction of 64 bits holds exactly. */
const thousandths = fc.integer({ min: 1, max: 40_000 });

function written(value: number, zeros: string): string {
  const fraction = String(value % 1000).padStart(3, '0');
  return `${Math.floor(value / 1000)}.${fraction}${zeros}`;
}

function shortest(text: string): string {
  return text.replace(/\.?0+$/, '');
}

function intentOf(given: Readonly<Record<string, string>>): PlaceIntent {
  const parsed = parseIntent({
    principal: alpha,
    tool: 'place_order',
    arguments: { intent_id: 'i', reason: 'because', side: 'buy', type: 'limit', ...given },
  });
  assert.ok(parsed.ok && parsed.value.kind === 'place');
  return parsed.value;
}

/** A value as it is told: what an amount is, and not how many zeros it keeps. */
function told(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (isDecimal(each) ? formatDecimal(each) : each));
}

function isDecimal(value: unknown): value is Decimal {
  return typeof value === 'object' && value !== null && 'coefficient' in value && 'scale' in value;
}

test('a size, a price and a worth with more zeros behind them are the same wish and the same decision (I-E7)', (context) => {
  let [allowed, denied] = [0, 0];
  fc.assert(
    fc.property(thousandths, zerosOf, zerosOf, fc.constantFrom(spot, swap), (size, zeros, more, instrument) => {
      const [quantity, price] = [written(size, zeros), `60000.1${zeros}`];
      // A thousandth of a coin is worth 60 dollars, one of a contract 0.6.
      const [unit, worth] = instrument.kind === 'spot' ? ['base', `${size * 60}.0${more}`] : ['contracts', written(size * 600, more)];
      const named = { instrument: instrument.id, quantity_unit: unit };
      const [long, short] = [
        intentOf({ ...named, quantity, price, expected_notional_usd: worth }),
        intentOf({ ...named, quantity: shortest(quantity), price: shortest(price), expected_notional_usd: shortest(worth) }),
      ];
      assert.equal(told(long), told(short));
      const policy = { maxOrderSize: d('900000'), priceCollar: d('0.01') };
      const [one, other] = [decide(asking(long, { policy })), decide(asking(short, { policy }))];
      assert.equal(told(one), told(other));
      if (one.kind === 'allow') allowed += 1;
      else denied += 1;
    }),
    { seed, numRuns: RUNS },
  );
  context.diagnostic(`${allowed} allowed, ${denied} denied`);
  assert.ok(allowed > RUNS / 20, 'some are allowed');
  assert.ok(denied > RUNS / 20, 'some are denied');
});

test('one unit in the last digit that a limit has decides, where a binary fraction would see no difference (I-E7)', () => {
  const outcomeAt = (limit: string): string => {
    const wish = intentOf({ instrument: swap.id, quantity: '1', quantity_unit: 'contracts', price: '60000', expected_notional_usd: '600' });
    return decide(asking(wish, { policy: { maxOrderSize: d(limit), priceCollar: d('0.5') } })).kind;
  };
  // One contract of 0.01 coins at 60,000, and half of it on top.
  const below = '899.99999999999999999';
  assert.equal(outcomeAt('900'), 'allow');
  assert.equal(outcomeAt(below), 'deny');
  assert.equal(Number(below), 900, 'as a binary fraction it is the same number');
});
