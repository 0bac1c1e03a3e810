import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, told } from '../../../test/support/gateway-bench.ts';
import { d, ether, id, inverse, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Instrument } from '../market/instrument.ts';

// A contract of the swap is worth 600 USD, a bitcoin 60,000.

function running(maxOrderSize: string): GatewayBench {
  return GatewayBench.running(`max_order_size = ${maxOrderSize}`);
}

function observe(bench: GatewayBench, instrument: Instrument, exchange: string): void {
  for (let looks = 0; looks < 3; looks += 1) {
    bench.now += 2000;
    const observation = { instrument: instrument.id, exchange: d(exchange), evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now };
    bench.take({ kind: 'observed', observation });
  }
}

test('a difference worth at most one largest order closes entries, and one lot more halts', () => {
  for (const [size, mode] of [
    ['1', 'REDUCE_ONLY'],
    ['1.01', 'HALTED'],
    ['-1', 'REDUCE_ONLY'],
    ['-1.01', 'HALTED'],
  ] as const) {
    const bench = running('600.1');
    bench.compare('operator', told(swap, size));
    assert.equal(bench.state.mode, mode, size);
  }
});

test('several differences count together', () => {
  const both = [...told(swap, '1').positions, ...told(inverse, '6').positions];
  for (const [most, mode] of [
    ['1201', 'REDUCE_ONLY'],
    ['1199', 'HALTED'],
  ] as const) {
    const bench = running(most);
    bench.compare('hourly', { positions: both });
    assert.equal(bench.state.mode, mode);
  }
});

test('a missing currency is valued by its pair', () => {
  for (const [most, mode] of [
    ['700', 'REDUCE_ONLY'],
    ['500', 'HALTED'],
  ] as const) {
    const bench = running(most);
    bench.filled(bench.place(spot, 'buy', '0.005'));
    bench.now += 5000;
    observe(bench, spot, '0.015');
    assert.equal(bench.state.mode, mode);
  }
});

test('what cannot be valued counts as more: an instrument that is not known, a price that is missing or old', () => {
  const strange = GatewayBench.running();
  strange.compare('routine', {
    positions: [{ leg: 'net', instrument: id('DOGE-USDT-SWAP'), size: d('1'), averagePrice: null, liquidationPrice: null }],
  });
  assert.equal(strange.state.mode, 'HALTED');
  const blind = GatewayBench.running();
  blind.changes = { quotes: new Map() };
  blind.compare('operator', told(swap, '0.01'));
  assert.equal(blind.state.mode, 'HALTED');
  const old = GatewayBench.running();
  old.now += 60_000;
  old.changes = { now: old.now + 60_000 };
  old.compare('operator', told(swap, '0.01'));
  assert.equal(old.state.mode, 'HALTED');
});

test('an order of somebody else and a changed setting close entries and do not halt', () => {
  const bench = GatewayBench.running();
  const order = {
    clientOrderId: '',
    algoClientOrderId: '',
    exchangeOrderId: '9',
    instrument: swap.id,
    side: 'buy',
    leg: 'net',
    size: d('100000'),
    price: d('60000'),
    filled: d('0'),
    averagePrice: null,
    state: 'live',
    reduceOnly: false,
    tag: '',
    category: 'normal',
    updatedAt: 0,
  } as const;
  bench.compare('routine', { pending: [order] });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});

test('a small difference that grows halts, also between full comparisons', () => {
  const bench = running('600.1');
  bench.compare('operator', told(swap, '1'));
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  observe(bench, swap, '5');
  assert.equal(bench.state.mode, 'HALTED');
  const other = running('600.1');
  other.compare('operator', told(ether, '0'));
  other.operate('reduce_only');
  other.compare('routine', {
    positions: [{ leg: 'net', instrument: id('DOGE-USDT-SWAP'), size: d('1'), averagePrice: null, liquidationPrice: null }],
  });
  assert.equal(other.state.mode, 'HALTED');
});

test('a key that may withdraw halts live with the next look, and closes entries elsewhere', () => {
  const config = {
    uid: '1001',
    mainUid: '1000',
    accountLevel: '2',
    positionMode: 'net_mode',
    permissions: ['read_only', 'trade', 'withdraw'],
    addresses: ['192.0.2.1'],
    label: '',
    autoLoan: false,
    spotBorrow: false,
  };
  for (const [environment, mode] of [
    ['sim', 'REDUCE_ONLY'],
    ['live', 'HALTED'],
  ] as const) {
    const bench = new GatewayBench('', environment);
    bench.start();
    bench.compare('boot');
    if (environment === 'live') {
      bench.operate('resume');
      bench.now += 1_000_000;
      bench.compare('operator');
      bench.operate('resume');
    }
    assert.equal(bench.state.mode, 'ACTIVE');
    bench.compare('routine', { config });
    assert.equal(bench.state.mode, mode);
  }
});
