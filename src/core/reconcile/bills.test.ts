import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { d, spot, swap } from '../../../test/support/policy-samples.ts';
import { isNewerBill } from '../account/statement.ts';
import { add, type Decimal } from '../money/decimal.ts';
import type { BillReport } from '../order/report.ts';

let balance: Decimal = d('1000000');

/** A bill in USDT that leads on from the one before. */
function bill(billId: string, kind: BillReport['kind'], change: string, rest: Partial<BillReport> = {}): BillReport {
  balance = add(balance, d(change));
  return {
    billId,
    kind,
    type: '1',
    subType: '1',
    currency: 'USDT',
    change: d(change),
    balance,
    fee: d('0'),
    profit: d('0'),
    instrument: null,
    exchangeOrderId: '',
    clientOrderId: '',
    tag: '',
    tradeId: '',
    at: 0,
    ...rest,
  };
}

function running(): GatewayBench {
  balance = d('1000000');
  return GatewayBench.running();
}

/** What the exchange holds, as its bills lead to it. */
function holding(total: Decimal = balance) {
  const currencies = [{ currency: 'USDT', total, available: total }];
  return { balance: { equityUsd: d('1000000'), currencies, at: 0 } };
}

function statement(bench: GatewayBench) {
  const found = bench.entries.findLast((entry) => entry.kind === 'statement');
  assert.ok(found?.kind === 'statement');
  return found;
}

test('a longer number is a newer bill, and of equal length the larger', () => {
  assert.ok(isNewerBill('10', '9') && isNewerBill('12', '11') && isNewerBill('1', ''));
  assert.ok(!isNewerBill('9', '10') && !isNewerBill('11', '11') && !isNewerBill('', ''));
});

test('a trade of ours whose fill is not booked yet holds up the statement, is asked about, and is a difference only when nobody looks again', () => {
  const bench = running();
  const order = bench.accept(bench.place(swap, 'buy', '1', { type: 'limit' }));
  const trade = { exchangeOrderId: '77', clientOrderId: order.clientOrderId, tradeId: '5', instrument: swap.id, at: bench.now };
  const bills = [bill('1', 'funding', '-1', { instrument: swap.id }), bill('2', 'trade', '-3', trade), bill('3', 'movement', '9')];
  bench.compare('routine', { bills, ...holding() });
  assert.equal(statement(bench).through, '1');
  assert.ok(bench.effects.some((effect) => effect.kind === 'inspect' && effect.clientOrderId === order.clientOrderId));
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.now += 61_000;
  bench.compare('routine', { bills, ...holding() });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(bench.state.modeCause, /not booked, the exchange says trade 5 of exchange order 77/);
  assert.equal(statement(bench).through, '1');
});

test('a trade without an id of ours may be that of a stop of ours, and is that of others when no stop can have sent it', () => {
  const bench = running();
  const foreign = bill('1', 'trade', '-3', { exchangeOrderId: '9', tradeId: '5', instrument: spot.id, at: bench.now });
  bench.compare('routine', { bills: [foreign], ...holding() });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(statement(bench).items[0]?.class, 'foreign_trade');
  assert.match(bench.state.modeCause, /exchange order 9 traded/);
});

test('a trade that bears the mark of another twokey, or an id beyond the end of the journal, halts', () => {
  for (const rest of [{ clientOrderId: 'tzzzzzz000100000001' }, { tag: 'tzzzzzz' }, { clientOrderId: 'tabcdef000900000001' }]) {
    const bench = running();
    const trade = { exchangeOrderId: '9', tradeId: '5', instrument: spot.id, at: bench.now, ...rest };
    bench.compare('routine', { bills: [bill('1', 'trade', '-3', trade)], ...holding() });
    assert.equal(bench.state.mode, 'HALTED', JSON.stringify(rest));
    assert.equal(statement(bench).items[0]?.class, 'other_writer');
  }
});

test('a bill that does not lead on from the balance before it stops the statement there', () => {
  const bench = running();
  const bills = [bill('1', 'movement', '5'), { ...bill('2', 'movement', '5'), balance: d('7') }, bill('3', 'movement', '5')];
  for (let look = 0; look < 2; look += 1) {
    bench.compare('routine', { bills, ...holding() });
    bench.now += 5000;
  }
  assert.equal(statement(bench).through, '1');
  assert.equal(bench.state.mode, 'HALTED');
  bench.compare('operator', { bills, ...holding() });
  assert.deepEqual(
    bench.state.lastCompared?.found.map((found) => [found.class, found.books, found.exchange]),
    [
      ['balance_drift', '1000010', '7'],
      ['movement', '1000000', '1000005'],
    ],
  );
});

test('a balance is one that its bills lead through, whichever of them came after it was asked', () => {
  const bench = running();
  const early = balance;
  const bills = [bill('1', 'funding', '5'), bill('2', 'funding', '-3')];
  for (const total of [early, bills[0]?.balance, balance]) {
    const entries = bench.compare('hourly', { bills, ...holding(total) });
    assert.ok(entries.some((entry) => entry.kind === 'compared' && entry.clean));
  }
});

test('a statement takes a thousand strange bills at most, and the next takes the rest', () => {
  const bench = running();
  const bills = Array.from({ length: 1500 }, (_, index) => bill(String(10_000 + index), 'funding', '1'));
  bench.compare('routine', { bills, ...holding() });
  assert.equal(statement(bench).items.length, 1000);
  bench.compare('routine', { bills, ...holding() });
  assert.deepEqual([statement(bench).items.length, statement(bench).through], [500, '11499']);
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('what is not understood by its kind is money that moved, and closes entries', () => {
  const bench = running();
  bench.compare('routine', { bills: [bill('1', 'other', '-2')], ...holding() });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(statement(bench).items[0]?.class, 'other');
});

test('adopting is refused while it is not what was just compared', () => {
  const bench = running();
  const ask = () => bench.take({ kind: 'adopt_asked', reason: 'mine', evidence: 'e' });
  bench.compare('operator', { bills: [bill('1', 'movement', '5')], ...holding() });
  bench.now += 61_000;
  assert.deepEqual(ask(), []);
  bench.compare('operator', { bills: [], ...holding() });
  assert.equal(bench.take({ kind: 'adopt_asked', reason: '', evidence: 'e' }).length, 0);
  assert.deepEqual(
    ask().map(({ kind }) => kind),
    ['adopted'],
  );
  assert.deepEqual(ask(), [], 'once');
});

test('that the exchange has closed a position is told also where entries are closed already', () => {
  const bench = running();
  bench.operate('reduce_only');
  const bills = [bill('1', 'liquidation', '-30', { instrument: swap.id, exchangeOrderId: '9' })];
  const said = bench.compare('boot', { bills, ...holding() });
  const alerts = said.flatMap((entry) => (entry.kind === 'alert' ? [entry.message] : []));
  assert.deepEqual(alerts, [`${swap.id}: the books say nothing, the exchange says exchange order 9 traded`]);
});
