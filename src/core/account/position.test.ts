import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instrument } from '../market/instrument.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { add, decimal, equals, formatDecimal, isNegative, isZero, zero } from '../money/decimal.ts';
import type { Principal } from '../order/intent.ts';
import type { Position } from './books.ts';
import { changed, changeOf, isDust } from './position.ts';

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');
const names = ['alice', 'bob', 'carol'] as readonly string[] as readonly Principal[];
const spot: Instrument = {
  kind: 'spot',
  id: 'BTC-USDT' as InstrumentId,
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  tick: decimal('0.1'),
  lot: decimal('0.00000001'),
  minimum: decimal('0.00001'),
  maximum: decimal('9'),
  tradable: true,
};

const swap = 'BTC-USDT-SWAP' as InstrumentId;

test('the shares of the owners always add up to the position, and none has the other sign', () => {
  let reduced = 0;
  let flipped = 0;
  const trade = fc.record({
    by: fc.constantFrom(...names),
    size: fc.integer({ min: -5, max: 5 }).filter((size) => size !== 0),
  });
  fc.assert(
    fc.property(fc.array(trade, { minLength: 1, maxLength: 12 }), (trades) => {
      let position: Position | undefined;
      let total = 0;
      for (const [at, { by, size }] of trades.entries()) {
        const before = total;
        total += size;
        position = changed(position, { instrument: swap, leg: 'net', by, change: decimal(String(size)), at });
        if (before * size < 0) reduced += 1;
        if (before * total < 0) flipped += 1;
        assert.equal(formatDecimal(position.size), String(total));
        const shares = [...position.owners.values()];
        assert.ok(equals(shares.reduce(add, zero), position.size));
        assert.ok(shares.every((share) => !isZero(share) && isNegative(share) === isNegative(position?.size ?? zero)));
      }
    }),
    { seed, numRuns: 2000 },
  );
  assert.ok(reduced > 1000 && flipped > 300, `the property saw ${reduced} reductions and ${flipped} reversals`);
});

test('what somebody sells is taken from their own share first', () => {
  const opened = changed(changed(undefined, { instrument: swap, leg: 'net', by: names[0] as Principal, change: decimal('2'), at: 1 }), {
    instrument: swap,
    leg: 'net',
    by: names[1] as Principal,
    change: decimal('3'),
    at: 2,
  });
  const sold = changed(opened, { instrument: swap, leg: 'net', by: names[1] as Principal, change: decimal('-2'), at: 3 });
  assert.deepEqual(
    [...sold.owners].map(([name, share]) => `${name} ${formatDecimal(share)}`),
    ['alice 2', 'bob 1'],
  );
  assert.equal(sold.openedAt, 1);
  assert.equal(
    changed(sold, { instrument: swap, leg: 'net', by: names[0] as Principal, change: decimal('-5'), at: 9 }).openedAt,
    9,
    'a reversal opens anew',
  );
});

test('a fee in the base currency makes a spot purchase smaller than the order', () => {
  assert.equal(formatDecimal(changeOf(spot, { side: 'buy', size: decimal('0.1'), fee: decimal('-0.0001'), feeCurrency: 'BTC' })), '0.0999');
  assert.equal(formatDecimal(changeOf(spot, { side: 'sell', size: decimal('0.1'), fee: decimal('-6'), feeCurrency: 'USDT' })), '-0.1');
});

test('what is below the smallest order is dust, and nothing is not', () => {
  assert.equal(isDust(decimal('0.00000999'), spot), true);
  assert.equal(isDust(decimal('0.00001'), spot), false);
  assert.equal(isDust(zero, spot), false);
});
