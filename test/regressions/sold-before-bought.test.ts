import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IntentId } from '../../src/core/order/intent.ts';
import { fill, GatewayBench, lookedUp, report } from '../support/gateway-bench.ts';
import { alpha, d, spot } from '../support/policy-samples.ts';

const look = { order: null, fills: null, evidence: 'e' } as const;

// Found by simulation, seed 15084: the gateway ended itself, because a stop was to buy on spot.
test('while the sale of a stop is booked and the purchase that it sold is not, no stop and no close is sent that would buy on spot', () => {
  const bench = GatewayBench.running();
  bench.place(spot, 'buy', '0.01', { stopLoss: d('58000') });
  const [order, stop] = [...bench.state.openOrders.values()].toSorted(
    (one, other) => Number(one.stop !== null) - Number(other.stop !== null),
  );
  assert.ok(order !== undefined && stop !== undefined, bench.lastDecision());
  bench.accept(order);
  for (const state of ['live', 'effective'] as const) {
    const protection = {
      clientOrderId: stop.clientOrderId,
      exchangeOrderId: '88',
      instrument: spot.id,
      leg: 'net',
      side: 'sell',
      size: stop.size,
      takeProfit: null,
      stopLoss: d('58000'),
      reduceOnly: false,
      state,
      childOrderIds: state === 'effective' ? ['99'] : [],
      updatedAt: bench.now,
    } as const;
    const seen = { kind: 'protection', protection } as const;
    bench.take({ kind: 'protection_seen', clientOrderId: stop.clientOrderId, protection: seen, askedAt: bench.now, ...look });
  }
  const sold = { ...report(stop, 'filled', '0.01'), exchangeOrderId: '99', updatedAt: bench.now };
  bench.take({
    kind: 'inspected',
    clientOrderId: stop.clientOrderId,
    order: { kind: 'order', order: sold },
    fills: [fill(bench.current(stop), '0.01')],
  });
  assert.equal(bench.position(spot), '-0.01');

  const wish = {
    principal: alpha,
    intentId: 'p1' as IntentId,
    reason: 'because',
    evidence: [],
    strategy: '',
    instrument: spot.id,
  } as const;
  const intent = { ...wish, kind: 'protect', takeProfit: null, stopLoss: d('62000') } as const;
  bench.take({
    kind: 'asked',
    call: 90,
    tool: 'set_protection',
    intent,
    arguments: {},
    client: { name: 't', version: '1', toolsHash: '' },
  });
  assert.equal(bench.lastDecision(), 'NOT_FOUND');
  assert.equal(bench.close(spot), undefined, 'a buy on spot opens');
  assert.equal(bench.lastDecision(), 'NOT_REDUCING');

  bench.take(lookedUp(order, 'filled', '0.01', [fill(order, '0.01')]));
  assert.equal(bench.position(spot), '0');
});
