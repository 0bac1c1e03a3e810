import fc from 'fast-check';
import type { Json } from '../../src/core/lang/canonical.ts';
import { oddTexts } from './bytes.ts';

// Texts that are JSON, or nearly: a valid document with keys twice, missing, renamed or strange, values of another type, numbers that no
// double holds, and depths that no reader has a stack for. They are made as texts, because no value has a key twice.

/** A document as it is written: members in their order, and pieces of text as they stand. */
type Written = { readonly kind: 'raw'; readonly text: string } | List | Members;
type List = { readonly kind: 'list'; readonly items: Written[] };
type Members = { readonly kind: 'members'; readonly items: [string, Written][] };

type Edit = { readonly kind: (typeof kinds)[number]; readonly place: number; readonly choice: number };

const kinds = ['replace', 'remove', 'twice', 'add', 'rename', 'nest', 'many', 'swap'] as const;
const EDITS_MAX = 4;
const MANY = 300;
/** Far above what any door takes, and far below what costs this process its memory. */
const MANY_CHARACTERS_MAX = 500_000;

const quoted = (text: string): string => JSON.stringify(text);
const oddNumbers = `null true false 0 -0 -1 0.1 1e309 -1e400 9007199254740993 01 NaN +1 .5 ${'1'.repeat(400)}`.split(' ');
const oddShapes =
  '{} [] [[]] [null] {"":""} {"__proto__":{"ok":true}} {"then":1} {"toString":1,"valueOf":1} {"length":-1} "\\ud800" "\\u0000" "\\x" " \'a\' undefined'.split(
    ' ',
  );
const oddValues: readonly string[] = [
  ...oddTexts.map(quoted),
  ...oddNumbers,
  ...oddShapes,
  quoted('x'.repeat(5000)),
  quoted('é'.repeat(40_000)),
];
const oddKeys: readonly string[] = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '\0',
  'id',
  'kind',
];

const edit: fc.Arbitrary<Edit> = fc.record({ kind: fc.constantFrom(...kinds), place: fc.nat(0xffff), choice: fc.nat(0xffff) });

/** How a document is changed; can be drawn before it is known which document it will be. */
export const jsonEdits: fc.Arbitrary<readonly Edit[]> = fc.array(edit, { maxLength: EDITS_MAX });

/** One of the samples with a few changes. */
export function jsonLike(samples: readonly Json[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...samples), jsonEdits).map(([sample, edits]) => changedJson(sample, edits));
}

/** The text of `value` after these changes. */
export function changedJson(value: Json, edits: readonly Edit[]): string {
  const holder: List = { kind: 'list', items: [writtenOf(value)] };
  for (const each of edits) change(holder, each);
  return holder.items.map(textOf).join(',');
}

function writtenOf(value: Json): Written {
  if (typeof value !== 'object' || value === null) return { kind: 'raw', text: JSON.stringify(value) };
  if (isList(value)) return { kind: 'list', items: value.map(writtenOf) };
  return { kind: 'members', items: Object.entries(value).map(([key, item]): [string, Written] => [key, writtenOf(item)]) };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function textOf(value: Written): string {
  switch (value.kind) {
    case 'raw':
      return value.text;
    case 'list':
      return `[${value.items.map(textOf).join(',')}]`;
    case 'members':
      return `{${value.items.map(([key, item]) => `${quoted(key)}:${textOf(item)}`).join(',')}}`;
  }
}

type Place = { readonly of: List | Members; readonly index: number };

/** Every value in a document, by where it stands. */
function placesIn(of: List | Members): readonly Place[] {
  return of.items.flatMap((_, index) => {
    const value = valueAt({ of, index });
    return [{ of, index }, ...(value.kind === 'raw' ? [] : placesIn(value))];
  });
}

function valueAt({ of, index }: Place): Written {
  const value = of.kind === 'list' ? of.items[index] : of.items[index]?.[1];
  return value ?? { kind: 'raw', text: 'null' };
}

function put({ of, index }: Place, value: Written): void {
  if (of.kind === 'list') of.items[index] = value;
  else of.items[index] = [of.items[index]?.[0] ?? '', value];
}

function pick<Value>(from: readonly Value[], choice: number): Value | undefined {
  return from[choice % from.length];
}

function change(holder: List, { kind, place: number, choice }: Edit): void {
  const places = placesIn(holder);
  const place = pick(places, number);
  if (place === undefined) return;
  const { of, index } = place;
  const odd: Written = { kind: 'raw', text: pick(oddValues, choice) ?? 'null' };
  const value = valueAt(place);
  switch (kind) {
    case 'replace':
      return put(place, odd);
    case 'remove':
      return void (of !== holder && of.items.splice(index, 1));
    case 'twice':
      return of.kind === 'list'
        ? void of.items.push(value)
        : void of.items.push([of.items[index]?.[0] ?? '', choice % 2 === 0 ? value : odd]);
    case 'add':
      return of.kind === 'list' ? void of.items.push(odd) : void of.items.push([pick(oddKeys, choice >> 4) ?? '', odd]);
    case 'rename':
      return of.kind === 'members' ? void (of.items[index] = [pick(oddKeys, choice) ?? '', value]) : undefined;
    case 'nest': {
      const depth = [2, 10, 70, 5000, 30_000][choice % 5] ?? 2;
      const [open, close] = choice % 2 === 0 ? ['[', ']'] : ['{"a":', '}'];
      return put(place, { kind: 'raw', text: `${open.repeat(depth)}${textOf(value)}${close.repeat(depth)}` });
    }
    case 'many': {
      const text = textOf(value);
      const times = Math.max(1, Math.min(MANY, Math.floor(MANY_CHARACTERS_MAX / text.length)));
      // As text: of what stands in three hundred places the next change would make three hundred times as much.
      return put(place, { kind: 'raw', text: `[${Array.from({ length: times }, () => text).join(',')}]` });
    }
    case 'swap': {
      const other = pick(places, choice);
      // A value inside of itself would have no end.
      if (other !== undefined) put(place, { kind: 'raw', text: textOf(valueAt(other)) });
    }
  }
}
