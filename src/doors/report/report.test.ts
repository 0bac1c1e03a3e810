import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { genesisHead, seal } from '../../core/journal/chain.ts';
import type { Entry, FillBody, InstrumentBody, SubmittingBody } from '../../core/journal/entry.ts';
import { bodyOf } from '../../core/journal/read-entry.ts';
import type { Row } from '../../core/journal/row.ts';
import { ok } from '../../core/lang/result.ts';
import { formatDecimal } from '../../core/money/decimal.ts';
import type { Pages } from '../journal/pages.ts';
import { costOf } from './cost.ts';
import { reportDays, whichDay } from './report.ts';

const monday = Date.UTC(2026, 10, 23, 12);
const tuesday = monday + 86_400_000;

function listing(changes: Partial<InstrumentBody> = {}): InstrumentBody {
  return {
    id: 'BTC-USDT',
    product: 'spot',
    base: 'BTC',
    quote: 'USDT',
    settle: 'USDT',
    tick: '0.1',
    lot: '0.00001',
    minimum: '0.00001',
    maximum: '100',
    contract_value: '1',
    tradable: true,
    ...changes,
  };
}
const spot = listing();
const swap = listing({ id: 'BTC-USDT-SWAP', product: 'linear', contract_value: '0.01' });
const inverse = listing({ id: 'BTC-USD-SWAP', product: 'inverse', quote: 'USD', settle: 'BTC', contract_value: '100' });
const cross = listing({ id: 'ETH-BTC', base: 'ETH', quote: 'BTC', settle: 'BTC' });

function fill(changes: Partial<FillBody> = {}): FillBody {
  return {
    kind: 'fill',
    client_order_id: 't1',
    exchange_order_id: '7',
    trade_id: '1',
    bill_id: '1',
    instrument: 'BTC-USDT',
    side: 'buy',
    size: '0.001',
    price: '60060',
    fee: '-0.06',
    fee_currency: 'USDT',
    exchange_at: monday,
    ...changes,
  };
}

function submitting(order: string, changes: Partial<SubmittingBody> = {}): SubmittingBody {
  return {
    kind: 'submitting',
    client_order_id: order,
    principal: 'alpha',
    intent_id: order,
    instrument: 'BTC-USDT',
    product: 'spot',
    side: 'buy',
    type: 'ioc',
    size: '0.003',
    price: '60300',
    reduce_only: false,
    purpose: 'entry',
    strategy: '',
    notional_usd: '180',
    marks: { fingerprints: [], duplicate_window_ms: 0, latches_same_side: false },
    expires_at: monday,
    request_hash: 'e'.repeat(64),
    arrival: '60000',
    ...changes,
  };
}

function denial(principal: string, intent: string, code: string): Entry {
  return {
    kind: 'decision',
    principal,
    intent_id: intent,
    tool: 'place_order',
    arguments: {},
    body_hash: 'b'.repeat(64),
    client: { name: 'a', version: '1', tools_hash: 'c'.repeat(64) },
    outcome: 'deny',
    code,
    message: 'refused',
    limit: null,
    would_be_allowed: null,
    inputs: { policy_hash: '', mode: 'ACTIVE', now: 0, quote: null, equity_usd: null, notional_usd: null, worst_case_after_usd: null },
  };
}

const start: readonly Entry[] = [
  { kind: 'genesis', journal: 'abcdef', environment: 'sim', version: '0.1.0' },
  { kind: 'started', epoch: 1, policy_hash: 'd'.repeat(64), version: '0.1.0', read_only: false },
  { kind: 'instruments', instruments: [spot, swap, inverse, cross] },
  { kind: 'booted', mode: 'ACTIVE' },
];

type Dated = readonly [at: number, entry: Entry];

function rowsOf(dated: readonly Dated[]): readonly Row[] {
  return seal(
    genesisHead,
    dated.map(([at, entry]) => ({ at, account: 'okx:sim:1001', kind: entry.kind, body: bodyOf(entry) })),
  );
}

async function* pages(rows: readonly Row[]): Pages {
  for (let at = 0; at < rows.length; at += 3) yield ok(rows.slice(at, at + 3));
}

const day: readonly Dated[] = [
  ...start.map((entry) => [monday, entry] as const),
  [monday, submitting('t1')],
  [monday, fill()],
  [monday, fill({ trade_id: '2', size: '0.002', price: '60000', fee: '-0.000002', fee_currency: 'BTC' })],
  [monday, { kind: 'verified', instrument: 'BTC-USDT', outcome: 'matched', orders: ['t1'], books: '0', exchange: '0', evidence: '' }],
  [monday, { kind: 'marked', managed_usd: '-0.5', prices: {}, halting: [] }],
  [tuesday, denial('beta', 'k1', 'MAX_ORDER_SIZE')],
  [tuesday, { kind: 'denied_again', principal: 'beta', intent_id: 'k2', body_hash: 'b', same_as: 'k1' }],
  [tuesday, denial('alpha', 'k3', 'PRICE_COLLAR')],
  [tuesday, submitting('t2', { principal: 'beta', instrument: 'BTC-USDT-SWAP', side: 'sell', purpose: 'exit', arrival: '60000' })],
  [tuesday, fill({ client_order_id: 't2', instrument: 'BTC-USDT-SWAP', side: 'sell', size: '2', price: '59940', fee: '0.1' })],
  [tuesday, submitting('t3', { instrument: 'ETH-BTC' })],
  [tuesday, { kind: 'rejected', client_order_id: 't3', code: '51008' }],
  [tuesday, fill({ client_order_id: 't3', instrument: 'ETH-BTC', fee_currency: 'BTC', fee: '-0.1' })],
  [tuesday, { kind: 'alert', severity: 'red', code: 'HALTED', message: 'first' }],
  [tuesday, { kind: 'alert', severity: 'red', code: 'HALTED', message: 'second' }],
  [tuesday, { kind: 'mode', from: 'ACTIVE', to: 'HALTED', by: 'operator', cause: 'enough' }],
  [tuesday, { kind: 'marked', managed_usd: '-0.75', prices: {}, halting: [] }],
  [tuesday + 1, { kind: 'marked', managed_usd: '1', prices: {}, halting: [] }],
];

test('a day counts what was sent and filled, and what that cost against the price of the decision', async () => {
  const { ok: fine, document, text } = await reportDays(pages(rowsOf(day)), { kind: 'day', day: '2026-11-23' });
  assert.ok(fine);
  assert.deepEqual(
    ['day', 'orders', 'entries', 'rejected', 'fills', 'turnover_usd', 'fees_usd', 'slippage_usd', 'slippage_bps', 'earned_usd'].map(
      (key) => document[key],
    ),
    // 60.06 + 120; 0.06 + 0.000002 × 60,000; 0.001 × 60; 0.06 ÷ 180.06, rounded up.
    ['2026-11-23', 1, 1, 0, 2, '180.06', '0.18', '0.06', '3.34', '-0.5'],
  );
  assert.deepEqual(document['fees_by_currency'], { BTC: '0.000002', USDT: '0.06' });
  assert.deepEqual([document['verified'], document['divergent']], [1, 0]);
  assert.match(text, /^sim · okx:sim:1001 · HALTED · 2026-11-24 12:00:00 UTC\n\nday +2026-11-23 \(UTC\)/);
  assert.match(text, /slippage +0.06 USD worse than the price at the decision, 3.34 basis points/);
});

test('the newest day is told when none is named: by instrument and agent, denials by control, alerts and modes', async () => {
  const { document, text } = await reportDays(pages(rowsOf(day)), { kind: 'newest' });
  assert.deepEqual(
    (document['agents'] as readonly Record<string, unknown>[]).map(({ agent, orders, fills, denials, turnover_usd: turnover }) => [
      agent,
      orders,
      fills,
      denials,
      turnover,
    ]),
    [
      ['alpha', 1, 1, 1, '0'],
      ['beta', 1, 1, 2, '1198.8'],
    ],
  );
  assert.deepEqual(
    (document['instruments'] as readonly Record<string, unknown>[]).map(({ instrument, slippage_usd: slippage, rejected }) => [
      instrument,
      slippage,
      rejected,
    ]),
    [
      // 2 contracts of 0.01 sold 60 lower than at the decision.
      ['BTC-USDT-SWAP', '1.2', 0],
      ['ETH-BTC', '0', 1],
    ],
  );
  assert.equal(document['fees_usd'], '-0.1', 'a rebate is a fee below zero');
  assert.equal(document['unvalued_fills'], 1);
  assert.deepEqual(document['denials_by_control'], [
    { code: 'MAX_ORDER_SIZE', count: 2 },
    { code: 'PRICE_COLLAR', count: 1 },
  ]);
  assert.deepEqual(document['alerts'], [{ code: 'HALTED', severity: 'red', count: 2, last: 'second' }]);
  assert.deepEqual((document['mode_changes'] as readonly Record<string, unknown>[])[0]?.['to'], 'HALTED');
  assert.equal(document['earned_usd'], '1.5');
  assert.match(text, /left out +1 fills whose price or fee is not in dollars/);
});

test('every day of a journal is one row', async () => {
  const { document, text } = await reportDays(pages(rowsOf(day)), { kind: 'all' });
  assert.deepEqual(
    (document['days'] as readonly Record<string, unknown>[]).map((row) => [row['day'], row['fills'], row['denials'], row['alert_count']]),
    [
      ['2026-11-23', 2, 0, 0],
      ['2026-11-24', 2, 3, 2],
    ],
  );
  assert.equal(text.trimEnd().split('\n').length, 5);
});

test('a day of which there is nothing, and a journal of which there is nothing, say so', async () => {
  assert.equal((await reportDays(pages(rowsOf(day)), { kind: 'day', day: '2026-11-25' })).ok, false);
  const nothing = await reportDays(pages([]), { kind: 'newest' });
  assert.deepEqual([nothing.ok, nothing.document['code']], [false, 'NOT_FOUND']);
});

test('a journal that somebody changed says nothing but that', async () => {
  const rows = rowsOf(day).map((row) => (row.kind === 'fill' ? { ...row, body: row.body.replace('60060', '60001') } : row));
  const { ok: fine, document, text } = await reportDays(pages(rows), { kind: 'newest' });
  assert.deepEqual([fine, document['code'], document['fills']], [false, 'JOURNAL_DAMAGED', undefined]);
  assert.match(text, /twokey log verify says more/);
});

test('a word is a day, all of them, or nothing', () => {
  assert.deepEqual(whichDay(''), { kind: 'newest' });
  assert.deepEqual(whichDay('all'), { kind: 'all' });
  assert.deepEqual(whichDay('2026-11-23'), { kind: 'day', day: '2026-11-23' });
  for (const word of ['today', '2026-13-01', '2026-11-32', '26-11-23', '2026-11-23x']) assert.equal(whichDay(word), undefined, word);
});

test('an inverse contract is told in dollars, and a worse price costs what it costs in coin at that price', () => {
  const bought = fill({ instrument: 'BTC-USD-SWAP', size: '3', price: '60600', fee: '-0.0001', fee_currency: 'BTC' });
  const { turnover, fee, slippage } = costOf(bought, inverse, '60000');
  assert.deepEqual(
    [turnover, fee, slippage].map((each) => formatDecimal(each ?? assert.fail())),
    ['300', '6.06', '2.97029703'],
  );
});

test('what a fill cost against the decision is what was paid less what would have been paid, and zero at the same price', () => {
  const price = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(
      price,
      price,
      fc.integer({ min: 1, max: 1000 }),
      fc.constantFrom('buy' as const, 'sell' as const),
      (paid, arrival, size, side) => {
        const { slippage, turnover } = costOf(fill({ side, size: String(size), price: String(paid) }), spot, String(arrival));
        const worse = side === 'buy' ? paid - arrival : arrival - paid;
        assert.equal(formatDecimal(slippage ?? assert.fail()), String(worse * size));
        assert.equal(formatDecimal(turnover), String(paid * size));
      },
    ),
    { seed: 4, numRuns: 500 },
  );
  assert.equal(costOf(fill(), spot, '').slippage, null);
  assert.equal(costOf(fill({ fee_currency: 'OKB' }), spot, '').fee, null);
});
