import { join } from 'node:path';
import { openJournalReadOnly } from '../src/adapters/store/sqlite.ts';
import { type Figure, verdict } from './figure.ts';
import { textAt } from './json.ts';
import type { McpServer } from './mcp.ts';
import { placeAtPeer, placeAtTwokey } from './orders.ts';
import { pause } from './process.ts';
import { ledgerOrders, startGateway, startShim, type World } from './world.ts';

const ORDERS = 10_000;
/** The first of them pass before the clock starts, so that compiled code is compared with compiled code. */
const WARM_UP = 1000;
/** Orders under way at any time. Below the 256 that the doors take of one agent. */
const UNDER_WAY = 128;
const PER_SECOND_MIN = 500;
const IDLE_MEGABYTES_MAX = 120;
const AFTER_MEGABYTES_MAX = 250;
const QUIET_MILLISECONDS = 3000;
const PEER_MILLISECONDS = 5000;
const PAGE_ROWS = 1000;

/** Ten thousand orders through one account, and what the gateway weighs before and after them. */
export async function measureSustained(world: World, peer: McpServer | null): Promise<readonly Figure[]> {
  const perSecondOfPeer = peer === null ? null : await ratePeer(peer);
  await using gateway = (await startGateway(world)).process;
  await pause(QUIET_MILLISECONDS);
  const idle = gateway.residentMegabytes();
  await using shim = await startShim(world);
  const all = await drive(shim);
  await pause(QUIET_MILLISECONDS);
  const after = gateway.residentMegabytes();
  const proof = await prove(world, all.placed);
  return [
    {
      name: 'sustained',
      what: 'sustained orders through one account, each on disk before it leaves',
      budget: `≥ ${PER_SECOND_MIN}/s`,
      measured: `${Math.round(all.perSecond)}/s${proof === '' ? '' : `, but ${proof}`}`,
      peer: perSecondOfPeer === null ? 'not measured' : `${Math.round(perSecondOfPeer)}/s`,
      verdict: verdict(all.perSecond >= PER_SECOND_MIN && proof === ''),
      values: { per_second: all.perSecond, peer_per_second: perSecondOfPeer ?? Number.NaN },
    },
    weight('idle', idle, IDLE_MEGABYTES_MAX),
    weight(`after ${ORDERS.toLocaleString('en')} orders`, after, AFTER_MEGABYTES_MAX),
  ];
}

function weight(when: string, megabytes: number, most: number): Figure {
  return {
    name: 'memory',
    what: `gateway process resident, ${when}`,
    budget: `≤ ${most} MB`,
    measured: `${Math.round(megabytes)} MB`,
    peer: '',
    verdict: verdict(megabytes <= most),
    values: { megabytes },
  };
}

/** Immediate-or-cancel far below the market: such an order ends by itself, so that nothing piles up and nothing has to be cancelled. */
async function drive(shim: McpServer): Promise<{ readonly perSecond: number; readonly placed: number }> {
  let next = 0;
  let ended = 0;
  let startedAt = performance.now();
  const one = async (): Promise<void> => {
    while (next < ORDERS) {
      next += 1;
      // oxlint-disable-next-line no-await-in-loop
      const { ok, status } = await placeAtTwokey(shim, { index: next, type: 'ioc', run: 'sustained' });
      if (!ok) throw new Error(`an order was not accepted: ${status}`);
      ended += 1;
      if (ended === WARM_UP) startedAt = performance.now();
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, one));
  return { perSecond: ((ORDERS - WARM_UP) * 1000) / (performance.now() - startedAt), placed: ended };
}

async function ratePeer(peer: McpServer): Promise<number> {
  const until = performance.now() + PEER_MILLISECONDS;
  let accepted = 0;
  let next = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      next += 1;
      // oxlint-disable-next-line no-await-in-loop
      if ((await placeAtPeer(peer, { index: next, type: 'ioc' })).ok) accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: 4 }, one));
  return (accepted * 1000) / PEER_MILLISECONDS;
}

/** What is wrong between ledger and journal, or an empty text: every order once, each written before the exchange had it. */
async function prove(world: World, placed: number): Promise<string> {
  const orders = await ledgerOrders(world, '1001');
  if (orders.length !== placed) return `${orders.length} orders on the ledger for ${placed} answers`;
  const writtenAt = await submissions(world);
  const unwritten = orders.filter(({ clientOrderId, at }) => (writtenAt.get(clientOrderId) ?? Number.POSITIVE_INFINITY) > at).length;
  return unwritten === 0 ? '' : `${unwritten} orders reached the exchange before the journal had them`;
}

async function submissions({ home }: World): Promise<ReadonlyMap<string, number>> {
  const journal = openJournalReadOnly(join(home, 'state', 'journal.db'));
  if (!journal.ok) throw new Error(journal.error);
  const times = new Map<string, number>();
  for (let from = 1; ; from += PAGE_ROWS) {
    // oxlint-disable-next-line no-await-in-loop
    const rows = await journal.value.read(from, PAGE_ROWS);
    for (const row of rows) if (row.kind === 'submitting') times.set(textAt(JSON.parse(row.body), 'client_order_id'), row.at);
    if (rows.length < PAGE_ROWS) break;
  }
  journal.value.close();
  return times;
}
