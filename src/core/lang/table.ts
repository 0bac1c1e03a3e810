import { assert } from './assert.ts';

/**
 * An immutable table by text key whose copies are cheap: a change copies the few nodes on the way to its key and shares the rest. The
 * state is kept in these because every event makes a new state, and an old one may still be needed when an append fails. The order of
 * `entries` depends on the keys alone, never on the history, so that two ways to one state agree to the last byte.
 */
export type Table<Value> = { readonly [tableMark]: true; readonly root: Node<Value> | null; readonly count: number };

/** What no other value has: whoever writes a state down has to tell a table from an object that looks like one. */
const tableMark = Symbol('table');

export type Pair<Value> = readonly [key: string, value: Value];
export type Leaf<Value> = { readonly kind: 'leaf'; readonly hash: number; readonly pairs: readonly Pair<Value>[] };
/** `bitmap` says which of 32 slots are taken; `children` holds those only, in the order of the slots. */
export type Branch<Value> = { readonly kind: 'branch'; readonly bitmap: number; readonly children: readonly Node<Value>[] };
/**
 * A branch that lies in a snapshot and is read when somebody looks into it (docs/decisions/0020). `digest` is that of its content, so that `load`
 * gives the same branch whenever it is asked, or does not return.
 */
export type Stored<Value> = {
  readonly kind: 'stored';
  readonly id: number;
  readonly digest: string;
  readonly load: () => Branch<Value>;
};
export type Node<Value> = Leaf<Value> | Branch<Value> | Stored<Value>;

const BITS_PER_LEVEL = 5;
const nothing: Table<never> = { [tableMark]: true, root: null, count: 0 };

/** The table without entries. */
export function emptyTable<Value>(): Table<Value> {
  return nothing;
}

/** How many keys the table has. */
export function size(table: Table<unknown>): number {
  return table.count;
}

/** The value of a key; `undefined` where it has none. */
export function get<Value>(table: Table<Value>, key: string): Value | undefined {
  return pairOf(table.root, key)?.[1];
}

/** Whether the key has a value. */
export function has(table: Table<unknown>, key: string): boolean {
  return pairOf(table.root, key) !== undefined;
}

/** A table with the key at this value. The one given stays as it is. */
export function set<Value>(table: Table<Value>, key: string, value: Value): Table<Value> {
  const leaf: Leaf<Value> = { kind: 'leaf', hash: hashOf(key), pairs: [[key, value]] };
  const count = has(table, key) ? table.count : table.count + 1;
  return { [tableMark]: true, root: table.root === null ? leaf : merge(table.root, leaf, 0), count };
}

/** A table without the key. Removing what is not there changes nothing. */
export function remove<Value>(table: Table<Value>, key: string): Table<Value> {
  if (table.root === null || !has(table, key)) return table;
  return { [tableMark]: true, root: without(table.root, hashOf(key), key, 0), count: table.count - 1 };
}

/** All keys with their values, in an order that depends on the keys alone. */
export function* entries<Value>(table: Table<Value>): IterableIterator<Pair<Value>> {
  if (table.root !== null) yield* pairsOf(table.root);
}

/** A table of these pairs; of two with one key the later stays. */
export function tableOf<Value>(pairs: Iterable<Pair<Value>>): Table<Value> {
  let table = emptyTable<Value>();
  for (const [key, value] of pairs) table = set(table, key, value);
  return table;
}

/** Whether a value is a table, and not an object of the same shape. */
export function isTable(value: object): value is Table<unknown> {
  return tableMark in value;
}

/** A table as a snapshot has it. `count` is believed: the digest of the snapshot covers it. */
export function storedTable<Value>(root: Node<Value> | null, count: number): Table<Value> {
  return { [tableMark]: true, root, count };
}

/** Makes a leaf of pairs that share a hash; `null` where they do not, or stand in another order than that of their keys. */
export function leafOf<Value>(pairs: readonly Pair<Value>[]): Leaf<Value> | null {
  const [first] = pairs;
  if (first === undefined) return null;
  const hash = hashOf(first[0]);
  const ordered = pairs.every(([key], index) => hashOf(key) === hash && (index === 0 || (pairs[index - 1]?.[0] ?? '') < key));
  return ordered ? { kind: 'leaf', hash, pairs } : null;
}

/** Makes a branch; `null` where its children are not one a taken slot, or a leaf stands in the slot of another. */
export function branchOf<Value>({
  bitmap,
  children,
  level,
}: Omit<Branch<Value>, 'kind'> & { readonly level: number }): Branch<Value> | null {
  const slots = slotsOf(bitmap);
  const fits = children.every((child, index) => child.kind !== 'leaf' || ((child.hash >>> (level * BITS_PER_LEVEL)) & 31) === slots[index]);
  return children.length > 0 && slots.length === children.length && fits ? { kind: 'branch', bitmap, children } : null;
}

/** The child of a branch in a slot. */
export function childIn<Value>({ bitmap, children }: Branch<Value>, slot: number): Node<Value> | undefined {
  const bit = 1 << slot;
  return (bitmap & bit) === 0 ? undefined : children[slotIndex(bitmap, bit)];
}

/** The taken slots of a bitmap, the lowest first. */
export function slotsOf(bitmap: number): readonly number[] {
  return Array.from({ length: 32 }, (_, slot) => slot).filter((slot) => (bitmap & (1 << slot)) !== 0);
}

function* pairsOf<Value>(node: Node<Value>): IterableIterator<Pair<Value>> {
  if (node.kind === 'leaf') yield* node.pairs;
  else for (const child of opened(node).children) yield* pairsOf(child);
}

/** The branch itself, read from its snapshot where it lies there. */
export function opened<Value>(node: Branch<Value> | Stored<Value>): Branch<Value> {
  return node.kind === 'stored' ? node.load() : node;
}

function pairOf<Value>(root: Node<Value> | null, key: string): Pair<Value> | undefined {
  if (root === null) return undefined;
  const hash = hashOf(key);
  let node: Node<Value> | null = root;
  for (let shift = 0; node !== null && node.kind !== 'leaf'; shift += BITS_PER_LEVEL) {
    const branch: Branch<Value> = opened(node);
    const bit = slotBit(hash, shift);
    node = (branch.bitmap & bit) === 0 ? null : (branch.children[slotIndex(branch.bitmap, bit)] ?? null);
  }
  return node === null || node.hash !== hash ? undefined : node.pairs.find((pair) => pair[0] === key);
}

function merge<Value>(at: Node<Value>, leaf: Leaf<Value>, shift: number): Node<Value> {
  if (at.kind === 'leaf') return at.hash === leaf.hash ? joined(at, leaf) : split(at, leaf, shift);
  const node = opened(at);
  const bit = slotBit(leaf.hash, shift);
  const index = slotIndex(node.bitmap, bit);
  const child = (node.bitmap & bit) === 0 ? undefined : node.children[index];
  if (child === undefined) return { kind: 'branch', bitmap: node.bitmap | bit, children: node.children.toSpliced(index, 0, leaf) };
  return { kind: 'branch', bitmap: node.bitmap, children: node.children.with(index, merge(child, leaf, shift + BITS_PER_LEVEL)) };
}

/** Two keys with one hash share a leaf, kept in the order of the keys. */
function joined<Value>(left: Leaf<Value>, right: Leaf<Value>): Leaf<Value> {
  const kept = left.pairs.filter((pair) => right.pairs.every((other) => other[0] !== pair[0]));
  const pairs = [...kept, ...right.pairs].sort((one, other) => (one[0] < other[0] ? -1 : 1));
  return { kind: 'leaf', hash: left.hash, pairs };
}

function split<Value>(left: Leaf<Value>, right: Leaf<Value>, shift: number): Branch<Value> {
  assert(shift < 32, 'two different hashes differ in one of their 32 bits');
  const leftBit = slotBit(left.hash, shift);
  const rightBit = slotBit(right.hash, shift);
  if (leftBit === rightBit) return { kind: 'branch', bitmap: leftBit, children: [split(left, right, shift + BITS_PER_LEVEL)] };
  // The sign bit is the highest slot, so the bits are compared as unsigned numbers.
  const children = leftBit >>> 0 < rightBit >>> 0 ? [left, right] : [right, left];
  return { kind: 'branch', bitmap: leftBit | rightBit, children };
}

function without<Value>(at: Node<Value>, hash: number, key: string, shift: number): Node<Value> | null {
  if (at.kind === 'leaf') {
    const pairs = at.pairs.filter((pair) => pair[0] !== key);
    return pairs.length === 0 ? null : { kind: 'leaf', hash: at.hash, pairs };
  }
  const node = opened(at);
  const bit = slotBit(hash, shift);
  const index = slotIndex(node.bitmap, bit);
  const child = node.children[index];
  assert(child !== undefined, 'a key that is removed was found before');
  const rest = without(child, hash, key, shift + BITS_PER_LEVEL);
  const children = rest === null ? node.children.toSpliced(index, 1) : node.children.with(index, rest);
  const [only] = children;
  if (only === undefined) return null;
  // A leaf stands as high as it would have been put: the shape, too, depends on the keys alone.
  if (children.length === 1 && only.kind === 'leaf') return only;
  return { kind: 'branch', bitmap: rest === null ? node.bitmap & ~bit : node.bitmap, children };
}

function slotBit(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & 31);
}

/** How many taken slots lie below this one. */
function slotIndex(bitmap: number, bit: number): number {
  let bits = bitmap & (bit - 1);
  bits -= (bits >>> 1) & 0x55555555;
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** FNV-1a with a last mixing step: spreads ids that differ in their last character only. Not a defence against chosen keys. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
