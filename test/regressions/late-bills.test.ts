import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, type Decimal } from '../../src/core/money/decimal.ts';
import type { BillReport } from '../../src/core/order/report.ts';
import { fill, GatewayBench, lookedUp } from '../support/gateway-bench.ts';
import { d, spot, swap } from '../support/policy-samples.ts';

/** A bill in USDT that leads on from a balance. */
function bill(
  billId: string,
  { from, change, ...rest }: Partial<BillReport> & { readonly from: Decimal; readonly change: Decimal },
): BillReport {
  const amounts = { currency: 'USDT', change, balance: add(from, change), fee: d('0'), profit: d('0') };
  const none = { instrument: null, exchangeOrderId: '', clientOrderId: '', tag: '', tradeId: '' };
  return { billId, kind: 'trade', type: '2', subType: '1', ...amounts, ...none, at: 0, ...rest };
}

const start = d('1000000');

function holding(total: Decimal) {
  return { balance: { equityUsd: start, currencies: [{ currency: 'USDT', total, available: total }], at: 0 } };
}

/** One look of the routine, the first of its kind where the test does not say otherwise. */
function look(bench: GatewayBench, bills: readonly BillReport[], { total = start, attempt = 0 } = {}) {
  return bench.compare('routine', { bills, ...holding(total) }, attempt);
}

function mismatches(bench: GatewayBench): readonly string[] {
  return bench.entries.flatMap((entry) =>
    entry.kind === 'mismatch' || (entry.kind === 'verified' && entry.instrument === 'USDT')
      ? [entry.kind === 'mismatch' ? 'mismatch' : entry.outcome]
      : [],
  );
}

test('what executed while nobody could be asked is asked for before it is a missing fill', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1', { type: 'limit' }));
  const named = { exchangeOrderId: '77', clientOrderId: order.clientOrderId, tradeId: '5', instrument: swap.id, at: bench.now };
  const bills = [bill('1', { from: start, change: d('-1'), fee: d('-1'), ...named })];
  bench.now += 70_000;
  const total = d('999999');
  look(bench, bills, { total });
  assert.equal(bench.state.mode, 'ACTIVE');
  const kinds = bench.effectKinds();
  assert.ok(kinds.includes('inspect') && kinds.includes('compare'), kinds.join());
  bench.take(lookedUp(order, 'filled', '1', [{ ...fill(order, '1', '5'), fee: d('-1') }]));
  look(bench, bills, { total, attempt: 1 });
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.equal(bench.state.statement?.through, '1');
});

test('a fill that stays away though it was asked for is a difference', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1', { type: 'limit' }));
  const named = { exchangeOrderId: '77', clientOrderId: order.clientOrderId, tradeId: '5', instrument: swap.id, at: bench.now };
  bench.now += 70_000;
  let attempt = 0;
  for (; bench.state.mode === 'ACTIVE' && attempt < 20; attempt += 1)
    look(bench, [bill('1', { from: start, change: d('-1'), ...named })], { total: d('999999'), attempt });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.ok(attempt > 3 && attempt < 10, `${attempt} looks`);
});

test('a balance that no bill explains is not said to agree while the bill of a trade waits for its fill', () => {
  const bench = GatewayBench.running();
  const total = d('900000');
  look(bench, [], { total });
  assert.deepEqual(mismatches(bench), ['mismatch']);
  const order = bench.accept(bench.place(swap, 'buy', '1', { type: 'limit' }));
  const named = { exchangeOrderId: '77', clientOrderId: order.clientOrderId, tradeId: '5', instrument: swap.id, at: bench.now };
  bench.now += 3000;
  look(bench, [bill('1', { from: start, change: d('-1'), ...named })], { total });
  assert.deepEqual(mismatches(bench), ['mismatch']);
  look(bench, [], { total });
  assert.deepEqual(mismatches(bench), ['mismatch', 'divergent']);
});

test('what somebody else traded is told also where entries are closed already, and once', () => {
  const bench = GatewayBench.running();
  bench.operate('reduce_only');
  const foreign = bill('1', { from: start, change: d('-3'), exchangeOrderId: '9', tradeId: '5', instrument: spot.id, at: bench.now });
  const said = () => bench.entries.filter((entry) => entry.kind === 'alert' && entry.code === 'DIFFERENCE').length;
  look(bench, [foreign], { total: d('999997') });
  assert.equal(said(), 1);
  assert.equal(bench.state.lastCompared?.clean, true, 'what a person was shown by the last comparison stays that');
  look(bench, [], { total: d('999997') });
  assert.equal(said(), 1);
  const moved = bill('2', { kind: 'movement', from: d('999997'), change: d('5') });
  for (let count = 0; count < 3; count += 1) look(bench, [moved], { total: d('1000002') });
  assert.equal(said(), 2, 'what goes on is told once');
});

test('what was traded before the account was opened is in its opening balance, though its bills are listed later (seed 14956)', () => {
  const bench = GatewayBench.running();
  const before = { exchangeOrderId: '9', instrument: spot.id, at: bench.now - 1000 };
  // Two trades of somebody else: the second leads to the balance that was found.
  const bills = [
    bill('1', { from: d('1000100'), change: d('-60'), tradeId: '5', ...before }),
    bill('2', { from: d('1000040'), change: d('-40'), tradeId: '6', ...before }),
  ];
  bench.now += 5000;
  look(bench, bills);
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.deepEqual(mismatches(bench), []);
  assert.equal(bench.state.statement?.through, '2');
  const foreign = { exchangeOrderId: '10', tradeId: '7', instrument: spot.id, at: bench.now };
  look(bench, [...bills, bill('3', { from: start, change: d('-3'), ...foreign })], { total: d('999997') });
  assert.equal(bench.state.mode, 'REDUCE_ONLY', 'what is traded from then on is told');
});

test('a bill that leads to the opening balance from another one, and is of a trade after the opening, is no part of it', () => {
  const bench = GatewayBench.running();
  const after = { exchangeOrderId: '9', tradeId: '5', instrument: spot.id, at: bench.now + 1 };
  bench.now += 5000;
  bench.compare('operator', { bills: [bill('1', { from: d('1000100'), change: d('-100'), ...after })], ...holding(start) });
  assert.notEqual(bench.state.mode, 'ACTIVE');
});
