import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closeFrame, FrameReader, FRAGMENTS_MAX, type Incoming, textFrame } from './frames.ts';

const MESSAGE_BYTES_MAX = 2000;
const settings = { seed: Number(process.env.TWOKEY_TEST_SEED ?? 1), numRuns: 1000 };

/** A frame as a server may or may not send it: every part can be wrong. */
type Wire = {
  readonly operation: number;
  readonly isLast: boolean;
  readonly reserved: number;
  readonly payload: Buffer;
  readonly masked?: boolean;
  /** The length that is claimed; the real one where it is not given. */
  readonly claimed?: bigint;
  readonly width?: 1 | 2 | 8;
};

function bytesOf({ operation, isLast, reserved, payload, masked = false, claimed, width }: Wire): Buffer {
  const length = claimed ?? BigInt(payload.length);
  const wide = width ?? (length < 126n ? 1 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(wide === 1 ? 2 : wide === 2 ? 4 : 10);
  head[0] = (isLast ? 0x80 : 0) | (reserved << 4) | operation;
  head[1] = (masked ? 0x80 : 0) | (wide === 1 ? Number(length) : wide === 2 ? 126 : 127);
  if (wide === 2) head.writeUInt16BE(Number(length), 2);
  if (wide === 8) head.writeBigUInt64BE(length, 2);
  return Buffer.concat([head, ...(masked ? [Buffer.alloc(4)] : []), payload]);
}

function text(content: string, isLast = true, operation = 1): Wire {
  return { operation, isLast, reserved: 0, payload: Buffer.from(content) };
}

/** What a reader makes of bytes that arrive cut at these places. */
function readIn(bytes: Buffer, cuts: readonly number[], reader = new FrameReader(MESSAGE_BYTES_MAX)): readonly Incoming[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
  const incoming: Incoming[] = [];
  let from = 0;
  for (const place of [...places, bytes.length]) {
    incoming.push(...reader.push(bytes.subarray(from, place)));
    from = place;
  }
  return incoming;
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });
const everyByte = (bytes: Buffer): readonly number[] => [...bytes.keys()];
/** A code as a close carries it, and words that may be no text. */
const closing = fc
  .tuple(fc.constantFrom(1000, 1005, 1011, 4001, 4004, 5000), fc.oneof(fc.constant([]), fc.constant([0xc3, 0x28])))
  .map(([code, words]) => Buffer.from([code >> 8, code & 0xff, ...words]));
const wires = fc.array(
  fc.record({
    operation: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 1, 1, 2, 8, 9, 10) }, { weight: 1, arbitrary: fc.nat(15) }),
    isLast: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    reserved: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
    payload: fc
      .oneof(
        fc.string({ unit: 'grapheme', maxLength: 200 }).map((one) => Buffer.from(one)),
        fc.uint8Array({ maxLength: 200 }),
        closing,
        closing,
      )
      .map((one) => Buffer.from(one)),
    masked: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  { maxLength: 12 },
);

test('messages are read the same however their bytes are cut, whole or in pieces, with pings between the pieces', () => {
  const messages = fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1, maxLength: 5 }), { maxLength: 6 });
  fc.assert(
    fc.property(messages, cuts, fc.boolean(), (sent, places, pings) => {
      const frames = sent.flatMap((pieces) =>
        pieces.flatMap((piece, index) => [
          text(piece, index === pieces.length - 1, index === 0 ? 1 : 0),
          ...(pings ? [{ ...text('here'), operation: 9 }] : []),
        ]),
      );
      const incoming = readIn(Buffer.concat(frames.map(bytesOf)), places);
      const texts = incoming.flatMap((one) => (one.kind === 'text' ? [one.text] : []));
      assert.deepEqual(
        texts,
        sent.map((pieces) => pieces.join('')),
      );
      assert.equal(incoming.filter(({ kind }) => kind === 'ping').length, pings ? sent.flat().length : 0);
    }),
    settings,
  );
});

/** What the standard says of these frames, told frame by frame and without a thought for bytes. */
function judged(frames: readonly Wire[]): readonly string[] {
  const told: string[] = [];
  let parts: Buffer[] | null = null;
  for (const { operation, isLast, reserved, payload, masked } of frames) {
    if (reserved !== 0 || masked === true) return [...told, 'refused 1002'];
    if (operation >= 8) {
      if (operation > 10 || !isLast || payload.length > 125) return [...told, 'refused 1002'];
      if (operation === 9) told.push('ping');
      if (operation === 10) told.push('pong');
      if (operation !== 8) continue;
      const code = payload.length < 2 ? null : payload.readUInt16BE(0);
      const known = code === null || (code > 999 && code < 1004) || (code > 1006 && code < 1015) || (code > 2999 && code < 5000);
      if (payload.length === 1 || !known) return [...told, 'refused 1002'];
      return [...told, isUtf8(payload.subarray(2)) ? `close ${code}` : 'refused 1007'];
    }
    if (operation === 2) return [...told, 'refused 1003'];
    if (operation > 2 || (operation === 0) === (parts === null)) return [...told, 'refused 1002'];
    const all: Buffer[] = [...(parts ?? []), payload];
    const bytes = Buffer.concat(all);
    if (bytes.length > MESSAGE_BYTES_MAX) return [...told, 'refused 1009'];
    parts = isLast ? null : all;
    if (!isLast) continue;
    if (!isUtf8(bytes)) return [...told, 'refused 1007'];
    told.push(`text ${bytes.toString()}`);
  }
  return told;
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

function worded(incoming: Incoming): string {
  if (incoming.kind === 'text') return `text ${incoming.text}`;
  if (incoming.kind === 'close' || incoming.kind === 'refused') return `${incoming.kind} ${incoming.code}`;
  return incoming.kind;
}

test('random frames, right and wrong, are judged as the standard says, and nothing is told after the end', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(wires, cuts, (frames, places) => {
      const told = readIn(Buffer.concat(frames.map(bytesOf)), places).map(worded);
      assert.deepEqual(told, judged(frames));
      const ended = told.findIndex((one) => /^(?:close|refused)/.test(one));
      assert.ok(ended === -1 || ended === told.length - 1);
      const end = /^(?:close|refused \d+)/.exec(told.at(-1) ?? '')?.[0] ?? 'open';
      seen.set(end, (seen.get(end) ?? 0) + 1);
    }),
    settings,
  );
  for (const end of ['open', 'close', 'refused 1002', 'refused 1003', 'refused 1007'])
    assert.ok((seen.get(end) ?? 0) > 10, `${end} was seen ${seen.get(end) ?? 0} times`);
});

test('random bytes never throw, and end with one value at most', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, (bytes, places) => {
      const incoming = readIn(Buffer.from(bytes), places);
      assert.ok(incoming.filter(({ kind }) => kind === 'close' || kind === 'refused').length <= 1);
      for (const one of incoming) if (one.kind === 'text') assert.ok(Buffer.byteLength(one.text) <= MESSAGE_BYTES_MAX);
    }),
    settings,
  );
});

test('a message over the bound is refused by its head, before a byte of it came, in one frame and in pieces', () => {
  for (const claimed of [BigInt(MESSAGE_BYTES_MAX + 1), 1n << 40n, (1n << 64n) - 1n]) {
    const head = bytesOf({ ...text(''), claimed });
    assert.deepEqual(readIn(head, everyByte(head)).map(worded), ['refused 1009']);
  }
  const pieces = Buffer.concat([bytesOf(text('a'.repeat(MESSAGE_BYTES_MAX), false)), bytesOf({ ...text('', true, 0), claimed: 1n })]);
  assert.deepEqual(readIn(pieces, []).map(worded), ['refused 1009']);
  const exact = bytesOf(text('a'.repeat(MESSAGE_BYTES_MAX)));
  assert.equal(readIn(exact, everyByte(exact))[0]?.kind, 'text');
});

test('empty pieces do not go on for ever, and a length is written as short as it is', () => {
  const endless = Buffer.concat([bytesOf(text('', false)), ...Array.from({ length: FRAGMENTS_MAX }, () => bytesOf(text('', false, 0)))]);
  assert.deepEqual(readIn(endless, []).map(worded), ['refused 1009']);
  for (const width of [2, 8] as const) assert.deepEqual(readIn(bytesOf({ ...text('ab'), width }), []).map(worded), ['refused 1002']);
});

test('what a client writes is masked, says its length, and reads back as it was', () => {
  const lengths = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000);
  fc.assert(
    fc.property(lengths, fc.uint8Array({ minLength: 4, maxLength: 4 }), (length, mask) => {
      const content = 'é'.repeat(length >> 1).padEnd(length - (length >> 1), 'x');
      const sent = textFrame(content, Buffer.from(mask));
      assert.equal((sent[1] ?? 0) & 0x80, 0x80);
      const unmasked = unmask(sent);
      const [read] = new FrameReader().push(unmasked);
      assert.deepEqual(read, { kind: 'text', text: content });
    }),
    { ...settings, numRuns: 50 },
  );
  assert.deepEqual(new FrameReader().push(unmask(closeFrame(1000, Buffer.from([1, 2, 3, 4])))), [{ kind: 'close', code: 1000 }]);
});

/** The same frame without its mask, as a server would send it. */
function unmask(bytes: Buffer): Buffer {
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  const mask = bytes.subarray(head, head + 4);
  const payload = bytes.subarray(head + 4).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  const plain = Buffer.from(bytes.subarray(0, head));
  plain[1] = short;
  return Buffer.concat([plain, payload]);
}
