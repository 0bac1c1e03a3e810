import { isDeepStrictEqual } from 'node:util';
import { apply } from '../../src/core/account/apply.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import type { DifferenceBody } from '../../src/core/journal/entry.ts';
import type { Row } from '../../src/core/journal/row.ts';
import { entries } from '../../src/core/lang/table.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { laidOpen } from '../support/snapshot-shelf.ts';
import { openMemoryJournal } from '../../src/adapters/store/memory.ts';
import { replay } from '../../src/engine/replay.ts';
import { amountOf, show } from './amount.ts';
import { demand } from './demand.ts';
import { isSpot, nameOf, namesOf } from './names.ts';
import { body } from './oracle.ts';
import { judgeEndedStop, judgeStopsLeft, judgeWaiting } from './stops-aftermath.ts';
import { isForeign, mayStayUnknown } from './foreign.ts';
import { judgeRelease } from './release-judge.ts';
import { judgeVerified } from './verified.ts';
import { drained } from './schedule.ts';
import type { LedgerFill, Venue } from './venue.ts';
import type { World } from './world.ts';

/** How long a full comparison may take where somebody else's orders are in the way. */
const COMPARISON_MILLISECONDS = 40_000;

/** Nothing is on its way any more, nor is what the exchange has just done; if that is never so, the judge says what stayed behind. */
export function isSettled({ process, crowd, venue }: World): boolean {
  if (process?.ready !== true || process.engine === null) return false;
  const { openOrders, killing } = process.engine.state;
  const ledger = venue.ledger();
  const isThere = (id: string): boolean =>
    ledger.orders.some(({ clOrdId, state }) => clOrdId === id && (state === 'live' || state === 'partially_filled')) ||
    ledger.algos.some(({ algoClOrdId, state }) => algoClOrdId === id && state === 'live');
  const isOver = [...openOrders.values()].every(({ clientOrderId: id, life, stop }) => {
    if (stop === null) return life.kind === 'working' && isThere(id);
    // One that comes alive with its entry is not there before.
    const waits = stop.parent !== null && openOrders.has(stop.parent);
    return life.kind === 'armed' && stop.moving === null && (waits || isThere(id));
  });
  return isOver && killing === null && [...crowd.asked.values()].every(({ waiting }) => waiting === 0);
}

/** After a while in a world without faults: everything has come to an end that both sides agree on. */
export async function judgeAftermath(world: World, pass: (milliseconds: number) => Promise<void>): Promise<void> {
  const { process, oracle, crowd } = world;
  const engine = process?.engine ?? null;
  demand(engine !== null && process?.ready === true, 'liveness', () => 'no gateway is ready long after everything was put right');
  for (const [key, { waiting }] of crowd.asked)
    demand(waiting === 0, 'liveness', () => `${waiting} questions of ${key} are still unanswered`);
  judgeOrders(world, engine.state);
  judgeFills(world);
  if (!isForeign(world)) judgeHoldings(world, engine.state);
  await judgeFold(world, engine.state);
  judgeMode(world, engine.state);
  judgeLiquidation(world, engine.state);
  let refusal: string | null | undefined;
  void engine.compareNow().then((answer) => {
    refusal = answer;
  });
  await drained();
  for (let waited = 0; refusal === undefined && waited < COMPARISON_MILLISECONDS; waited += 500) {
    // The comparison needs time to pass.
    // oxlint-disable-next-line no-await-in-loop
    await pass(500);
  }
  demand(refusal !== undefined, 'liveness', () => 'a full comparison has no end');
  demand(refusal === null, 'liveness', () => `a full comparison failed: ${refusal ?? ''}`);
  const { lastComparison } = engine;
  demand(lastComparison !== null, 'liveness', () => 'a full comparison left nothing');
  if (!isForeign(world))
    demand(
      isAsExpected(world, engine.state, lastComparison.differences),
      'I-A2',
      () => `the last comparison found ${JSON.stringify(lastComparison.differences)}`,
    );
  for (const [, order] of entries(engine.state.doneOrders))
    if (order.life.kind === 'done') world.tally.add(`life: done ${order.life.outcome}`);
  oracle.lost.judge();
}

/** Nothing but what the exchange has closed itself. */
function isAsExpected({ people: { liquidated } }: World, { openOrders }: State, differences: readonly DifferenceBody[]): boolean {
  const undecided = [...openOrders.values()].filter(({ life, instrument }) => life.kind === 'unknown' && instrument === liquidated);
  const expected = new Set<string>([liquidated, ...undecided.map(({ clientOrderId }) => clientOrderId)]);
  return differences.length === 0 || (liquidated !== '' && differences.every(({ subject }) => expected.has(subject)));
}

function judgeOrders(world: World, state: State): void {
  const { venue, tally } = world;
  const ledger = new Map(venue.ledger().orders.map((order) => [order.clOrdId, order]));
  for (const order of state.openOrders.values()) {
    const { clientOrderId, life, stop } = order;
    if (stop !== null) {
      judgeWaiting(world, state, order);
      continue;
    }
    if (life.kind === 'unknown' && mayStayUnknown(world, order)) continue;
    demand(life.kind === 'working', 'I-U4', () => `${clientOrderId} is still ${life.kind}`);
    const real = ledger.get(clientOrderId);
    const open = real?.state === 'live' || real?.state === 'partially_filled';
    demand(open, 'I-U1', () => `${clientOrderId} is open in the books, and at the exchange ${real?.state ?? 'nothing'}`);
    tally.add('life: working at the end');
  }
  for (const [id, real] of ledger) {
    if (real.origin !== 'api' || world.oracle.lost.get(id) !== undefined) continue;
    if (real.state === 'live' || real.state === 'partially_filled')
      demand(
        [...state.openOrders.keys()].some((known) => known === id),
        'I-U3',
        () => `${id} rests at the exchange, and the books think that it ended`,
      );
  }
  judgeStopsLeft(world, state);
  for (const [, order] of entries(state.doneOrders)) {
    const { life } = order;
    if (life.kind !== 'done') continue;
    if (order.stop !== null) {
      judgeEndedStop(world, order);
      continue;
    }
    const real = ledger.get(order.clientOrderId);
    const never = life.outcome === 'rejected' || life.outcome === 'absent';
    demand(
      never === (real === undefined),
      'I-U1',
      () => `${order.clientOrderId} is ${life.outcome} in the books, and at the exchange ${real?.state ?? 'nothing'}`,
    );
    if (real === undefined) continue;
    const same = amountOf(real.accFillSz) === amountOf(formatDecimal(order.filled));
    demand(same, 'I-A2', () => `${order.clientOrderId} executed ${real.accFillSz}, and ${formatDecimal(order.filled)} is booked`);
    if (amountOf(real.accFillSz) > 0n) judgeVerified(world, order);
  }
}

const fillKey = ({ clOrdId, instId, side, px, sz, fee }: Pick<LedgerFill, 'clOrdId' | 'instId' | 'side' | 'px' | 'sz' | 'fee'>): string =>
  [clOrdId, instId, side, ...[px, sz, fee].map((text) => show(amountOf(text)))].join(' ');

/** Each execution of ours stands once in the journal, and nothing else does. */
function judgeFills({ venue, disk, oracle }: World): void {
  const real = venue
    .ledger()
    .fills.flatMap((fill) => {
      const clOrdId = oracle.bookedUnder(fill);
      return clOrdId === undefined ? [] : [fillKey({ ...fill, clOrdId })];
    })
    .toSorted();
  const booked = disk.rows
    .filter(({ kind }) => kind === 'fill')
    .map((row) => {
      const fill = body(row);
      const text = (key: string): string => String(fill[key]);
      return fillKey({
        clOrdId: text('client_order_id'),
        instId: text('instrument'),
        side: text('side'),
        px: text('price'),
        sz: text('size'),
        fee: text('fee'),
      });
    })
    .toSorted();
  const lost = real.find((key, index) => key !== booked[index]) ?? booked[real.length];
  demand(lost === undefined, 'I-A1', () => `${real.length} executions, ${booked.length} booked; they part at ${lost ?? ''}`);
}

function judgeHoldings({ venue, configuration, people }: World, state: State): void {
  const ledger = venue.ledger();
  for (const instId of configuration.policy.instruments) {
    // What the exchange has closed is booked by nobody before a person adopts it.
    if (instId === people.liquidated) continue;
    for (const name of namesOf(instId, venue.legs)) {
      const real = isSpot(instId)
        ? (ledger.balances.find(({ ccy }) => `${ccy}-USDT` === instId)?.total ?? '0')
        : (ledger.positions.find((position) => nameOf(position) === name)?.pos ?? '0');
      const position = [...state.positions].find(([key]) => key === name)?.[1];
      const books = position === undefined ? '0' : formatDecimal(position.size);
      const found = isSpot(instId) ? venue.foundOf(venue.instrument(instId).base) : 0n;
      demand(amountOf(real) - found === amountOf(books), 'I-A2', () => `the exchange holds ${real} of ${name}, and the books ${books}`);
    }
  }
}

/** The books are the fold of the journal and of nothing else. */
async function judgeFold({ disk }: World, state: State): Promise<void> {
  let folded = emptyState('okx:sim:1001');
  const replayed = await replay(openMemoryJournal({ rows: disk.rows, rowsMax: Number.POSITIVE_INFINITY }), (fact) => {
    const before = folded;
    folded = apply(before, fact);
    judgeRelease({ before, entry: fact.entry, after: folded });
  });
  demand(replayed.ok, 'I-L1', () => (replayed.ok ? '' : replayed.error));
  demand(isDeepStrictEqual(laidOpen(folded), laidOpen(state)), 'I-L2', () => 'the journal folds to another state than the running one');
}

/** A position that the exchange has closed is a difference: entries are closed, and the operator was told of it. */
function judgeLiquidation({ people, disk, venue }: World, state: State): void {
  const { liquidated, liquidatedAt } = people;
  if (liquidated === '') return;
  const isOpen = state.mode === 'ACTIVE' && !wasAccepted(disk.rows, venue);
  demand(!isOpen, 'I-R5', () => `the exchange has closed a position of ${liquidated}, and the account is still ACTIVE`);
  const told = disk.rows.some(({ kind, at, body: text }) => kind === 'alert' && at >= liquidatedAt && text.includes(liquidated));
  demand(told, 'I-R5', () => `the exchange has closed a position of ${liquidated}, and nobody was told`);
}

function judgeMode({ oracle, people, disk, venue }: World, state: State): void {
  demand(state.killing === null, 'I-R6', () => 'a halt is still not done long after everything was put right');
  demand(state.mode === oracle.mode, 'I-R5', () => `the gateway is ${state.mode}, and the journal says ${oracle.mode}`);
  // What was there before the first comparison ended is nobody's business (DESIGN §3.7).
  const baselineAt = disk.rows.find(({ kind }) => kind === 'baseline')?.at ?? 0;
  const interfered = people.interfered && venue.ledger().orders.some(({ origin, at }) => origin === 'external' && at >= baselineAt);
  const isOpen = state.mode === 'ACTIVE' && !wasAccepted(disk.rows, venue);
  if (interfered) demand(!isOpen, 'I-R5', () => 'somebody else traded on the account, and it is still ACTIVE');
}

/** Whether the journal, and with it an alert, has told each trade that is nobody's of ours, and a person has resumed after the last of them. */
function wasAccepted(rows: readonly Row[], venue: Venue): boolean {
  const foreign = venue.ledger().orders.filter(({ origin }) => origin === 'external' || origin === 'liquidation');
  const isTold = ({ kind, body: text }: Row, ordId: string): boolean =>
    (kind === 'compared' && text.includes(`exchange order ${ordId}`)) ||
    (kind === 'statement' && text.includes(`"exchange_order_id":"${ordId}"`));
  const shown = foreign.map(({ ordId }) => rows.findIndex((row) => isTold(row, ordId)));
  if (shown.includes(-1)) return false;
  const isResume = ({ kind, body: text }: Row): boolean =>
    kind === 'mode' && text.includes('"by":"operator"') && text.includes('"to":"ACTIVE"');
  return rows.slice(Math.max(0, ...shown)).some(isResume);
}
