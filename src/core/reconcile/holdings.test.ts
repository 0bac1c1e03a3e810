import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { alpha, d, NOW, spot, swap } from '../../../test/support/policy-samples.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import type { PositionReport } from '../order/report.ts';
import type { Snapshot } from './compare.ts';
import { expectedPosition, positionDifferences } from './holdings.ts';

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

test('between full comparisons legs that differ are believed at the second look, though together they come to what they should', () => {
  const bench = hedged();
  const holds = { positions: [legOf('long', '3'), legOf('short', '-2')], config: config(bench) };
  assert.deepEqual(
    bench.compare('routine', holds).map(({ kind }) => kind),
    ['mismatch', 'mismatch'],
  );
  bench.now += 5000;
  bench.compare('routine', holds);
  assert.notEqual(bench.state.mode, 'ACTIVE');
  assert.match(bench.state.modeCause, /the books say 2, the exchange says 3, and 1 more/);
});

test('legs that differed for a moment are told to match again', () => {
  const bench = hedged();
  bench.compare('routine', { positions: [legOf('long', '3'), legOf('short', '-1')], config: config(bench) });
  bench.now += 5000;
  const entries = bench.compare('routine', { positions: [legOf('long', '2'), legOf('short', '-1')], config: config(bench) });
  assert.deepEqual(
    entries.map((entry) => entry.kind === 'verified' && [entry.instrument, entry.outcome]),
    [[`${swap.id}/long`, 'matched']],
  );
  assert.equal(bench.state.mode, 'ACTIVE');
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
