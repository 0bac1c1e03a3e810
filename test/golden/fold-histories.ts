import fc from 'fast-check';
import { assert } from '../../src/core/lang/assert.ts';
import type { Fact } from '../../src/core/account/apply.ts';
import type { Principal } from '../../src/core/order/intent.ts';
import { factsOf } from '../differential/play.ts';
import { deed, factsOfDeeds } from '../support/deeds.ts';
import { fill, GatewayBench, lookedUp } from '../support/gateway-bench.ts';
import { d, ether, spot, swap } from '../support/policy-samples.ts';
import { signedStage } from '../support/signed-stage.ts';

const SEEDS = 300;
const START = 1_700_000_000_000;

/** Histories in which as many kinds of entries occur as the generators have, to be written down once. */
export function recordHistories(): readonly (readonly Fact[])[] {
  const kinds = new Set<string>();
  const histories: (readonly Fact[])[] = [story(), storyOfLeftover(), storyOfAgents(), storyOfProofs(), storyOfLimits(), storyOfStages()];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const facts = factsOf(seed);
    if (seed > 3 && facts.every(({ entry }) => kinds.has(entry.kind))) continue;
    for (const { entry } of facts) kinds.add(entry.kind);
    histories.push(facts);
  }
  for (const deeds of fc.sample(fc.array(deed, { minLength: 60, maxLength: 120 }), { seed: 1, numRuns: SEEDS })) {
    const facts = factsOfDeeds(deeds);
    if (facts.every(({ entry }) => kinds.has(entry.kind))) continue;
    for (const { entry } of facts) kinds.add(entry.kind);
    histories.push(facts);
  }
  return histories;
}

function story(): readonly Fact[] {
  const bench = GatewayBench.running();
  for (const quantity of ['0.01', '0.02']) {
    bench.now += 5000;
    bench.filled(bench.place(spot, 'buy', quantity));
  }
  bench.now += 1000;
  const lost = bench.lose(bench.place(ether, 'buy', '0.1'));
  for (const wait of [70_000, 20_000]) {
    bench.now += wait;
    bench.search(lost);
  }
  bench.place(swap, 'buy', '2');
  bench.cancelAll();
  bench.compare('hourly');
  bench.take({ kind: 'freeze_asked', verb: 'freeze', subject: 'agent:beta', reason: 'looked' });
  // Refused, and refused again.
  bench.place(swap, 'buy', '100000000');
  bench.place(swap, 'buy', '100000000');
  bench.take({ kind: 'flatten_asked', reason: 'the end', instrument: '' });
  bench.take({ kind: 'tick' });
  return told(bench);
}

/** A close that executes in part, and what it left. */
function storyOfLeftover(): readonly Fact[] {
  const bench = GatewayBench.running();
  const proven = (size: string) => {
    const observation = { instrument: swap.id, exchange: d(size), evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now };
    bench.take({ kind: 'observed', observation });
  };
  bench.filled(bench.place(swap, 'buy', '2'));
  proven('2');
  const close = bench.close(swap);
  assert(close !== undefined, 'what is held may be closed');
  bench.take({ kind: 'place_answered', clientOrderId: close.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
  bench.take(lookedUp(close, 'cancelled', '0.8', [fill(close, '0.8')]));
  proven('1.2');
  return told(bench);
}

/** Somebody proves to be the operator, once right, then wrong, and then is cut off. */
function storyOfProofs(): readonly Fact[] {
  const bench = GatewayBench.running();
  const tried = { kind: 'proof_tried', purpose: 'resume', cause: '', step: 0 } as const;
  for (const outcome of ['begun', 'accepted', 'begun', 'refused', 'begun'] as const)
    bench.take({ ...tried, outcome, ...(outcome === 'accepted' ? { step: 56_666_666 } : outcome === 'refused' ? { cause: 'wrong' } : {}) });
  return told(bench);
}

/** Other limits are waited for, and hold. */
function storyOfLimits(): readonly Fact[] {
  const bench = GatewayBench.running();
  const [held, next] = ['a'.repeat(64), 'b'.repeat(64)];
  const set = { kind: 'limits_set', policyHash: held, by: 'operator', cause: 'more', unapplied: [], loosening: null } as const;
  bench.place(spot, 'buy', '100000000');
  bench.take({ ...set, ratchet: { inForce: [held], pending: { digest: next, due: START } } });
  bench.take({ ...set, policyHash: next, by: 'twokey', ratchet: { inForce: [next], pending: null } });
  return told(bench);
}

/** An account is led up by what was signed, trades, loses a stage and is led down. */
function storyOfStages(): readonly Fact[] {
  const bench = GatewayBench.running('', 'live');
  for (const wait of [0, 1_000_000]) {
    bench.now += wait;
    bench.compare('operator');
    bench.operate('resume');
  }
  for (const to of ['LIVE-0', 'LIVE-1', 'LIVE-2']) {
    bench.compare('operator');
    bench.take({ kind: 'promote_asked', to, reason: '', signed: signedStage(to) });
  }
  bench.accept(bench.place(ether, 'buy', '0.01'));
  bench.write({ kind: 'marked', managed_usd: '-3', prices: {}, halting: [] });
  bench.write({ kind: 'stage', from: 'LIVE-2', to: 'LIVE-1', by: 'twokey', ground: 'drawdown', cause: 'a fall', wait_until: bench.now + 1 });
  bench.take({ kind: 'demote_asked', reason: '' });
  bench.take({ kind: 'stage_refused', cause: 'a test' });
  return told(bench);
}

/** A name that was never in the file trades, is cut off, and may again. */
function storyOfAgents(): readonly Fact[] {
  const bench = GatewayBench.running();
  const asked = { kind: 'agent_asked', agent: 'gamma', reason: 'a test' } as const;
  bench.take({ ...asked, verb: 'add', tokenHash: 'ab'.repeat(32) });
  bench.accept(bench.place(spot, 'buy', '0.01', { principal: 'gamma' as Principal }));
  bench.take({ ...asked, verb: 'revoke', tokenHash: '' });
  bench.take({ ...asked, verb: 'add', tokenHash: 'cd'.repeat(32) });
  return told(bench);
}

function told(bench: GatewayBench): readonly Fact[] {
  return bench.entries.map((entry, index) => ({ seq: index + 1, at: START + index * 1000, entry }));
}
