// The oracle's own arithmetic: exact fractions. Nothing is ever rounded but by name.

/** `numerator / denominator`, not in lowest terms; the denominator is above zero. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint };

export const none: Fraction = { numerator: 0n, denominator: 1n };
export const whole: Fraction = { numerator: 1n, denominator: 1n };

const read = new Map<string, Fraction>();

/** A plain decimal text. */
export function fraction(text: string): Fraction {
  const known = read.get(text);
  if (known !== undefined) return known;
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new Error(`no number: ${text}`);
  const [, digits = '', after = ''] = match;
  const made = { numerator: BigInt(digits + after), denominator: 10n ** BigInt(after.length) };
  const value = digits.startsWith('-') && made.numerator > 0n ? opposite(made) : made;
  if (read.size < 20_000) read.set(text, value);
  return value;
}

export function plus(left: Fraction, right: Fraction): Fraction {
  if (left.denominator === right.denominator) return { numerator: left.numerator + right.numerator, denominator: left.denominator };
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  };
}

export function opposite({ numerator, denominator }: Fraction): Fraction {
  return { numerator: -numerator, denominator };
}

export function less(left: Fraction, right: Fraction): Fraction {
  return plus(left, opposite(right));
}

export function times(left: Fraction, right: Fraction): Fraction {
  return { numerator: left.numerator * right.numerator, denominator: left.denominator * right.denominator };
}

export function over(left: Fraction, right: Fraction): Fraction {
  const numerator = left.numerator * right.denominator;
  const denominator = left.denominator * right.numerator;
  if (denominator === 0n) throw new Error('divided by zero');
  return denominator > 0n ? { numerator, denominator } : { numerator: -numerator, denominator: -denominator };
}

/** Below, at or above zero as `left` is below, equal to or above `right`. */
export function against(left: Fraction, right: Fraction): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isAbove(left: Fraction, right: Fraction): boolean {
  return against(left, right) > 0;
}

export function isSame(left: Fraction, right: Fraction): boolean {
  return against(left, right) === 0;
}

/** -1, 0 or 1. */
export function signOf({ numerator }: Fraction): number {
  return numerator < 0n ? -1 : numerator > 0n ? 1 : 0;
}

export function larger(left: Fraction, right: Fraction): Fraction {
  return isAbove(right, left) ? right : left;
}

export function magnitude(value: Fraction): Fraction {
  return value.numerator < 0n ? opposite(value) : value;
}

/** How many whole steps fit, towards minus infinity. */
export function stepsIn(value: Fraction, step: Fraction): bigint {
  const { numerator, denominator } = over(value, step);
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}

export function isWholeSteps(value: Fraction, step: Fraction): boolean {
  const { numerator, denominator } = over(value, step);
  return numerator % denominator === 0n;
}

export function steps(count: bigint, step: Fraction): Fraction {
  return { numerator: count * step.numerator, denominator: step.denominator };
}

/** The largest unit of which all of these are whole multiples, and how many each is. */
export function inUnits(values: readonly Fraction[]): { readonly unit: Fraction; readonly counts: readonly number[] } {
  const denominator = values.reduce((product, value) => (product * value.denominator) / common(product, value.denominator), 1n);
  const numerators = values.map((value) => (value.numerator * denominator) / value.denominator);
  const divisor = numerators.reduce(common, 0n);
  if (divisor === 0n) return { unit: whole, counts: values.map(() => 0) };
  return { unit: { numerator: divisor, denominator }, counts: numerators.map((numerator) => Number(numerator / divisor)) };
}

function common(left: bigint, right: bigint): bigint {
  let [one, other] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (other !== 0n) [one, other] = [other, one % other];
  return one;
}

/** As a decimal text where it has one, else as a quotient: for people, and for handing a value on exactly. */
export function textOf(value: Fraction): string {
  const divisor = common(value.numerator, value.denominator);
  const lowest = divisor === 0n ? none : { numerator: value.numerator / divisor, denominator: value.denominator / divisor };
  for (let digits = 0, scale = 1n; digits <= 60; digits += 1, scale *= 10n) {
    if (scale % lowest.denominator !== 0n) continue;
    const shifted = (lowest.numerator * scale) / lowest.denominator;
    const [sign, places] = [shifted < 0n ? '-' : '', (shifted < 0n ? -shifted : shifted).toString().padStart(digits + 1, '0')];
    return digits === 0 ? `${sign}${places}` : `${sign}${places.slice(0, -digits)}.${places.slice(-digits)}`;
  }
  return `${lowest.numerator}/${lowest.denominator}`;
}
