import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import { formatCeiling, parseCeiling } from './ceiling-file.ts';
import { formatConfigurationError } from './fields.ts';

const whole = '[instruments."BTC-USDT"]\nmax_size = "0.002"\n\n[instruments."BTC-USDT-SWAP"]\nmax_size = "4"\n\n[rate]\nper_minute = 240\n';

test('a ceiling is read exactly and written back to the same text', () => {
  const parsed = parseCeiling(whole);
  assert.ok(parsed.ok);
  assert.deepEqual(
    [...parsed.value.instruments].map(([id, size]) => [id, formatDecimal(size)]),
    [
      ['BTC-USDT', '0.002'],
      ['BTC-USDT-SWAP', '4'],
    ],
  );
  assert.equal(parsed.value.perMinute, 240);
  assert.equal(formatCeiling(parsed.value), whole);
});

test('a ceiling that lacks something holds nothing back and is refused', () => {
  const cases: readonly (readonly [text: string, expected: RegExp])[] = [
    ['', /expected \[rate\] and one \[instruments/],
    ['[rate]\nper_minute = 1', /expected \[rate\] and one/],
    ['[instruments."BTC-USDT"]\nmax_size = "1"', /expected \[rate\] and one/],
    ['[instruments."BTC-USDT"]\n[rate]\nper_minute = 1', /line 1: BTC-USDT: expected max_size/],
    ['[instruments."BTC-USDT"]\nmax_size = "1"\n[rate]', /line 3: rate: expected per_minute/],
    ['[instruments."BTC-USDT"]\nmax_size = 1\n[rate]\nper_minute = 1', /line 2: max_size: expected a size above zero in quotes/],
    ['[instruments."BTC-USDT"]\nmax_size = "0"\n[rate]\nper_minute = 1', /above zero/],
    ['[instruments."BTC-USDT"]\nmax_size = "1e5"\n[rate]\nper_minute = 1', /above zero/],
    ['[instruments."btc"]\nmax_size = "1"\n[rate]\nper_minute = 1', /btc: expected \[instruments/],
    ['[instruments."BTC-USDT"]\nmax_sizes = "1"\n[rate]\nper_minute = 1', /did you mean max_size\?/],
    ['[instruments]\n[rate]\nper_minute = 0', /per_minute: expected a whole number/],
    ['[rates]', /did you mean rate\?/],
    ['instruments = 5', /expected a section \[instruments\]/],
  ];
  for (const [text, expected] of cases) {
    const parsed = parseCeiling(text);
    assert.ok(!parsed.ok, text);
    assert.match(formatConfigurationError({ file: 'ceiling.toml', error: parsed.error }), expected);
  }
});

test('what is wrong is told with its line and its key', () => {
  const cases: readonly (readonly [text: string, line: number, key: string, message: RegExp])[] = [
    ['x', 1, '', /^expected key = value$/],
    ['a = 1\na = 2', 2, 'a', /^expected each table and key once/],
    ['[rates]', 1, 'rates', /^unknown table or key at the top of the file; did you mean rate\?$/],
    ['[rate]', 1, '', /^expected \[rate\] and one/],
    ['[instruments]\n[rate]\nper_minutes = 1', 3, 'per_minutes', /^unknown key in \[rate\]; did you mean per_minute\?$/],
    ['[instruments]\n"BTC-USDT" = 5\n[rate]\nper_minute = 1', 2, 'BTC-USDT', /^expected \[instruments\."BTC-USDT"\] with max_size$/],
    [
      '[instruments."BTC-USDT"]\nmax_sizes = "1"\n[rate]\nper_minute = 1',
      2,
      'max_sizes',
      /^unknown key in \[instruments\."BTC-USDT"\]; did you mean max_size\?$/,
    ],
  ];
  for (const [text, line, key, message] of cases) {
    const parsed = parseCeiling(text);
    assert.ok(!parsed.ok, text);
    assert.deepEqual([parsed.error.line, parsed.error.key], [line, key], text);
    assert.match(parsed.error.message, message);
  }
});
