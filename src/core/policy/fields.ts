import { err, ok, type Result } from '../lang/result.ts';
import type { TomlTable, TomlValue } from '../lang/toml.ts';
import { compare, type Decimal, decimal, formatDecimal, isPositive, multiply, parseDecimal } from '../money/decimal.ts';
import type { Ratio, Usd } from '../money/units.ts';

/** What a configuration file got wrong: the line, the key, and in words what would be right. Holds no other content of the file. */
export type ConfigurationError = { readonly line: number; readonly key: string; readonly message: string };

/** One line for a person: `twokey.toml line 7: max_order_size: expected a number of USD above zero, such as 50`. */
export function formatConfigurationError({ file, error }: { readonly file: string; readonly error: ConfigurationError }): string {
  return `${file} line ${error.line}: ${error.key === '' ? '' : `${error.key}: `}${error.message}`;
}

/** Reads the value of one key. */
export type Field<Value> = (value: TomlValue, key: string) => Result<Value, ConfigurationError>;
/** The keys that a table may have. */
export type Shape = { readonly [key: string]: Field<unknown> };
/** What was read; keys that the file leaves out are undefined. */
export type Values<Keys extends Shape> = { readonly [Key in keyof Keys]?: Keys[Key] extends Field<infer Value> ? Value : never };

/** Keys that people put where they do not belong, with the place where they do. */
const misplaced: ReadonlyMap<string, string> = new Map([
  ...['api_key', 'api_secret', 'secret_key', 'passphrase', 'secrets'].map(
    (key) => [key, 'secrets stand in credentials.toml, never here'] as const,
  ),
  ['base_url', 'the address follows from site and environment and cannot be set here'],
]);

/** Reads a table whose keys are all known. `name` is the header as the file writes it; empty for the top of the file. */
export function readTable<Keys extends Shape>(
  table: TomlTable,
  { name, shape }: { name: string; shape: Keys },
): Result<Values<Keys>, ConfigurationError> {
  const values: { [key: string]: unknown } = {};
  for (const [key, entry] of table.entries) {
    const field = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (field === undefined) return err({ line: entry.line, key, message: unknownKey({ key, name, known: Object.keys(shape) }) });
    const read = field(entry.value, key);
    if (!read.ok) return read;
    values[key] = read.value;
  }
  // Each key went through its own field above, so the values have the types that the shape promises.
  return ok(values as Values<Keys>);
}

function unknownKey({ key, name, known }: { readonly key: string; readonly name: string; readonly known: readonly string[] }): string {
  const elsewhere = misplaced.get(key);
  const nearest = known.find((candidate) => editDistance(candidate, key) <= 2);
  const place = name === '' ? 'unknown table or key at the top of the file' : `unknown key in [${name}]`;
  return `${place}; ${elsewhere ?? (nearest === undefined ? 'remove it, or see the list of keys in twokey.toml' : `did you mean ${nearest}?`)}`;
}

/** How many characters to insert, remove or replace. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

function refused(value: TomlValue, key: string, message: string): { readonly ok: false; readonly error: ConfigurationError } {
  return err({ line: value.line, key, message });
}

/** A field that is read by `read`, or refused with one sentence. */
function field<Value>(expected: string, read: (value: TomlValue) => Value | undefined): Field<Value> {
  return (value, key) => {
    const found = read(value);
    return found === undefined ? refused(value, key, expected) : ok(found);
  };
}

function numberOf(value: TomlValue): Decimal | undefined {
  const parsed = value.kind === 'number' ? parseDecimal(value.text) : undefined;
  return parsed?.ok === true ? parsed.value : undefined;
}

function amount(expected: string, fits: (amount: Decimal) => boolean): Field<Decimal> {
  return (value, key) => {
    const found = numberOf(value);
    if (found !== undefined && fits(found)) return ok(found);
    if (value.kind === 'text' && value.value.endsWith('%')) return refused(value, key, `${expected}; this key takes no percentage`);
    return refused(value, key, value.kind === 'text' ? `${expected}, without quotes` : expected);
  };
}

export const usdAboveZero: Field<Usd> = amount('expected a number of USD above zero, such as 50', isPositive);
export const usdOrZero: Field<Usd> = amount('expected a number of USD, zero or more, such as 50', (usd) => usd.coefficient >= 0n);
export const numberAboveZero: Field<Decimal> = amount('expected a number above zero, such as 3', isPositive);

/** A whole number from `least` to `most`, both safe integers. */
export function count({ least, most }: { readonly least: number; readonly most: number }): Field<number> {
  return field(`expected a whole number from ${least} to ${most}, without quotes`, (value) => {
    if (value.kind !== 'number' || value.text.includes('.')) return undefined;
    const number = Number(value.text);
    return Number.isSafeInteger(number) && number >= least && number <= most ? number : undefined;
  });
}

const hundredth = decimal('0.01');
const hundred = decimal('100');

/** A percentage as a text, above 0 % and at most `most`. The value read is the share: "0.5%" is 0.005. */
export function percentage({ most }: { readonly most: Ratio }): Field<Ratio> {
  return field(`expected a percentage above zero in quotes, at most ${formatPercentage(most)}, such as "0.5%"`, (value) => {
    if (value.kind !== 'text' || !value.value.endsWith('%')) return undefined;
    const parsed = parseDecimal(value.value.slice(0, -1));
    if (!parsed.ok) return undefined;
    const share = multiply(parsed.value, hundredth);
    return isPositive(share) && compare(share, most) <= 0 ? share : undefined;
  });
}

/** The text of a share as the file writes it: 0.005 is `0.5%`. */
export function formatPercentage(share: Ratio): string {
  return `${formatDecimal(multiply(share, hundred))}%`;
}

const unitMilliseconds: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/** Milliseconds of our own literals such as `30s`, and of texts from a file; undefined for everything else. */
function milliseconds(text: string): number | undefined {
  const match = /^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMilliseconds.get(match[2] ?? '') ?? Number.NaN);
}

/** A duration as a text such as "30s", from `least` to `most`; the value read is in milliseconds. */
export function duration({ least, most }: { readonly least: string; readonly most: string }): Field<number> {
  const bounds = [milliseconds(least) ?? Number.NaN, milliseconds(most) ?? Number.NaN] as const;
  return field(`expected a duration in quotes from ${least} to ${most}, such as "30s" (units: ms, s, m, h, d)`, (value) => {
    const found = value.kind === 'text' ? milliseconds(value.value) : undefined;
    return found !== undefined && found >= bounds[0] && found <= bounds[1] ? found : undefined;
  });
}

/** The shortest text of a duration as the file writes it: 60,000 is `1m`. */
export function formatDuration(durationMilliseconds: number): string {
  for (const [unit, size] of unitMilliseconds) {
    if (durationMilliseconds > 0 && durationMilliseconds % size === 0) return `${durationMilliseconds / size}${unit}`;
  }
  return '0s';
}

export const flag: Field<boolean> = field('expected true or false, without quotes', (value) =>
  value.kind === 'boolean' ? value.value : undefined,
);

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]): Field<Word> {
  return field(`expected ${words.map((word) => `"${word}"`).join(' or ')}`, (value) =>
    value.kind === 'text' ? words.find((word) => word === value.value) : undefined,
  );
}

const TEXT_CHARACTERS_MAX = 1024;
const LIST_ITEMS_MAX = 100;

/** A text that fits `fits`; never empty, never with control characters, which could forge a line of a log or a header. */
export function text({ expected, fits }: { readonly expected: string; readonly fits: RegExp }): Field<string> {
  return field(expected, (value) =>
    value.kind === 'text' && value.value.length <= TEXT_CHARACTERS_MAX && /^\P{Cc}+$/u.test(value.value) && fits.test(value.value)
      ? value.value
      : undefined,
  );
}

/** A list of at least one thing and at most 100, each of which is read by `item`. */
export function list<Value>(expected: string, item: Field<Value>): Field<readonly Value[]> {
  return (value, key) => {
    if (value.kind !== 'list' || value.items.length === 0 || value.items.length > LIST_ITEMS_MAX) return refused(value, key, expected);
    const items: Value[] = [];
    for (const each of value.items) {
      const read = item(each, key);
      if (!read.ok) return read;
      items.push(read.value);
    }
    return ok(items);
  };
}

/** A table in braces, or under a header of its own. */
export function tableOf<Keys extends Shape>(shape: Keys): Field<Values<Keys>> {
  const expected = `expected a table with ${Object.keys(shape).join(', ')}`;
  return (value, key) => (value.kind === 'table' ? readTable(value, { name: key, shape }) : refused(value, key, expected));
}

/** Where a server of ours listens: this machine only, because there is no TLS on it. Port 0 takes any free one. */
export type Listen = { readonly host: string; readonly port: number };

export const listen: Field<Listen> = field(
  'expected 127.0.0.1 or [::1] and a port, such as "127.0.0.1:7390"; from elsewhere come through ssh -L',
  (value) => {
    const match = value.kind === 'text' ? /^(127\.0\.0\.1|\[::1\]):(0|[1-9][0-9]{0,4})$/.exec(value.value) : null;
    const port = Number(match?.[2]);
    return match !== null && port <= 65_535 ? { host: match[1] === '[::1]' ? '::1' : '127.0.0.1', port } : undefined;
  },
);
