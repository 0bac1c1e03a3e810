import { err, ok, type Result } from '../core/lang/result.ts';
import { type Decimal, isPositive, parseDecimal } from '../core/money/decimal.ts';
import type { ClientOrderId } from '../core/order/order.ts';

/** A JSON object, before anything is known of it. */
export type Fields = { readonly [key: string]: unknown };

/** Reads one value of a request. */
export type Parser<Value> = (value: unknown) => Result<Value>;
type Shape = { readonly [key: string]: Parser<unknown> };
type Shaped<Of extends Shape> = { readonly [Key in keyof Of]: Of[Key] extends Parser<infer Value> ? Value : never };

/** Reads an object that has exactly these keys, each by its own parser. */
export function exactly<Of extends Shape>(shape: Of): Parser<Shaped<Of>> {
  return (value) => {
    if (!isFields(value) || !hasExactly(value, Object.keys(shape))) return err(`expected exactly ${Object.keys(shape).join(', ')}`);
    const read: { [key: string]: unknown } = {};
    for (const [key, parse] of Object.entries(shape)) {
      const field = parse(value[key]);
      if (!field.ok) return err(`${key}: ${field.error}`);
      read[key] = field.value;
    }
    return ok(read as Shaped<Of>);
  };
}

export function oneOf<Choice extends string>(...choices: readonly Choice[]): Parser<Choice> {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    return found === undefined ? err(`expected ${choices.join(' or ')}`) : ok(found);
  };
}

export function orNull<Value>(parse: Parser<Value>): Parser<Value | null> {
  return (value) => (value === null ? ok(null) : parse(value));
}

export const parseClientOrderId: Parser<ClientOrderId> = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9]{1,32}$/.test(value)
    ? ok(value as ClientOrderId)
    : err('expected a client order id of 1 to 32 letters and digits');

export const parsePositive: Parser<Decimal> = (value) => {
  const parsed = parseDecimal(value);
  return !parsed.ok || isPositive(parsed.value) ? parsed : err('expected a decimal above zero');
};

/** Any text of at most 200 characters. */
export const parseText: Parser<string> = (value) =>
  typeof value === 'string' && value.length <= 200 ? ok(value) : err('expected a text of at most 200 characters');

export const parseFlag: Parser<boolean> = (value) => (typeof value === 'boolean' ? ok(value) : err('expected true or false'));

export const parseInstant: Parser<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? ok(value) : err('expected a time in milliseconds');

/** The exchange's number of a row or an order; empty for none. */
export const parseExchangeNumber: Parser<string> = (value) =>
  typeof value === 'string' && /^[0-9]{0,30}$/.test(value) ? ok(value) : err("expected the exchange's number");

/** Whole seconds after which the exchange cancels by itself: 10 to 120, or 0 for never. */
export const parseTimer: Parser<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && (value === 0 || (value >= 10 && value <= 120))
    ? ok(value)
    : err('expected 0, or 10 to 120 seconds');

/** What is written on an order; empty for nothing. */
export const parseTag: Parser<string> = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9]{0,16}$/.test(value) ? ok(value) : err('expected a tag of at most 16 letters and digits');

export const parseProduct = oneOf('spot', 'linear', 'inverse');
export const parseSide = oneOf('buy', 'sell');
export const parseLeg = oneOf('net', 'long', 'short');

/** An object from JSON, not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether these are all the keys of the object. */
export function hasExactly(value: Fields, keys: readonly string[]): boolean {
  return Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}
