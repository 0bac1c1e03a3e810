import { emptyState, type State } from '../account/state.ts';
import { canonicalJson, DEPTH_MAX, type Json, parseJson } from '../lang/canonical.ts';
import { digest } from '../lang/digest.ts';
import { err, ok, type Result } from '../lang/result.ts';
import { isTable, type Table } from '../lang/table.ts';
import { fromJson, isDecimal, isList, isPlainObject, keyFromJson, keyToJson, type Reading, tagOf, toJson } from './plain.ts';
import { type Ids, type Part, type PartSource, tableFromJson, tableToParts, type Writing } from './tree.ts';

/**
 * The number of the form, and of what the entries mean: raised whenever `State` or `apply` changes, so that no state of an older fold is taken for
 * one of this. test/golden/snapshot.test.ts fails when that was forgotten.
 */
export const SNAPSHOT_FORMAT = 8;

/** UTF-16 units of the text of one state: what is open, and no history. */
const TEXT_CHARACTERS_MAX = 67_108_864;

/** A state as it is kept: its text, which names the parts of its tables by their digests. */
export type StateText = {
  readonly text: string;
  /** SHA-256 of the text, and through it of all that the state holds. */
  readonly digest: string;
  /** The ids of the parts that the text names, in that order. */
  readonly parts: readonly number[];
};

type Fields = { readonly [key: string]: unknown };

/**
 * Writes a state down, part by part, so that whoever writes may pause in between: the state is a value and does not change meanwhile. Parts that
 * the snapshot of `before` has are named and not written again; `dropped` are those of them that this one does not name any more. One state has
 * one text, whatever its history.
 */
export function* stateToParts(
  state: State,
  { program, before, writing }: { readonly program: string; readonly before: State | undefined; readonly writing: Writing },
): Generator<Part, StateText & { readonly dropped: readonly number[] }> {
  const ids: number[] = [];
  const json = yield* fieldsToParts({ ...state }, { before: { ...before }, ids, writing });
  const text = canonicalJson({ format: SNAPSHOT_FORMAT, program, state: json });
  return { text, digest: digest(text), parts: ids, dropped: [...writing.moved.out.difference(writing.moved.in)] };
}

type Around = { readonly before: Fields; readonly ids: number[]; readonly writing: Writing };

function* fieldsToParts(fields: Fields, { before, ids, writing }: Around): Generator<Part, Json> {
  const json: { [key: string]: Json } = {};
  // In the order of the text, because that is the order in which the parts are named.
  for (const key of Object.keys(fields).sort()) {
    const [value, old] = [fields[key], before[key]];
    if (isObject(value) && isTable(value)) {
      const oldTable: Table<unknown> | undefined = isObject(old) && isTable(old) ? old : undefined;
      json[keyToJson(key)] = yield* tableToParts(value, { before: oldTable, ids, writing });
    } else if (isPlain(value))
      json[keyToJson(key)] = yield* fieldsToParts({ ...value }, { before: isPlain(old) ? { ...old } : {}, ids, writing });
    else json[keyToJson(key)] = toJson(value);
  }
  return json;
}

export type Expected = { readonly account: string; readonly program: string; readonly seq: number; readonly source: PartSource };

/** Reads a state back. Whatever is not exactly what this program would have written is refused: the journal has the truth, and is read instead. */
export function stateFromText({ text, digest: claimed, parts }: StateText, { account, program, seq, source }: Expected): Result<State> {
  if (digest(text) !== claimed) return err('its content does not give its digest');
  const json = parseJson(text, { charactersMax: TEXT_CHARACTERS_MAX, depthMax: DEPTH_MAX });
  if (!json.ok) return json;
  if (!isFields(json.value)) return err('it is no object');
  const { format, program: writer, state: content = null, ...rest } = json.value;
  if (format !== SNAPSHOT_FORMAT)
    return err(`it has another form than ${SNAPSHOT_FORMAT}, which is the one that this version of twokey knows`);
  if (writer !== program) return err(`another version of twokey than ${program} wrote it`);
  if (!isFields(content) || Object.keys(rest).length > 0) return err('it has other keys than format, program and state');
  const reading: Reading = { problem: '' };
  const ids: Ids = { list: parts, at: 0 };
  const state = fieldsFromJson(content, { ids, source, reading });
  if (reading.problem !== '') return err(`it has ${reading.problem}`);
  if (ids.at !== parts.length) return err('it lists parts that it does not name');
  const misfit = misfitOf(emptyState(account), state, 'state');
  if (misfit !== '') return err(misfit);
  const read = state as State;
  if (read.account !== account) return err(`it is of account ${read.account}`);
  return read.seq === seq ? ok(read) : err(`it is the state after entry ${read.seq} and not ${seq}`);
}

type Read = { readonly ids: Ids; readonly source: PartSource; readonly reading: Reading };

function fieldsFromJson(json: { readonly [key: string]: Json }, around: Read): Fields {
  return Object.fromEntries(
    Object.entries(json).map(([key, item]) => [keyFromJson(key, around.reading), fieldFromJson(item, around)] as const),
  );
}

function fieldFromJson(json: Json, around: Read): unknown {
  if (!isFields(json)) return fromJson(json, around.reading);
  const tagged = tagOf(json);
  if (tagged === undefined) return fieldsFromJson(json, around);
  return tagged.tag === '#table' ? tableFromJson(tagged.content, around) : fromJson(json, around.reading);
}

/** Where a value has another shape than the state before the first entry, in words; empty where it has the same. Inside of what that has none of, nothing is compared. */
function misfitOf(model: unknown, value: unknown, name: string): string {
  if (model === null) return value === undefined ? `${name} is missing` : '';
  if (formOf(model) !== formOf(value)) return `${name} is ${formOf(value)} and not ${formOf(model)}`;
  if (!isPlain(model) || !isPlain(value)) return '';
  const [fields, found]: readonly [Fields, Fields] = [{ ...model }, { ...value }];
  const strange = Object.keys(found).find((key) => !Object.hasOwn(fields, key));
  if (strange !== undefined) return `${name}.${strange} is not known`;
  for (const key of Object.keys(fields)) {
    if (!Object.hasOwn(found, key)) return `${name}.${key} is missing`;
    const misfit = misfitOf(fields[key], found[key], `${name}.${key}`);
    if (misfit !== '') return misfit;
  }
  return '';
}

function formOf(value: unknown): string {
  if (!isObject(value)) return value === null ? 'null' : typeof value;
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'map';
  if (value instanceof Set) return 'set';
  if (isTable(value)) return 'table';
  if (isDecimal(value)) return 'decimal';
  return isPlainObject(value) ? 'object' : 'something else';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): value is object {
  return isObject(value) && formOf(value) === 'object';
}

function isFields(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !isList(json);
}
