import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsProof, purposeOf } from '../../src/adapters/operator/proof.ts';
import { looking, needsToken, type OperatorRequest, parseOperatorCall } from '../../src/adapters/operator/protocol.ts';
import type { Proved } from '../../src/adapters/vault/signer.ts';
import { type Configuration, parseConfiguration, policyHashOf } from '../../src/core/policy/configuration.ts';
import { type Verb, verbs } from '../../src/doors/operator/usage.ts';
import { createProving, demandsProof } from '../../src/main/proving.ts';
import { GatewayBench } from '../support/gateway-bench.ts';

type Asked = OperatorRequest['verb'];

/** One call of every verb of the socket, with what it is for as the journal says it. A verb more does not compile. */
const calls: { readonly [Each in Asked]: readonly [given: object, purpose: string] } = {
  approve: [{ approval: 'a1', reason: '' }, 'approve a1'],
  resume: [{ reason: '' }, 'resume'],
  unfreeze: [{ subject: 'agent:alpha', reason: 'x' }, 'unfreeze agent:alpha'],
  adopt: [{ reason: 'x' }, 'adopt'],
  resolve: [{ order: 't1', reason: 'x' }, 'resolve t1'],
  set_leverage: [{ instrument: 'BTC-USDT-SWAP', leverage: '2', reason: '' }, 'set_leverage BTC-USDT-SWAP'],
  policy_loosen: [{ digest: 'a'.repeat(64), reason: '' }, 'policy_loosen'],
  rotate: [{ reason: '' }, 'rotate'],
  promote: [{ reason: '' }, 'promote'],
  demote: [{ reason: '' }, 'demote'],
  agent_add: [{ agent: 'alpha', reason: '' }, 'agent_add alpha'],
  agent_token: [{ agent: 'alpha', reason: '' }, 'agent_token alpha'],
  agent_revoke: [{ agent: 'alpha', reason: '' }, 'agent_revoke alpha'],
  policy_apply: [{ digest: 'a'.repeat(64), reason: '' }, 'policy_apply'],
  policy_withdraw: [{ reason: '' }, 'policy_withdraw'],
  halt: [{ reason: '' }, 'halt'],
  reduce_only: [{ reason: '' }, 'reduce_only'],
  freeze: [{ subject: 'BTC-USDT', reason: '' }, 'freeze instrument:BTC-USDT'],
  deny: [{ approval: 'a1', reason: '' }, 'deny a1'],
  flatten: [{ instrument: 'BTC-USDT', reason: '' }, 'flatten BTC-USDT'],
  reconcile: [{}, 'reconcile'],
  ack: [{ alert: 'all', reason: '' }, 'ack'],
  alert_test: [{}, 'alert_test'],
  page: [{}, 'page'],
  status: [{}, 'status'],
  limits: [{}, 'limits'],
  positions: [{}, 'positions'],
  orders: [{}, 'orders'],
  account_config: [{}, 'account_config'],
  account_balance: [{}, 'account_balance'],
  agents: [{}, 'agents'],
  approvals: [{}, 'approvals'],
  alerts: [{}, 'alerts'],
};

/** What each command of the operator asks of a gateway that runs. A command more does not compile. */
const commands: { readonly [Each in Verb]: readonly Asked[] } = {
  status: ['status'],
  limits: ['limits'],
  positions: ['positions'],
  orders: ['orders'],
  fills: [],
  account: ['account_config', 'account_balance', 'set_leverage'],
  agents: ['agents', 'agent_add', 'agent_token', 'agent_revoke'],
  policy: ['status', 'policy_apply', 'policy_loosen', 'policy_withdraw'],
  approvals: ['approvals'],
  approve: ['approve'],
  deny: ['deny'],
  alerts: ['alerts', 'ack', 'alert_test'],
  ack: ['ack'],
  page: ['page'],
  log: [],
  why: [],
  report: [],
  halt: ['halt'],
  'reduce-only': ['reduce_only'],
  resume: ['resume'],
  freeze: ['freeze'],
  unfreeze: ['unfreeze'],
  flatten: ['flatten'],
  resolve: ['resolve'],
  reconcile: ['reconcile', 'adopt'],
  init: [],
  install: [],
  uninstall: [],
  operator: [],
  doctor: ['account_config', 'status'],
  checklist: ['status'],
  credentials: ['rotate'],
  stage: ['status', 'promote', 'demote'],
};

const loosening: readonly Asked[] = [
  'adopt',
  'agent_add',
  'agent_token',
  'approve',
  'policy_loosen',
  'promote',
  'resolve',
  'resume',
  'rotate',
  'set_leverage',
  'unfreeze',
];

function requestOf(verb: string): OperatorRequest {
  const read = parseOperatorCall({ id: 1, verb, arguments: calls[verb as Asked][0] });
  assert.ok(read.ok, read.ok ? '' : `${verb}: ${read.error}`);
  return read.value.request;
}

function configurationOf(text: string): Configuration {
  const read = parseConfiguration(text);
  assert.ok(read.ok);
  return read.value;
}

const live = configurationOf('[exchange]\nenvironment = "live"\n');
const sim = configurationOf('');
const asking = configurationOf('[operator]\nrequire_proof = true\n');

test('in live exactly what loosens needs a proof, of all that the socket takes, and elsewhere only where the file asks for it', () => {
  const every = Object.keys(calls);
  assert.deepEqual(every.toSorted(), Object.keys(needsProof).toSorted());
  for (const question of looking) assert.ok(every.includes(question));
  const needing = (configuration: Configuration) => every.filter((verb) => demandsProof(configuration, requestOf(verb))).toSorted();
  assert.deepEqual(needing(live), loosening);
  assert.deepEqual(needing(asking), loosening);
  assert.deepEqual(needing(sim), []);
});

test('every command of the operator is known by what it asks, and none that tightens or looks asks for a proof', () => {
  assert.deepEqual(Object.keys(commands).toSorted(), Object.keys(verbs).toSorted());
  for (const free of ['halt', 'reduce-only', 'freeze', 'deny', 'flatten', 'status', 'ack'] as const)
    for (const asked of commands[free]) assert.equal(needsProof[asked], false, `${free} asks ${asked}`);
  const asked = new Set(Object.values(commands).flat());
  for (const verb of loosening) assert.ok(asked.has(verb), `${verb} can be asked for by a command`);
});

test('whatever needs a proof needs the token too, and the journal is told what it was for without a word of anybody', () => {
  for (const [verb, [, purpose]] of Object.entries(calls)) {
    const request = requestOf(verb);
    assert.equal(purposeOf(request), purpose);
    if (needsProof[request.verb]) assert.ok(needsToken(request), verb);
  }
});

test('the hash of the policy says whether a proof is asked for, and is what it was where none is', () => {
  assert.notEqual(policyHashOf(asking), policyHashOf(sim));
  assert.equal(policyHashOf(configurationOf('[operator]\nrequire_proof = false\n')), policyHashOf(sim));
});

test('a proof is an object of a passphrase and six digits, and nothing of it is repeated', () => {
  const read = (proof: unknown) => parseOperatorCall({ id: 1, verb: 'resume', arguments: { reason: '' }, proof });
  const right = read({ passphrase: 'p', code: '123456' });
  assert.ok(right.ok);
  assert.deepEqual(right.value.proof, { passphrase: 'p', code: '123456' });
  const none = read(undefined);
  assert.ok(none.ok && none.value.proof === null);
  for (const odd of [
    null,
    'secret',
    [],
    { passphrase: 'secret' },
    { passphrase: 'secret', code: 123456 },
    { passphrase: 'secret', code: '12345' },
    { passphrase: 'secret', code: '123456', more: 1 },
    { passphrase: 'secret'.repeat(500), code: '123456' },
  ]) {
    const refused = read(odd);
    assert.ok(!refused.ok, JSON.stringify(odd));
    assert.doesNotMatch(refused.error, /secret/);
  }
});

/** A gateway without processes: its vault says what the test says. */
class Desk {
  readonly bench = GatewayBench.running();
  readonly asked: string[] = [];
  says: Proved = { kind: 'proved', step: 77, signed: null };
  writes = true;

  get proving() {
    return createProving({
      limits: { configuration: live },
      enrolled: true,
      engine: {
        state: this.bench.state,
        now: () => this.bench.now,
        tell: (event) => {
          if (!this.writes) return Promise.resolve('the journal could not be written');
          this.bench.take(event);
          return Promise.resolve(null);
        },
      },
      prove: ({ code, after }) => {
        const begun = this.bench.entries.findLast((entry) => entry.kind === 'proof');
        this.asked.push(`${code} after ${after}, ${begun?.outcome} for ${begun?.purpose}`);
        return Promise.resolve(this.says);
      },
    });
  }
}

const proof = { passphrase: 'p', code: '123456' };

test('the vault is asked once the try is written down, and what it says is written before anything is done', async () => {
  const desk = new Desk();
  assert.equal(await desk.proving(requestOf('approve'), proof), null);
  assert.deepEqual(desk.asked, ['123456 after 0, begun for approve a1']);
  assert.equal(desk.bench.state.proofs.usedStep, 77);
  assert.equal(await desk.proving(requestOf('resume'), proof), null);
  assert.deepEqual(desk.asked.at(-1), '123456 after 77, begun for resume');
});

test('without a proof, without a journal, without an answer and while it is too soon nothing is proven, and stopping is never asked', async () => {
  const desk = new Desk();
  assert.equal((await desk.proving(requestOf('resume'), null))?.code, 'PROOF_REQUIRED');
  desk.writes = false;
  assert.equal((await desk.proving(requestOf('resume'), proof))?.code, 'UNAVAILABLE');
  assert.deepEqual(desk.asked, []);
  desk.writes = true;
  desk.says = { kind: 'dead' };
  assert.equal((await desk.proving(requestOf('resume'), proof))?.code, 'UNAVAILABLE');
  assert.match((await desk.proving(requestOf('resume'), proof))?.message ?? '', /after 1 tries .* may come in 1 s/);
  assert.equal(desk.asked.length, 1);
  desk.bench.now += 1000;
  desk.says = { kind: 'refused', cause: 'wrong' };
  assert.deepEqual(await desk.proving(requestOf('resume'), proof), { code: 'PROOF_REFUSED', message: 'wrong; nothing was done' });
  for (const verb of ['halt', 'reduce_only', 'freeze', 'deny', 'flatten'])
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await desk.proving(requestOf(verb), null), null, verb);
});

test('two proofs at once are one proof', async () => {
  const desk = new Desk();
  const { proving } = desk;
  const both = await Promise.all([proving(requestOf('resume'), proof), proving(requestOf('approve'), proof)]);
  assert.equal(both[0], null);
  assert.match(both[1]?.message ?? '', /another proof is being checked/);
});
