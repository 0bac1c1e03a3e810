import { type Json, parseForeignJson } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { type InstrumentId, parseInstrumentId } from '../../core/market/instrument.ts';
import type { Leg } from '../../core/order/leg.ts';
import { type Decimal, DIGITS_MAX, isNegative, isPositive, parseDecimal, zero } from '../../core/money/decimal.ts';

/** An answer larger than this is refused; all instruments of one type are the largest, well below. */
const CHARACTERS_MAX = 4 * 1024 * 1024;
/** Envelope, data, row, list in a row, and some to spare. */
const DEPTH_MAX = 12;

export type JsonObject = { readonly [key: string]: Json };

/** OKX's envelope. `data` is empty where OKX sends none, which is what failures of the key or the HTTP level look like (okx-endpoints.md). */
export type Envelope = { readonly code: string; readonly data: readonly Json[] };

/** Reads the envelope. The message is not kept: no text of the exchange goes further than this. */
export function parseEnvelope(body: string): Result<Envelope> {
  const parsed = parseForeignJson(body, { charactersMax: CHARACTERS_MAX, depthMax: DEPTH_MAX });
  if (!parsed.ok) return err(`not JSON: ${parsed.error}`);
  if (!isObject(parsed.value)) return err('not an envelope');
  const { code, data = [] } = parsed.value;
  if (typeof code !== 'string' || !/^[0-9]{1,6}$/.test(code)) return err('an envelope without a code');
  if (!isList(data)) return err('an envelope whose data is not a list');
  return ok({ code, data });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * One object of an answer while it is read. The first problem stays and names the field in our own words; whoever reads looks at
 * it once at the end, and values read until then are worth nothing if there is one.
 */
export type Row = { readonly object: JsonObject; problem: string };

/** Starts to read `value`; whatever is not an object is a row with a problem. */
export function rowOf(value: Json | undefined): Row {
  return isObject(value) ? { object: value, problem: '' } : { object: {}, problem: 'a row that is not an object' };
}

/** `value` if nothing was wrong with the row. */
export function finished<Value>(row: Row, value: Value): Result<Value> {
  return row.problem === '' ? ok(value) : err(row.problem);
}

/** Notes what is wrong with a field, once. */
export function refuse(row: Row, problem: string): void {
  if (row.problem === '') row.problem = problem;
}

function raw(row: Row, field: string): Json | undefined {
  return Object.hasOwn(row.object, field) ? row.object[field] : undefined;
}

/** A text; missing, or of another type, is a problem. */
export function text(row: Row, field: string): string {
  const value = raw(row, field);
  if (typeof value === 'string') return value;
  refuse(row, `${field} is not a text`);
  return '';
}

/** A text that `shape` describes wholly; nothing else may go further. */
export function shaped(row: Row, field: string, shape: RegExp): string {
  const value = text(row, field);
  if (shape.test(value)) return value;
  refuse(row, `${field} has an unexpected form`);
  return '';
}

/** One of `choices`. */
export function choice<Choice extends string>(row: Row, field: string, choices: readonly [Choice, ...Choice[]]): Choice {
  const value = text(row, field);
  const found = choices.find((one) => one === value);
  if (found !== undefined) return found;
  refuse(row, `${field} is none of ${choices.join(', ')}`);
  return choices[0];
}

/** A boolean; OKX writes some as texts. */
export function flag(row: Row, field: string): boolean {
  const value = raw(row, field);
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  refuse(row, `${field} is neither true nor false`);
  return false;
}

/** An exact decimal of any sign. */
export function amount(row: Row, field: string): Decimal {
  const parsed = parseDecimal(raw(row, field));
  if (parsed.ok) return parsed.value;
  refuse(row, `${field} is not a decimal`);
  return zero;
}

/** A decimal above zero: prices and steps. */
export function positive(row: Row, field: string): Decimal {
  const value = amount(row, field);
  if (!isPositive(value)) refuse(row, `${field} is not above zero`);
  return value;
}

/** A decimal of at least zero: sizes. */
export function natural(row: Row, field: string): Decimal {
  const value = amount(row, field);
  if (isNegative(value)) refuse(row, `${field} is below zero`);
  return value;
}

/** A decimal of at least zero, or `null` where there is none that can be read: for figures without which the rest of the row still holds. */
export function naturalIfAny(row: Row, field: string): Decimal | null {
  const parsed = parseDecimal(raw(row, field));
  return parsed.ok && !isNegative(parsed.value) ? parsed.value : null;
}

/**
 * A figure that OKX computes and that may have more digits than we keep (recorded: 48). What is beyond the thirtieth decimal is cut
 * off; sizes, prices of orders and fees are never read this way.
 */
export function computed(row: Row, field: string): Decimal {
  const value = text(row, field);
  const point = value.indexOf('.');
  const parsed = parseDecimal(point === -1 ? value : value.slice(0, point + 1 + DIGITS_MAX));
  if (parsed.ok) return parsed.value;
  refuse(row, `${field} is not a decimal`);
  return zero;
}

/** A computed figure above zero, or `null` where OKX says that it does not apply (empty) or has none (zero). */
export function computedPrice(row: Row, field: string): Decimal | null {
  if (text(row, field) === '') return null;
  const value = computed(row, field);
  return isPositive(value) ? value : null;
}

/** A decimal of any sign; zero where OKX says that it does not apply (empty). */
export function amountIfAny(row: Row, field: string): Decimal {
  return text(row, field) === '' ? zero : amount(row, field);
}

/** What an order moves: the only position of its instrument (`net`, or empty where there are none), or a leg. */
export function leg(row: Row, field: string): Leg {
  const named = choice(row, field, ['net', 'long', 'short', '']);
  return named === '' ? 'net' : named;
}

/** What a client wrote on its order. Other forms cannot be written by the API; they, and none, read as empty. */
export function tag(row: Row, field: string): string {
  const value = text(row, field);
  return /^[A-Za-z0-9]{1,16}$/.test(value) ? value : '';
}

/** UTC milliseconds, as a text of digits. */
export function milliseconds(row: Row, field: string): number {
  const value = shaped(row, field, /^[0-9]{12,14}$/);
  return value === '' ? 0 : Number(value);
}

/** An instrument's name. */
export function instrumentId(row: Row, field: string): InstrumentId | undefined {
  const parsed = parseInstrumentId(raw(row, field));
  if (parsed.ok) return parsed.value;
  refuse(row, `${field} is not an instrument`);
  return undefined;
}

/** OKX's own number of an order or a bill, in the form in which it may be asked for again. */
export function identity(row: Row, field: string): string {
  return shaped(row, field, /^[0-9]{1,32}$/);
}

/** A client order id. Ids of others may have other forms; those, and none, read as empty: they are never ours. */
export function clientOrderId(row: Row, field: string): string {
  const value = text(row, field);
  return /^[A-Za-z0-9]{1,32}$/.test(value) ? value : '';
}
