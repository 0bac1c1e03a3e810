import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base32, fromBase32 } from './base32.ts';
import {
  codeAt,
  type Enrolment,
  formatEnrolment,
  hashOf,
  parseEnrolment,
  type ProofAnswer,
  Prover,
  secretOf,
  STEP_MILLISECONDS,
} from './operator-proof.ts';
import { StageGate } from './stage-gate.ts';
import { isStageSigned, type StageArtefact } from '../core/stage/artefact.ts';
import type { Environment } from '../core/policy/policy.ts';

const cost = 16_384;
const salt = Buffer.alloc(16, 7);
const totp = Buffer.from('12345678901234567890');
const passphrase = 'correct horse battery';
const enrolment: Enrolment = { cost, salt, totp, hash: await hashOf(passphrase, { cost, salt }) };
const NOW = 1_700_000_000_000;
const STEP = Math.floor(NOW / STEP_MILLISECONDS);

/** A prover with a clock in hand. */
class Bench {
  now = NOW;
  monotonic = 0;
  #id = 0;
  readonly prover: Prover;
  readonly gate: StageGate;
  readonly environment: Environment;

  constructor(known: Enrolment | null = enrolment, environment: Environment = 'demo') {
    this.environment = environment;
    const clock = { now: () => this.now, monotonic: () => this.monotonic };
    this.gate = new StageGate({ environment: this.environment, operator: secretOf(known) });
    this.prover = new Prover(known, { clock, gate: this.gate });
  }

  ask(
    asked: { readonly passphrase?: string; readonly code?: string; readonly after?: number; readonly stage?: object } = {},
  ): Promise<ProofAnswer> {
    this.#id += 1;
    const question = {
      kind: 'prove',
      id: this.#id,
      sequence: this.#id,
      passphrase,
      code: codeAt(totp, STEP),
      after: 0,
      stage: null,
      ...asked,
    };
    const answer = this.prover.answer(question);
    assert.ok(answer !== undefined);
    return answer;
  }

  /** What it says, once any wait is over. */
  later(asked: Parameters<Bench['ask']>[0]): Promise<ProofAnswer> {
    this.monotonic += 1_000_000;
    return this.ask(asked);
  }
}

function causeOf(answer: ProofAnswer): string {
  return answer.kind === 'proved' ? `proved ${answer.step}` : answer.cause;
}

const WRONG = 'passphrase or code is wrong, or the code was used before';

test('codes are those of RFC 6238, appendix B, in six digits', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const)
    assert.equal(codeAt(totp, Math.floor(seconds / 30)), code);
});

test('base32 is that of RFC 4648 and comes back as it was', () => {
  assert.equal(base32(Buffer.from('foobar')), 'MZXW6YTBOI');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      assert.deepEqual(fromBase32(base32(bytes)), bytes);
      assert.match(base32(bytes), /^[A-Z2-7]{32}$/);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('the right passphrase with the code of this step or the one beside it is taken, and no other', async () => {
  for (const [shift, taken] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const) {
    const bench = new Bench();
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(causeOf(await bench.ask({ code: codeAt(totp, STEP + shift) })), taken ? `proved ${STEP + shift}` : WRONG, String(shift));
  }
  const bench = new Bench();
  for (const wrong of [
    { passphrase: `${passphrase} ` },
    { passphrase: '' },
    { code: '' },
    { code: '000000' },
    { code: `${codeAt(totp, STEP)}0` },
  ])
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(causeOf(await bench.later(wrong)), WRONG);
  assert.equal(causeOf(await bench.later({})), `proved ${STEP}`);
});

test('a code is taken once, nor one before it, and what the journal knows as used is not taken either', async () => {
  const bench = new Bench();
  assert.equal(causeOf(await bench.ask()), `proved ${STEP}`);
  assert.equal(causeOf(await bench.later({})), WRONG);
  assert.equal(causeOf(await bench.later({ code: codeAt(totp, STEP - 1) })), WRONG);
  assert.equal(causeOf(await bench.later({ code: codeAt(totp, STEP + 1) })), `proved ${STEP + 1}`);
  const anew = new Bench();
  assert.equal(causeOf(await anew.ask({ after: STEP })), WRONG);
  assert.equal(causeOf(await anew.later({ after: 0 })), WRONG, 'what was said once is not taken back');
});

test('after each failure the vault itself waits longer, whoever asks, and checks one at a time', async () => {
  const bench = new Bench();
  await bench.ask({ code: '000000' });
  assert.equal(causeOf(await bench.ask()), 'the next try may come in 1 s');
  bench.monotonic += 1000;
  await bench.ask({ code: '000000' });
  bench.monotonic += 1999;
  assert.equal(causeOf(await bench.ask()), 'the next try may come in 1 s');
  bench.monotonic += 1;
  const [first, second] = await Promise.all([bench.ask(), bench.ask()]);
  assert.equal(causeOf(first), `proved ${STEP}`);
  assert.equal(causeOf(second), 'another proof is being checked');
});

test('with nobody enrolled nothing is a proof', async () => {
  const bench = new Bench(null);
  assert.equal(bench.prover.enrolled, false);
  assert.match(causeOf(await bench.ask()), /^nobody is enrolled/);
});

test('other messages are not its own, and one of an unknown form ends the vault', async () => {
  const { prover } = new Bench();
  for (const other of [null, 'prove', { kind: 'sign' }, { kind: 'clock' }]) assert.equal(prover.answer(other), undefined);
  const right = { kind: 'prove', id: 1, sequence: 1, passphrase, code: '000000', after: 0, stage: null };
  for (const odd of [{ ...right, more: 1 }, { ...right, after: -1 }, { ...right, id: '1' }, { ...right, passphrase: 7 }, { kind: 'prove' }])
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await prover.answer(odd))?.kind, 'fatal', JSON.stringify(odd));
  await prover.answer(right);
  const again = await prover.answer(right);
  assert.ok(again?.kind === 'refused');
  assert.equal(again.cause, 'message 1 came after 1');
});

test('a file reads back as it was written; a missing, foreign or weak value is refused with its line and without its content', () => {
  const text = formatEnrolment(enrolment);
  const read = parseEnrolment(`# by hand\n${text}`);
  assert.ok(read.ok);
  assert.equal(formatEnrolment(read.value), text);
  const refusal = (from: string, to: string): string => {
    const parsed = parseEnrolment(text.replace(from, to));
    return parsed.ok ? '' : `${parsed.error.line} ${parsed.error.key} ${parsed.error.message}`;
  };
  assert.match(refusal('cost = 16384', 'cost = 1024'), /^1 cost expected a whole number from 16384/);
  assert.match(refusal('cost = 16384', 'cost = 16385'), /cost expected a power of two/);
  assert.match(refusal('salt = "07', 'salt = "7'), /^2 salt expected 16 bytes in hexadecimal$/);
  assert.match(refusal(/totp = .*\n/.exec(text)?.[0] ?? '', ''), /expected cost, salt, scrypt and totp/);
  assert.match(refusal('totp', 'pin = 1\ntotp'), /pin unknown/);
  assert.ok(!refusal('totp = "G', 'totp = "1').includes('EZDG'));
});

test('a passphrase is the same however a terminal composes its letters', async () => {
  assert.deepEqual(await hashOf('caf\u00e9 caf\u00e9', { cost, salt }), await hashOf('cafe\u0301 cafe\u0301', { cost, salt }));
  assert.notDeepEqual(await hashOf('cafe', { cost, salt }), await hashOf('Cafe', { cost, salt }));
});

const stage: StageArtefact = {
  account: 'okx:live:1',
  stage: 'LIVE-0',
  equityUsd: '10000',
  version: '1.0.0',
  positionMode: 'net',
  issuedAt: 1,
};

test('a right proof signs the stage that came with it and opens the vault; a wrong one, and one without a stage, sign nothing', async () => {
  const bench = new Bench(enrolment, 'live');
  const wrong = await bench.ask({ passphrase: 'wrong', stage });
  assert.equal(causeOf(wrong), WRONG);
  assert.equal(bench.gate.isOpen, false);
  const plain = await bench.later({});
  assert.ok(plain.kind === 'proved' && plain.signed === null);
  assert.equal(bench.gate.isOpen, false, 'to be the operator is not to promote');
  const next = { code: codeAt(totp, STEP + 1) };
  const right = await bench.later({ ...next, stage });
  assert.ok(right.kind === 'proved' && right.signed !== null, causeOf(right));
  assert.ok(isStageSigned({ ...stage, ...right.signed }));
  assert.equal(bench.gate.isOpen, true);
  assert.equal(causeOf(await bench.later({ ...next, stage })), WRONG, 'a code is used once, whatever for');
});

test('a stage of unknown form is the end of the vault, and one that is not for live is refused', async () => {
  const bench = new Bench(enrolment, 'live');
  assert.equal((await bench.ask({ stage: { ...stage, more: 1 } })).kind, 'fatal');
  const demo = new Bench(enrolment, 'demo');
  assert.match(causeOf(await demo.ask({ stage })), /signed in live alone/);
});
