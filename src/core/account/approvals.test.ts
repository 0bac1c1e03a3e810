import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from '../money/decimal.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { OrderTerms } from '../order/order.ts';
import { approvalIdOf, digestOf } from './approvals.ts';

test('what a person types is 4 to 6 characters without any that look alike, another one for each entry of the journal', () => {
  const seen = new Set<string>();
  for (let seq = 1; seq <= 5000; seq += 1) seen.add(approvalIdOf(seq));
  assert.equal(seen.size, 5000);
  for (const id of seen) assert.match(id, /^[2-9a-hjkmnp-z]{4}$/);
  assert.match(approvalIdOf(31 ** 5 - 1), /^[2-9a-hjkmnp-z]{6}$/);
});

test('one wrong letter, or two that changed places, name no other question', () => {
  const letters = Array.from('23456789abcdefghjkmnpqrstuvwxyz');
  const valid = new Set<string>();
  for (let seq = 0; seq < 31 ** 3; seq += 1) valid.add(approvalIdOf(seq));
  for (const seq of [1, 30, 31, 977, 4711, 29_790]) {
    const id = approvalIdOf(seq);
    for (let place = 0; place < id.length; place += 1) {
      for (const letter of letters) {
        const slip = id.slice(0, place) + letter + id.slice(place + 1);
        assert.equal(valid.has(slip), slip === id, `${id} and ${slip}`);
      }
      const swapped = Array.from(id);
      [swapped[place], swapped[place - 1]] = [swapped[place - 1] ?? '', swapped[place] ?? ''];
      if (place > 0) assert.equal(valid.has(swapped.join('')), swapped.join('') === id, `${id} and ${swapped.join('')}`);
    }
  }
});

test('the digest of what was shown changes with everything that a person agrees to', () => {
  const terms: OrderTerms = {
    instrument: 'BTC-USDT' as InstrumentId,
    product: 'spot',
    side: 'buy',
    leg: 'net',
    type: 'ioc',
    size: decimal('0.001'),
    price: decimal('60300'),
    reduceOnly: false,
    purpose: 'entry',
  };
  const others: readonly OrderTerms[] = [
    terms,
    { ...terms, instrument: 'ETH-USDT' as InstrumentId },
    { ...terms, side: 'sell' },
    { ...terms, leg: 'long' },
    { ...terms, type: 'limit' },
    { ...terms, size: decimal('0.0011') },
    { ...terms, price: decimal('60300.1') },
  ];
  const bare = { takeProfit: null, stopLoss: null };
  const stops = [
    { ...bare, stopLoss: decimal('59000') },
    { ...bare, takeProfit: decimal('59000') },
  ];
  const digests = [...others.map((each) => digestOf(each, bare)), ...stops.map((each) => digestOf(terms, each))];
  assert.equal(new Set(digests).size, digests.length);
  assert.equal(digestOf({ ...terms, size: decimal('0.0010') }, bare), digestOf(terms, bare), 'one amount has one digest');
});
