import { err, ok, type Result } from '../core/lang/result.ts';

/** What authenticators write (CTAP2 §8, a part of RFC 8949): whole numbers, texts, bytes, lists and maps. No tag, no fraction, nothing of open length. */
export type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

const DEPTH_MAX = 4;
const BYTES_MAX = 16 * 1024;
/** The least value that may be written with 1, 2 or 4 bytes: a shorter way to write a number is the only one. */
const LEAST: Readonly<Record<number, number>> = { 1: 24, 2: 0x100, 4: 0x1_0000 };

type Read<Value> = Result<{ readonly value: Value; readonly end: number }>;

/** The map that a value is; `null` where it is none. */
export function mapOf(value: Cbor): ReadonlyMap<number | string, Cbor> | null {
  return value instanceof Map ? (value as ReadonlyMap<number | string, Cbor>) : null;
}

/** Reads the value that `bytes` begins with; `end` is where it is over. What follows is the caller's business. */
export function readCbor(bytes: Uint8Array): Read<Cbor> {
  if (bytes.length > BYTES_MAX) return err(`expected at most ${BYTES_MAX} bytes`);
  return readValue(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, 0);
}

function readValue(bytes: Buffer, at: number, depth: number): Read<Cbor> {
  const head = readHead(bytes, at);
  if (!head.ok) return head;
  const { major, count, end } = head.value;
  switch (major) {
    case 0:
      return ok({ value: count, end });
    case 1:
      return ok({ value: -1 - count, end });
    case 2:
    case 3: {
      if (count > bytes.length - end) return ended;
      const content = bytes.subarray(end, end + count);
      if (major === 2) return ok({ value: Uint8Array.from(content), end: end + count });
      const text = content.toString('utf8');
      return Buffer.from(text, 'utf8').equals(content) ? ok({ value: text, end: end + count }) : err('expected texts in UTF-8');
    }
    case 4:
    case 5:
      // Every item has a byte at least, so that a length that is a lie costs nothing.
      if (depth >= DEPTH_MAX) return err(`expected values at most ${DEPTH_MAX} deep`);
      if (count > bytes.length - end) return ended;
      return major === 4 ? readList(bytes, { count, at: end }, depth + 1) : readMap(bytes, { count, at: end }, depth + 1);
    default:
      return err('expected no tags, fractions or special values');
  }
}

type Items = { readonly count: number; readonly at: number };

function readList(bytes: Buffer, { count, at }: Items, depth: number): Read<Cbor> {
  const value: Cbor[] = [];
  let end = at;
  while (value.length < count) {
    const item = readValue(bytes, end, depth);
    if (!item.ok) return item;
    value.push(item.value.value);
    ({ end } = item.value);
  }
  return ok({ value, end });
}

function readMap(bytes: Buffer, { count, at }: Items, depth: number): Read<Cbor> {
  const value = new Map<number | string, Cbor>();
  let end = at;
  while (value.size < count) {
    const key = readValue(bytes, end, DEPTH_MAX);
    if (!key.ok) return key;
    const name = key.value.value;
    if (typeof name !== 'number' && typeof name !== 'string') return err('expected keys as numbers or texts');
    if (value.has(name)) return err('expected every key once');
    const item = readValue(bytes, key.value.end, depth);
    if (!item.ok) return item;
    value.set(name, item.value.value);
    ({ end } = item.value);
  }
  return ok({ value, end });
}

/** The first byte and the number that belongs to it. */
function readHead(bytes: Buffer, at: number): Result<{ readonly major: number; readonly count: number; readonly end: number }> {
  const first = bytes[at];
  if (first === undefined) return ended;
  const [major, low] = [first >> 5, first & 31];
  if (low < 24) return ok({ major, count: low, end: at + 1 });
  const size = 2 ** (low - 24);
  const least = LEAST[size];
  if (least === undefined) return err('expected lengths and numbers of at most 4 bytes, and none left open');
  if (size > bytes.length - at - 1) return ended;
  const count = bytes.readUIntBE(at + 1, size);
  return count < least ? err('expected every number in its shortest form') : ok({ major, count, end: at + 1 + size });
}

const ended: Result<never> = err('ends in the middle of a value');
