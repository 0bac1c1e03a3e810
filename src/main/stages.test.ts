import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../test/support/gateway-bench.ts';
import { circumstances, d } from '../../test/support/policy-samples.ts';
import { signedStage } from '../../test/support/signed-stage.ts';
import { ok, type Result } from '../core/lang/result.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import type { SignedStage } from '../core/stage/artefact.ts';
import { failed, fine } from '../doors/operator/checks.ts';
import { codeAt, type Enrolment, hashOf, Prover, secretOf, STEP_MILLISECONDS } from '../vault/operator-proof.ts';
import { StageGate } from '../vault/stage-gate.ts';
import type { StageEvidence } from './operator/stage-evidence.ts';
import { createProving } from './proving.ts';
import { Stages } from './stages.ts';

const passphrase = 'correct horse battery';
const salt = Buffer.alloc(16, 7);
const cost = 16_384;
const totp = Buffer.alloc(20, 9);
const enrolment: Enrolment = { cost, salt, totp, hash: await hashOf(passphrase, { cost, salt }) };

const request = { verb: 'promote', reason: 'it is time' } as const;

/** A gateway and a vault without processes: decisions, journal, proof and signature are the real ones. */
class Desk {
  readonly bench: GatewayBench;
  readonly gate: StageGate;
  readonly stages: Stages;
  readonly held: (SignedStage | null)[] = [];
  evidence: Result<StageEvidence>;
  looks = 0;
  writes = true;
  monotonic = 0;
  readOnly = false;
  equity: string | null = '10000';
  #sequence = 0;

  constructor(environment: 'demo' | 'live' = 'live', known: Enrolment = enrolment) {
    this.bench = GatewayBench.running('', environment);
    for (const wait of environment === 'live' ? [0, 1_000_000] : []) {
      this.bench.now += wait;
      this.compared();
      this.bench.operate('resume');
    }
    this.compared();
    this.evidence = ok({ stage: this.bench.state.standing.stage, items: [fine('everything', 'seen')] });
    this.gate = new StageGate({ environment, operator: secretOf(known) });
    const clock = { now: () => this.bench.now, monotonic: () => this.monotonic };
    const prover = new Prover(known, { clock, gate: this.gate });
    const { bench } = this;
    const engine = {
      get state() {
        return bench.state;
      },
      now: () => bench.now,
      circumstances: () => ({
        ...circumstances,
        funds: this.equity === null ? null : { equityUsd: d(this.equity), available: new Map(), at: bench.now },
      }),
      post: (event: Parameters<GatewayBench['take']>[0]) => void bench.take(event),
      tell: (event: Parameters<GatewayBench['take']>[0]) => {
        if (!this.writes && event.kind === 'promote_asked') return Promise.resolve('the journal could not be written');
        bench.take(event);
        return Promise.resolve(null);
      },
    };
    const keys = {
      prove: async (asked: { readonly passphrase: string; readonly code: string; readonly after: number; readonly stage?: object }) => {
        this.#sequence += 1;
        const said = await prover.answer({ kind: 'prove', id: 1, sequence: this.#sequence, stage: null, ...asked });
        if (said?.kind === 'proved') return { kind: 'proved', step: said.step, signed: said.signed } as const;
        return { kind: 'refused', cause: said?.kind === 'refused' ? said.cause : 'strange' } as const;
      },
      holdStage: (stage: SignedStage | null) => {
        this.held.push(stage);
        return Promise.resolve(this.gate.hold(stage));
      },
    };
    const parsed = parseConfiguration(`[exchange]\nenvironment = "${environment}"\n`);
    assert.ok(parsed.ok);
    const configuration = () => ({ ...parsed.value, exchange: { ...parsed.value.exchange, readOnly: this.readOnly } });
    const limits = {
      get configuration() {
        return configuration();
      },
    };
    const proving = createProving({ engine, limits, enrolled: true, prove: keys.prove });
    this.stages = new Stages({
      engine,
      limits,
      version: '0',
      proving,
      keys,
      evidence: () => {
        this.looks += 1;
        return Promise.resolve(this.evidence);
      },
      monotonic: () => this.monotonic,
    });
  }

  get stage(): string {
    return this.bench.state.standing.stage;
  }

  get proof() {
    return { passphrase, code: codeAt(totp, Math.floor(this.bench.now / STEP_MILLISECONDS)) };
  }

  compared(): void {
    this.bench.compare('operator');
  }

  /** Why it was not done; empty where it was. */
  async promote(proof: { readonly passphrase: string; readonly code: string } | null = this.proof): Promise<string> {
    const answer = await this.stages.promote(request, proof);
    return answer.ok ? '' : `${answer.error.code} ${answer.error.message}`;
  }
}

test('in live an account is promoted by a proof that signs it: journal, vault and answer agree', async () => {
  const desk = new Desk();
  assert.equal(desk.gate.isOpen, false);
  assert.match(await desk.promote(null), /^PROOF_REQUIRED promote needs your passphrase/);
  assert.equal(desk.stage, 'SHADOW');
  assert.equal(await desk.promote(), '');
  assert.equal(desk.looks, 1, 'what was seen before the proof was asked for counts');
  assert.equal(desk.stage, 'LIVE-0');
  assert.equal(desk.gate.isOpen, true);
  const { signed } = desk.bench.state.standing;
  assert.ok(signed !== null);
  assert.deepEqual([signed.account, signed.equityUsd, signed.version, signed.stage], ['okx:live:1001', '10000', '0', 'LIVE-0']);
  assert.equal(
    new StageGate({ environment: 'live', operator: secretOf(enrolment) }).hold(signed),
    '',
    'a vault that is started later takes it',
  );
  const purposes = desk.bench.entries.flatMap((entry) => (entry.kind === 'proof' ? [`${entry.purpose} ${entry.outcome}`] : []));
  assert.deepEqual(purposes, ['promote begun', 'promote accepted']);
});

test('a wrong proof, red evidence, an unknown equity, a read-only gateway and books that were not compared change nothing', async () => {
  const wrong = new Desk();
  assert.match(await wrong.promote({ passphrase: 'x', code: '000000' }), /^PROOF_REFUSED/);
  const red = new Desk();
  red.evidence = ok({ stage: 'SHADOW', items: [failed('a week of reading live data', '3d of 7d', 'wait')] });
  assert.match(await red.promote(), /LIVE-0 asks for more; nothing was changed:\na week of reading live data: 3d of 7d/);
  const blind = new Desk();
  blind.evidence = { ok: false, error: 'the journal proves nothing' };
  assert.match(await blind.promote(), /could not be looked at: the journal proves nothing/);
  const poor = new Desk();
  poor.equity = null;
  assert.match(await poor.promote(), /equity of the account is not known/);
  const reading = new Desk();
  reading.readOnly = true;
  assert.match(await reading.promote(), /only reads; take read_only out/);
  const late = new Desk();
  late.bench.now += 61_000;
  assert.match(await late.promote(), /twokey reconcile first/);
  for (const desk of [wrong, red, blind, poor, reading, late]) {
    assert.equal(desk.stage, 'SHADOW');
    assert.equal(desk.gate.isOpen, false);
  }
  assert.deepEqual(
    [poor, reading, late, red, blind].map(({ bench }) => bench.entries.some(({ kind }) => kind === 'proof')),
    [false, false, false, false, false],
  );
});

test('a promotion that could not be written closes the vault again, which had opened when it signed', async () => {
  const desk = new Desk();
  desk.writes = false;
  assert.match(await desk.promote(), /^UNAVAILABLE the journal could not be written/);
  assert.equal(desk.gate.isOpen, false);
  assert.deepEqual(desk.held, [null]);
  desk.writes = true;
  desk.bench.now += STEP_MILLISECONDS;
  desk.compared();
  assert.equal(await desk.promote(), '');
  assert.equal(desk.gate.isOpen, true);
});

test('what was seen counts for five minutes, and for the stage that it was seen at', async () => {
  const desk = new Desk();
  await desk.promote(null);
  desk.monotonic += 300_000;
  await desk.promote(null);
  assert.equal(desk.looks, 2);
  assert.equal(await desk.promote(), '');
  desk.evidence = ok({ stage: 'LIVE-0', items: [failed('days at this stage', '0 of 14', 'wait')] });
  desk.bench.now += STEP_MILLISECONDS;
  desk.compared();
  assert.match(await desk.promote(), /LIVE-1 asks for more/);
  assert.equal(desk.looks, 3);
});

test('the vault is told at a start what holds, and once more whenever that changes; one that knows another operator leads back to reading', async () => {
  const desk = new Desk();
  await desk.promote();
  await desk.stages.look();
  await desk.stages.look();
  assert.deepEqual(desk.held, [], 'it signed that itself');
  desk.bench.take({ kind: 'degraded', to: 'HALTED', cause: 'a test' });
  assert.equal(desk.stage, 'SHADOW');
  await desk.stages.look();
  assert.deepEqual(desk.held, [null]);
  assert.equal(desk.gate.isOpen, false);

  const later = new Desk('live', { ...enrolment, totp: Buffer.alloc(20, 8) });
  later.bench.take({ kind: 'promote_asked', to: 'LIVE-0', reason: '', signed: signedStage('LIVE-0') });
  assert.equal(later.stage, 'LIVE-0');
  await later.stages.look();
  assert.equal(later.stage, 'SHADOW');
  assert.ok(
    later.bench.state.alerts.some(
      ({ code, severity, message }) => code === 'STAGE' && severity === 'red' && /not signed by the operator/.test(message),
    ),
  );
});

test('anybody who may speak for the operator leads down without a proof, and no further than to the foot', async () => {
  const desk = new Desk();
  await desk.promote();
  const down = await desk.stages.demote('a holiday');
  assert.ok(down.ok);
  assert.equal(desk.stage, 'SHADOW');
  assert.equal(desk.gate.isOpen, false);
  const foot = await desk.stages.demote('');
  assert.ok(!foot.ok);
  assert.match(foot.error.message, /SHADOW is the lowest stage of live/);
});

test('in demo nothing is signed, and where demo ends the next step is another account', async () => {
  const desk = new Desk('demo');
  assert.match(await desk.promote(null), /DEMO is as far as demo goes: the next stage is another account/);
  await desk.stages.demote('');
  assert.equal(desk.stage, 'SIM');
  desk.compared();
  desk.evidence = ok({ stage: 'SIM', items: [] });
  assert.equal(await desk.promote(null), '');
  assert.equal(desk.stage, 'DEMO');
  assert.deepEqual(desk.held, []);
});
