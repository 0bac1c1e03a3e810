import { assert } from '../lang/assert.ts';
import { canonicalJson, type Json } from '../lang/canonical.ts';
import { digest } from '../lang/digest.ts';
import { type Branch, branchOf, childIn, leafOf, type Node, opened, slotsOf, type Stored, storedTable, type Table } from '../lang/table.ts';
import { fromJson, isList, type Reading, refuse, toJson } from './plain.ts';

/**
 * Tables as they lie in snapshots: every branch is a part of its own, named in the one above it by the digest of its text. A snapshot writes the
 * branches that changed since the one before and names the others, and a start reads none of them before somebody looks into it.
 */
export type Part = {
  /** Where it lies; no digest covers it, and none has to: what lies elsewhere has another digest. */
  readonly id: number;
  /** The ids of the parts that its text names, in that order. */
  readonly parts: readonly number[];
  readonly text: string;
};

/** A branch that lies in a snapshot. */
export type Place = Pick<Stored<unknown>, 'id' | 'digest'>;

/** What writing needs to know, and finds out. */
export type Writing = {
  /** Where branches of earlier snapshots lie. */
  readonly known: { readonly get: (branch: object) => Place | undefined };
  /** Where those of this one were put, which counts once the snapshot is complete. */
  readonly fresh: Map<object, Place>;
  /** Parts of the snapshot before that are not where they were, and those among them that are somewhere else now. */
  readonly moved: { readonly out: Set<number>; readonly in: Set<number> };
  /** The id of the next part. */
  next: number;
};

type Child = Node<unknown>;

/** Writes the parts of a table that are new and returns how the table is named; `ids` gets the ids that this names. */
export function* tableToParts(
  table: Table<unknown>,
  { before, ids, writing }: { readonly before: Table<unknown> | undefined; readonly ids: number[]; readonly writing: Writing },
): Generator<Part, Json> {
  const old = before?.root ?? undefined;
  if (table.root === null && old !== undefined) drop(old, writing);
  const root = table.root === null ? null : yield* childToParts(table.root, { old, ids, writing });
  return { '#table': [table.count, root] };
}

type Around = { readonly old: Child | undefined; readonly ids: number[]; readonly writing: Writing };

function* childToParts(node: Child, { old, ids, writing }: Around): Generator<Part, Json> {
  if (node.kind === 'leaf') {
    if (old !== undefined) drop(old, writing);
    return node.pairs.map(([key, value]) => [key, toJson(value)]);
  }
  const known = placeOf(node, writing);
  const place = known ?? (yield* branchToPart(opened(node), old, writing));
  // A whole table may take the place of another, as one generation that of the next.
  if (known !== undefined && (old === undefined || old.kind === 'leaf' || placeOf(old, writing)?.id !== known.id)) {
    keep(node, writing);
    if (old !== undefined) drop(old, writing);
  }
  ids.push(place.id);
  return place.digest;
}

function* branchToPart(branch: Branch<unknown>, old: Child | undefined, writing: Writing): Generator<Part, Place> {
  const oldBranch = old === undefined || old.kind === 'leaf' ? undefined : opened(old);
  if (old !== undefined && old.kind !== 'leaf') dropOne(old, writing);
  const parts: number[] = [];
  const children: Json[] = [];
  const slots = slotsOf(branch.bitmap);
  for (const [index, child] of branch.children.entries()) {
    const oldChild = oldBranch === undefined ? undefined : childIn(oldBranch, slots[index] ?? 0);
    children.push(yield* childToParts(child, { old: oldChild, ids: parts, writing }));
  }
  if (oldBranch !== undefined)
    for (const [index, slot] of slotsOf(oldBranch.bitmap).entries()) {
      const gone = oldBranch.children[index];
      if (gone !== undefined && !slots.includes(slot)) drop(gone, writing);
    }
  const text = canonicalJson({ bitmap: branch.bitmap, children });
  const place = { id: writing.next, digest: digest(text) };
  writing.next += 1;
  writing.fresh.set(branch, place);
  yield { id: place.id, parts, text };
  return place;
}

function placeOf(node: Exclude<Child, { kind: 'leaf' }>, { known }: Writing): Place | undefined {
  return node.kind === 'stored' ? node : known.get(node);
}

function drop(node: Child, writing: Writing): void {
  if (node.kind === 'leaf') return;
  dropOne(node, writing);
  for (const child of opened(node).children) drop(child, writing);
}

function dropOne(node: Exclude<Child, { kind: 'leaf' }>, writing: Writing): void {
  writing.moved.out.add(idOf(node, writing));
}

function keep(node: Child, writing: Writing): void {
  if (node.kind === 'leaf') return;
  writing.moved.in.add(idOf(node, writing));
  for (const child of opened(node).children) keep(child, writing);
}

function idOf(node: Exclude<Child, { kind: 'leaf' }>, writing: Writing): number {
  const place = placeOf(node, writing);
  assert(place !== undefined, 'the snapshot before has a place for all of its branches');
  return place.id;
}

/** Where parts are read. `broken` is told what is wrong with one and does not return: nothing may be decided on what cannot be read. */
export type PartSource = {
  readonly read: (id: number) => Pick<Part, 'parts' | 'text'> | null;
  readonly broken: (cause: string) => never;
};

/** The ids that a text names, in the order in which it names them. */
export type Ids = { readonly list: readonly number[]; at: number };

/** Reads how a table is named. Its branches stay where they are. */
export function tableFromJson(
  content: Json,
  around: { readonly ids: Ids; readonly source: PartSource; readonly reading: Reading },
): unknown {
  const [count, root, ...rest] = isList(content) ? content : [];
  const empty = root === null;
  if (typeof count !== 'number' || root === undefined || rest.length > 0 || count < 0 || (count === 0) !== empty)
    return refuse(around.reading, 'a table that is none');
  return storedTable(empty ? null : childFromJson(root, { ...around, level: 0 }), count);
}

type Read = { readonly ids: Ids; readonly source: PartSource; readonly reading: Reading; readonly level: number };

function childFromJson(json: Json, { ids, source, reading, level }: Read): Child | null {
  if (typeof json === 'string') {
    const id = ids.list[ids.at];
    ids.at += 1;
    return id === undefined ? refuse(reading, 'a part that lies nowhere') : stored({ id, digest: json }, { source, level });
  }
  const pairs = isList(json) ? json : [];
  const read = pairs.flatMap((pair): readonly (readonly [string, unknown])[] => {
    const [key, value, ...rest] = isList(pair) ? pair : [];
    return typeof key === 'string' && value !== undefined && rest.length === 0 ? [[key, fromJson(value, reading)]] : [];
  });
  return (read.length === pairs.length ? leafOf(read) : null) ?? refuse(reading, 'a leaf that is none');
}

function stored(place: Place, around: { readonly source: PartSource; readonly level: number }): Stored<unknown> {
  let branch: Branch<unknown> | undefined;
  return {
    kind: 'stored',
    ...place,
    load: () => {
      branch ??= loaded(place, around);
      return branch;
    },
  };
}

function loaded(
  { id, digest: expected }: Place,
  { source, level }: { readonly source: PartSource; readonly level: number },
): Branch<unknown> {
  const part = source.read(id);
  if (part === null) return source.broken(`part ${id} of the snapshot is missing`);
  if (digest(part.text) !== expected) return source.broken(`part ${id} of the snapshot was changed: its content does not give its digest`);
  const reading: Reading = { problem: '' };
  // It is the very text that was written, and canonical: the runtime's reader is several times faster, and a start looks into hundreds of parts.
  const branch = branchFromJson(JSON.parse(part.text) as Json, { ids: { list: part.parts, at: 0 }, source, reading, level });
  return branch === null || reading.problem !== '' ? source.broken(`part ${id} of the snapshot has ${reading.problem}`) : branch;
}

function branchFromJson(json: Json, around: Read): Branch<unknown> | null {
  if (typeof json !== 'object' || json === null || isList(json)) return refuse(around.reading, 'a branch that is none');
  const { bitmap, children, ...rest } = json;
  if (typeof bitmap !== 'number' || children === undefined || !isList(children) || Object.keys(rest).length > 0)
    return refuse(around.reading, 'a branch that is none');
  const below = { ...around, level: around.level + 1 };
  const nodes = children.map((child) => childFromJson(child, below)).filter((child) => child !== null);
  return branchOf({ bitmap, children: nodes, level: around.level }) ?? refuse(around.reading, 'a branch of another shape');
}
