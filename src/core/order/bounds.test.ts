import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounds, expected, expectedChoice, expectedInteger, isEvidence, isPlainLine, isReason, utf8Length } from './bounds.ts';

type Shape = 'principal' | 'intentId' | 'clientOrderId' | 'label' | 'holding' | 'instrument' | 'amount' | 'weight';

const digits = (count: number) => '1'.repeat(count);

/** The longest and the most unusual that fits, and what is one step outside. */
const shapes: Readonly<Record<Shape, { readonly fits: readonly string[]; readonly refused: readonly string[] }>> = {
  principal: { fits: ['a', '0-z9', 'x'.repeat(32)], refused: ['', 'x'.repeat(33), 'A', 'a_b', 'a\n', ' a', 'a '] },
  intentId: { fits: ['a', 'Az09._:-', 'x'.repeat(64)], refused: ['', 'x'.repeat(65), 'a b', 'a/b', ' a', 'a '] },
  clientOrderId: { fits: ['a', 'Az09', 'x'.repeat(32)], refused: ['', 'x'.repeat(33), 'a-b', ' a', 'a '] },
  label: { fits: ['a', 'Az 09._:-', 'x'.repeat(64)], refused: ['', 'x'.repeat(65), 'a/b', '/a', 'a/'] },
  holding: { fits: ['1m', '8h', '999d'], refused: ['', '0h', '08h', '1000m', '8', 'h', '8s', '8 h', '-8h', ' 8h', '8h '] },
  instrument: {
    fits: ['BTC-USDT', 'ABC', 'BTC-USDT-261225', `A${'-'.repeat(30)}9`],
    refused: ['AB', 'btc-usdt', '-BTC', 'BTC-', `A${'-'.repeat(31)}9`, 'BTC_USDT', ' BTC', 'BTC '],
  },
  amount: {
    fits: ['1', '0.1', '10', '0.0000001', `${digits(30)}.${digits(30)}`],
    refused: ['0', '0.0', '-1', '+1', '01', '1.', '.1', '1e5', ' 1', '1 ', '', digits(31), `0.${digits(31)}`],
  },
  weight: {
    fits: ['0', '0.0', '1', '-1', '1.0', '-1.00', '0.25', '-0.25', '-0.01', `0.${digits(30)}`, `1.${'0'.repeat(30)}`],
    refused: [
      '-0',
      '-0.0',
      '-0.00',
      '1.1',
      '2',
      '-2',
      '10',
      '0.',
      '1.',
      '.5',
      '+1',
      '00',
      '25%',
      '',
      `0.${digits(31)}`,
      `1.${'0'.repeat(31)}`,
    ],
  },
};

for (const [name, { fits, refused }] of Object.entries(shapes)) {
  test(`the shape of ${name} takes what is just within its bounds, and nothing one step beyond`, () => {
    const shape = bounds[name as Shape];
    for (const text of fits) assert.ok(shape.test(text), `${text} fits`);
    for (const text of refused) assert.ok(!shape.test(text), `${text} is refused`);
  });
}

test('a line is plain when a person sees all of it, in the direction in which it is written', () => {
  for (const text of ['', 'buy the dip', 'grün 日本 \u{1f469}\u200d\u{1f467}', 'a\u200cb']) assert.ok(isPlainLine(text), text);
  const unseen = ['\u0000', '\n', '\u007f', '\u009f', '\u2028', '\u2029', '\u061c', '\u200b', '\u200e', '\u200f', '\u202a', '\u202e'];
  const more = ['\u2060', '\u206f', '\ufeff', '\ufff9', '\ufffb', '\u{e0000}', '\u{e0fff}', '\ud800'];
  for (const text of [...unseen, ...more]) assert.ok(!isPlainLine(`a${text}b`), JSON.stringify(text));
});

test('bytes are counted as UTF-8 has them', () => {
  for (const text of ['', 'a', '\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10000}', 'aé€👍'])
    assert.equal(utf8Length(text), Buffer.byteLength(text), JSON.stringify(text));
});

test('a reason has at most 2,048 bytes, and a piece of evidence 1 to 500 characters', () => {
  assert.ok(isReason('x'.repeat(2048)) && isReason('€'.repeat(682)) && isReason(''));
  assert.ok(!isReason('x'.repeat(2049)) && !isReason('€'.repeat(683)) && !isReason('a\nb'));
  assert.ok(isEvidence('x') && isEvidence('x'.repeat(500)));
  assert.ok(!isEvidence('') && !isEvidence('x'.repeat(501)) && !isEvidence('a\nb'));
});

test('what was expected is said in one sentence each, with its bounds', () => {
  assert.deepEqual(Object.values(expected), [
    'is missing',
    'is not an argument of this tool',
    'expected an object of arguments',
    'expected 1 to 64 of A-Z a-z 0-9 . _ : -',
    'expected 1 to 32 of A-Z a-z 0-9',
    'expected 1 to 64 of A-Z a-z 0-9 space . _ : -',
    'expected an instrument such as "BTC-USDT"',
    'expected a plain decimal above zero as a text, such as "0.25": no exponent, spaces, sign or leading zeros',
    'expected a time of 1 to 999 minutes, hours or days, such as "30m", "8h" or "2d"',
    'expected true or false',
    'expected one line of text of at most 2048 bytes without control characters',
    'expected at most 10 texts',
    'expected one line of 1 to 500 characters without control characters',
    'expected 1 to 10 targets',
    'expected {"instrument": "BTC-USDT", "weight": "0.25"}: a weight is a share of base_usd from -1 to 1, as a text',
    'name each instrument once',
    'the weights, without their signs, add up to more than 1: a quarter is 0.25',
    'a market order has no price; leave it out or use type limit',
    'is missing: every type but market needs a price',
    'is missing: required unless quantity_unit is usd',
    'is missing: give stop_loss, take_profit or both',
    'give instrument or client_order_id, not both',
    'goes with view book only',
    'goes with view candles only',
  ]);
  assert.equal(expectedChoice(['buy', 'sell']), 'expected one of buy, sell');
  assert.equal(expectedInteger({ from: 1, to: 20 }), 'expected a whole number from 1 to 20');
});
