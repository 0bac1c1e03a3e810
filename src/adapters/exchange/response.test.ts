import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HEAD_BYTES_MAX, type Progress, ResponseReader } from './response.ts';

const BODY_BYTES_MAX = 4096;
const settings = { seed: Number(process.env.TWOKEY_TEST_SEED ?? 1), numRuns: 500 };

/** Reads a text that arrives in pieces cut at these places. */
function readIn(bytes: Buffer, cuts: readonly number[]): Progress {
  const reader = new ResponseReader(BODY_BYTES_MAX);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
  let from = 0;
  let progress: Progress = { kind: 'more' };
  for (const place of [...places, bytes.length]) {
    if (place > from) progress = reader.push(bytes.subarray(from, place));
    if (progress.kind !== 'more') return progress;
    from = place;
  }
  return progress;
}

function chunked(body: Buffer, sizes: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const size of [...sizes, body.length]) {
    const chunk = body.subarray(from, from + size);
    if (chunk.length === 0) continue;
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
    from += chunk.length;
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

const answers = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    body: fc.string({ unit: 'grapheme', maxLength: 300 }),
    sizes: fc.option(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 5 }), { nil: undefined }),
    early: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ status, body, sizes, early }) => {
    const bytes = Buffer.from(body);
    const framing = sizes === undefined ? `Content-Length: ${bytes.length}` : 'Transfer-Encoding: chunked';
    const head = `${'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(early)}HTTP/1.1 ${status} Some Words\r\nDate: today\r\n${framing}\r\n\r\n`;
    return { status, body, bytes: Buffer.concat([Buffer.from(head), sizes === undefined ? bytes : chunked(bytes, sizes)]) };
  });

const cuts = fc.array(fc.nat(), { maxLength: 12 });

test('an answer reads the same however its bytes arrive', () => {
  fc.assert(
    fc.property(answers, cuts, (answer, places) => {
      const progress = readIn(answer.bytes, places);
      assert.equal(progress.kind, 'complete');
      assert.equal(progress.kind === 'complete' && progress.status, answer.status);
      assert.equal(progress.kind === 'complete' && progress.body, answer.body);
    }),
    settings,
  );
});

test('no part of an answer is ever taken for the whole', () => {
  fc.assert(
    fc.property(answers, cuts, fc.nat(), (answer, places, length) => {
      const part = answer.bytes.subarray(0, length % answer.bytes.length);
      assert.equal(readIn(part, places).kind, 'more');
    }),
    settings,
  );
});

test('nothing may follow an answer, in the same bytes or later', () => {
  fc.assert(
    fc.property(answers, fc.uint8Array({ minLength: 1, maxLength: 5 }), (answer, extra) => {
      assert.equal(readIn(Buffer.concat([answer.bytes, extra]), []).kind, 'refused');
      const reader = new ResponseReader(BODY_BYTES_MAX);
      assert.equal(reader.push(answer.bytes).kind, 'complete');
      assert.equal(reader.push(Buffer.from(extra)).kind, 'refused');
    }),
    settings,
  );
});

test('a changed byte of the framing never makes a body of another length, and nothing throws', () => {
  let refusals = 0;
  fc.assert(
    fc.property(answers, cuts, fc.nat(), fc.integer({ min: 0, max: 255 }), (answer, places, at, byte) => {
      const bytes = Buffer.from(answer.bytes);
      bytes[at % bytes.length] = byte;
      const progress = readIn(bytes, places);
      if (progress.kind === 'refused') refusals += 1;
      if (progress.kind === 'complete') assert.equal(Buffer.byteLength(progress.body) <= bytes.length, true);
    }),
    settings,
  );
  assert.equal(refusals > settings.numRuns * 0.05, true, `only ${refusals} of ${settings.numRuns} changes were refused`);
});

test('any bytes at all are refused or waited for, within bounds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, places) => {
      assert.notEqual(readIn(Buffer.from(bytes), places).kind, 'complete');
    }),
    settings,
  );
});

test('a head, a body and a chunk each have a largest size', () => {
  const long = `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(HEAD_BYTES_MAX)}`;
  assert.equal(readIn(Buffer.from(long), []).kind, 'refused');
  assert.equal(readIn(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES_MAX + 1}\r\n\r\n`), []).kind, 'refused');
  assert.equal(readIn(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES_MAX}\r\n\r\n`), []).kind, 'more');
  assert.equal(readIn(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff0\r\n'), []).kind, 'refused');
  assert.equal(readIn(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000001\r\n'), []).kind, 'refused');
});

const strange: readonly (readonly [name: string, text: string])[] = [
  ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\r\n\r\n'],
  ['a folded header', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}'],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}'],
  ['a length in hex', 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n{}'],
  ['another transfer encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['a chunk extension', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n'],
  ['a chunk longer than it said', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n'],
  ['a trailer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\n{}'],
  ['a body after 204', 'HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\n{}'],
];

for (const [name, text] of strange) {
  test(`${name} is refused`, () => {
    assert.equal(readIn(Buffer.from(text), []).kind, 'refused');
  });
}
