import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { genesisHead, seal } from '../../core/journal/chain.ts';
import type { Entry } from '../../core/journal/entry.ts';
import { bodyOf } from '../../core/journal/read-entry.ts';
import type { Row } from '../../core/journal/row.ts';
import { ok } from '../../core/lang/result.ts';
import { everTraded, readTraces, type Traces } from './traces.ts';

const minute = 60_000;
const hour = 60 * minute;
const begin = Date.UTC(2026, 10, 2, 12);

/** So many milliseconds after the beginning. */
type Dated = readonly [after: number, entry: Entry];

function rowsOf(...entries: readonly Dated[]): readonly Row[] {
  return rowsIn('demo', entries);
}

function rowsIn(environment: string, entries: readonly Dated[]): readonly Row[] {
  return seal(
    genesisHead,
    entries.map(([after, entry]) => ({ at: begin + after, account: `okx:${environment}:1001`, kind: entry.kind, body: bodyOf(entry) })),
  );
}

async function* paged(rows: readonly Row[]) {
  yield ok(rows);
}

function read(...entries: readonly Dated[]): Promise<Traces> {
  return readTraces('journal.db', paged(rowsOf(...entries)));
}

const started = (readOnly: boolean): Entry => ({
  kind: 'started',
  epoch: 1,
  policy_hash: 'a'.repeat(64),
  version: '0.1.0',
  read_only: readOnly,
});
const compared = (clean: boolean): Entry => ({
  kind: 'compared',
  trigger: 'full',
  clean,
  differences: clean ? [] : [{ kind: 'order', subject: 'BTC-USDT', books: '', exchange: 'x', class: 'foreign_order' }],
  evidence: 'b'.repeat(64),
});
const submitting = (id: string, principal: string, strategy: string): Entry => ({
  kind: 'submitting',
  client_order_id: id,
  principal,
  intent_id: id,
  instrument: 'BTC-USDT',
  product: 'spot',
  side: 'buy',
  type: 'ioc',
  size: '0.003',
  price: '60300',
  reduce_only: false,
  purpose: 'entry',
  strategy,
  notional_usd: '180',
  marks: { fingerprints: [], duplicate_window_ms: 0, latches_same_side: false },
  expires_at: begin,
  request_hash: 'c'.repeat(64),
});
const fill = (id: string, trade: string): Entry => ({
  kind: 'fill',
  client_order_id: id,
  exchange_order_id: '7',
  trade_id: trade,
  bill_id: trade,
  instrument: 'BTC-USDT',
  side: 'buy',
  size: '0.001',
  price: '60060',
  fee: '-0.06',
  fee_currency: 'USDT',
  exchange_at: begin,
});
const verified = (outcome: 'matched' | 'divergent'): Entry => ({
  kind: 'verified',
  instrument: 'BTC-USDT',
  outcome,
  orders: [],
  books: '1',
  exchange: '1',
  evidence: 'd'.repeat(64),
});

test('an order counts once however often it executed, for its agent and strategy, and never for twokey or the operator', async () => {
  const { traded, environment } = await read(
    [0, submitting('one', 'alpha', 'mean')],
    [1, fill('one', '1')],
    [2, fill('one', '2')],
    [3, submitting('two', 'alpha', 'mean')],
    [4, submitting('three', 'alpha', 'trend')],
    [5, fill('three', '3')],
    [6, submitting('four', 'operator', '')],
    [7, fill('four', '4')],
    [8, submitting('five', 'alpha', 'mean')],
    [9, fill('five', '5')],
  );
  strictEqual(environment, 'demo');
  deepStrictEqual(traded, [
    { agent: 'alpha', strategy: 'mean', orders: 2, first: 2, last: 10 },
    { agent: 'alpha', strategy: 'trend', orders: 1, first: 6, last: 6 },
  ]);
});

test('a time of reading goes on over restarts that read, and ends with a start that trades and with a silence', async () => {
  const hours = (from: number, count: number): readonly Dated[] =>
    Array.from({ length: count }, (_, index) => [(from + index) * hour, compared(true)] as const);
  const one = await read([0, started(true)], ...hours(1, 10), [11 * hour, started(true)], ...hours(12, 5));
  deepStrictEqual(one.readOnly, { milliseconds: 16 * hour, first: 1, last: 17 });
  const traded = await read([0, started(true)], ...hours(1, 3), [4 * hour, started(false)], ...hours(5, 20));
  strictEqual(traded.readOnly.milliseconds, 3 * hour);
  const silent = await read([0, started(true)], ...hours(1, 3), ...hours(6, 2));
  strictEqual(silent.readOnly.milliseconds, 3 * hour);
});

test('a gap between comparisons is seen while a gateway runs, and a time in which none ran is none', async () => {
  const fineGap = await read(
    [0, started(false)],
    [1, compared(true)],
    [90 * minute, compared(true)],
    [30 * hour, started(false)],
    [30 * hour + 1, compared(false)],
  );
  strictEqual(fineGap.lastGap, null);
  strictEqual(fineGap.starts, 2);
  deepStrictEqual(fineGap.lastCompared, { seq: 5, at: begin + 30 * hour + 1, clean: false, classes: ['foreign_order'] });
  const late = await read([0, started(false)], [1, compared(true)], [3 * hour, compared(true)]);
  deepStrictEqual(late.lastGap, { seq: 3, at: begin + 3 * hour, milliseconds: 3 * hour - 1 });
});

test('a divergence stands until the same instrument is verified again', async () => {
  const open = await read([0, verified('matched')], [1, verified('divergent')]);
  deepStrictEqual([...open.divergent], [['BTC-USDT', 2]]);
  const closed = await read([0, verified('divergent')], [1, verified('matched')]);
  deepStrictEqual([closed.divergent.size, closed.matched, closed.lastMatched], [0, 1, 2]);
});

test('a sink that is down is not up until the journal says so', async () => {
  const down: Entry = { kind: 'notifier', sink: 'ntfy-1', state: 'down', cause: 'refused', closes: true };
  const delivered: Entry = { kind: 'delivered', alert: 1, sink: 'ntfy-1', outcome: 'delivered', attempts: 1 };
  const traces = await read([0, delivered], [1, down]);
  strictEqual(traces.delivered.get('ntfy-1')?.seq, 1);
  strictEqual(traces.down.get('ntfy-1')?.cause, 'refused');
  const up = await read([0, down], [1, { ...down, state: 'up', cause: '', closes: false }], [2, { ...delivered, outcome: 'given_up' }]);
  deepStrictEqual([up.down.size, up.delivered.size], [0, 0], 'what was given up did not arrive');
});

test('a journal in which a byte was changed proves nothing after it and says where', async () => {
  const rows = rowsOf([0, started(false)], [1, compared(true)], [2, verified('matched')]);
  const changed = rows.with(1, { ...(rows[1] as Row), body: (rows[1] as Row).body.replace('true', 'false') });
  const traces = await readTraces('journal.db', paged(changed));
  match(traces.damage, /entry 2/);
  strictEqual(traces.matched, 0);
});

test('a live journal has traded once a gateway that may trade started on it, not by reading, and one of demo trading never', async () => {
  const traded = (environment: string, ...entries: readonly Dated[]) => everTraded(paged(rowsIn(environment, entries)));
  const trading: readonly Dated[] = [
    [0, started(true)],
    [1, started(false)],
    [2, started(true)],
  ];
  strictEqual(await everTraded(paged([])), false);
  strictEqual(await traded('live', [0, started(true)], [1, compared(true)], [2, started(true)]), false);
  strictEqual(await traded('live', ...trading), true);
  strictEqual(await traded('demo', ...trading), false, 'a journal of another environment lets nobody past the list');
});
