// Found by simulation, seed 1001: short 0.27, with buys of 0.6 resting that had counted on it, a reduce-only buy of 0.19 passed because the instrument stayed
// within max_position_size; filled first it left 0.52 to become long, more than max_total_exposure had room for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../src/core/policy/decide.ts';
import { decideProtection } from '../../src/core/policy/protect.ts';
import type { IntentId } from '../../src/core/order/intent.ts';
import { alpha, asking, closing, d, held, openOrder, swap } from '../support/policy-samples.ts';

/** Worth 600 USD at 60,000 each: long 1, and plain sells of 4 rest. */
const beside = { positions: [[swap, held('1')]], orders: [openOrder(swap, 'sell', '4')] } as const;

test('an exit that would let resting orders pass any limit on what may be held is refused, and says what to cancel', () => {
  const close = (policy: Parameters<typeof asking>[1]) => decide(asking(closing({ instrument: swap.id }), { ...beside, ...policy }));
  const wide = { maxPositionSize: d('10000'), maxTotalExposure: d('10000'), maxUnderlyingExposure: d('10000') };
  assert.equal(close({ policy: wide }).kind, 'allow');
  for (const limit of ['maxPositionSize', 'maxTotalExposure', 'maxUnderlyingExposure'] as const) {
    const decision = close({ policy: { ...wide, [limit]: d('2000') } });
    assert.ok(decision.kind === 'deny', limit);
    assert.equal(decision.code, 'NOT_REDUCING');
    assert.match(decision.message, /of at most 2,?000.*cancel those first/);
  }
});

test('a stop that would do the same is refused as well', () => {
  const protect = (policy: Parameters<typeof asking>[1]) => {
    const { books, circumstances, policy: limits, sharedPositions } = asking(closing(), { ...beside, ...policy });
    const intent = { kind: 'protect', principal: alpha, intentId: 's1' as IntentId, reason: 'a test', evidence: [], strategy: '' } as const;
    return decideProtection({
      books,
      circumstances,
      policy: limits,
      sharedPositions,
      intent: { ...intent, instrument: swap.id, stopLoss: d('58000'), takeProfit: null },
    });
  };
  const wide = { maxPositionSize: d('10000'), maxTotalExposure: d('10000') };
  assert.equal(protect({ policy: wide }).kind, 'allow');
  for (const limit of ['maxPositionSize', 'maxTotalExposure'] as const) {
    const decided = protect({ policy: { ...wide, [limit]: d('2000') } });
    assert.ok(decided.kind === 'deny', limit);
    assert.match(decided.message, /could turn BTC-USDT-SWAP to the other side.*cancel those first/);
  }
});
