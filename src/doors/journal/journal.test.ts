import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { genesisHead, seal } from '../../core/journal/chain.ts';
import type { DecisionBody, Entry, SubmittingBody } from '../../core/journal/entry.ts';
import { bodyOf } from '../../core/journal/read-entry.ts';
import type { Row } from '../../core/journal/row.ts';
import { err, ok } from '../../core/lang/result.ts';
import { visible } from '../../core/lang/visible.ts';
import { outcomeOf } from './outcome.ts';
import type { Pages } from './pages.ts';
import { showJournal } from './show.ts';
import { tell } from './tell.ts';
import { verifyJournal } from './verify.ts';
import { tellWhy } from './why.ts';

function decision(principal: string, intent: string, reason: string): Entry {
  return {
    kind: 'decision',
    principal,
    intent_id: intent,
    tool: 'place_order',
    arguments: { intent_id: intent, instrument: 'BTC-USDT', quantity: '40', reason, evidence: ['rsi 70'] },
    body_hash: 'b'.repeat(64),
    client: { name: 'claude', version: '1', tools_hash: 'c'.repeat(64) },
    outcome: 'allow',
    code: '',
    message: '',
    limit: null,
    would_be_allowed: null,
    inputs: {
      policy_hash: 'd'.repeat(64),
      mode: 'ACTIVE',
      now: 1_700_000_000_500,
      quote: {
        bid: '1',
        ask: '2',
        last: '1',
        mark: null,
        index: '1.5',
        at: 1_700_000_000_000,
        received_at: 1_700_000_000_400,
        // An older version wrote neither volume nor funding.
        book: { bid: '0.9', ask: null, bid_depth: '12', ask_depth: '0', at: 1_700_000_000_000, received_at: 1_700_000_000_400 },
        range: { lowest: '1', highest: '1.2', since: 1_699_999_900_000 },
        coin: { name: 'USDT', price: '0.9997', at: 1_700_000_000_000 },
      },
      equity_usd: '10000',
      notional_usd: '40',
      worst_case_after_usd: '40',
    },
  };
}

function submitting(principal: string, intent: string, order: string, changes: Partial<SubmittingBody> = {}): SubmittingBody {
  return {
    kind: 'submitting',
    client_order_id: order,
    principal,
    intent_id: intent,
    instrument: 'BTC-USDT',
    product: 'spot',
    side: 'buy',
    type: 'ioc',
    size: '0.003',
    price: '60000',
    reduce_only: false,
    purpose: 'entry',
    strategy: '',
    notional_usd: '180',
    marks: { fingerprints: [], duplicate_window_ms: 0, latches_same_side: false },
    expires_at: 1_700_000_002_000,
    request_hash: 'e'.repeat(64),
    ...changes,
  };
}

function fill(order: string, trade: string, size: string, price: string): Entry {
  return {
    kind: 'fill',
    client_order_id: order,
    exchange_order_id: '77',
    trade_id: trade,
    bill_id: trade,
    instrument: 'BTC-USDT',
    side: 'buy',
    size,
    price,
    fee: '-0.01',
    fee_currency: 'USDT',
    exchange_at: 1_700_000_001_000,
  };
}

function verified(orders: readonly string[], outcome: 'matched' | 'divergent'): Entry {
  return { kind: 'verified', instrument: 'BTC-USDT', outcome, orders, books: '0.003', exchange: '0.003', evidence: 'f'.repeat(64) };
}

const story: readonly Entry[] = [
  { kind: 'genesis', journal: 'abcdef', environment: 'sim', version: '0.1.0' },
  { kind: 'started', epoch: 1, policy_hash: 'd'.repeat(64), version: '0.1.0', read_only: false },
  { kind: 'booted', mode: 'ACTIVE' },
  decision('alpha', 'k1', 'up \u001b[31m\u202e\nentry 9 forged'),
  submitting('alpha', 'k1', 't1'),
  decision('beta', 'k1', 'the same name, another agent'),
  { kind: 'unknown', client_order_id: 't1', cause: 'no answer in 3000 ms' },
  submitting('beta', 'k1', 't2'),
  { kind: 'accepted', client_order_id: 't2', exchange_order_id: '78' },
  fill('t1', 'a', '0.001', '60000'),
  fill('t1', 'b', '0.002', '60003'),
  { kind: 'reported', client_order_id: 't1', exchange_order_id: '77', state: 'filled', filled: '0.003' },
  { kind: 'cancelling', client_order_id: 't2', principal: 'operator', intent_id: 'stop', reason: 'flatten' },
  { kind: 'cancel_answered', client_order_id: 't2', outcome: 'accepted', code: '' },
  verified(['t1'], 'matched'),
  { kind: 'mode', from: 'ACTIVE', to: 'HALTED', by: 'operator', cause: 'lunch' },
  { kind: 'alert', severity: 'red', code: 'HALTED', message: 'halted by operator' },
];

function rowsOf(entries: readonly Entry[]): readonly Row[] {
  return seal(
    genesisHead,
    entries.map((entry, index) => ({
      at: 1_700_000_000_000 + index,
      account: 'okx:sim:1001',
      kind: entry.kind,
      body: bodyOf(entry),
    })),
  );
}

async function* pagesOf(rows: readonly Row[], problem = ''): Pages {
  for (let at = 0; at < rows.length; at += 3) yield ok(rows.slice(at, at + 3));
  if (problem !== '') yield err(problem);
}

const rows = rowsOf(story);
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test('a story holds every entry of the wish and none of another agent that used the same id', async () => {
  const { ok: good, document, text } = await tellWhy(pagesOf(rows), 'k1');
  assert.equal(good, true);
  const intents = document['intents'] as readonly { principal: string; entries: readonly { seq: number }[] }[];
  assert.deepEqual(
    intents.map(({ principal, entries }) => [principal, entries.map(({ seq }) => seq)]),
    [
      ['alpha', [4, 5, 7, 10, 11, 12, 15]],
      ['beta', [6, 8, 9, 13, 14]],
    ],
  );
  assert.match(text, /^sim · okx:sim:1001 · HALTED · 2023-11-14 22:13:20 UTC$/m);
  assert.match(text, /outcome {3}t1 filled: 0.003 of 0.003 BTC bought at 60002 USDT on average, fees 0.02 USDT paid; verification matched/);
  assert.match(text, /outcome {3}t2 working: nothing of 0.003 BTC was bought/);
  assert.match(text, /bid 1, ask 2, last 1, index 1.5 USDT, received 100 ms before/);
  assert.match(text, /others bid 0.9 and offer nothing; inside the collar 12 bid and 0 offered/);
  assert.match(text, /between 1 and 1.2 since 2023-11-14 22:11:40.000 UTC\n/);
  assert.match(text, /USDT at 0.9997 USD/);
});

test('a reason is told word for word, and nothing in it can forge a line', async () => {
  const { text } = await tellWhy(pagesOf(rows), 'k1');
  assert.ok(text.includes('reason    “up \\u{1b}[31m\\u{202e}\\nentry 9 forged”'));
  for (const line of text.split('\n')) assert.doesNotMatch(line, invisible);
  assert.equal(visible('a\\nb'), 'a\\\\nb');
});

test('the story of the cancelling wish follows the order it cancelled', async () => {
  const { document } = await tellWhy(pagesOf(rows), 'stop');
  assert.deepEqual(
    (document['intents'] as readonly { entries: readonly { seq: number }[] }[]).map(({ entries }) => entries.map(({ seq }) => seq)),
    [[13, 14]],
  );
});

test('an intent that the journal does not know is said to be unknown', async () => {
  const report = await tellWhy(pagesOf(rows), 'k9');
  assert.equal(report.ok, false);
  assert.equal(report.document['code'], 'NOT_FOUND');
});

test('log show keeps the newest, by kind and by intent', async () => {
  const seqs = async (options: { last?: number; kind?: string; intent?: string }): Promise<readonly number[]> => {
    const { document } = await showJournal(pagesOf(rows), { last: 20, kind: '', intent: '', ...options });
    return (document['entries'] as readonly { seq: number }[]).map(({ seq }) => seq);
  };
  assert.deepEqual(await seqs({ last: 2 }), [16, 17]);
  assert.deepEqual(await seqs({ kind: 'fill' }), [10, 11]);
  assert.deepEqual(await seqs({ kind: 'fill', last: 1 }), [11]);
  assert.deepEqual(await seqs({ intent: 'k1', kind: 'decision' }), [4, 6]);
});

const judged = { approval_id: 'a2b3', principal: 'alpha', intent_id: 'k7', digest: '', reason: 'looks \u001b[2Jright' };
const approvals: readonly Entry[] = [
  {
    ...(decision('alpha', 'k7', 'because') as DecisionBody),
    outcome: 'needs_approval',
    message: 'entries would reach 180 USD',
  },
  {
    kind: 'approval_asked',
    approval_id: 'a2b3',
    principal: 'alpha',
    intent_id: 'k7',
    instrument: 'BTC-USDT',
    product: 'spot',
    side: 'buy',
    leg: 'net',
    type: 'ioc',
    size: '0.003',
    price: '60000',
    take_profit: null,
    stop_loss: '58000',
    notional_usd: '180',
    window_usd: '200.009',
    underlying_worst_case_usd: null,
    digest: 'f'.repeat(64),
    fingerprints: [],
    expires_at: 1_700_000_120_000,
  },
  { ...judged, kind: 'approved', by: 'operator' },
  { ...judged, kind: 'approval_ended', by: 'operator', outcome: 'denied', message: '', next_allowed_at: 0 },
  { ...judged, kind: 'approval_ended', by: 'twokey', outcome: 'expired', message: '', next_allowed_at: 0 },
];

test('what waited for a person is told with what the person was shown, and stands in the story of its intent', async () => {
  const told = approvals.map(tell);
  assert.match(told[0] ?? '', /a person has to agree: entries would reach 180 USD/);
  assert.match(
    told[1] ?? '',
    /\(a2b3\) until 2023-11-14 22:15:20.000 UTC: buy 0\.003 BTC of BTC-USDT as ioc at 60000 USDT or better, stop loss 58000, worth 180 USD/,
  );
  assert.match(told[1] ?? '', /200\.01 USD in 10 minutes and not known in the worst case/);
  assert.match(told[2] ?? '', /operator agreed to a2b3: looks .*right; decided anew, and used up/);
  assert.match(told[3] ?? '', /a2b3 refused by operator: looks/);
  assert.match(told[4] ?? '', /a2b3 expired: nobody answered in time/);
  const drafts = approvals.map((entry) => ({ at: 1_700_000_000_000, account: 'okx:sim:1001', kind: entry.kind, body: bodyOf(entry) }));
  const { text } = await tellWhy(pagesOf(seal(genesisHead, drafts)), 'k7');
  for (const label of ['waits', 'agreed', 'refused', 'expired']) assert.match(text, new RegExp(`^  ${label} `, 'm'), text);
});

test('each kind of entry is told in one visible line', () => {
  const more: readonly Entry[] = [
    { kind: 'instruments', instruments: [] },
    { kind: 'baseline', currencies: { USDT: '1' }, contracts: { 'BTC-USDT-SWAP': '-2' }, evidence: '' },
    { kind: 'denied_again', principal: 'alpha', intent_id: 'k2', body_hash: '', same_as: 'k1' },
    ...approvals,
    { kind: 'rejected', client_order_id: 't1', code: '51008' },
    { kind: 'not_sent', client_order_id: 't1', cause: 'no socket' },
    { kind: 'not_found', client_order_id: 't1', evidence: '' },
    { kind: 'not_found', client_order_id: 't1', evidence: '', asked_at: 1, sources: { order: 'e', '\u0007': 'e' } },
    { kind: 'absent', client_order_id: 't1', evidence: '' },
    { kind: 'absent', client_order_id: 't1', evidence: '', looks: 2 },
    { kind: 'absent', client_order_id: 't1', evidence: '', by: 'operator', reason: 'not there\u202e' },
    { kind: 'alert_ended', key: 'k\u0007' },
    { kind: 'delivered', alert: 3, sink: 'log-1\u0007', outcome: 'delivered', attempts: 1 },
    { kind: 'delivered', alert: 3, sink: 'log-1', outcome: 'given_up', attempts: 0 },
    { kind: 'acknowledged', alert: 3, by: 'operator', reason: 'seen\u202e' },
    { kind: 'notifier', sink: 'log-1', state: 'down', cause: 'E\u0007', closes: true },
    { kind: 'notifier', sink: 'log-1', state: 'up', cause: '', closes: false },
    { kind: 'mismatch', instrument: 'BTC-USDT', books: '', exchange: '1', evidence: '' },
    { kind: 'compared', trigger: 'boot', clean: true, differences: [], evidence: '' },
    {
      kind: 'compared',
      trigger: 'boot',
      clean: false,
      differences: [{ kind: 'order', subject: 't9\u0007', books: '', exchange: 'live' }],
      evidence: '',
    },
  ];
  for (const entry of [...story, ...more]) {
    const line = tell(entry);
    assert.notEqual(line, '');
    assert.doesNotMatch(line, invisible);
  }
});

test('of a look-up the sources are told that were silent where others were not, and of an end without proof whose word it is', () => {
  const order = { client_order_id: 't1', evidence: '' };
  const all = { order: 'e', pending: 'e', history: 'e', fills: 'e', holding: 'e' };
  assert.match(tell({ kind: 'not_found', ...order, asked_at: 1, sources: all }), /looked up and not found, which alone/);
  assert.match(tell({ kind: 'not_found', ...order }), /looked up and not found, which alone/);
  const { holding: _, ...others } = all;
  assert.match(
    tell({ kind: 'not_found', ...order, asked_at: 1, sources: others }),
    /not found by order, pending, history, fills alone, which/,
  );
  assert.match(tell({ kind: 'absent', ...order, looks: 2 }), /never reached the exchange/);
  assert.equal(
    tell({ kind: 'absent', ...order, by: 'operator', reason: 'no trace' }),
    't1 is not at the exchange, says operator: no trace',
  );
});

test('the state of an order follows the last thing that is known of it', () => {
  const order = submitting('alpha', 'k1', 't1');
  const state = (...after: readonly Entry[]): string => outcomeOf(order, [order, ...after]).state;
  assert.equal(state(), 'submitting');
  assert.equal(state({ kind: 'unknown', client_order_id: 't1', cause: '' }), 'unknown');
  assert.equal(state({ kind: 'unknown', client_order_id: 't1', cause: '' }, fill('t1', 'a', '0.001', '1')), 'partially_filled');
  assert.equal(state({ kind: 'accepted', client_order_id: 't1', exchange_order_id: '1' }), 'working');
  assert.equal(state({ kind: 'rejected', client_order_id: 't1', code: '1' }), 'rejected');
  assert.equal(state({ kind: 'accepted', client_order_id: 'other', exchange_order_id: '1' }), 'submitting');
  assert.equal(outcomeOf(order, [order, verified(['t1'], 'matched'), verified(['t1'], 'divergent')]).verification, 'divergent');
  assert.equal(outcomeOf({ ...order, product: 'inverse' }, [order, fill('t1', 'a', '1', '5')]).average_price, '');
});

test('verify names the first wrong entry and fails, and an expected hash finds a missing end', async () => {
  const whole = await verifyJournal(pagesOf(rows), { file: 'j', expected: '', key: '' });
  assert.equal(whole.ok, true);
  assert.equal(whole.document['entries'], rows.length);
  const changed = rows.map((row) => (row.seq === 5 ? { ...row, body: row.body.replace('0.003', '0.009') } : row));
  const bad = await verifyJournal(pagesOf(changed), { file: 'j', expected: '', key: '' });
  assert.equal(bad.ok, false);
  assert.match(bad.text, /✗ j: entry 5 \(submitting\) is wrong: its content does not give its hash/);
  assert.deepEqual((bad.document['entry'] as { seq: number }).seq, 5);
  const last = rows.at(-1)?.hash ?? '';
  assert.equal((await verifyJournal(pagesOf(rows), { file: 'j', expected: last, key: '' })).ok, true);
  assert.match((await verifyJournal(pagesOf(rows.slice(0, -1)), { file: 'j', expected: last, key: '' })).text, /the end was cut off/);
  assert.match(
    (await verifyJournal(pagesOf(rows, 'the file itself is damaged'), { file: 'j', expected: '', key: '' })).text,
    /✗ j: the file itself/,
  );
});

test('an empty journal verifies as empty', async () => {
  assert.match((await verifyJournal(pagesOf([]), { file: 'j', expected: '', key: '' })).text, /empty journal/);
});

test('verify checks every checkpoint: its signature, the entry that it names, and the key that was expected', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const [head] = rows.slice(-1);
  assert.ok(head !== undefined);
  const state = 'e'.repeat(64);
  const signed = (seq: number, hash: string): string =>
    sign(null, Buffer.from(`twokey checkpoint 1\nokx:sim:1001\n${seq}\n${hash}\n${state}`), privateKey).toString('hex');
  const withCheckpoint = (changes: Partial<Extract<Entry, { kind: 'checkpoint' }>>): Pages => {
    const { seq, hash } = head;
    const entry: Entry = {
      kind: 'checkpoint',
      entry: seq,
      entry_hash: hash,
      state_digest: state,
      key,
      signature: signed(seq, hash),
      ...changes,
    };
    return pagesOf([...rows, ...seal(head, [{ at: head.at, account: head.account, kind: 'checkpoint', body: bodyOf(entry) }])]);
  };
  const verify = (changes: Parameters<typeof withCheckpoint>[0], expectedKey = '') =>
    verifyJournal(withCheckpoint(changes), { file: 'j', expected: '', key: expectedKey });
  const good = await verify({}, key);
  assert.ok(good.ok, good.text);
  assert.deepEqual(good.document['checkpoints'], { count: 1, last: head.seq, keys: [key] });
  assert.match(good.text, new RegExp(`1 checkpoint signed, the last of entry ${head.seq}\n  key ${key} \\(1\\)`));
  const other = 'f'.repeat(64);
  assert.match((await verify({ signature: signed(head.seq, other) })).text, /\(checkpoint\) is wrong: its signature does not fit/);
  assert.match((await verify({ entry_hash: other, signature: signed(head.seq, other) })).text, /by another hash than that entry has/);
  const beyond = head.seq + 5;
  assert.match((await verify({ entry: beyond, signature: signed(beyond, head.hash) })).text, /by another hash than that entry has/);
  assert.match((await verify({}, other)).text, /no checkpoint is signed with the key f{64}: it is the journal of another vault/);
});
