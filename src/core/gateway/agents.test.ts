import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noStanding } from '../account/standing.ts';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { alpha, beta, ether, spot } from '../../../test/support/policy-samples.ts';
import type { Principal } from '../order/intent.ts';
import { parseIntent } from '../order/parse-intent.ts';
import { AGENTS_MAX, type Configuration } from '../policy/configuration.ts';
import { inForce, mayNotGrant } from './agents.ts';

const gamma = 'gamma' as Principal;
const hashes = { first: 'ab'.repeat(32), second: 'cd'.repeat(32) };

function say(
  bench: GatewayBench,
  verb: 'add' | 'token' | 'revoke',
  agent: string,
  tokenHash = verb === 'revoke' ? '' : hashes.first,
): void {
  bench.take({ kind: 'agent_asked', verb, agent, tokenHash, reason: 'a test' });
}

function agentsOf(bench: GatewayBench): readonly string[] {
  return [...inForce(bench.context().configuration, bench.state).agents.keys()];
}

test('a name that is no agent opens nothing; added it trades within the limits of the account; revoked it opens nothing again', () => {
  const bench = GatewayBench.running('max_order_size = 100');
  assert.equal(bench.place(spot, 'buy', '0.001', { principal: gamma }), undefined);
  assert.equal(bench.lastDecision(), 'NOT_ALLOWED');
  say(bench, 'add', gamma);
  assert.ok(bench.place(spot, 'buy', '0.001', { principal: gamma }) !== undefined);
  bench.now += 60_000;
  assert.equal(bench.place(ether, 'buy', '1', { principal: gamma }), undefined);
  assert.equal(bench.lastDecision(), 'MAX_ORDER_SIZE');
  say(bench, 'revoke', gamma);
  assert.equal(bench.place(ether, 'buy', '0.001', { principal: gamma }), undefined);
  assert.equal(bench.lastDecision(), 'NOT_ALLOWED');
});

test('with an agent that is revoked go its entries, and nobody else’s; what it holds is told and stays, and a restart changes nothing of it', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(spot, 'buy', '0.01'));
  const own = bench.accept(bench.place(ether, 'buy', '0.1'));
  const others = bench.accept(bench.place(ether, 'buy', '0.2', { principal: beta }));
  say(bench, 'revoke', alpha);
  assert.equal(bench.current(own).cancel, 'requested');
  assert.equal(bench.current(others).cancel, 'none');
  const told = bench.entries.flatMap((entry) => (entry.kind === 'alert' && entry.code === 'ORPHAN' ? [entry.message] : []));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /^agent alpha is no agent of this gateway any more and holds BTC-USDT and has 1 open orders/);
  assert.equal(bench.state.positions.size, 1);
  assert.deepEqual(agentsOf(bench), ['beta']);
  bench.start();
  assert.deepEqual(agentsOf(bench), ['beta']);
});

test('what waits for a person when its agent is revoked waits no more, and is not sent though the person agrees and the name was added again', () => {
  const bench = GatewayBench.running('[approval]\nabove = 1000');
  const words = {
    intent_id: 'waits',
    instrument: spot.id,
    side: 'buy',
    type: 'market',
    quantity: '3000',
    quantity_unit: 'usd',
    reason: 'x',
  };
  const intent = parseIntent({ principal: alpha, tool: 'place_order', arguments: words });
  assert.ok(intent.ok);
  const client = { name: 'test', version: '1', toolsHash: '' };
  bench.take({ kind: 'asked', call: 0, tool: 'place_order', intent: intent.value, arguments: words, client });
  const [waiting] = bench.state.approvals.keys();
  assert.ok(waiting !== undefined);
  say(bench, 'revoke', alpha);
  assert.equal(bench.state.approvals.size, 0);
  say(bench, 'add', alpha);
  bench.take({ kind: 'judged', call: 0, approval: waiting, verb: 'approve', reason: '' });
  assert.deepEqual(bench.effectKinds(), ['refuse']);
  assert.equal(bench.state.openOrders.size, 0);
  assert.equal(bench.entries.findLast(({ kind }) => kind === 'approval_ended')?.kind, 'approval_ended');
});

test('an agent of the file that was revoked and is added again has the limits of its own section, and not the account’s', () => {
  const section = { name: 'alpha', sharedPositions: true };
  const configuration = { policy: 'the account’s', agents: new Map([['alpha', section]]) } as unknown as Configuration;
  const added = new Map([['alpha', { kind: 'added', tokenHash: hashes.first, at: 1 } as const]]);
  assert.equal(inForce(configuration, { grants: added, standing: noStanding }).agents.get('alpha'), section);
  assert.equal(
    inForce(configuration, { grants: new Map([['alpha', { kind: 'revoked', at: 1 } as const]]), standing: noStanding }).agents.size,
    0,
  );
});

test('what is kept of a token is its hash, the last one wins, and none is left of an agent that is revoked', () => {
  const bench = GatewayBench.running();
  say(bench, 'add', gamma);
  say(bench, 'token', gamma, hashes.second);
  assert.deepEqual(bench.state.grants.get(gamma), { kind: 'added', tokenHash: hashes.second, at: bench.now });
  say(bench, 'revoke', gamma);
  assert.deepEqual(bench.state.grants.get(gamma), { kind: 'revoked', at: bench.now });
  const written = bench.entries.filter(({ kind }) => kind.startsWith('agent_'));
  assert.deepEqual(
    written.map((entry) => ('by' in entry ? `${entry.kind} ${entry.by}` : '')),
    ['agent_added operator', 'agent_added operator', 'agent_revoked operator'],
  );
});

test('what makes no sense is refused with the fix: a second token by add, a token or an end for a stranger, a reserved name, one agent too many', () => {
  const bench = GatewayBench.running();
  const refusal = (verb: 'add' | 'token' | 'revoke', agent: string): string | null =>
    mayNotGrant(bench.state, { verb, agent, tokenHash: '', reason: '' }, inForce(bench.context().configuration, bench.state));
  // An agent of the file has no token at first.
  assert.equal(refusal('add', alpha), null);
  say(bench, 'add', alpha);
  assert.match(refusal('add', alpha) ?? '', /has a token already; twokey agents token alpha/);
  assert.equal(refusal('token', alpha), null);
  assert.match(refusal('token', 'nobody') ?? '', /twokey agents add nobody/);
  assert.match(refusal('revoke', 'nobody') ?? '', /not an agent of this gateway: alpha, beta$/);
  for (const name of ['operator', 'twokey']) assert.match(refusal('add', name) ?? '', /take another name/);
  for (let index = 2; index < AGENTS_MAX; index += 1) say(bench, 'add', `agent-${index}`);
  assert.match(refusal('add', 'one-more') ?? '', /64 agents already/);
  say(bench, 'revoke', 'agent-9');
  assert.equal(refusal('add', 'one-more'), null);
});
