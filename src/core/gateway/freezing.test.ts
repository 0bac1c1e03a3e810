import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, lookedUp } from '../../../test/support/gateway-bench.ts';
import { alpha, beta, ether, spot, swap } from '../../../test/support/policy-samples.ts';
import { parseSubject, type Subject } from '../account/freeze.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import { mayNotFreeze } from './freezing.ts';

const agents = { agents: new Map([['alpha', {}]]) } as unknown as Parameters<typeof mayNotFreeze>[2];

function freeze(bench: GatewayBench, subject: Subject, verb: 'freeze' | 'unfreeze' = 'freeze'): void {
  bench.take({ kind: 'freeze_asked', verb, subject, reason: 'a test' });
}

test('on a frozen instrument no entry passes, exits and cancels do, and the others are left alone', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(spot, 'buy', '0.01'));
  const resting = bench.accept(bench.place(spot, 'buy', '0.02', { principal: beta }));
  const elsewhere = bench.accept(bench.place(ether, 'buy', '0.1'));
  freeze(bench, 'instrument:BTC-USDT');
  assert.equal(bench.current(resting).cancel, 'requested');
  assert.equal(bench.current(elsewhere).cancel, 'none');
  assert.equal(bench.place(spot, 'buy', '0.03'), undefined);
  assert.equal(bench.lastDecision(), 'INSTRUMENT_FROZEN');
  assert.ok(bench.place(ether, 'buy', '0.2') !== undefined);
  assert.ok(bench.close(spot) !== undefined);
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('a frozen agent opens nothing anywhere and may close what it holds; another agent goes on', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '1'));
  const resting = bench.accept(bench.place(ether, 'buy', '0.1'));
  freeze(bench, 'agent:alpha');
  assert.equal(bench.current(resting).cancel, 'requested');
  for (const instrument of [spot, ether, swap]) {
    assert.equal(bench.place(instrument, 'buy', '1'), undefined);
    assert.equal(bench.lastDecision(), 'AGENT_FROZEN');
  }
  assert.ok(bench.place(spot, 'buy', '0.01', { principal: beta }) !== undefined);
  assert.ok(bench.close(swap) !== undefined);
});

test('a freeze outlives the process, and neither time, a restart, a halt nor resume thaws it', () => {
  const bench = GatewayBench.running();
  freeze(bench, 'instrument:BTC-USDT');
  bench.start();
  bench.compare('boot');
  bench.operate('halt');
  bench.compare('operator');
  bench.operate('resume');
  bench.operate('resume');
  bench.now += 100_000_000;
  bench.take({ kind: 'tick' });
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.equal(bench.place(spot, 'buy', '0.01'), undefined);
  assert.equal(bench.lastDecision(), 'INSTRUMENT_FROZEN');
  freeze(bench, 'instrument:BTC-USDT', 'unfreeze');
  assert.ok(bench.place(spot, 'buy', '0.02') !== undefined);
});

test('freezing twice and thawing what is not frozen write nothing', () => {
  const bench = GatewayBench.running();
  freeze(bench, 'agent:alpha', 'unfreeze');
  freeze(bench, 'agent:alpha');
  const before = bench.entries.length;
  freeze(bench, 'agent:alpha');
  assert.equal(bench.entries.length, before);
  assert.deepEqual(
    bench.kinds().filter((kind) => kind === 'thawed'),
    [],
  );
});

test('thawing an agent opens its throttle, whether it was frozen or not, and nobody else’s', () => {
  const bench = GatewayBench.running('max_same_side = { per_10_minutes = 1, per_hour = 1 }');
  for (const principal of [alpha, beta]) {
    assert.ok(bench.place(spot, 'buy', '0.01', { principal }) !== undefined);
    assert.equal(bench.place(spot, 'buy', '0.02', { principal }), undefined);
    assert.equal(bench.lastDecision(), 'RATE_LIMIT');
  }
  freeze(bench, 'agent:alpha', 'unfreeze');
  assert.ok(bench.place(spot, 'buy', '0.03') !== undefined);
  assert.equal(bench.place(spot, 'buy', '0.03', { principal: beta }), undefined);
  assert.equal(bench.lastDecision(), 'RATE_LIMIT');
});

test('an entry on its way when the freeze came is cancelled again when it is found live', () => {
  const bench = GatewayBench.running();
  const order = bench.place(spot, 'buy', '0.01');
  assert.ok(order !== undefined);
  bench.lose(order);
  freeze(bench, 'instrument:BTC-USDT');
  assert.equal(bench.current(order).cancel, 'requested');
  bench.take(lookedUp(order, 'live', '0'));
  assert.deepEqual(bench.effectKinds(), ['cancel']);
});

test('what the exchange says of an instrument freezes it, what it says of the account closes entries, and both stay', () => {
  const bench = GatewayBench.running();
  bench.take({ kind: 'restricted', scope: 'instrument', instrument: swap.id, cause: 'code 51030' });
  bench.take({ kind: 'restricted', scope: 'instrument', instrument: swap.id, cause: 'code 51030' });
  assert.deepEqual([...bench.state.frozen], [['instrument:BTC-USDT-SWAP', { by: 'twokey', cause: 'code 51030', at: bench.now }]]);
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.take({ kind: 'restricted', scope: 'account', instrument: swap.id, cause: 'code 51037' });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.state.modeCause, 'code 51037');
  bench.start();
  bench.compare('boot');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.state.frozen.size, 1);
});

test('freezing is refused for what this gateway does not know, and thawing without a reason', () => {
  const { state } = GatewayBench.running();
  const asked = (verb: 'freeze' | 'unfreeze', subject: Subject, reason = 'a test') =>
    mayNotFreeze(state, { verb, subject, reason }, agents);
  assert.equal(asked('freeze', 'instrument:BTC-USDT'), null);
  assert.equal(asked('freeze', 'agent:alpha'), null);
  assert.match(asked('freeze', 'instrument:DOGE-USDT') ?? '', /^DOGE-USDT is not an instrument of this gateway: BTC-USDT, /);
  assert.match(asked('freeze', 'agent:gamma') ?? '', /^gamma is not an agent of this gateway: alpha$/);
  assert.match(asked('unfreeze', 'agent:alpha', ' ') ?? '', /--reason/);
  assert.match(asked('unfreeze', 'agent:alpha') ?? '', /is not frozen/);
});

test('a subject is an instrument or an agent by its kind, and nothing is guessed', () => {
  assert.deepEqual(parseSubject('BTC-USDT'), { ok: true, value: 'instrument:BTC-USDT' });
  assert.deepEqual(parseSubject('instrument:BTC-USDT'), { ok: true, value: 'instrument:BTC-USDT' });
  assert.deepEqual(parseSubject('agent:alpha'), { ok: true, value: 'agent:alpha' });
  for (const wrong of ['', 'alpha', 'agent:', 'agent:A', 'account:1001', 'instrument:', ':', 'agent:alpha:beta', 7, null])
    assert.equal(parseSubject(wrong).ok, false, String(wrong));
});

test('what an agent left that is not configured any more is told at every start, and its entries are cancelled', () => {
  const gone = 'gone' as Principal;
  const bench = GatewayBench.running();
  // As the journal has it of a time in which there was such an agent.
  const order = bench.place(spot, 'buy', '0.01', { intentId: 'left' as IntentId });
  const resting = bench.place(ether, 'buy', '0.1', { intentId: 'rests' as IntentId });
  bench.filled(order);
  bench.accept(resting);
  const renamed = bench.entries.map((entry) => ('principal' in entry && entry.principal === alpha ? { ...entry, principal: gone } : entry));
  bench.entries.splice(0, bench.entries.length, ...renamed);
  for (let starts = 0; starts < 2; starts += 1) {
    const told = bench.start().filter((entry) => entry.kind === 'alert');
    assert.equal(told.length, 1);
    assert.match(told[0]?.message ?? '', /^agent gone is no agent of this gateway any more and holds BTC-USDT and has 1 open orders;/);
  }
  assert.equal(bench.entries.filter((entry) => entry.kind === 'cancelling').length, 1);
  assert.equal([...bench.state.openOrders.values()][0]?.cancel, 'requested');
});
