import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseToml, type TomlValue } from '../lang/toml.ts';
import { type Decimal, decimal, formatDecimal } from '../money/decimal.ts';
import {
  choice,
  count,
  duration,
  type Field,
  flag,
  formatConfigurationError,
  formatDuration,
  formatPercentage,
  list,
  listen,
  numberAboveZero,
  percentage,
  readTable,
  type Shape,
  tableOf,
  text,
  usdAboveZero,
  usdOrZero,
} from './fields.ts';

function value(written: string): TomlValue {
  const parsed = parseToml(`\nkey = ${written}\n`);
  assert.ok(parsed.ok, written);
  const entry = parsed.value.entries.get('key');
  assert.ok(entry !== undefined);
  return entry.value;
}

/** The value that is read, or the message of the refusal; its line and key are always those of the entry. */
function read<Value>(field: Field<Value>, written: string): Value | string {
  const result = field(value(written), 'key');
  if (result.ok) return result.value;
  assert.deepEqual([result.error.line, result.error.key], [2, 'key']);
  return result.error.message;
}

const shown = (result: Decimal | string) => (typeof result === 'string' ? result : formatDecimal(result));

test('an amount of dollars is a plain number, and each mistake is told apart', () => {
  const above = 'expected a number of USD above zero, such as 50';
  assert.equal(shown(read(usdAboveZero, '0.01')), '0.01');
  for (const wrong of ['0', '-1', 'true', '{ usd = 1 }', '[1]']) assert.equal(read(usdAboveZero, wrong), above, wrong);
  assert.equal(read(usdAboveZero, '"50"'), `${above}, without quotes`);
  assert.equal(read(usdAboveZero, '"5%"'), `${above}; this key takes no percentage`);
  const zero = 'expected a number of USD, zero or more, such as 50';
  assert.equal(shown(read(usdOrZero, '0')), '0');
  assert.equal(read(usdOrZero, '-0.01'), zero);
  assert.equal(read(usdOrZero, '"0"'), `${zero}, without quotes`);
  assert.equal(shown(read(numberAboveZero, '1.5')), '1.5');
  assert.equal(read(numberAboveZero, '0'), 'expected a number above zero, such as 3');
});

test('a count is a whole number within its bounds, both included', () => {
  const field = count({ least: 2, most: 5 });
  for (const within of [2, 3, 5]) assert.equal(read(field, String(within)), within);
  for (const wrong of ['1', '6', '2.0', '-3', '"3"', 'true', '99999999999999999999'])
    assert.equal(read(field, wrong), 'expected a whole number from 2 to 5, without quotes', wrong);
  const large = count({ least: 0, most: Number.MAX_SAFE_INTEGER });
  assert.equal(read(large, '9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.equal(read(large, '9007199254740992'), 'expected a whole number from 0 to 9007199254740991, without quotes');
});

test('a percentage is a text above zero, at most its bound, and is read as a share', () => {
  const field = percentage({ most: decimal('0.5') });
  assert.equal(shown(read(field, '"0.5%"')), '0.005');
  assert.equal(shown(read(field, '"50%"')), '0.5');
  for (const wrong of ['"50.01%"', '"0%"', '"-1%"', '"%"', '"1"', '"25"', '"1 %"', '0.5', 'true', '["1%"]'])
    assert.equal(read(field, wrong), 'expected a percentage above zero in quotes, at most 50%, such as "0.5%"', wrong);
  assert.equal(formatPercentage(decimal('0.005')), '0.5%');
});

test('a duration has one of five units, and is read as milliseconds within its bounds, both included', () => {
  const wide = duration({ least: '0s', most: '30d' });
  for (const [written, milliseconds] of [
    ['0s', 0],
    ['1ms', 1],
    ['30s', 30_000],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['999999999ms', 999_999_999],
  ] as const)
    assert.equal(read(wide, `"${written}"`), milliseconds);
  const message = 'expected a duration in quotes from 1s to 1m, such as "30s" (units: ms, s, m, h, d)';
  const narrow = duration({ least: '1s', most: '1m' });
  assert.equal(read(narrow, '"1s"'), 1000);
  assert.equal(read(narrow, '"60s"'), 60_000);
  for (const wrong of [
    '"999ms"',
    '"61s"',
    '30',
    '"30"',
    '"030s"',
    '" 30s"',
    '"30s "',
    '"1.5s"',
    '"30 s"',
    '"30sec"',
    '"-1s"',
    '"1234567890ms"',
    '["1s"]',
  ])
    assert.equal(read(narrow, wrong), message, wrong);
});

test('a duration is told in the largest unit that divides it', () => {
  assert.deepEqual([0, 1, 1000, 1500, 60_000, 90_000, 3_600_000, 86_400_000, 172_800_000].map(formatDuration), [
    '0s',
    '1ms',
    '1s',
    '1500ms',
    '1m',
    '90s',
    '1h',
    '1d',
    '2d',
  ]);
});

test('a flag is true or false, and a word one of a few', () => {
  assert.equal(read(flag, 'true'), true);
  assert.equal(read(flag, 'false'), false);
  for (const wrong of ['"true"', '1']) assert.equal(read(flag, wrong), 'expected true or false, without quotes');
  const word = choice(['one', 'two']);
  assert.equal(read(word, '"two"'), 'two');
  for (const wrong of ['"three"', '"One"', 'true', '["one"]']) assert.equal(read(word, wrong), 'expected "one" or "two"', wrong);
});

test('a text fits its shape, has at most 1,024 characters and none that could forge a line', () => {
  const field = text({ expected: 'expected letters', fits: /^[a-z\t\n\x85]+$/ });
  assert.equal(read(field, '"abc"'), 'abc');
  assert.equal(read(field, `"${'a'.repeat(1024)}"`), 'a'.repeat(1024));
  for (const wrong of [`"${'a'.repeat(1025)}"`, '""', '"A"', '"a\\nb"', '"a\\t"', '"\\ta"', 'true', '5'])
    assert.equal(read(field, wrong), 'expected letters', wrong);
});

test('a list has 1 to 100 items, and the first wrong one is told', () => {
  const field = list('expected words', choice(['a', 'b']));
  assert.deepEqual(read(field, '["a", "b", "a"]'), ['a', 'b', 'a']);
  assert.deepEqual(
    read(field, `[${'"a",'.repeat(100)}]`),
    Array.from({ length: 100 }, () => 'a'),
  );
  for (const wrong of ['[]', `[${'"a",'.repeat(101)}]`, '"a"', '{ a = 1 }']) assert.equal(read(field, wrong), 'expected words', wrong);
  assert.equal(read(field, '["a", "c", 5]'), 'expected "a" or "b"');
});

test('a table has only keys that are known, and a near miss is told the name that was meant', () => {
  const shape = { max_order_size: usdAboveZero, require_reason: flag } satisfies Shape;
  const field = tableOf(shape);
  assert.deepEqual(read(field, '{ require_reason = true }'), { require_reason: true });
  for (const wrong of ['5', '[1]', '"x"']) assert.equal(read(field, wrong), 'expected a table with max_order_size, require_reason');
  const refused = (key: string, name: string) => {
    const parsed = parseToml(`\n${key} = 1\n`);
    assert.ok(parsed.ok);
    const result = readTable(parsed.value, { name, shape });
    assert.ok(!result.ok);
    return formatConfigurationError({ file: 'twokey.toml', error: result.error });
  };
  const list_ = 'remove it, or see the list of keys in twokey.toml';
  assert.equal(refused('something', 'policy'), `twokey.toml line 2: something: unknown key in [policy]; ${list_}`);
  assert.equal(refused('something', ''), `twokey.toml line 2: something: unknown table or key at the top of the file; ${list_}`);
  for (const near of ['max_ordersize', 'max_order_sise', 'max_order_sizes', 'ax_order_size', 'mox_order_sizo', 'amx_order_size'])
    assert.equal(refused(near, 'policy'), `twokey.toml line 2: ${near}: unknown key in [policy]; did you mean max_order_size?`);
  for (const far of ['max_order', 'order_size', 'mox_ordor_sizo']) assert.match(refused(far, 'policy'), /remove it/, far);
  const secret = 'secrets stand in credentials.toml, never here';
  for (const key of ['api_key', 'api_secret', 'secret_key', 'passphrase', 'secrets'])
    assert.equal(refused(key, 'exchange'), `twokey.toml line 2: ${key}: unknown key in [exchange]; ${secret}`);
  const address = 'the address follows from site and environment and cannot be set here';
  assert.equal(refused('base_url', 'exchange'), `twokey.toml line 2: base_url: unknown key in [exchange]; ${address}`);
  for (const inherited of ['constructor', 'toString']) assert.match(refused(inherited, 'policy'), /unknown key/);
});

test('an error of the whole file names no key', () => {
  const error = { line: 3, key: '', message: 'expected something else' };
  assert.equal(formatConfigurationError({ file: 'ceiling.toml', error }), 'ceiling.toml line 3: expected something else');
});

test('a server of ours listens on this machine only', () => {
  assert.deepEqual(read(listen, '"127.0.0.1:7390"'), { host: '127.0.0.1', port: 7390 });
  assert.deepEqual(read(listen, '"[::1]:0"'), { host: '::1', port: 0 });
  assert.deepEqual(read(listen, '"127.0.0.1:65535"'), { host: '127.0.0.1', port: 65_535 });
  const message = 'expected 127.0.0.1 or [::1] and a port, such as "127.0.0.1:7390"; from elsewhere come through ssh -L';
  for (const wrong of [
    '"127.0.0.1:65536"',
    '"127.0.0.1"',
    '"127.0.0.1:"',
    '"127.0.0.1:01"',
    '"127.0.0.1:123456"',
    '"x127.0.0.1:1"',
    '"127.0.0.1:1x"',
    '"127x0.0.1:1"',
    '"127.0x0.1:1"',
    '"127.0.0x1:1"',
    '"::1:1"',
    '"0.0.0.0:1"',
    '7390',
  ])
    assert.equal(read(listen, wrong), message, wrong);
});
