import { type Decimal, isPositive, parseDecimal } from '../core/money/decimal.ts';

/** What a client sent: a JSON object or a query, with the values as real clients write them. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Texts, numbers and booleans all count as the text they spell; anything else as absent. */
export function textField(fields: Fields, name: string): string {
  // @rule coercion
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' && Number.isFinite(value) ? numberText(value) : '';
}

/** A JSON number without exponent, so that 1e-7 is read as 0.0000001. */
function numberText(value: number): string {
  const plain = String(value);
  if (!plain.includes('e')) return plain;
  return value.toFixed(12).replace(/\.?0+$/, '');
}

/** A positive decimal; undefined when it is absent or is none. */
export function amountField(fields: Fields, name: string): Decimal | undefined {
  const parsed = parseDecimal(textField(fields, name));
  return parsed.ok && isPositive(parsed.value) ? parsed.value : undefined;
}

/** A boolean as JSON or as text; undefined when it is neither. Absent is false. */
export function flagField(fields: Fields, name: string): boolean | undefined {
  const text = textField(fields, name);
  if (text === 'true') return true;
  return text === 'false' || text === '' ? false : undefined;
}

/** A comma list; empty when absent. */
export function listField(fields: Fields, name: string): readonly string[] {
  const text = textField(fields, name);
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

/** A whole number in a range; the default when absent, undefined when it is none. */
export function wholeField(fields: Fields, { name, least, most, absent }: WholeField): number | undefined {
  const text = textField(fields, name);
  if (text === '') return absent;
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

export type WholeField = { readonly name: string; readonly least: number; readonly most: number; readonly absent: number };

/** All keys of a row in their sequence, for it to fill in: what does not apply stays an empty text, never null and never missing. */
export function blanks(names: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, '']));
}
