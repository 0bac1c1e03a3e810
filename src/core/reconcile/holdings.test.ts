import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { alpha, d, NOW, openOrder, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Entry } from '../journal/entry.ts';
import { add } from '../money/decimal.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import type { Life } from '../order/order.ts';
import type { PositionReport } from '../order/report.ts';
import type { Snapshot } from './compare.ts';
import { expectedPosition } from '../verify/verify.ts';
import { positionDifferences } from './holdings.ts';

const legOf = (leg: Leg, size: string): PositionReport => ({
  instrument: swap.id,
  leg,
  size: d(size),
  averagePrice: null,
  liquidationPrice: null,
});

/** A gateway in long/short mode whose agent holds 2 long and 1 short. */
function hedged(): GatewayBench {
  const bench = GatewayBench.running();
  const position = (leg: Leg, size: string) =>
    [positionKey(swap.id, leg), { instrument: swap.id, leg, size: d(size), owners: new Map([[alpha, d(size)]]), openedAt: NOW }] as const;
  bench.state = { ...bench.state, positionMode: 'long_short', positions: new Map([position('long', '2'), position('short', '-1')]) };
  return bench;
}

function config(bench: GatewayBench): Snapshot['config'] {
  const [taken] = [{ uid: '1001', mainUid: '1000', accountLevel: '2', permissions: ['trade'], addresses: [], label: '' }];
  return {
    ...taken,
    positionMode: bench.state.positionMode === 'net' ? 'net_mode' : 'long_short_mode',
    autoLoan: false,
    spotBorrow: false,
  };
}

test('legs are compared one by one: one that grew as the other shrank is two differences', () => {
  const { state } = hedged();
  assert.deepEqual(positionDifferences(state, [legOf('long', '2'), legOf('short', '-1')]), []);
  assert.deepEqual(
    positionDifferences(state, [legOf('long', '3'), legOf('short', '-2')]).map((each) => [each.leg, each.class, each.books, each.exchange]),
    [
      ['long', 'position_drift', '2', '3'],
      ['short', 'position_drift', '-1', '-2'],
    ],
  );
  assert.deepEqual(
    positionDifferences(state, [legOf('long', '2')]).map((each) => [each.leg, each.class]),
    [['short', 'phantom_position']],
  );
});

test('what was there before twokey is expected by its leg', () => {
  const bench = new GatewayBench();
  bench.start();
  bench.take({ kind: 'instruments_read', instruments: [spot, swap] });
  bench.compare('boot', { positions: [legOf('long', '5'), legOf('short', '-3')] });
  const sizes = (['net', 'long', 'short'] as const).map((leg) => expectedPosition(bench.state, swap.id, leg));
  assert.deepEqual(sizes, [d('0'), d('5'), d('-3')]);
  assert.deepEqual(positionDifferences(bench.state, [legOf('long', '5'), legOf('short', '-3')]), []);
});

/** The exchange is asked about the instrument alone, and says what each leg is. */
function says(bench: GatewayBench, long: string, short: string): readonly Entry[] {
  const legs = new Map([
    ['long', d(long)],
    ['short', d(short)],
  ] as const);
  const before = bench.entries.length;
  const exchange = add(d(long), d(short));
  bench.take({
    kind: 'observed',
    observation: { instrument: swap.id, exchange, legs, evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now },
  });
  return bench.entries.slice(before);
}

test('legs that differ are believed at the second look, though together they come to what they should', () => {
  const bench = hedged();
  bench.compare('routine', { positions: [legOf('long', '3'), legOf('short', '-2')], config: config(bench) });
  assert.ok(
    bench.effects.some(({ kind }) => kind === 'observe'),
    'the routine lets the instrument be looked at',
  );
  assert.deepEqual(
    says(bench, '3', '-2').map(({ kind }) => kind),
    ['mismatch', 'mismatch'],
  );
  bench.now += 5000;
  says(bench, '3', '-2');
  assert.notEqual(bench.state.mode, 'ACTIVE');
  assert.match(bench.state.modeCause, /^divergent position: BTC-USDT-SWAP\/long: the books say 2, the exchange says 3$/);
});

test('a leg that the books do not know is a reversed position, whatever the other leg is, and halts', () => {
  const bench = hedged();
  const { positions } = bench.state;
  bench.state = { ...bench.state, positions: new Map([...positions].filter(([key]) => key === positionKey(swap.id, 'long'))) };
  says(bench, '2', '-2');
  bench.now += 5000;
  says(bench, '2', '-2');
  assert.equal(bench.state.mode, 'HALTED');
  assert.match(bench.state.modeCause, /^reversed position: BTC-USDT-SWAP\/short: the books say 0, the exchange says -2$/);
});

test('an order of the other leg explains no difference of this one', () => {
  const bench = hedged();
  const unanswered: Life = { kind: 'unknown', since: NOW, negatives: 0, lastNegativeAt: 0 };
  const order = openOrder(swap, 'sell', '1', { leg: 'short', life: unanswered });
  bench.state = { ...bench.state, openOrders: new Map([[order.clientOrderId, order]]) };
  says(bench, '2', '-2');
  bench.now += 5000;
  assert.deepEqual(says(bench, '2', '-2'), [], 'an order of unknown outcome may have done it');
  says(bench, '3', '-1');
  bench.now += 5000;
  says(bench, '3', '-1');
  assert.notEqual(bench.state.mode, 'ACTIVE');
});

test('legs that differed for a moment are told to match again', () => {
  const bench = hedged();
  says(bench, '3', '-1');
  bench.now += 5000;
  // The routine says nothing of it: who looks at the instrument alone does.
  bench.compare('routine', { positions: [legOf('long', '2'), legOf('short', '-1')], config: config(bench) });
  assert.deepEqual(
    says(bench, '2', '-1').map((entry) => entry.kind === 'verified' && [entry.instrument, entry.outcome]),
    [[`${swap.id}/long`, 'matched']],
  );
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.deepEqual(says(bench, '2', '-1'), []);
});

test('a leg that a person closed is taken from its owner alone, and one that a person opened stands beside', () => {
  const bench = hedged();
  bench.compare('operator', { positions: [legOf('long', '0.5'), legOf('short', '-4')], config: config(bench) });
  bench.take({ kind: 'adopt_asked', reason: 'mine', evidence: 'e' });
  const sizes = [...bench.state.positions].map(([key, { size, owners }]) => [key, size, owners.get(alpha)]);
  assert.deepEqual(sizes, [
    [positionKey(swap.id, 'long'), d('0.5'), d('0.5')],
    [positionKey(swap.id, 'short'), d('-1'), d('-1')],
  ]);
  assert.deepEqual(bench.state.baseline.contracts.get(positionKey(swap.id, 'short')), d('-3'));
  bench.compare('operator', { positions: [legOf('long', '0.5'), legOf('short', '-4')], config: config(bench) });
  assert.equal(bench.state.lastCompared?.clean, true);
});
