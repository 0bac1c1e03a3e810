import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../support/gateway-bench.ts';
import { beta, d, operator, spot, swap } from '../support/policy-samples.ts';

// Elsewhere whether an order reduces was asked of the holdings alone: two closes at the same time both did, and turned the position.

test('while a close is on its way a second one finds nothing left to close', () => {
  for (const instrument of [swap, spot]) {
    const bench = GatewayBench.running();
    bench.filled(bench.place(instrument, 'buy', '1'));
    assert.ok(bench.close(instrument));
    assert.equal(bench.close(instrument, { quantity: d('0.5') }), undefined);
    assert.equal(bench.lastDecision(), 'NOT_REDUCING');
  }
});

test('a close of unknown outcome bars the next one: it may have closed already', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  bench.lose(bench.close(swap, { quantity: d('1') }));
  assert.equal(bench.close(swap, { quantity: d('1') }), undefined);
  assert.equal(bench.lastDecision(), 'NOT_REDUCING');
});

test('what the operator is closing is not there for its agent to close', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  assert.ok(bench.close(swap, { principal: operator }));
  assert.equal(bench.close(swap), undefined);
  assert.equal(bench.lastDecision(), 'NOT_REDUCING');
});

test('what one agent holds is not there for another to close', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  assert.equal(bench.close(swap, { principal: beta }), undefined);
  assert.equal(bench.lastDecision(), 'NOT_ALLOWED');
});
