import { assert } from '../lang/assert.ts';
import type { Json } from '../lang/canonical.ts';
import { isTable } from '../lang/table.ts';
import type { Decimal } from '../money/decimal.ts';

// How values of the state become JSON and the same values again. What JSON has no word for is an object with one key: `#map` for a Map and `#set`
// for a Set, in their order, and `#decimal` for an exact decimal, whose scale is kept too. A key of ours that begins with # is written with one more.

/** How far a reader got. `problem` is empty until something is refused; the first refusal stays. */
export type Reading = { problem: string };

/** Everything a state holds but tables. What has no form here (undefined, functions, fractions) is our own bug and an assertion. */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      assert(Number.isSafeInteger(value) && !Object.is(value, -0), 'a number of the state is a whole one');
      return value;
    case 'object':
      break;
    default:
      assert(false, `a ${typeof value} has no form in a snapshot`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return { '#map': [...value].map(([key, item]) => [toJson(key), toJson(item)]) };
  if (value instanceof Set) return { '#set': [...value].map(toJson) };
  assert(!isTable(value), 'a table stands in the state itself or in plain objects of it');
  if (isDecimal(value)) return { '#decimal': [value.coefficient.toString(), value.scale] };
  assert(isPlainObject(value), 'an object of the state is a plain object');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [keyToJson(key), toJson(item)]));
}

/** Reads what `toJson` wrote; `null` in the place of what is refused. */
export function fromJson(json: Json, reading: Reading): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (isList(json)) return json.map((item) => fromJson(item, reading));
  const tagged = tagOf(json);
  if (tagged === undefined)
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [keyFromJson(key, reading), fromJson(item, reading)]));
  switch (tagged.tag) {
    case '#map':
      return mapOf(tagged.content, reading);
    case '#set':
      return setOf(tagged.content, reading);
    case '#decimal':
      return decimalOf(tagged.content, reading);
    default:
      return refuse(reading, `a value of the unknown form ${tagged.tag}`);
  }
}

/** Says what is wrong, once. */
export function refuse(reading: Reading, problem: string): null {
  if (reading.problem === '') reading.problem = problem;
  return null;
}

export function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** The form that a value has by name; `undefined` for an object that is one itself. */
export function tagOf(json: { readonly [key: string]: Json }): { readonly tag: string; readonly content: Json } | undefined {
  const [first, ...rest] = Object.entries(json);
  if (first === undefined || rest.length > 0 || !first[0].startsWith('#') || first[0].startsWith('##')) return undefined;
  return { tag: first[0], content: first[1] };
}

/** One that has its own keys and nothing else: whatever lacks a form here must not pass for the keys that it happens to have. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype;
}

export function isDecimal(value: object): value is Decimal {
  return 'coefficient' in value && typeof value.coefficient === 'bigint' && 'scale' in value && typeof value.scale === 'number';
}

export function keyToJson(key: string): string {
  return key.startsWith('#') ? `#${key}` : key;
}

export function keyFromJson(key: string, reading: Reading): string {
  if (!key.startsWith('#')) return key;
  if (!key.startsWith('##')) refuse(reading, 'a form beside other keys');
  return key.slice(1);
}

function mapOf(content: Json, reading: Reading): ReadonlyMap<unknown, unknown> | null {
  const map = new Map<unknown, unknown>();
  for (const pair of isList(content) ? content : [null]) {
    if (pair === null || !isList(pair) || pair.length !== 2) return refuse(reading, 'a map that is no list of pairs');
    const [key = null, item = null] = pair;
    map.set(fromJson(key, reading), fromJson(item, reading));
  }
  return map.size === (isList(content) ? content.length : -1) ? map : refuse(reading, 'a map with a key twice');
}

function setOf(content: Json, reading: Reading): ReadonlySet<unknown> | null {
  const items = isList(content) ? content : [null, null];
  const set = new Set(items.map((item) => fromJson(item, reading)));
  return set.size === items.length ? set : refuse(reading, 'a set that is none');
}

function decimalOf(content: Json, reading: Reading): Decimal | null {
  const [coefficient, scale, ...rest] = isList(content) ? content : [];
  const fits = typeof coefficient === 'string' && /^(?:0|-?[1-9][0-9]*)$/.test(coefficient) && typeof scale === 'number' && scale >= 0;
  if (!fits || rest.length > 0) return refuse(reading, 'a decimal that is none');
  return { coefficient: BigInt(coefficient), scale };
}
