import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { needsProof } from '../../adapters/operator/proof.ts';
import { type OperatorRequest, parseOperatorCall } from '../../adapters/operator/protocol.ts';
import type { Proved } from '../../adapters/vault/signer.ts';
import type { State } from '../../core/account/state.ts';
import type { Event } from '../../core/gateway/events.ts';
import { challengeOf } from '../../core/page/challenge.ts';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { createTrying } from '../proving.ts';
import { namesOf } from './names.ts';
import { Page, type PageAnswer } from './page.ts';
import { pageNeeds } from './wish.ts';

const assertion = { id: 'aaaa', authenticatorData: 'AAAA', clientData: 'AAAA', signature: 'AAAA' };

/** A gateway without processes; its vault says what the test says and notes what it was asked. */
class Bench {
  readonly bench = GatewayBench.running();
  readonly done: OperatorRequest[] = [];
  readonly asked: string[] = [];
  readonly told: string[] = [];
  says: Proved = { kind: 'proved', step: 0, signed: null, by: 'phone' };
  isLive = false;
  enrolled = true;
  approvals: State['approvals'] = new Map();
  session = '';
  #drawn = 0;
  readonly page: Page;

  constructor() {
    const { bench } = this;
    const state = (): State => ({ ...bench.state, approvals: this.approvals });
    const engine = {
      get state() {
        return state();
      },
      now: () => bench.now,
      tell: (event: Event) => {
        if (event.kind === 'operator_noted') this.told.push(event.message);
        else bench.take(event);
        return Promise.resolve(null);
      },
    };
    this.page = new Page({
      engine,
      isLive: () => this.isLive,
      passkeyOrigins: ['http://localhost:7390'],
      enrolled: this.enrolled,
      operate: (request) => {
        this.done.push(request);
        return Promise.resolve({ ok: true, value: {} });
      },
      tried: createTrying(engine),
      prove: ({ code }) => {
        this.asked.push(`code ${code}`);
        return Promise.resolve(this.says);
      },
      provePasskey: ({ nonce, deed }) => {
        this.asked.push(`${challengeOf({ nonce, deed })} ${deed}`);
        return Promise.resolve(this.says);
      },
      newest: () => Promise.resolve([]),
      // Another each time, and the same in every run.
      draw: (bytes) => {
        this.#drawn += 1;
        return Uint8Array.from({ length: bytes }, (_, index) => (this.#drawn * 31 + index) % 256);
      },
    });
  }

  async ask(wish: PageAnswer['answer'], session = this.session): Promise<PageAnswer> {
    const answer = await this.page.answer({ session, wish });
    if (answer.session !== '') this.session = answer.session;
    return answer;
  }

  enter(): Promise<PageAnswer> {
    return this.ask({ ask: 'enter', code: this.page.drawCode().code });
  }

  do(
    verb: string,
    given: { readonly [key: string]: string | boolean },
    more: { readonly [key: string]: PageAnswer['answer'] } = {},
  ): Promise<PageAnswer> {
    return this.ask({ ask: 'do', verb, arguments: given, ...more });
  }

  async challenge(
    deed: { readonly [key: string]: PageAnswer['answer'] } = {},
  ): Promise<{ readonly nonce: string; readonly challenge: string }> {
    const { status, answer } = await this.ask({ ask: 'challenge', ...deed });
    assert.equal(status, 200, JSON.stringify(answer));
    return answer as { readonly nonce: string; readonly challenge: string };
  }

  /** An order that waits, of which nothing but what is signed matters here. */
  waits(id: string, digest: string): void {
    this.approvals = new Map([...this.approvals, [id, { id, digest } as never]]);
  }
}

const MINUTE = 60_000;
const approve = { approval: 'a1', reason: '' };
const deed = { verb: 'approve', arguments: approve };

function codeIn({ answer }: PageAnswer): unknown {
  return typeof answer === 'object' && answer !== null && 'code' in answer ? answer.code : undefined;
}

test('what needs a proof on the command line in live needs one on the page everywhere, or is not on it; what is on it without one looks or stops', () => {
  const given: Readonly<Record<string, object>> = {
    approve,
    deny: approve,
    ack: { alert: 'all', reason: '' },
    halt: { reason: '', flatten: false },
    flatten: { instrument: 'BTC-USDT', reason: '' },
    freeze: { subject: 'BTC-USDT', reason: '' },
    unfreeze: { subject: 'BTC-USDT', reason: 'x' },
    adopt: { reason: 'x' },
    resolve: { order: 't1', reason: 'x' },
    set_leverage: { instrument: 'BTC-USDT-SWAP', leverage: '2', reason: '' },
    agent_add: { agent: 'a', reason: '' },
    agent_token: { agent: 'a', reason: '' },
    agent_revoke: { agent: 'a', reason: '' },
    policy_apply: { digest: 'a'.repeat(64), reason: '' },
    policy_loosen: { digest: 'a'.repeat(64), reason: '' },
  };
  const bare = ['reduce_only', 'resume', 'rotate', 'policy_withdraw', 'promote', 'demote'];
  const here = Object.keys(needsProof).map((verb) => {
    const call = parseOperatorCall({ id: 0, verb, arguments: given[verb] ?? (bare.includes(verb) ? { reason: '' } : {}) });
    assert.ok(call.ok, `${verb} ${call.ok ? '' : call.error}`);
    return [verb, pageNeeds(call.value.request)] as const;
  });
  for (const [verb, needs] of here) if (needsProof[verb as OperatorRequest['verb']]) assert.notEqual(needs, 'session', verb);
  const by = (which: string | null) => here.filter(([, needs]) => needs === which).map(([verb]) => verb);
  assert.deepEqual(by('proof'), ['approve', 'resume']);
  assert.deepEqual(
    by('session').toSorted(),
    'ack agents alerts approvals deny freeze halt limits orders positions reduce_only status'.split(' '),
  );
  assert.equal(pageNeeds({ verb: 'halt', reason: '', flatten: true }), null);
});

test('in live a passkey approves and a passphrase does not, however right it is', async () => {
  const bench = new Bench();
  bench.isLive = true;
  await bench.enter();
  bench.waits('a1', 'digest of a1');
  assert.deepEqual((await bench.ask({ ask: 'welcome' })).answer, { passkeys: ['http://localhost:7390'], code: false });
  const typed = await bench.do('approve', approve, { proof: { passphrase: 'p', code: '123456' } });
  assert.deepEqual([typed.status, codeIn(typed)], [403, 'PROOF_REQUIRED']);
  assert.deepEqual(bench.asked, []);
  const { nonce, challenge } = await bench.challenge(deed);
  assert.equal((await bench.do('approve', approve, { signed: { nonce, assertion } })).status, 200);
  const [said = ''] = bench.asked;
  assert.ok(said.startsWith(`${challenge} `), 'the vault comes to the challenge that the browser was given');
  assert.match(said, /"approval":"a1","digest":"digest of a1"/);
  assert.deepEqual(bench.done, [{ verb: 'approve', ...approve }]);
  bench.isLive = false;
  assert.equal((await bench.do('approve', approve, { proof: { passphrase: 'p', code: '123456' } })).status, 200);
});

test('what the vault refuses is not done, is counted with the other tries, and the next one waits', async () => {
  const bench = new Bench();
  await bench.enter();
  bench.says = { kind: 'refused', cause: 'the signature is not of this passkey' };
  const first = await bench.challenge(deed);
  const refused = await bench.do('approve', approve, { signed: { nonce: first.nonce, assertion } });
  assert.deepEqual([refused.status, codeIn(refused)], [403, 'PROOF_REFUSED']);
  assert.equal(bench.bench.state.proofs.failures, 1);
  const second = await bench.challenge(deed);
  assert.match(
    JSON.stringify(await bench.do('approve', approve, { signed: { nonce: second.nonce, assertion } })),
    /the next one may come in 1 s/,
  );
  assert.equal(bench.asked.length, 1);
  assert.deepEqual(bench.done, []);
  assert.equal((await bench.do('halt', { reason: '', flatten: false })).status, 200, 'stopping waits for nothing');
});

test('what was signed counts for the deed as it was then: once, within two minutes, for that order, from that mode', async () => {
  const bench = new Bench();
  await bench.enter();
  bench.waits('a1', 'one');
  const tries = async (change: () => unknown, verb = 'approve', given: { readonly [key: string]: string } = approve): Promise<number> => {
    const { nonce } = await bench.challenge({ verb, arguments: given });
    await change();
    return (await bench.do(verb, given, { signed: { nonce, assertion } })).status;
  };
  assert.equal(await tries(() => bench.waits('a1', 'another')), 403);
  assert.equal(await tries(() => (bench.bench.now += 2 * MINUTE)), 403);
  assert.equal(await tries(() => (bench.bench.now += 2 * MINUTE - 1)), 200);
  bench.bench.operate('reduce_only');
  const resume = { reason: '' };
  assert.equal(await tries(() => bench.bench.operate('halt'), 'resume', resume), 403);
  assert.equal(await tries(() => {}, 'resume', resume), 200);
  const { nonce } = await bench.challenge(deed);
  assert.equal((await bench.do('approve', { approval: 'a1', reason: 'another reason' }, { signed: { nonce, assertion } })).status, 403);
  assert.equal((await bench.do('approve', approve, { signed: { nonce, assertion } })).status, 403, 'taken by any try');
  assert.equal((await bench.ask({ ask: 'challenge', verb: 'halt', arguments: { reason: '', flatten: false } })).status, 409);
});

test('a session ends after half an hour of silence, after twelve hours in any case, and when it is closed; a code after ten minutes', async () => {
  const bench = new Bench();
  const isIn = async (): Promise<boolean> => (await bench.do('status', {})).status === 200;
  const { code } = bench.page.drawCode();
  bench.bench.now += 10 * MINUTE;
  assert.equal((await bench.ask({ ask: 'enter', code })).status, 401);
  const old = bench.page.drawCode().code;
  await bench.enter();
  assert.equal((await bench.ask({ ask: 'enter', code: old })).status, 401, 'a new code takes the place of the last');
  assert.ok(await isIn());
  bench.bench.now += 30 * MINUTE - 1;
  assert.ok(await isIn());
  bench.bench.now += 30 * MINUTE;
  assert.ok(!(await isIn()));
  await bench.enter();
  for (let quarter = 0; quarter < 47; quarter += 1) {
    bench.bench.now += 15 * MINUTE;
    // oxlint-disable-next-line no-await-in-loop
    assert.ok(await isIn(), String(quarter));
  }
  bench.bench.now += 15 * MINUTE;
  assert.ok(!(await isIn()));
  await bench.enter();
  await bench.ask({ ask: 'leave' });
  assert.ok(!(await isIn()));
  for (const session of ['', 'x', bench.session.slice(1)]) assert.equal((await bench.ask({ ask: 'log' }, session)).status, 401);
});

test('a passkey enters by what it signed for entering, is told to the owner, and a failure there counts for nothing', async () => {
  const bench = new Bench();
  const enter = async (nonce: string): Promise<number> => {
    bench.bench.now += 1000;
    return (await bench.ask({ ask: 'enter', nonce, assertion })).status;
  };
  bench.says = { kind: 'refused', cause: 'no passkey of this operator' };
  assert.equal(await enter((await bench.challenge()).nonce), 403);
  assert.equal(bench.bench.state.proofs.failures, 0);
  bench.says = { kind: 'proved', step: 0, signed: null, by: 'phone' };
  const { nonce } = await bench.challenge();
  assert.equal(await enter(nonce), 200);
  assert.equal(await enter(nonce), 403, 'once');
  const other = await bench.challenge(deed);
  assert.equal(await enter(other.nonce), 403, 'what was signed for a deed is no entrance');
  assert.deepEqual(bench.told, ["the operator's page was opened with passkey phone"]);
  const at = (await bench.challenge()).nonce;
  assert.equal((await bench.ask({ ask: 'enter', nonce: at, assertion })).status, 429, 'one at a time');
});

test('whatever anybody says without a session, nothing is done, nobody is asked, and the answer says why', async () => {
  const bench = new Bench();
  const words = fc.constantFrom(
    'ask',
    'do',
    'enter',
    'log',
    'challenge',
    'verb',
    'halt',
    'approve',
    'arguments',
    'reason',
    'code',
    'nonce',
    'proof',
    'signed',
    'passphrase',
  );
  const wish = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.dictionary(words, fc.oneof(words, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 5 }),
    fc.record(
      {
        ask: fc.constantFrom('do', 'log', 'welcome', 'leave'),
        verb: fc.constantFrom('halt', 'approve', 'status'),
        arguments: fc.constant({ reason: '', flatten: false }),
      },
      { requiredKeys: ['ask'] },
    ),
  );
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(wish, fc.string({ maxLength: 100 }), async (given, session) => {
      const { status, answer, session: fresh } = await bench.page.answer({ session, wish: given as PageAnswer['answer'] });
      seen.add(status);
      assert.equal(fresh, '');
      if (status === 200) assert.deepEqual(Object.keys(Object(answer) as object).toSorted(), ['challenge', 'nonce']);
      else assert.ok([400, 401, 403, 429].includes(status), String(status));
    }),
    { seed: 1, numRuns: 2000 },
  );
  assert.deepEqual([bench.done, bench.asked, bench.told], [[], [], []]);
  assert.ok(seen.has(401) && seen.has(400), [...seen].join());
});

test('the address where the owner reaches the page is allowed as a browser says it', () => {
  const none = { allowedHosts: ['a'], allowedOrigins: ['https://a'], publicUrl: '' };
  assert.deepEqual(namesOf(none), { hosts: ['a'], origins: ['https://a'] });
  for (const [publicUrl, host, origin] of [
    ['https://box.example', 'box.example', 'https://box.example'],
    ['https://box.example:443', 'box.example', 'https://box.example'],
    ['https://box.example:8443', 'box.example:8443', 'https://box.example:8443'],
  ] as const)
    assert.deepEqual(namesOf({ ...none, publicUrl }), { hosts: ['a', host], origins: ['https://a', origin] });
});
