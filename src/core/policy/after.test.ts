import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inverse, spot, swap } from '../../../test/support/policy-samples.ts';
import { add, compare, decimal, formatDecimal, multiply, subtract } from '../money/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Side } from '../order/intent.ts';
import { lossAtStop } from './after.ts';

const d = decimal;

function lossOf(
  instrument: Instrument,
  side: Side,
  [size, price, stop, slippage]: readonly [string, string, string, string],
  rate = '1',
): string {
  return formatDecimal(
    lossAtStop({ instrument, side, size: d(size), price: d(price), stopLoss: d(stop), slippage: d(slippage), rate: d(rate) }),
  );
}

test('without slippage it is the way to the stop and the fees of both orders, in the units of each kind of instrument', () => {
  // Spot: 1 BTC, 100 of way, 0.1 % of 1,000 and of 900.
  assert.equal(lossOf(spot, 'buy', ['1', '1000', '900', '0']), '101.9');
  // 100 contracts of 0.01 BTC are 1 BTC; 0.05 % each.
  assert.equal(lossOf(swap, 'buy', ['100', '1000', '900', '0']), '100.95');
  assert.equal(lossOf(swap, 'sell', ['100', '1000', '1100', '0']), '101.05');
  // 10 contracts of 100 USD: a fall by a tenth costs a tenth of 1,000 USD at the price of then, and 0.05 % twice.
  assert.equal(lossOf(inverse, 'buy', ['10', '100', '90', '0']), '101');
  assert.equal(lossOf(inverse, 'sell', ['10', '100', '110', '0']), '101');
});

test('slippage puts the end beyond the stop, whichever way the position goes, and a dearer coin costs more dollars', () => {
  assert.equal(lossOf(swap, 'buy', ['100', '1000', '900', '0.01']), '109.95');
  assert.equal(lossOf(swap, 'sell', ['100', '1000', '1100', '0.01']), '112.06');
  assert.equal(lossOf(spot, 'buy', ['1', '1000', '900', '0'], '1.01'), '102.92');
});

test('a stop on the side of the profit loses nothing, and never less than nothing', () => {
  assert.equal(lossOf(spot, 'buy', ['1', '1000', '1100', '0']), '0');
});

test('a stop further away, more slippage and a worse entry never lose less', () => {
  let more = 0;
  const whole = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(
      fc.constantFrom(spot, swap, inverse),
      fc.constantFrom<Side>('buy', 'sell'),
      whole,
      whole,
      whole,
      (instrument, side, far, further, slip) => {
        const way = side === 'buy' ? subtract : add;
        const at = (distance: number, slippage: number, worse: number) =>
          lossAtStop({
            instrument,
            side,
            size: d('3'),
            price: (side === 'buy' ? add : subtract)(d('10000'), d(String(worse))),
            stopLoss: way(d('9000'), d(String(distance))),
            slippage: multiply(d(String(slippage)), d('0.0001')),
            rate: d('1'),
          });
        const least = at(far, 0, 0);
        for (const other of [at(far + further, 0, 0), at(far, slip, 0), at(far, 0, further)]) {
          assert.ok(compare(other, least) >= 0);
          if (compare(other, least) > 0) more += 1;
        }
      },
    ),
    { seed: 1, numRuns: 100 },
  );
  assert.ok(more > 200, `${more} of 300 lost more`);
});
