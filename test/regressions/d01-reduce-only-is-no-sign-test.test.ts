import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { GatewayBench } from '../support/gateway-bench.ts';
import { asking, held, swap, wish } from '../support/policy-samples.ts';

// Elsewhere REDUCE_ONLY looked at the sign of the position alone: flat, anything opened; long 1, a sell of 10 passed and left short 9.

const reducing = { reduceOnly: true };

test('flat and REDUCE_ONLY, nothing opens on either side, whether it says reduce-only or not', () => {
  for (const side of ['buy', 'sell'] as const) {
    const plain = decide(asking(wish(swap, side, '1'), { mode: 'REDUCE_ONLY' }));
    const said = decide(asking(wish(swap, side, '1', reducing), { mode: 'REDUCE_ONLY' }));
    assert.deepEqual([plain.kind === 'deny' && plain.code, said.kind === 'deny' && said.code], ['REDUCE_ONLY', 'NOT_REDUCING']);
  }
});

test('long 1, a sell of 10 is refused in every mode, says that 1 would pass, and is never trimmed', () => {
  for (const mode of ['ACTIVE', 'REDUCE_ONLY'] as const) {
    const decision = decide(asking(wish(swap, 'sell', '10', reducing), { mode, positions: [[swap, held('1')]] }));
    assert.ok(decision.kind === 'deny');
    assert.equal(decision.code, 'NOT_REDUCING');
    assert.equal(formatDecimal(decision.wouldBeAllowed ?? swap.lot), '1');
  }
});

test('what closes is counted while it is on its way, so that many small closes never turn the position', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  bench.operate('reduce_only');
  for (const size of ['0.6', '0.5', '0.4', '0.3']) bench.place(swap, 'sell', size, reducing);
  const closing = [...bench.state.openOrders.values()].map((order) => formatDecimal(order.size));
  assert.deepEqual(closing, ['0.6', '0.4']);
});
