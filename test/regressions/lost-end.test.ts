import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOrderId, Order } from '../../src/core/order/order.ts';
import { GatewayBench, report } from '../support/gateway-bench.ts';
import { spot } from '../support/policy-samples.ts';

/** Ids are `tabcdef`, four characters of the start and eight of the sequence. */
function shownAfter(...ids: readonly string[]): { readonly next: string | undefined; readonly mode: string } {
  const bench = GatewayBench.running();
  const recent = ids.map((id) => ({
    ...report({ clientOrderId: '' } as Order, 'live', '0'),
    instrument: spot.id,
    side: 'buy' as const,
    size: spot.minimum,
    state: 'cancelled' as const,
    clientOrderId: id as ClientOrderId,
  }));
  bench.compare('hourly', { recent });
  const { mode } = bench.state;
  for (const verb of ['resume', 'resume'] as const) {
    bench.compare('operator');
    bench.operate(verb);
  }
  return { next: bench.place(spot, 'buy', '0.01')?.clientOrderId, mode };
}

test('after the end of the journal was lost no id is given that the exchange shows, in this start or in a later one', () => {
  assert.deepEqual(shownAfter('tabcdef000100000009'), { next: 'tabcdef00010000000a', mode: 'HALTED' });
  assert.deepEqual(shownAfter('tabcdef000300000002', 'tabcdef000200000007'), { next: 'tabcdef000300000003', mode: 'HALTED' });
});

test('that the exchange shows an id of which no entry is left is told also where the account is halted already, and once', () => {
  const bench = GatewayBench.running();
  bench.operate('halt');
  const stranger = {
    ...report({ clientOrderId: '' } as Order, 'live', '0'),
    instrument: spot.id,
    side: 'buy',
    size: spot.minimum,
  } as const;
  const shown = { recent: [{ ...stranger, state: 'cancelled' as const, clientOrderId: 'tabcdef000100000009' as ClientOrderId }] };
  const said = [bench.compare('boot', shown), bench.compare('hourly', shown)].map((entries) =>
    entries.flatMap((entry) => (entry.kind === 'alert' ? [`${entry.severity} ${entry.code}`] : [])),
  );
  assert.deepEqual(said, [['red DIFFERENCE'], []]);
});
