import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentId } from '../../src/core/market/instrument.ts';
import { add, type Decimal, formatDecimal } from '../../src/core/money/decimal.ts';
import type { BillReport } from '../../src/core/order/report.ts';
import { fill, GatewayBench, lookedUp, report, told } from '../support/gateway-bench.ts';
import { d, spot, swap } from '../support/policy-samples.ts';

/** The bills of one account: each leads on from the one before it of its currency. */
class Bills {
  readonly list: BillReport[] = [];
  readonly totals = new Map<string, Decimal>([['USDT', d('1000000')]]);

  add(kind: BillReport['kind'], change: string, rest: Partial<BillReport> = {}): BillReport {
    const { currency = 'USDT' } = rest;
    const balance = add(this.totals.get(currency) ?? d('0'), d(change));
    this.totals.set(currency, balance);
    const none = { instrument: null, exchangeOrderId: '', clientOrderId: '', tag: '', tradeId: '' };
    const billId = String(100 + this.list.length);
    const amounts = { currency, change: d(change), balance, fee: d('0'), profit: d('0') };
    const bill: BillReport = { billId, kind, type: '1', subType: '1', ...amounts, ...none, at: 0, ...rest };
    this.list.push(bill);
    return bill;
  }

  /** What a snapshot taken now says of money. */
  get said() {
    const currencies = [...this.totals].map(([currency, total]) => ({ currency, total, available: total }));
    return { bills: this.list, balance: { equityUsd: d('1000000'), currencies, at: 0 } };
  }
}

function classes(bench: GatewayBench): readonly string[] {
  return bench.state.lastCompared?.found.map((found) => found.class ?? '') ?? [];
}

function adopted(bench: GatewayBench): number {
  return bench.take({ kind: 'adopt_asked', reason: 'mine', evidence: 'e' }).length;
}

test('money that came after a person looked is not accepted with what they saw', () => {
  for (const currency of ['USDT', 'BTC']) {
    const bench = GatewayBench.running();
    const bills = new Bills();
    bills.add('movement', '1', { currency });
    bench.compare('operator', bills.said);
    assert.deepEqual(classes(bench), ['movement']);
    bills.add('movement', '50', { currency });
    bench.compare('routine', bills.said);
    assert.equal(adopted(bench), 1);
    bench.compare('operator', bills.said);
    assert.deepEqual(
      bench.state.lastCompared?.found.map((found) => [found.class, found.books, found.exchange]),
      [['movement', ...(currency === 'USDT' ? ['1000001', '1000051'] : ['1', '51'])]],
    );
  }
});

test('a fill that is booked between a look at sums that disagree and their acceptance is still compared with its bill', () => {
  const bench = GatewayBench.running();
  const bills = new Bills();
  const orders = ['1', '2', '3'].map((size) => bench.accept(bench.place(swap, 'buy', size, { type: 'limit' })));
  const trade = (index: number, said: string) => {
    const order = orders[index];
    assert.ok(order !== undefined);
    const size = formatDecimal(order.size);
    const billId = String(100 + bills.list.length);
    const tradeId = order.clientOrderId;
    bench.take(lookedUp(order, 'filled', size, [{ ...fill(order, size), billId, fee: d('-1') }]));
    return bills.add('trade', said, {
      fee: d(said),
      instrument: swap.id,
      clientOrderId: order.clientOrderId,
      exchangeOrderId: '77',
      tradeId,
    });
  };
  const compare = (position: string) => {
    const pending = [...bench.state.openOrders.values()].map((order) => report(order, 'live', '0'));
    bench.compare('operator', { ...bills.said, ...told(swap, position), pending });
  };
  trade(0, '-3');
  compare('1');
  assert.deepEqual(classes(bench), ['settlement_drift']);
  trade(1, '-1');
  assert.equal(adopted(bench), 1);
  compare('3');
  assert.deepEqual(classes(bench), []);
  const { statement } = bench.state;
  assert.deepEqual([statement?.unbilled, [...(statement?.unsettled ?? [])]], [0, []]);
  trade(2, '-4');
  compare('6');
  assert.deepEqual(classes(bench), ['settlement_drift'], 'and so is what comes after it');
});

test('bills of a coin that do not lead on from one another can be accepted, and the statement goes on behind them', () => {
  const bench = GatewayBench.running();
  const bills = new Bills();
  bills.totals.set('BTC', d('0.2'));
  bills.add('movement', '1', { currency: 'BTC' });
  bench.compare('operator', bills.said);
  assert.deepEqual(classes(bench).toSorted(), ['balance_drift', 'phantom_position']);
  assert.equal(adopted(bench), 1);
  bench.compare('operator', bills.said);
  if (classes(bench).length > 0) assert.equal(adopted(bench), 1);
  bench.compare('operator', bills.said);
  // That it came without a trade is told by its bill, and accepted with the holding.
  assert.equal(bench.state.statement?.through, '100');
  assert.deepEqual(classes(bench), []);
  assert.equal(formatDecimal(bench.state.baseline.currencies.get(spot.base) ?? d('0')), '1.2');
});

test('what the routine found after a person looked is not what they accept', () => {
  const bench = GatewayBench.running();
  const bills = new Bills();
  bills.add('movement', '1');
  bench.compare('operator', bills.said);
  const strange = told(swap, '1000');
  // In what twokey does not trade nothing is in flight that could explain it.
  const positions = strange.positions.map((each) => ({ ...each, instrument: 'XRP-USDT-SWAP' as InstrumentId }));
  bench.compare('routine', { ...bills.said, positions, evidence: 'later' });
  assert.equal(bench.state.mode, 'HALTED');
  assert.deepEqual(classes(bench).toSorted(), ['movement', 'phantom_position']);
  assert.equal(adopted(bench), 0);
  assert.equal(bench.state.baseline.contracts.size, 0);
});
