import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openJournal } from '../src/adapters/store/sqlite.ts';
import { seal } from '../src/core/journal/chain.ts';
import type { Draft, Head, Row } from '../src/core/journal/row.ts';
import { type Figure, median, milliseconds, verdict } from './figure.ts';
import { at, textAt } from './json.ts';
import { placeAtTwokey } from './orders.ts';
import { startGateway, startShim, type World } from './world.ts';

const ENTRIES_BUDGETED = 1_000_000;
const ENTRIES_SCALED = 100_000;
const SECONDS_MAX = 15;
const SNAPSHOT_SECONDS_MAX = 0.5;
const SNAPSHOT_PATIENCE_MILLISECONDS = 300_000;
const STARTS = 5;
const PAGE_ROWS = 1000;
const ORDER_APART_MILLISECONDS = 100;

/** How long the gateway takes to be ready over a long journal: read and checked from its first entry, and from a snapshot. */
export async function measureStart(world: World, { full }: { readonly full: boolean }): Promise<readonly Figure[]> {
  const entries = full ? ENTRIES_BUDGETED : ENTRIES_SCALED;
  await firstOrder(world);
  const short = await startOnce(world);
  await lengthen(world, entries);
  const long = await startOnce(world);
  const written = await writeSnapshot(world);
  const starts: number[] = [];
  // oxlint-disable-next-line no-await-in-loop
  for (let start = 0; start < STARTS; start += 1) starts.push(await startOnce(world));
  const scale = ENTRIES_BUDGETED / entries;
  // What a start costs by itself is not multiplied.
  const seconds = ((long - short) * scale + short) / 1000;
  const how = full ? '' : ` (scaled from ${entries.toLocaleString('en')} in ${(long / 1000).toFixed(1)} s)`;
  const snapshot = {
    name: 'start_snapshot',
    what: `start on ${entries.toLocaleString('en')} entries, with snapshot, median`,
    budget: `≤ ${SNAPSHOT_SECONDS_MAX} s`,
    measured: `${(median(starts) / 1000).toFixed(2)} s (an empty journal ${(short / 1000).toFixed(2)} s; the first snapshot took ${(written.tookMilliseconds / 1000).toFixed(1)} s, and of ${written.orders} orders meanwhile the slowest ${milliseconds(written.slowestMilliseconds)}, median ${milliseconds(written.medianMilliseconds)})`,
    peer: '',
    verdict: verdict(median(starts) <= SNAPSHOT_SECONDS_MAX * 1000),
    values: { start_ms: median(starts), short_ms: short, entries, ...written },
  };
  const whole = {
    name: 'start',
    what: `start on ${ENTRIES_BUDGETED.toLocaleString('en')} entries`,
    budget: `≤ ${SECONDS_MAX} s`,
    measured: `${seconds.toFixed(1)} s${how}`,
    peer: '',
    verdict: verdict(seconds <= SECONDS_MAX),
    values: { seconds, entries, long_ms: long, short_ms: short },
  };
  return [whole, snapshot];
}

type Written = {
  readonly tookMilliseconds: number;
  readonly orders: number;
  readonly slowestMilliseconds: number;
  readonly medianMilliseconds: number;
};

/** Lets a gateway write the first snapshot of a long journal, which is the largest there is, and orders pass beside. */
async function writeSnapshot(world: World): Promise<Written> {
  await using _gateway = (await startGateway(world)).process;
  await using shim = await startShim(world);
  const begun = performance.now();
  const took: number[] = [];
  const deadline = begun + SNAPSHOT_PATIENCE_MILLISECONDS;
  for (let index = 1; performance.now() < deadline; index += 1) {
    const asked = performance.now();
    // oxlint-disable-next-line no-await-in-loop
    await placeAtTwokey(shim, { index, type: 'post_only', run: 'beside' });
    took.push(performance.now() - asked);
    if (index % 10 === 0 && hasSnapshot(world))
      return {
        tookMilliseconds: performance.now() - begun,
        orders: took.length,
        slowestMilliseconds: Math.max(...took),
        medianMilliseconds: median(took),
      };
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('no snapshot was written');
}

function hasSnapshot({ home }: World): boolean {
  const database = new DatabaseSync(join(home, 'state', 'journal.db'), { readOnly: true });
  try {
    return database.prepare('SELECT seq FROM snapshot LIMIT 1').get() !== undefined;
  } finally {
    database.close();
  }
}

/** A real order of a real gateway is the pattern for all others. */
async function firstOrder(world: World): Promise<void> {
  await using _gateway = (await startGateway(world)).process;
  await using shim = await startShim(world);
  const { ok, status } = await placeAtTwokey(shim, { index: 1, type: 'ioc', run: 'first' });
  if (!ok) throw new Error(`the first order was not accepted: ${status}`);
}

async function startOnce(world: World): Promise<number> {
  const started = await startGateway(world);
  await started.process[Symbol.asyncDispose]();
  return started.readyMilliseconds;
}

/** Writes the entries of the first order again and again, each time as another order, until the journal is long enough. */
async function lengthen({ home }: World, entries: number): Promise<void> {
  const opened = openJournal(join(home, 'state', 'journal.db'));
  if (!opened.ok) throw new Error(opened.error);
  using journal = opened.value;
  let head = await journal.head();
  const pattern = patternOf(await journal.read(1, PAGE_ROWS));
  let order = 0;
  while (head.seq < entries) {
    const drafts: Draft[] = [];
    while (drafts.length < PAGE_ROWS) {
      order += 1;
      drafts.push(...pattern.map((row) => again(row, order)));
    }
    // oxlint-disable-next-line no-await-in-loop
    head = await appended(journal, head, seal(head, drafts));
  }
}

/** The rows of the first order: decision, submission, acceptance, and its end. */
function patternOf(rows: readonly Row[]): readonly Row[] {
  const submission = rows.find(({ kind }) => kind === 'submitting');
  const id = textAt(JSON.parse(submission?.body ?? '{}'), 'client_order_id');
  const rest = rows.filter(({ body }) => id !== '' && textAt(JSON.parse(body), 'client_order_id') === id);
  const decision = rows.find(({ kind, body }) => kind === 'decision' && textAt(JSON.parse(body), 'intent_id') === 'first-1');
  if (decision === undefined || rest.length < 3) throw new Error('the first order left no complete trace in the journal');
  return [decision, ...rest];
}

function again({ at: firstAt, account, kind, body }: Row, order: number): Draft {
  const text = body
    .replaceAll(/"client_order_id":"(\w+)"/g, `"client_order_id":"$1x${order}"`)
    .replaceAll('"first-1"', `"first-${order + 1}"`);
  const value: unknown = JSON.parse(text);
  if (!isBody(value)) throw new Error('a body is an object');
  return { at: firstAt + order * ORDER_APART_MILLISECONDS, account, kind, body: value };
}

function isBody(value: unknown): value is Draft['body'] {
  return typeof value === 'object' && value !== null && at(value, 'kind') === undefined;
}

async function appended(
  journal: { readonly append: (expected: Head, rows: readonly Row[]) => Promise<{ readonly kind: string }> },
  head: Head,
  rows: readonly Row[],
): Promise<Head> {
  const outcome = await journal.append(head, rows);
  const last = rows.at(-1);
  if (outcome.kind !== 'appended' || last === undefined) throw new Error(`the journal was not written: ${outcome.kind}`);
  return { seq: last.seq, hash: last.hash };
}
