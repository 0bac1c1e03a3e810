import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { encode } from '../../src/venues/okx/request.ts';
import { asking, closing, held, NOW, operator, swap, wish } from '../support/policy-samples.ts';

// Elsewhere a halt also refused what closes, so that a person had to go round the risk engine to get flat; and a way round that was added later
// lost the reduce-only flag, and sent another quantity than it had checked.

const positions = [[swap, held('3')]] as const;

test('in REDUCE_ONLY its agent closes, in HALTED the operator does, by the same decision as everything else', () => {
  assert.equal(decide(asking(closing({ instrument: swap.id }), { mode: 'REDUCE_ONLY', positions })).kind, 'allow');
  const agent = decide(asking(closing({ instrument: swap.id }), { mode: 'HALTED', positions }));
  assert.equal(agent.kind === 'deny' && agent.code, 'HALTED');
  assert.equal(decide(asking(closing({ instrument: swap.id, principal: operator }), { mode: 'HALTED', positions })).kind, 'allow');
});

test('in HALTED not even the operator opens', () => {
  const decision = decide(asking(wish(swap, 'buy', '1', { principal: operator }), { mode: 'HALTED' }));
  assert.equal(decision.kind === 'deny' && decision.code, 'HALTED');
});

test('the bytes that leave carry the reduce-only flag and exactly the size that was checked', () => {
  const decision = decide(asking(closing({ instrument: swap.id, principal: operator }), { mode: 'HALTED', positions }));
  assert.ok(decision.kind === 'allow');
  const { body } = encode(
    { kind: 'place', clientOrderId: 't1' as ClientOrderId, terms: decision.terms, protection: null, expiresAt: NOW + 1500 },
    { simulated: true },
  );
  const sent = JSON.parse(body) as { readonly sz: string; readonly reduceOnly: boolean };
  assert.deepEqual([sent.sz, sent.reduceOnly], [formatDecimal(decision.terms.size), true]);
  assert.equal(sent.sz, '3');
});
