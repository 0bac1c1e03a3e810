import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIntent, parsePrincipal } from '../../src/core/order/parse-intent.ts';
import { tools } from '../../src/protocol/tools.ts';
import { parseRequest } from '../../src/vault/allow-table.ts';
import { GatewayBench, report } from '../support/gateway-bench.ts';
import { d, swap } from '../support/policy-samples.ts';

// Elsewhere changing an order checked neither worth nor balance: a way round every limit. Here nothing changes an order that rests.

test('no tool changes an order, no intent means it, and the vault signs no such request', () => {
  assert.deepEqual(
    tools.filter(({ name }) => /amend|modify|replace|edit/.test(name)),
    [],
  );
  const principal = parsePrincipal('alpha');
  assert.ok(principal.ok);
  const asked = { intent_id: 'a', reason: 'more', client_order_id: 't1', quantity: '9' };
  assert.equal(parseIntent({ principal: principal.value, tool: 'amend_order', arguments: asked }).ok, false);
  const request = { kind: 'amend', instrument: 'BTC-USDT-SWAP', clientOrderId: 't1', size: '9' };
  assert.equal(parseRequest(request).ok, false);
});

test('an order that somebody else made larger at the exchange ends new risk instead of being counted at its old size', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1', { price: d('59900') }));
  bench.compare('routine', { pending: [{ ...report(order, 'live', '0'), size: d('9') }] });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.current(order).cancel, 'requested');
});
