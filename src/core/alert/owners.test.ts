import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { d, NOW, spot, swap } from '../../../test/support/policy-samples.ts';
import type { AlertBody } from '../journal/entry.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

function benchOf(lines: string): GatewayBench {
  return GatewayBench.running(`[alerts]\n${lines}`);
}

function told(bench: GatewayBench, code: string): readonly AlertBody[] {
  return bench.entries.filter((entry) => entry.kind === 'alert').filter((alert) => alert.code === code);
}

/** Lets a second begin at this time. */
function tick(bench: GatewayBench, at: number): void {
  bench.now = at;
  bench.take({ kind: 'tick' });
}

const quietSize = 'normal_order_size = 1000000';
const quietTrades = 'trades_per_window = { count = 999 }';

test('an order above the normal size is told with its worth and the limit, one at the normal size is not', () => {
  const bench = benchOf(`normal_order_size = 60.3\n${quietTrades}`);
  bench.place(spot, 'buy', '0.001');
  assert.deepEqual(told(bench, 'UNUSUAL_SIZE'), []);
  bench.place(spot, 'buy', '0.00101');
  const [alert] = told(bench, 'UNUSUAL_SIZE');
  assert.equal(alert?.severity, 'amber');
  assert.match(alert?.message ?? '', /^alpha sends a buy of 0\.00101 BTC on BTC-USDT worth 60\.91 USD, more than the normal 60\.3 USD/);
  assert.deepEqual([alert?.limit, alert?.action], ['60.3 USD', 'none: the limits allow it']);
});

test('an exit of unusual size is told too, and what the policy denies is not', () => {
  const bench = benchOf(`normal_order_size = 60.3\n${quietTrades}`);
  bench.filled(bench.place(swap, 'buy', '0.1'));
  bench.place(swap, 'buy', '1000000');
  assert.deepEqual(told(bench, 'UNUSUAL_SIZE'), []);
  const large = benchOf(`normal_order_size = 1\n${quietTrades}`);
  large.filled(large.place(swap, 'buy', '0.1'));
  tick(large, NOW + 11 * MINUTE);
  large.close(swap);
  assert.equal(told(large, 'UNUSUAL_SIZE').length, 2);
});

test("an agent's reason stands below the first line of an alert and says whose words it is", () => {
  const bench = benchOf(`normal_order_size = 1\n${quietTrades}`);
  const words = 'the operator agrees: acknowledge this';
  const intent = { intentId: 'ignore-the-limits', reason: words };
  bench.take({
    kind: 'asked',
    call: 1,
    tool: 'place_order',
    intent: { ...asking(), ...intent } as never,
    arguments: { intent_id: intent.intentId, reason: words },
    client: { name: '', version: '', toolsHash: '' },
  });
  const [alert] = told(bench, 'UNUSUAL_SIZE');
  assert.ok(alert !== undefined);
  for (const part of [words, intent.intentId]) assert.ok(!alert.message.includes(part));
  assert.deepEqual(alert.details, ['log: twokey why ignore-the-limits', `the agent's own words, which nobody has checked: ${words}`]);
});

function asking() {
  return {
    kind: 'place',
    principal: 'alpha',
    evidence: [],
    strategy: '',
    instrument: spot.id,
    side: 'buy',
    type: 'limit',
    quantity: d('0.001'),
    quantityUnit: 'base',
    price: d('60000'),
    reduceOnly: false,
    takeProfit: null,
    stopLoss: null,
    expectedNotionalUsd: d('60'),
  };
}

test('the entry that makes more than are normal in the window is told once, exits do not count, and again when it was over', () => {
  const bench = benchOf(`trades_per_window = { count = 2, minutes = 10 }\n${quietSize}`);
  for (const size of ['0.1', '0.2']) bench.filled(bench.place(swap, 'buy', size));
  bench.filled(bench.close(swap));
  assert.deepEqual(told(bench, 'TRADES_PER_WINDOW'), []);
  bench.filled(bench.place(swap, 'buy', '0.3'));
  assert.match(told(bench, 'TRADES_PER_WINDOW')[0]?.message ?? '', /^3 entries of all agents in 10 minutes, more than the normal 2/);
  bench.filled(bench.place(swap, 'buy', '0.4'));
  assert.equal(told(bench, 'TRADES_PER_WINDOW').length, 1);
  tick(bench, NOW + 10 * MINUTE + 1);
  assert.deepEqual(bench.entries.at(-1), { kind: 'alert_ended', key: 'TRADES_PER_WINDOW' });
  for (const size of ['0.5', '0.6', '0.7']) bench.place(swap, 'buy', size);
  assert.equal(told(bench, 'TRADES_PER_WINDOW').length, 2);
});

test('a position held longer than is normal is told once, and is over when it is closed', () => {
  const bench = benchOf(`max_holding = "2h"\n${quietSize}\n${quietTrades}`);
  bench.filled(bench.place(swap, 'buy', '0.1'));
  tick(bench, NOW + 2 * HOUR);
  assert.deepEqual(told(bench, 'HELD_TOO_LONG'), []);
  tick(bench, NOW + 2 * HOUR + 1);
  tick(bench, NOW + 5 * HOUR);
  const [alert, ...more] = told(bench, 'HELD_TOO_LONG');
  assert.deepEqual(more, []);
  assert.equal(alert?.message, 'alpha holds 0.1 contracts of BTC-USDT-SWAP for 2 h, longer than 2 h (max_holding)');
  bench.filled(bench.close(swap));
  tick(bench, NOW + 5 * HOUR + 1000);
  assert.equal(bench.entries.at(-1)?.kind, 'alert_ended');
});

/** An order with what its agent said of the time. */
function placeFor(bench: GatewayBench, size: string, holding: string): void {
  bench.take({
    kind: 'asked',
    call: 1,
    tool: 'place_order',
    intent: {
      ...asking(),
      intentId: `for${size}`,
      reason: 'a test',
      instrument: swap.id,
      quantity: d(size),
      quantityUnit: 'contracts',
      expectedNotionalUsd: d(String(Number(size) * 600)),
    } as never,
    arguments: { intent_id: `for${size}`, reason: 'a test', max_holding: holding },
    client: { name: '', version: '', toolsHash: '' },
  });
  bench.filled([...bench.state.openOrders.values()].at(-1));
}

test('a position held longer than its agent stated is told sooner, counted from its fill, and the next position has no part in it', () => {
  const bench = benchOf(`max_holding = "8h"\n${quietSize}\n${quietTrades}`);
  placeFor(bench, '0.1', '30m');
  tick(bench, NOW + 30 * MINUTE);
  assert.deepEqual(told(bench, 'HELD_TOO_LONG'), []);
  tick(bench, NOW + 31 * MINUTE);
  assert.match(told(bench, 'HELD_TOO_LONG')[0]?.message ?? '', /for 31 min, longer than 30 min \(as its agent stated\)$/);
  bench.filled(bench.close(swap));
  bench.now = NOW + HOUR;
  bench.filled(bench.place(swap, 'buy', '0.3'));
  tick(bench, NOW + 4 * HOUR);
  assert.equal(told(bench, 'HELD_TOO_LONG').length, 1);
});

test('of several stated times the earliest counts, and one longer than is normal changes nothing', () => {
  const bench = benchOf(`max_holding = "8h"\n${quietSize}\n${quietTrades}`);
  placeFor(bench, '0.1', '9h');
  bench.now = NOW + HOUR;
  placeFor(bench, '0.2', '2h');
  tick(bench, NOW + 3 * HOUR + 1000);
  assert.match(told(bench, 'HELD_TOO_LONG')[0]?.message ?? '', /longer than 3 h \(as its agent stated\)$/);
  const long = benchOf(`max_holding = "8h"\n${quietSize}\n${quietTrades}`);
  placeFor(long, '0.1', '9h');
  tick(long, NOW + 8 * HOUR + 1000);
  assert.match(told(long, 'HELD_TOO_LONG')[0]?.message ?? '', /longer than 8 h \(max_holding\)$/);
});

test('a balance below its floor is told once until it is above, and nothing is said while it is not known', () => {
  const bench = benchOf(`balance_floor = 100\n${quietSize}\n${quietTrades}`);
  const funds = (usd: string, at: number): void => {
    bench.changes = { funds: { equityUsd: d(usd), available: new Map(), at } };
  };
  funds('100', NOW);
  tick(bench, NOW);
  assert.deepEqual(told(bench, 'BALANCE_FLOOR'), []);
  funds('99.999', NOW);
  tick(bench, NOW + 1000);
  assert.equal(told(bench, 'BALANCE_FLOOR')[0]?.message, 'the account holds 99.99 USD, less than 100 USD (balance_floor)');
  tick(bench, NOW + 30 * MINUTE);
  assert.ok(bench.state.alerting.lasting.has('BALANCE_FLOOR'), 'an old balance ends nothing');
  assert.equal(told(bench, 'BALANCE_FLOOR').length, 1);
  funds('101', NOW + 31 * MINUTE);
  tick(bench, NOW + 31 * MINUTE);
  assert.ok(!bench.state.alerting.lasting.has('BALANCE_FLOOR'));
  funds('50', NOW + 32 * MINUTE);
  tick(bench, NOW + 32 * MINUTE);
  assert.equal(told(bench, 'BALANCE_FLOOR').length, 2);
});

test('an account that holds more than is meant to be risked is told, since entries are closed', () => {
  const bench = GatewayBench.running(`max_account_equity = 500\n[alerts]\n${quietSize}\n${quietTrades}`);
  const funds = (usd: string): void => {
    bench.changes = { funds: { equityUsd: d(usd), available: new Map(), at: NOW } };
  };
  funds('500');
  tick(bench, NOW);
  assert.ok(!bench.state.alerting.lasting.has('ACCOUNT_EQUITY'));
  funds('500.01');
  tick(bench, NOW + 1000);
  const alerts = told(bench, 'ACCOUNT_EQUITY');
  assert.equal(alerts.at(-1)?.message, 'the account holds 500.01 USD, more than 500 USD (max_account_equity)');
});

test('a balance that trembles at its floor is told once in ten minutes', () => {
  const bench = benchOf(`balance_floor = 100\n${quietSize}\n${quietTrades}`);
  for (let second = 0; second < 599; second += 1) {
    const at = NOW + second * 1000;
    bench.changes = { funds: { equityUsd: d(second % 2 === 0 ? '99' : '101'), available: new Map(), at } };
    tick(bench, at);
  }
  assert.equal(told(bench, 'BALANCE_FLOOR').length, 1);
});
