import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, DEPTH_MAX, type Json, parseForeignJson, parseJson } from './canonical.ts';

const limits = { charactersMax: 100_000, depthMax: 16 };

function read(text: string): Json {
  const parsed = parseJson(text, limits);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error}: ${text}`);
  return parsed.value;
}

function refusal(text: string): string {
  const parsed = parseJson(text, limits);
  assert.ok(!parsed.ok, `should have been refused: ${text}`);
  return parsed.error;
}

const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
const keys = texts.filter((text) => text !== '__proto__');
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
    fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number)),
    texts,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

test('keys stand in code-unit order, without spaces, at every depth', () => {
  assert.equal(
    canonicalJson({ b: 1, a: { z: [true, null, 'x'], Z: '' }, 10: 1, 9: 2 }),
    '{"10":1,"9":2,"a":{"Z":"","z":[true,null,"x"]},"b":1}',
  );
  // By code units a surrogate pair (U+1F511 starts with U+D83D) comes before U+FF5E, by code points after it.
  assert.equal(canonicalJson({ '～': 1, '🔑': 2 }), '{"🔑":2,"～":1}');
});

test('control characters, quotes and backslashes are escaped, everything else is itself', () => {
  assert.equal(canonicalJson('"\\/\b\f\n\r\t\u0001\u007fé🔑\u2028'), '"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007fé🔑\u2028"');
});

test('the same value in any order of its keys has one text', () => {
  fc.assert(
    fc.property(fc.dictionary(keys, json, { noNullPrototype: true }), (object) => {
      const backwards = Object.fromEntries(Object.entries(object).toReversed());
      assert.equal(canonicalJson(backwards), canonicalJson(object));
    }),
    { seed: 20261123, numRuns: 300 },
  );
});

test('what is written is read back equal, by us and by JSON.parse', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      const wide = { charactersMax: 10_000_000, depthMax: DEPTH_MAX };
      assert.deepEqual(parseJson(text, wide), { ok: true, value });
      assert.deepEqual(JSON.parse(text), value);
    }),
    { seed: 20261123, numRuns: 500 },
  );
});

test('a text is read as JSON.parse reads it, or refused', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    '"a"',
    '"b"',
    '\\',
    '\\u0041',
    '\\ud83d',
    '1',
    '-',
    '0',
    '.',
    'e',
    'true',
    'null',
    ' ',
    '\n',
    '\u0001',
    '\ud800',
  );
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        fc.json({ maxDepth: 3 }),
      ),
      (text) => {
        const ours = parseForeignJson(text, limits);
        if (!ours.ok) return;
        accepted += 1;
        assert.deepEqual(ours.value, JSON.parse(text));
      },
    ),
    { seed: 20261123, numRuns: 3000 },
  );
  assert.ok(accepted > 500, `${accepted} texts were accepted`);
});

test('what has no canonical text is an assertion, not a guess', () => {
  const cases: readonly unknown[] = [
    undefined,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    1n,
    '\ud800',
    { '\udc00': 1 },
    [undefined],
    { a: undefined },
    new Date(0),
    new Map(),
    () => 1,
    Symbol('x'),
    JSON.parse('{"__proto__":1}'),
  ];
  for (const value of cases) assert.throws(() => canonicalJson(value as Json), { name: 'AssertionFailure' });
  // A list with a hole.
  assert.throws(() => canonicalJson(Array.from({ length: 1 }) as unknown as Json), { name: 'AssertionFailure' });
  const endless: { self?: unknown } = {};
  endless.self = endless;
  assert.throws(() => canonicalJson(endless as Json), { name: 'AssertionFailure' });
});

test('ordinary JSON with spaces and escapes is read', () => {
  assert.deepEqual(read(' { "a" : [ 1 , -2 , "\\u00e9\\ud83d\\udd11\\/" , true , false , null , { } , [ ] ] } \r\n'), {
    a: [1, -2, 'é🔑/', true, false, null, {}, []],
  });
});

test('what two readers could read differently is refused', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{"a":1,"a":2}', /once/],
    ['{"a":1,"\\u0061":2}', /once/],
    ['{"__proto__":{}}', /no key __proto__/],
    ['{"\\u005f_proto__":{}}', /no key __proto__/],
    ['"\\ud800"', /surrogate/],
    ['"\ud800"', /surrogate/],
    ['9007199254740993', /safe integer/],
    ['1.0', /safe integer/],
    ['1e2', /safe integer/],
    ['-0', /safe integer/],
    ['01', /nothing after/],
    ['+1', /JSON value/],
    ['NaN', /JSON value/],
    ['', /JSON value/],
    ['nul', /JSON value/],
    ['truex', /nothing after/],
    ['1 2', /nothing after/],
    ['[1,]', /JSON value/],
    ['[1', /comma or \]/],
    ['{"a":1,}', /key in quotes/],
    ['{a:1}', /key in quotes/],
    ['{"a" 1}', /colon/],
    ["'a'", /JSON value/],
    ['"a', /that ends/],
    ['"a\nb"', /control/],
    ['"\\x"', /known escape/],
    ['"\\u12"', /known escape/],
    ['// c\n1', /JSON value/],
    ['\uFEFF1', /JSON value/],
    ['['.repeat(17) + ']'.repeat(17), /at most 16/],
    [`"${'a'.repeat(100_000)}"`, /at most 100000/],
  ];
  for (const [text, expected] of cases) assert.match(refusal(text), expected, text.slice(0, 60));
});

test('a refusal names the position and never the content', () => {
  assert.equal(refusal('{"secret":"canary" "x"}'), 'expected a comma or } at position 19');
});

test('a fraction is foreign: refused in our own formats, skipped over in what an exchange says', () => {
  assert.deepEqual(parseForeignJson('{"a":0.5,"b":1e3,"c":"0.5"}', limits), { ok: true, value: { a: 0.5, b: 1000, c: '0.5' } });
  assert.ok(!parseForeignJson('1e999', limits).ok);
});
