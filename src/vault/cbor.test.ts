import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Cbor, readCbor } from './cbor.ts';
import { type Written, writeCbor } from '../../test/support/authenticator.ts';

function read(hex: string): Cbor | string {
  const found = readCbor(Buffer.from(hex, 'hex'));
  return found.ok ? found.value.value : `refused: ${found.error}`;
}

// What of appendix A an authenticator may write.
test('numbers, texts, bytes, lists and maps are those of RFC 8949', () => {
  for (const [hex, value] of [
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1affffffff', 4_294_967_295],
    ['20', -1],
    ['3863', -100],
    ['3903e7', -1000],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['60', ''],
    ['62c3bc', 'ü'],
    ['63e6b0b4', '水'],
    ['83010203', [1, 2, 3]],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    [
      'a26161016162820203',
      new Map<string, Cbor>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
  ] as const)
    assert.deepEqual(read(hex), value, hex);
});

test('what has two ways to be written, an open length, a tag, a fraction, a key twice, or an end that is missing is refused', () => {
  for (const [hex, why] of [
    ['', 'ends in the middle'],
    ['18', 'ends in the middle'],
    ['1817', 'shortest form'],
    ['1900ff', 'shortest form'],
    ['1a0000ffff', 'shortest form'],
    ['1b0000000100000000', 'at most 4 bytes'],
    ['5f4101ff', 'at most 4 bytes, and none left open'],
    ['9f01ff', 'none left open'],
    ['bf6161ff', 'none left open'],
    ['1c', 'none left open'],
    ['c000', 'no tags'],
    ['f4', 'no tags, fractions or special values'],
    ['f93c00', 'no tags, fractions'],
    ['fb3ff199999999999a', 'at most 4 bytes'],
    ['61ff', 'UTF-8'],
    ['4201', 'ends in the middle'],
    ['9affffffff', 'ends in the middle'],
    ['baffffffff', 'ends in the middle'],
    ['a2010203', 'ends in the middle'],
    ['a201020103', 'every key once'],
    ['a1410102', 'keys as numbers or texts'],
    ['a1800102', 'deep'],
    ['818181818181', 'deep'],
  ] as const)
    assert.match(JSON.stringify(read(hex)), new RegExp(why), hex);
  assert.match(JSON.stringify(read('00'.repeat(20_000))), /at most 16384 bytes/);
});

const leaf = fc.oneof(fc.integer({ min: -1000, max: 4_294_967_295 }), fc.string(), fc.uint8Array({ maxLength: 300 }));
const value: fc.Arbitrary<Written> = fc.letrec<{ value: Written; list: Written; map: Written }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 3 }, leaf, tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc
    .array(fc.tuple(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.string()), tie('value')), { maxLength: 4 })
    .map((pairs) => new Map(pairs)),
})).value;

test('what is written reads back as it was, up to its last byte and not further', () => {
  fc.assert(
    fc.property(value, fc.uint8Array({ maxLength: 4 }), (written, more) => {
      const bytes = writeCbor(written);
      const found = readCbor(Buffer.concat([bytes, more]));
      assert.ok(found.ok);
      assert.equal(found.value.end, bytes.length);
      assert.deepEqual(writeCbor(found.value.value), bytes);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('any bytes at all are read or refused, and what is read has one way to be written', () => {
  let taken = 0;
  const few = fc.array(
    fc.oneof(fc.constantFrom(0, 1, 0x18, 0x19, 0x20, 0x41, 0x61, 0x80, 0x82, 0xa1, 0xa2, 0xff), fc.integer({ min: 0, max: 255 })),
    { maxLength: 24 },
  );
  fc.assert(
    fc.property(few, (bytes) => {
      const found = readCbor(Uint8Array.from(bytes));
      if (!found.ok) return;
      taken += 1;
      assert.deepEqual([...writeCbor(found.value.value)], bytes.slice(0, found.value.end));
    }),
    { seed: 1, numRuns: 5000 },
  );
  assert.ok(taken > 250, `${taken} of 5000 were values`);
});
