import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  DIGITS_MAX,
  divideDown,
  divideUp,
  equals,
  formatDecimal,
  isMultipleOf,
  isNegative,
  isPositive,
  isZero,
  maximum,
  minimum,
  multiply,
  negate,
  one,
  parseDecimal,
  roundDownToStep,
  roundUpToStep,
  subtract,
  zero,
} from './decimal.ts';

/** The brute force: a fraction of two whole numbers, never shortened, the denominator above zero. Shares nothing with the code. */
type Rational = { readonly top: bigint; readonly bottom: bigint };

function rational(value: Decimal): Rational {
  let bottom = 1n;
  for (let digit = 0; digit < value.scale; digit += 1) bottom *= 10n;
  return { top: value.coefficient, bottom };
}

function same(left: Rational, right: Rational): boolean {
  return left.top * right.bottom === right.top * left.bottom;
}

function below(left: Rational, right: Rational): boolean {
  return left.top * right.bottom < right.top * left.bottom;
}

function notAbove(left: Rational, right: Rational): boolean {
  return !below(right, left);
}

function sum(left: Rational, right: Rational): Rational {
  return { top: left.top * right.bottom + right.top * left.bottom, bottom: left.bottom * right.bottom };
}

function product(left: Rational, right: Rational): Rational {
  return { top: left.top * right.top, bottom: left.bottom * right.bottom };
}

function quotient(left: Rational, right: Rational): Rational {
  const top = left.top * right.bottom;
  const bottom = left.bottom * right.top;
  return bottom < 0n ? { top: -top, bottom: -bottom } : { top, bottom };
}

const minusOne: Rational = { top: -1n, bottom: 1n };

const decimals: fc.Arbitrary<Decimal> = fc
  .oneof(
    fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 })),
    // Small numbers meet each other: equal values of different scale, exact quotients, zero.
    fc.tuple(fc.bigInt({ min: -200n, max: 200n }), fc.integer({ min: 0, max: 3 })),
  )
  .map(([coefficient, scale]) => ({ coefficient, scale }));
const digits = fc.integer({ min: 0, max: 20 });
const runs = { seed: 20261123, numRuns: 1000 };

test('sums, differences, products and comparisons are those of fractions', () => {
  let equal = 0;
  fc.assert(
    fc.property(decimals, decimals, (left, right) => {
      const [a, b] = [rational(left), rational(right)];
      assert.ok(same(rational(add(left, right)), sum(a, b)));
      assert.ok(same(rational(subtract(left, right)), sum(a, product(b, minusOne))));
      assert.ok(same(rational(multiply(left, right)), product(a, b)));
      assert.ok(same(rational(negate(left)), product(a, minusOne)));
      const order = same(a, b) ? 0 : below(a, b) ? -1 : 1;
      if (order === 0) equal += 1;
      assert.equal(compare(left, right), order);
      assert.equal(equals(left, right), order === 0);
      assert.ok(same(rational(minimum(left, right)), order <= 0 ? a : b));
      assert.ok(same(rational(maximum(left, right)), order >= 0 ? a : b));
      assert.equal(isZero(left), a.top === 0n);
      assert.equal(isNegative(left), a.top < 0n);
      assert.equal(isPositive(left), a.top > 0n);
      assert.ok(same(rational(absolute(left)), a.top < 0n ? product(a, minusOne) : a));
    }),
    {
      ...runs,
      examples: [
        [decimal('1.50'), decimal('1.5')],
        [zero, { coefficient: 0n, scale: 7 }],
        [one, decimal('-1')],
      ],
    },
  );
  assert.ok(equal > 0, 'equal values of different scale were met');
});

test('a quotient rounded down or up is the nearest one on its side, for every sign', () => {
  const met = { exact: 0, negative: 0, inexact: 0 };
  fc.assert(
    fc.property(decimals, decimals, digits, (dividend, divisor, places) => {
      fc.pre(divisor.coefficient !== 0n);
      const exact = quotient(rational(dividend), rational(divisor));
      const unit = rational({ coefficient: 1n, scale: places });
      const down = rational(divideDown({ dividend, divisor, digits: places }));
      const up = rational(divideUp({ dividend, divisor, digits: places }));
      assert.equal(divideDown({ dividend, divisor, digits: places }).scale, places);
      assert.ok(notAbove(down, exact), 'down is at most the quotient');
      assert.ok(below(exact, sum(down, unit)), 'and less than one unit below it');
      assert.ok(notAbove(exact, up), 'up is at least the quotient');
      assert.ok(below(sum(up, product(unit, minusOne)), exact), 'and less than one unit above it');
      if (same(down, exact)) {
        met.exact += 1;
        assert.ok(same(down, up));
      } else met.inexact += 1;
      if (exact.top < 0n) met.negative += 1;
    }),
    runs,
  );
  for (const [kind, times] of Object.entries(met)) assert.ok(times >= 50, `${kind} quotients were met ${times} times`);
});

test('named roundings on both sides of zero', () => {
  const cases: readonly (readonly [dividend: string, divisor: string, places: number, down: string, up: string])[] = [
    ['1', '3', 2, '0.33', '0.34'],
    ['-1', '3', 2, '-0.34', '-0.33'],
    ['1', '-3', 2, '-0.34', '-0.33'],
    ['-1', '-3', 2, '0.33', '0.34'],
    ['-0.001', '1', 2, '-0.01', '0'],
    ['0.001', '1', 2, '0', '0.01'],
    ['6', '-3', 0, '-2', '-2'],
    ['0', '-7', 5, '0', '0'],
    ['7', '2', 0, '3', '4'],
    ['0.0001', '30000', 3, '0', '0.001'],
  ];
  for (const [dividend, divisor, places, down, up] of cases) {
    const division = { dividend: decimal(dividend), divisor: decimal(divisor), digits: places };
    assert.equal(formatDecimal(divideDown(division)), down, `${dividend} / ${divisor} down`);
    assert.equal(formatDecimal(divideUp(division)), up, `${dividend} / ${divisor} up`);
  }
});

test('rounding to a step gives a whole number of steps, the nearest on its side', () => {
  let multiples = 0;
  fc.assert(
    fc.property(decimals, decimals, (value, stepOfAnySign) => {
      fc.pre(stepOfAnySign.coefficient !== 0n);
      const step = absolute(stepOfAnySign);
      const [down, up] = [roundDownToStep({ value, step }), roundUpToStep({ value, step })];
      for (const rounded of [down, up]) {
        const steps = quotient(rational(rounded), rational(step));
        assert.equal(steps.top % steps.bottom, 0n, 'a whole number of steps');
        assert.ok(isMultipleOf({ value: rounded, step }));
      }
      assert.ok(notAbove(rational(down), rational(value)));
      assert.ok(below(rational(value), sum(rational(down), rational(step))));
      assert.ok(notAbove(rational(value), rational(up)));
      assert.ok(below(sum(rational(up), product(rational(step), minusOne)), rational(value)));
      const exact = quotient(rational(value), rational(step));
      const multiple = exact.top % exact.bottom === 0n;
      if (multiple) multiples += 1;
      assert.equal(isMultipleOf({ value, step }), multiple);
      assert.equal(equals(down, up), multiple);
    }),
    runs,
  );
  assert.ok(multiples >= 50, `multiples were met ${multiples} times`);
});

test('a text is read and written back to the one text of its value', () => {
  fc.assert(
    fc.property(decimals, (value) => {
      const text = formatDecimal(value);
      assert.match(text, /^(?!-0$)-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$/, 'no exponent, no trailing zeros, no minus zero');
      const [whole = ''] = text.replace('-', '').split('.');
      if (whole.length > DIGITS_MAX) return;
      const back = parseDecimal(text);
      assert.ok(back.ok);
      assert.ok(same(rational(back.value), rational(value)));
      assert.equal(formatDecimal(back.value), text);
    }),
    runs,
  );
});

test('two values are equal exactly when their texts are', () => {
  fc.assert(
    fc.property(decimals, decimals, (left, right) => {
      assert.equal(formatDecimal(left) === formatDecimal(right), equals(left, right));
    }),
    runs,
  );
});

test('what is read is what stands there', () => {
  const cases: readonly (readonly [text: string, coefficient: bigint, scale: number, written: string])[] = [
    ['0', 0n, 0, '0'],
    ['0.0', 0n, 1, '0'],
    ['0.25', 25n, 2, '0.25'],
    ['-1.50', -150n, 2, '-1.5'],
    ['100', 100n, 0, '100'],
    ['0.000000000000000000000000000001', 1n, 30, '0.000000000000000000000000000001'],
    ['9'.repeat(30), BigInt('9'.repeat(30)), 0, '9'.repeat(30)],
  ];
  for (const [text, coefficient, scale, written] of cases) {
    assert.deepEqual(parseDecimal(text), { ok: true, value: { coefficient, scale } });
    assert.equal(formatDecimal(decimal(text)), written);
  }
});

test('what is not a plain decimal is refused, never repaired', () => {
  const refused: readonly unknown[] = [
    '',
    ' ',
    '1e5',
    '1E5',
    ' 1',
    '1 ',
    '1\n',
    '\t1',
    '01',
    '-01',
    '00',
    '00.1',
    '+1',
    '.5',
    '-.5',
    '1.',
    '-',
    '.',
    '1..2',
    '1.2.3',
    '--1',
    '1,5',
    '1_000',
    '1,000',
    'NaN',
    'nan',
    'Infinity',
    '-Infinity',
    'inf',
    '-0',
    '-0.0',
    '-0.000',
    '0x10',
    '0b1',
    '1n',
    '1/2',
    '5%',
    '$5',
    '٣',
    '１',
    '1²',
    '−1',
    '1\u0000',
    '1\u200b',
    '\ufeff1',
    '1'.repeat(31),
    `0.${'1'.repeat(31)}`,
    `-${'1'.repeat(31)}`,
    '1'.repeat(100_000),
    1,
    0.5,
    Number.NaN,
    5n,
    null,
    undefined,
    true,
    {},
    [],
    ['1'],
    { toString: () => '1' },
    new String('1'),
    Symbol('1'),
  ];
  for (const value of refused) assert.ok(!parseDecimal(value).ok, `${typeof value} ${String(value).slice(0, 40)}`);
});

test('what our own code gets wrong is an assertion', () => {
  const failure = { name: 'AssertionFailure' };
  assert.throws(() => decimal('1e5'), failure);
  assert.throws(() => divideDown({ dividend: one, divisor: zero, digits: 2 }), failure);
  assert.throws(() => divideUp({ dividend: one, divisor: zero, digits: 2 }), failure);
  assert.throws(() => divideDown({ dividend: one, divisor: one, digits: -1 }), failure);
  assert.throws(() => divideDown({ dividend: one, divisor: one, digits: 0.5 }), failure);
  for (const step of [zero, decimal('-0.1')]) {
    assert.throws(() => roundDownToStep({ value: one, step }), failure);
    assert.throws(() => roundUpToStep({ value: one, step }), failure);
    assert.throws(() => isMultipleOf({ value: one, step }), failure);
  }
});
