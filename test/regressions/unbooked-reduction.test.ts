// Found by simulation, seed 7: a reduce-only order had closed the position, and its fill was not booked yet, when a plain order on the same
// side was filled and booked. The books were flat with a reduce-only order open, which by itself can open nothing; the exchange was short.

import { positionKey } from '../../src/core/order/leg.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { survey } from '../../src/core/exposure/survey.ts';
import { ends } from '../../src/core/exposure/worst-case.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { books, held, openOrder, swap } from '../support/policy-samples.ts';

function endsOf(position: string | null, exits: readonly string[]): readonly string[] {
  const orders = exits.map((size) => openOrder(swap, 'sell', size, { reduceOnly: true, purpose: 'exit' }));
  const positions = new Map(position === null ? [] : [[positionKey(swap.id, 'net'), { ...held(position), instrument: swap.id }]]);
  const openOrders = new Map(orders.map((order) => [order.clientOrderId, order]));
  const holding = survey({ ...books, positions, openOrders }).get(positionKey(swap.id, 'net'));
  assert.ok(holding);
  const { highest, lowest } = ends(holding);
  return [formatDecimal(lowest), formatDecimal(highest)];
}

test('a reduce-only order beyond the booked position may have executed before it was booked flat, and counts', () => {
  assert.deepEqual(endsOf('0.19', ['0.19']), ['0', '0.19']);
  assert.deepEqual(endsOf(null, ['0.19']), ['-0.19', '0']);
  assert.deepEqual(endsOf('0.1', ['0.19']), ['-0.09', '0.1']);
});
