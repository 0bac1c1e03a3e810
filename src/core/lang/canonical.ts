import { assert } from './assert.ts';
import { err, ok, type Result } from './result.ts';

/** What our own formats may hold. Amounts are texts; a number is a count and stays a safe integer. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How much of a text is read before it is refused. `charactersMax` counts UTF-16 units, `depthMax` lists and objects inside each other. */
export type JsonLimits = { readonly charactersMax: number; readonly depthMax: number };

/** Lists and objects inside each other that are written; whatever we write can be read again with this depth. */
export const DEPTH_MAX = 64;

/** The key that would change an object's prototype where a careless reader assigns it. */
const FORBIDDEN_KEY = '__proto__';

/**
 * The one text of a value: keys ordered by UTF-16 code unit, no spaces, the shortest escapes. Anything that has no such
 * text (undefined, fractions, bigint, lone surrogates, class instances) is our own bug and an assertion.
 */
export function canonicalJson(value: Json): string {
  return written(value, 0);
}

function written(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writtenText(value);
    case 'number':
      assert(Number.isSafeInteger(value), 'a number is a safe integer');
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      assert(false, 'a value is text, boolean, null, safe integer, list or object');
  }
  if (value === null) return 'null';
  assert(depth < DEPTH_MAX, `lists and objects stand at most ${DEPTH_MAX} inside each other`);
  if (Array.isArray(value)) return writtenList(value, depth + 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'an object is a plain object');
  return writtenObject(value as { readonly [key: string]: unknown }, depth + 1);
}

/** Most texts are printable ASCII without a quote or backslash; those need no escapes, and this is the path of every order. */
const plainText = /^[ !#-[\]-~]*$/;

function writtenText(value: string): string {
  if (plainText.test(value)) return `"${value}"`;
  assert(value.isWellFormed(), 'a text holds no lone surrogate');
  return JSON.stringify(value);
}

function writtenList(items: readonly unknown[], depth: number): string {
  let text = '[';
  // By index, because `map` and `join` skip holes and would write them as nothing.
  for (let index = 0; index < items.length; index += 1) text += (index === 0 ? '' : ',') + written(items[index], depth);
  return `${text}]`;
}

function writtenObject(object: { readonly [key: string]: unknown }, depth: number): string {
  let text = '{';
  // The default order compares code units, whatever the locale of the host.
  for (const key of Object.keys(object).sort()) {
    assert(key !== FORBIDDEN_KEY, `no key is ${FORBIDDEN_KEY}`);
    text += `${text === '{' ? '' : ','}${writtenText(key)}:${written(object[key], depth)}`;
  }
  return `${text}}`;
}

/**
 * Reads one of our own texts. Refuses duplicate keys, `__proto__`, lone surrogates, numbers that are not safe integers and
 * whatever is not JSON: two readers of the same bytes must never see different values. Errors name the position, never the content.
 */
export function parseJson(text: string, limits: JsonLimits): Result<Json> {
  return parsed({ text, limits, fractions: false });
}

/**
 * Reads what an exchange says: as `parseJson`, but a fraction somewhere is no reason to be blind to the rest. Such a number is
 * for skipping only; an amount that is not a text is refused by whoever decodes it.
 */
export function parseForeignJson(text: string, limits: JsonLimits): Result<Json> {
  return parsed({ text, limits, fractions: true });
}

type Reading = { readonly text: string; readonly limits: JsonLimits; readonly fractions: boolean };

/** Where the reader stands. `problem` is empty until something is refused; the first refusal stays. */
type Cursor = Reading & { at: number; problem: string };

function parsed(reading: Reading): Result<Json> {
  if (reading.text.length > reading.limits.charactersMax) return err(`expected at most ${reading.limits.charactersMax} characters`);
  if (!reading.text.isWellFormed()) return err('expected well-formed text without lone surrogates');
  const cursor: Cursor = { ...reading, at: 0, problem: '' };
  skipSpace(cursor);
  const value = readValue(cursor, 0);
  if (value === undefined) return err(cursor.problem);
  skipSpace(cursor);
  if (cursor.at < cursor.text.length) return err(`expected nothing after the value at position ${cursor.at}`);
  return ok(value);
}

/** Notes the refusal and stands for "no value": `undefined` is not JSON. */
function refuse(cursor: Cursor, expected: string): undefined {
  if (cursor.problem === '') cursor.problem = `expected ${expected} at position ${cursor.at}`;
  return undefined;
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    cursor.at += 1;
  }
}

function readValue(cursor: Cursor, depth: number): Json | undefined {
  switch (cursor.text[cursor.at]) {
    case '"':
      return readText(cursor);
    case '{':
      return readObject(cursor, depth + 1);
    case '[':
      return readList(cursor, depth + 1);
    case 't':
      return readWord(cursor, 'true', true);
    case 'f':
      return readWord(cursor, 'false', false);
    case 'n':
      return readWord(cursor, 'null', null);
    default:
      return readNumber(cursor);
  }
}

function readWord<Value extends Json>(cursor: Cursor, word: string, value: Value): Value | undefined {
  if (!cursor.text.startsWith(word, cursor.at)) return refuse(cursor, 'a JSON value');
  cursor.at += word.length;
  return value;
}

const numberShape = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

function readNumber(cursor: Cursor): number | undefined {
  numberShape.lastIndex = cursor.at;
  const match = numberShape.exec(cursor.text);
  if (match === null) return refuse(cursor, 'a JSON value');
  const number = Number(match[0]);
  const plain = match[1] === undefined && match[2] === undefined && Number.isSafeInteger(number) && match[0] !== '-0';
  if (!plain && !cursor.fractions) return refuse(cursor, 'a safe integer (amounts are texts)');
  if (!Number.isFinite(number)) return refuse(cursor, 'a finite number');
  cursor.at = numberShape.lastIndex;
  return number;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function readText(cursor: Cursor): string | undefined {
  const { text } = cursor;
  let value = '';
  let start = cursor.at + 1;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      cursor.at = at + 1;
      value += text.slice(start, at);
      // Two escapes may make a lone surrogate although the text itself is well-formed.
      return value.isWellFormed() ? value : refuse(cursor, 'a text without lone surrogates before here');
    }
    if (code < 0x20) {
      cursor.at = at;
      return refuse(cursor, 'an escaped control character');
    }
    if (code !== 0x5c) continue;
    cursor.at = at;
    const escape = readEscape(cursor);
    if (escape === undefined) return undefined;
    value += text.slice(start, at) + escape;
    start = cursor.at;
    at = start - 1;
  }
  return refuse(cursor, 'a text that ends');
}

function readEscape(cursor: Cursor): string | undefined {
  const name = cursor.text[cursor.at + 1] ?? '';
  const known = escapes.get(name);
  if (known !== undefined) {
    cursor.at += 2;
    return known;
  }
  const digits = cursor.text.slice(cursor.at + 2, cursor.at + 6);
  if (name !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) return refuse(cursor, 'a known escape');
  cursor.at += 6;
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function readList(cursor: Cursor, depth: number): readonly Json[] | undefined {
  if (depth > cursor.limits.depthMax) return refuse(cursor, `at most ${cursor.limits.depthMax} lists and objects inside each other`);
  const items: Json[] = [];
  cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text[cursor.at] === ']') {
    cursor.at += 1;
    return items;
  }
  for (;;) {
    skipSpace(cursor);
    const item = readValue(cursor, depth);
    if (item === undefined) return undefined;
    items.push(item);
    const more = readSeparator(cursor, ']');
    if (more === undefined) return undefined;
    if (!more) return items;
  }
}

function readObject(cursor: Cursor, depth: number): { readonly [key: string]: Json } | undefined {
  if (depth > cursor.limits.depthMax) return refuse(cursor, `at most ${cursor.limits.depthMax} lists and objects inside each other`);
  const object: { [key: string]: Json } = {};
  cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text[cursor.at] === '}') {
    cursor.at += 1;
    return object;
  }
  for (;;) {
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== '"') return refuse(cursor, 'a key in quotes');
    const key = readText(cursor);
    if (key === undefined) return undefined;
    if (key === FORBIDDEN_KEY) return refuse(cursor, `no key ${FORBIDDEN_KEY} before here`);
    if (Object.hasOwn(object, key)) return refuse(cursor, 'each key once, but the one before here came twice');
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== ':') return refuse(cursor, 'a colon');
    cursor.at += 1;
    skipSpace(cursor);
    const value = readValue(cursor, depth);
    if (value === undefined) return undefined;
    object[key] = value;
    const more = readSeparator(cursor, '}');
    if (more === undefined) return undefined;
    if (!more) return object;
  }
}

/** True after a comma, false after the closing bracket. */
function readSeparator(cursor: Cursor, closing: ']' | '}'): boolean | undefined {
  skipSpace(cursor);
  const found = cursor.text[cursor.at];
  if (found !== ',' && found !== closing) return refuse(cursor, `a comma or ${closing}`);
  cursor.at += 1;
  return found === ',';
}
