import { apply, orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { DifferenceBody, Entry } from '../journal/entry.ts';
import { assert, unreachable } from '../lang/assert.ts';
import { ordered } from '../lang/ordered.ts';
import type { Instrument } from '../market/instrument.ts';
import { compare as compareDecimals, decimal, formatDecimal, isNegative, isZero } from '../money/decimal.ts';
import { positionKey } from '../order/leg.ts';
import type { Order } from '../order/order.ts';
import { movedDifferences, readBills, settlementDifferences } from '../reconcile/bills.ts';
import { compare, type Snapshot } from '../reconcile/compare.ts';
import { sortOf } from '../reconcile/holdings.ts';
import { type Compared, isTurnedOver, type Observation, verify } from '../verify/verify.ts';
import { type Context, type Effect, type Event, nothing, type Step } from './events.ts';
import { down } from './modes.ts';
import { isUndecided, openIn, reportOf, routine, subjectOf, tell, toldOf } from './routine.ts';
import { stopFor } from './worth.ts';

const OBSERVE_AGAIN_MILLISECONDS = 1000;

/** The exchange said what it holds of one instrument: proof, a reason to look again, or the end of new risk. */
export function observed(state: State, observation: Observation, context: Context): Step {
  const instrument = state.instruments.get(observation.instrument);
  assert(instrument !== undefined, 'an observation names a known instrument');
  const verdict = verify(state, instrument, observation);
  switch (verdict.kind) {
    case 'matched': {
      // Proven, and not what was meant: an exit that went through the position is worse than one that was refused.
      const cause = `reversed position: ${instrument.id}: what was to close it has opened the other way`;
      const stop = isTurnedOver(state, instrument) ? down(state, { to: 'HALTED', by: 'twokey', cause }) : nothing;
      return { entries: [...verdict.entries, ...stop.entries], effects: stop.effects };
    }
    case 'open': {
      const inspects: Effect[] = [...state.openOrders.values()]
        .filter((order) => order.instrument === instrument.id && order.life.kind !== 'unknown' && order.life.kind !== 'submitting')
        .concat(doubted(state, [subjectOf(instrument)]))
        .map((order) => ({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 }));
      return {
        entries: verdict.entries,
        effects: [...inspects, { kind: 'observe', instrument: instrument.id, afterMilliseconds: OBSERVE_AGAIN_MILLISECONDS }],
      };
    }
    case 'divergent': {
      if (verdict.entries.length === 0) return nothing;
      const [{ name, books, exchange }] = verdict.differences;
      const what = `${name}: the books say ${formatDecimal(books)}, the exchange says ${formatDecimal(exchange)}`;
      const cause = verdict.reversed ? `reversed position: ${what}` : `divergent position: ${what}`;
      const found = verdict.differences.map((difference) => differenceOf(instrument, difference));
      const stop = down(state, { to: verdict.reversed ? 'HALTED' : stopFor(state, found, context), by: 'twokey', cause });
      // Whoever closed entries before is told of each.
      const said = stop.entries.length > 0 ? [] : found.flatMap((difference) => toldOf(state, [difference]));
      return { entries: [...verdict.entries, ...stop.entries, ...said], effects: stop.effects };
    }
    default:
      return unreachable(verdict);
  }
}

function differenceOf(instrument: Instrument, { leg, books, exchange }: Compared): DifferenceBody {
  return {
    kind: instrument.kind === 'spot' ? 'balance' : 'position',
    class: sortOf(books, exchange),
    subject: subjectOf(instrument),
    books: formatDecimal(books),
    exchange: formatDecimal(exchange),
    ...(leg === 'net' ? {} : { leg }),
  };
}

/** Twelve seconds: as long as an answer, its look-up and its fills may take when each is slow, and two looks in a row that get lost. */
export const COMPARE_ATTEMPTS_MAX = 24;
const COMPARE_ATTEMPTS_FOR_OUTCOMES = 8;
const COMPARE_AGAIN_MILLISECONDS = 500;
/** Looks of the routine within which a fill that nobody could ask for is asked for. */
const ROUTINE_ATTEMPTS_MAX = 6;

type Taken = Extract<Event, { kind: 'snapshot' }>;

/** Everything was compared: the end of a start, the hourly proof, the operator's question, or the routine between them. */
export function snapshotTaken(state: State, { trigger, attempt, snapshot }: Taken, context: Context): Step {
  const fresh: readonly Entry[] = state.baselined ? [] : [baselineOf(snapshot)];
  // The comparison must already see what this very step writes.
  const opened = foreseen(state, fresh);
  const isLast = trigger !== 'routine' && attempt >= COMPARE_ATTEMPTS_MAX;
  const isFirst = trigger === 'routine' && attempt < ROUTINE_ATTEMPTS_MAX;
  const bills = readBills(opened, { ...snapshot, isLast, isFirst, now: context.circumstances.now });
  const believed = foreseen(opened, bills.entries);
  const comparison = compare(believed, snapshot);
  const money = [...bills.differences, ...movedDifferences(believed), ...settlementDifferences(believed)];
  const found = [...comparison.differences, ...money];
  const subjects = found.map(({ subject }) => subject);
  // What rests may have filled between one of the questions and another.
  const suspects = [...doubted(state, subjects), ...openIn(state, subjects)].map(({ clientOrderId }) => clientOrderId);
  // One whose answer is still on its way is looked at when that is here, or did not come.
  const asked = [...new Set([...comparison.missing, ...comparison.reopened, ...bills.asked, ...suspects])].filter(
    (id) => orderOf(state, id)?.life.kind !== 'submitting',
  );
  const inspects: Effect[] = asked.map((clientOrderId) => ({ kind: 'inspect', clientOrderId, afterMilliseconds: 0 }));
  const written = [...fresh, ...bills.entries];
  const again: Effect = { kind: 'compare', trigger, attempt: attempt + 1, afterMilliseconds: COMPARE_AGAIN_MILLISECONDS };
  if (trigger === 'routine') {
    const asks = bills.isOverdue ? [...inspects, again] : inspects;
    return routine(state, { snapshot, written, found, inspects: asks, isWhole: bills.isWhole }, context);
  }
  const differences = [
    ...found,
    ...comparison.missing.map((id): DifferenceBody => ({
      kind: 'order',
      class: 'missing_order',
      subject: id,
      books: 'open',
      exchange: '',
    })),
    ...comparison.reopened.map((id): DifferenceBody => ({
      kind: 'order',
      class: 'reopened_order',
      subject: id,
      books: 'ended',
      exchange: 'open',
    })),
  ];
  // An order of unknown outcome is no difference yet, nor is what it may have done: the comparison is not clean, and time decides
  // (reference/risk.md §6.2). A start does not wait.
  const proven = trigger === 'boot' ? differences : differences.filter((difference) => !isUndecided(state, difference));
  // While fills may be on their way a difference proves nothing: the orders are asked about, and everything is compared again. For an
  // outcome alone it is not waited to the end: the last attempts are for differences that only a moment made.
  const attemptsMax = proven.length > 0 ? COMPARE_ATTEMPTS_MAX : COMPARE_ATTEMPTS_FOR_OUTCOMES;
  const isMoving = asked.length > 0 || found.some(mayPass) || (found.length > 0 && unsettled(state, snapshot));
  if (attempt < attemptsMax && isMoving) return { entries: [], effects: [...inspects, again] };
  const turned = proven.find(isTurned);
  const cause = turned === undefined ? tell(proven) : `reversed position: ${tell([turned, ...proven.filter((each) => each !== turned)])}`;
  const to = proven.length === 0 ? null : turned === undefined ? stopFor(state, proven, context) : 'HALTED';
  const stop = to === null ? nothing : down(state, { to, by: 'twokey', cause });
  const compared: Entry = { kind: 'compared', trigger, clean: differences.length === 0, differences, ...reportOf(snapshot, to) };
  const { mode } = foreseen(state, stop.entries);
  const booted: readonly Entry[] = state.booting && trigger === 'boot' ? [{ kind: 'booted', mode }] : [];
  // Whoever closed entries before does not know of it yet, and must not go on without.
  const said = stop.entries.length > 0 ? [] : toldOf(state, proven);
  return { entries: [...written, compared, ...stop.entries, ...said, ...booted], effects: [...inspects, ...stop.effects] };
}

function foreseen(state: State, entries: readonly Entry[]): State {
  return entries.reduce((before, entry) => apply(before, { seq: before.seq + 1, at: before.lastAt, entry }), state);
}

/** A position that lies the other way than the books say: what was to close it may have opened it (reference/risk.md §6.3). */
function isTurned({ kind, books, exchange }: DifferenceBody): boolean {
  if (kind !== 'position') return false;
  const [ours, theirs] = [decimal(books), decimal(exchange)];
  return !isZero(ours) && !isZero(theirs) && isNegative(ours) !== isNegative(theirs);
}

/** Whether another look may show that it was only a moment between two answers. */
function mayPass({ class: sort }: DifferenceBody): boolean {
  return sort === 'balance_drift' || sort === 'missing_fill' || sort === 'unread';
}

/** Orders that the exchange refused or never had, as far as anybody knows, and that could explain what it holds all the same. */
function doubted(state: State, subjects: readonly string[]): readonly Order[] {
  return state.traceless.flatMap((id) => {
    const order = orderOf(state, id);
    const instrument = order === undefined ? undefined : state.instruments.get(order.instrument);
    return order?.life.kind === 'done' && instrument !== undefined && subjects.includes(subjectOf(instrument)) ? [order] : [];
  });
}

function unsettled(state: State, { askedAtSeq }: Snapshot): boolean {
  if ([...state.checks.values()].some(({ lastFillSeq }) => lastFillSeq > askedAtSeq)) return true;
  return [...state.openOrders.values()].some(
    (order) => (order.life.kind !== 'working' && order.life.kind !== 'armed') || compareDecimals(order.reportedFilled, order.filled) > 0,
  );
}

function baselineOf(snapshot: Snapshot): Entry {
  const currencies = ordered(snapshot.balance.currencies.map(({ currency, total }) => [currency, formatDecimal(total)] as const));
  const contracts = ordered(
    snapshot.positions.map(({ instrument, leg, size }) => [positionKey(instrument, leg), formatDecimal(size)] as const),
  );
  return { kind: 'baseline', currencies, contracts, evidence: snapshot.evidence };
}
