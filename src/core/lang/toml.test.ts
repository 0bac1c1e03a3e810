import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseToml, TOML_CHARACTERS_MAX, type TomlProblem, type TomlTable, type TomlValue } from './toml.ts';

type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** The tree without its lines; numbers as `#text`, so that 1 and "1" stay different. */
function plain(value: TomlValue): Plain {
  switch (value.kind) {
    case 'text':
      return value.value;
    case 'number':
      return `#${value.text}`;
    case 'boolean':
      return value.value;
    case 'list':
      return value.items.map(plain);
    case 'table':
      return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]));
  }
}

function read(text: string): TomlTable {
  const parsed = parseToml(text);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.error));
  return parsed.value;
}

function refusal(text: string): TomlProblem {
  const parsed = parseToml(text);
  assert.ok(!parsed.ok, `should have been refused: ${text}`);
  return parsed.error;
}

test('every kind of value is read, with the line of its key and its own line', () => {
  const root = read(
    '# head\nname = "a"\n\n[policy]\nlist = [\n  1, # one\n  2,\n]\nrate = { per_second = 10, per_minute = 120 }\non = true\noff = false\n',
  );
  assert.deepEqual(plain(root), {
    name: 'a',
    policy: { list: ['#1', '#2'], rate: { per_second: '#10', per_minute: '#120' }, on: true, off: false },
  });
  const policy = root.entries.get('policy');
  assert.equal(policy?.line, 4);
  assert.ok(policy.value.kind === 'table');
  const list = policy.value.entries.get('list');
  assert.equal(list?.line, 5);
  assert.ok(list.value.kind === 'list');
  assert.deepEqual(
    list.value.items.map((item) => item.line),
    [6, 7],
  );
  assert.equal(policy.value.entries.get('rate')?.line, 9);
});

test('numbers keep the text they were written with', () => {
  const text = 'a = 0\nb = -1\nc = 0.10\nd = 123456789012345678901234567890.000000000000000000000000000001\n';
  assert.deepEqual(plain(read(text)), {
    a: '#0',
    b: '#-1',
    c: '#0.10',
    d: '#123456789012345678901234567890.000000000000000000000000000001',
  });
});

test('headers nest, may come before their parent, and lists of tables grow', () => {
  const text =
    '[a.b]\nx = 1\n[a]\ny = 2\n[[alerts.sinks]]\nkind = "log"\n[[alerts.sinks]]\nkind = "ntfy"\n[alerts.sinks.more]\nz = 3\n[alerts]\nw = 4\n[agents."x-1"]\n[ c . \'d e\' ]\n';
  assert.deepEqual(plain(read(text)), {
    a: { b: { x: '#1' }, y: '#2' },
    alerts: { sinks: [{ kind: 'log' }, { kind: 'ntfy', more: { z: '#3' } }], w: '#4' },
    agents: { 'x-1': {} },
    c: { 'd e': {} },
  });
});

test('texts with the characters that secrets have come through unchanged', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['"a # b"', 'a # b'],
    ['"a = b == \'c\'"', "a = b == 'c'"],
    [String.raw`"say \"hi\" \\ \n\t|"`, 'say "hi" \\ \n\t|'],
    [String.raw`'C:\keys\n "q" # = '`, String.raw`C:\keys\n "q" # = `],
    [String.raw`"\u00e9\U0001F511"`, 'é🔑'],
    ['"é🔑 p@$$w0rd!%^&*()[]{}<>,.;:~`|/?"', 'é🔑 p@$$w0rd!%^&*()[]{}<>,.;:~`|/?'],
    ['"  spaces  "', '  spaces  '],
    ['"tab\there"', 'tab\there'],
    ['""', ''],
    ["''", ''],
  ];
  for (const [written, meant] of cases) assert.deepEqual(plain(read(`secret = ${written} # comment\r\n`)), { secret: meant }, written);
});

test('a byte order mark, CRLF, tabs and a missing last line end are fine', () => {
  assert.deepEqual(plain(read('\uFEFFa\t=\t1\r\n\r\n# c\r\n[b] # d\r\nc = [\r\n1,\r\n]')), { a: '#1', b: { c: ['#1'] } });
  assert.deepEqual(plain(read('')), {});
  assert.deepEqual(plain(read('\uFEFF')), {});
});

test('what is not in the subset is refused on its line', () => {
  const cases: readonly (readonly [text: string, line: number, expected: RegExp])[] = [
    ['\na = 1e5', 2, /no exponent/],
    ['a = 1_000', 1, /underscore/],
    ['a = +1', 1, /plus sign/],
    ['a = 01', 1, /plain number/],
    ['a = .5', 1, /plain number/],
    ['a = 1.', 1, /plain number/],
    ['a = 0x1F', 1, /plain number/],
    ['a = -0', 1, /minus sign/],
    ['a = -0.00', 1, /minus sign/],
    ['a = nan', 1, /not nan or inf/],
    ['a = -inf', 1, /not nan or inf/],
    ['a = NaN', 1, /not nan or inf/],
    [`a = ${'1'.repeat(31)}`, 1, /30 digits/],
    [`a = 0.${'1'.repeat(31)}`, 1, /30 digits/],
    ['a = 1979-05-27', 1, /date/],
    ['a = 07:32:00', 1, /date/],
    ['a = 30s', 1, /in quotes/],
    ['a = 50 USD', 1, /nothing more on this line/],
    ['a = True', 1, /true, false/],
    ['a = text', 1, /in quotes/],
    ['a =', 1, /expected a value/],
    ['a = # none', 1, /expected a value/],
    ['a', 1, /key = value/],
    ['= 1', 1, /key = value/],
    ['"" = 1', 1, /not empty/],
    ['a.b = 1', 1, /no dot/],
    ['a = """x"""', 1, /one line/],
    ["a = '''x'''", 1, /one line/],
    ['a = "x', 1, /closing quote/],
    ['a = "x\ny"', 1, /closing quote/],
    ["a = 'x", 1, /closing quote/],
    [String.raw`a = "\x41"`, 1, /uXXXX/],
    [String.raw`a = "\r"`, 1, /uXXXX/],
    [String.raw`a = "\u12"`, 1, /uXXXX/],
    [String.raw`a = "\ud800"`, 1, /Unicode/],
    [String.raw`a = "\U00110000"`, 1, /Unicode/],
    [String.raw`a = "\u0000"`, 1, /control/],
    ['a = "\u0000"', 1, /control/],
    ['a = "x\u007f"', 1, /control/],
    ['# c\u0001', 1, /control/],
    ['a = 1\rb = 2', 1, /nothing more/],
    ['a = 1\na = 2', 2, /once/],
    ['[a]\n[b]\n[a]', 3, /once/],
    ['a = 1\n[a]', 2, /once/],
    ['a = 1\n[a.b]', 2, /already has a value/],
    ['a = { b = 1 }\n[a]', 2, /once/],
    ['a = { b = 1 }\n[a.c]', 2, /already has a value/],
    ['[a.b]\n[a]\nb = 1', 3, /once/],
    ['a = [1]\n[[a]]', 2, /another value/],
    ['[a]\n[[a]]', 2, /another value/],
    ['[[a]]\n[a]', 2, /once/],
    ['a = { b = 1, b = 2 }', 1, /once/],
    ['a = { b = 1, }', 1, /key = value/],
    ['a = { b = 1\n}', 1, /one line/],
    ['a = { b = 1', 1, /one line/],
    ['a = [1 2]', 1, /comma or \]/],
    ['a = [1,\n2', 2, /comma or \]/],
    ['a = [,]', 1, /expected a value/],
    ['[a', 1, /end with \]/],
    ['[a]]', 1, /nothing more/],
    ['[[a]', 1, /end with \]\]/],
    ['[]', 1, /key = value/],
    ['[a.]', 1, /key = value/],
    ['[a] b = 1', 1, /nothing more/],
    ['ключ = 1', 1, /key = value/],
    ['a = 1 \u00a0', 1, /nothing more/],
    ['a = "\ud800"', 1, /UTF-8/],
    [`a = ${'['.repeat(9)}${']'.repeat(9)}`, 1, /at most 8/],
    ['[a.b.c.d.e.f.g.h.i]', 1, /at most 8/],
    [' '.repeat(TOML_CHARACTERS_MAX + 1), 1, /at most 262144/],
  ];
  for (const [text, line, expected] of cases) {
    const problem = refusal(text);
    assert.match(problem.message, expected, text.slice(0, 80));
    assert.equal(problem.line, line, text.slice(0, 80));
  }
});

test('the key of a refused value is named', () => {
  assert.equal(refusal('[policy]\nmax_order_size = NaN').key, 'max_order_size');
  assert.equal(refusal('[policy]\nmax_order_size=1e5').key, 'max_order_size');
  assert.equal(refusal('[policy]\nmax_order_size =').key, 'max_order_size');
  assert.equal(refusal('rate = { per_second = 1e5 }').key, 'per_second');
  assert.equal(refusal('rate = { per_second = 1 per_minute = 2 }').key, 'rate');
  assert.equal(refusal('[policy]\n[policy]').key, 'policy');
});

test('a refusal never repeats a secret, wherever in the file it slipped', () => {
  const secrets = [
    'c2VjcmV0LXRleHQ',
    '3f2b9c1e-77aa-4d3b-9f10-2b6c8d1e5a47',
    'ABCDEF0123456789ABCDEF0123456789',
    'abcdef0123456789abcdef0123456789',
    'Pass=word1!',
    'p"q\\r#s',
  ];
  const shapes: readonly ((secret: string) => string)[] = [
    (secret) => secret,
    (secret) => `${secret}=`,
    (secret) => `${secret}==`,
    (secret) => `${secret} = ${secret}`,
    (secret) => `${secret}=x`,
    (secret) => `api_secret = ${secret}`,
    (secret) => `api_secret = "${secret}`,
    (secret) => `api_secret = "${secret}" ${secret}`,
    (secret) => `api_secret = "${secret}\\x"`,
    (secret) => `api_secret = '${secret}\n'`,
    (secret) => `"${secret}" = nan`,
    (secret) => `'${secret}' 1`,
    (secret) => `[${secret}`,
    (secret) => `[${secret}]\n[${secret}]`,
    (secret) => `api_secret = ["${secret}" ${secret}]`,
    (secret) => `api_secret = { "${secret}" = ${secret} }`,
    (secret) => `"${secret}" = 1\n"${secret}" = 2`,
  ];
  let refused = 0;
  for (const secret of secrets) {
    for (const shape of shapes) {
      const parsed = parseToml(`[exchange]\n${shape(secret)}\n`);
      if (parsed.ok) continue;
      refused += 1;
      const shown = JSON.stringify(parsed.error);
      for (let at = 0; at + 6 <= secret.length; at += 1)
        assert.ok(!shown.includes(secret.slice(at, at + 6)), `${shape.toString()} shows ${shown}`);
    }
  }
  assert.ok(refused > 80, `${refused} shapes were refused`);
});

test('any text written as a basic or literal text is read back exactly', () => {
  const written = (text: string): string => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
  const safe = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll(/[^\P{Cc}\t\n]/gu, ''));
  fc.assert(
    fc.property(safe, (text) => {
      assert.deepEqual(plain(read(`a = ${written(text)} # x`)), { a: text });
      const literal = text.replaceAll(/['\n]/g, '');
      assert.deepEqual(plain(read(`a = '${literal}'`)), { a: literal });
    }),
    { seed: 20261123, numRuns: 500 },
  );
});

test('no text makes the parser throw or hang', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '[[',
    ']]',
    '{',
    '}',
    '=',
    ',',
    '.',
    '"',
    "'",
    '\\',
    '#',
    '\n',
    '\r\n',
    '\r',
    ' ',
    'a',
    'b',
    '1',
    '-',
    '0',
    'true',
    '\ud800',
    '\u0000',
    '"""',
    '__proto__',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const parsed = parseToml(pieces.join(''));
      assert.equal(typeof parsed.ok, 'boolean');
      if (!parsed.ok) assert.ok(parsed.error.line >= 1);
    }),
    { seed: 20261123, numRuns: 3000 },
  );
});
