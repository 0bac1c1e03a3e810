import { assert } from '../lang/assert.ts';
import { err, ok, type Result } from '../lang/result.ts';

/**
 * An exact decimal: `coefficient / 10^scale`. Sums, differences and products are exact; only division rounds, and names
 * its direction. Two decimals of one value may differ in scale, so compare with `compare`, never with `===`.
 */
export type Decimal = { readonly coefficient: bigint; readonly scale: number };

/** Digits a decimal may have on either side of the point when it comes from outside. */
export const DIGITS_MAX = 30;

export const zero: Decimal = { coefficient: 0n, scale: 0 };
export const one: Decimal = { coefficient: 1n, scale: 0 };

const shape = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** Reads a plain decimal text. Refuses `1e5`, ` 1`, `01`, `+1`, `.5`, `1.`, `NaN`, `-0` and more than 30 digits a side. */
export function parseDecimal(value: unknown): Result<Decimal> {
  if (typeof value !== 'string') return err('expected a decimal as a text, such as "0.25"');
  const match = shape.exec(value);
  if (match === null) return err('expected a plain decimal such as "0.25": no exponent, spaces, plus sign or leading zeros');
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole.length > DIGITS_MAX || fraction.length > DIGITS_MAX)
    return err(`expected at most ${DIGITS_MAX} digits on either side of the point`);
  const magnitude = BigInt(whole + fraction);
  if (sign === '-' && magnitude === 0n) return err('expected zero without a minus sign');
  return ok({ coefficient: sign === '-' ? -magnitude : magnitude, scale: fraction.length });
}

/** A literal of our own code; a bad one is our own bug. */
export function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  assert(parsed.ok, `'${text}' is a decimal`);
  return parsed.value;
}

/** The one text of a value: no exponent, no trailing zeros, no minus zero. */
export function formatDecimal(value: Decimal): string {
  const negative = value.coefficient < 0n;
  const digits = (negative ? -value.coefficient : value.coefficient).toString().padStart(value.scale + 1, '0');
  const whole = digits.slice(0, digits.length - value.scale);
  let end = digits.length;
  while (end > whole.length && digits.endsWith('0', end)) end -= 1;
  const fraction = digits.slice(whole.length, end);
  return (negative ? '-' : '') + whole + (fraction === '' ? '' : `.${fraction}`);
}

const powers: bigint[] = [];
for (let exponent = 0; exponent <= 200; exponent += 1) powers.push(10n ** BigInt(exponent));

function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}

function coefficientAt(value: Decimal, scale: number): bigint {
  return value.scale === scale ? value.coefficient : value.coefficient * powerOfTen(scale - value.scale);
}

export function add(left: Decimal, right: Decimal): Decimal {
  // Most sums of the books begin with nothing, and decisions add up many.
  if (left === zero) return right;
  if (right === zero) return left;
  if (left.scale === right.scale) return { coefficient: left.coefficient + right.coefficient, scale: left.scale };
  const scale = Math.max(left.scale, right.scale);
  return { coefficient: coefficientAt(left, scale) + coefficientAt(right, scale), scale };
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  if (right === zero) return left;
  const scale = Math.max(left.scale, right.scale);
  return { coefficient: coefficientAt(left, scale) - coefficientAt(right, scale), scale };
}

export function negate(value: Decimal): Decimal {
  return { coefficient: -value.coefficient, scale: value.scale };
}

export function absolute(value: Decimal): Decimal {
  return value.coefficient < 0n ? negate(value) : value;
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return { coefficient: left.coefficient * right.coefficient, scale: left.scale + right.scale };
}

/** -1, 0 or 1 as `left` is below, equal to or above `right`. Decisions do little else, so it makes no value that is thrown away. */
export function compare(left: Decimal, right: Decimal): -1 | 0 | 1 {
  let first = left.coefficient;
  let second = right.coefficient;
  // Zero is zero at every scale.
  if (left.scale !== right.scale && first !== 0n && second !== 0n) {
    if (left.scale < right.scale) first *= powerOfTen(right.scale - left.scale);
    else second *= powerOfTen(left.scale - right.scale);
  }
  return first < second ? -1 : first > second ? 1 : 0;
}

function isBelow(left: Decimal, right: Decimal): boolean {
  if (left.scale === right.scale) return left.coefficient < right.coefficient;
  const scale = Math.max(left.scale, right.scale);
  return coefficientAt(left, scale) < coefficientAt(right, scale);
}

export function equals(left: Decimal, right: Decimal): boolean {
  return compare(left, right) === 0;
}

export function isZero(value: Decimal): boolean {
  return value === zero || value.coefficient === 0n;
}

export function isNegative(value: Decimal): boolean {
  return value.coefficient < 0n;
}

export function isPositive(value: Decimal): boolean {
  return value.coefficient > 0n;
}

export function minimum<Value extends Decimal>(left: Value, right: Value): Value {
  return isBelow(right, left) ? right : left;
}

export function maximum<Value extends Decimal>(left: Value, right: Value): Value {
  return isBelow(left, right) ? right : left;
}

export type Division = { readonly dividend: Decimal; readonly divisor: Decimal; readonly digits: number };

/** The quotient rounded towards minus infinity at `digits` decimals. A zero divisor is our own bug. */
export function divideDown({ dividend, divisor, digits }: Division): Decimal {
  assert(divisor.coefficient !== 0n, 'the divisor is not zero');
  assert(Number.isSafeInteger(digits) && digits >= 0, 'the digits of a quotient are a whole number of at least zero');
  // dividend / divisor × 10^digits, with both scales moved to one side so that the exponents stay positive.
  let numerator = dividend.coefficient * powerOfTen(digits + divisor.scale);
  let denominator = divisor.coefficient * powerOfTen(dividend.scale);
  if (denominator < 0n) [numerator, denominator] = [-numerator, -denominator];
  const quotient = numerator / denominator;
  const exact = quotient * denominator === numerator;
  return { coefficient: exact || numerator >= 0n ? quotient : quotient - 1n, scale: digits };
}

/** The quotient rounded towards plus infinity at `digits` decimals. */
export function divideUp({ dividend, divisor, digits }: Division): Decimal {
  return negate(divideDown({ dividend: negate(dividend), divisor, digits }));
}

export type Stepping = { readonly value: Decimal; readonly step: Decimal };

/** The largest multiple of `step` that is at most `value`; `step` is above zero. */
export function roundDownToStep({ value, step }: Stepping): Decimal {
  assert(step.coefficient > 0n, 'a step is above zero');
  return multiply(divideDown({ dividend: value, divisor: step, digits: 0 }), step);
}

/** The smallest multiple of `step` that is at least `value`. */
export function roundUpToStep({ value, step }: Stepping): Decimal {
  return negate(roundDownToStep({ value: negate(value), step }));
}

export function isMultipleOf({ value, step }: Stepping): boolean {
  assert(step.coefficient > 0n, 'a step is above zero');
  const scale = Math.max(value.scale, step.scale);
  return coefficientAt(value, scale) % coefficientAt(step, scale) === 0n;
}
