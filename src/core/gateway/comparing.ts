import { apply, orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { DifferenceBody, Entry } from '../journal/entry.ts';
import { assert, unreachable } from '../lang/assert.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { compare as compareDecimals, formatDecimal } from '../money/decimal.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { compare, type Snapshot } from '../reconcile/compare.ts';
import { type Observation, verify } from '../verify/verify.ts';
import { type Context, type Effect, type Event, nothing, type Step } from './events.ts';
import { down } from './modes.ts';
import { stopFor } from './worth.ts';

const OBSERVE_AGAIN_MILLISECONDS = 1000;

/** The exchange said what it holds of one instrument: proof, a reason to look again, or the end of new risk. */
export function observed(state: State, observation: Observation, context: Context): Step {
  const instrument = state.instruments.get(observation.instrument);
  assert(instrument !== undefined, 'an observation names a known instrument');
  const verdict = verify(state, instrument, observation);
  switch (verdict.kind) {
    case 'matched':
      return { entries: verdict.entries, effects: [] };
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
      const what = `${instrument.id}: the books say ${verdict.books}, the exchange says ${formatDecimal(observation.exchange)}`;
      const cause = verdict.reversed ? `reversed position: ${what}` : `divergent position: ${what}`;
      const difference: DifferenceBody = {
        kind: instrument.kind === 'spot' ? 'balance' : 'position',
        subject: subjectOf(instrument),
        books: verdict.books,
        exchange: formatDecimal(observation.exchange),
      };
      const stop = down(state, { to: verdict.reversed ? 'HALTED' : stopFor(state, [difference], context), by: 'twokey', cause });
      return { entries: [...verdict.entries, ...stop.entries], effects: stop.effects };
    }
    default:
      return unreachable(verdict);
  }
}

/** Twelve seconds: as long as an answer, its look-up and its fills may take when each is slow, and two looks in a row that get lost. */
export const COMPARE_ATTEMPTS_MAX = 24;
const COMPARE_ATTEMPTS_FOR_OUTCOMES = 8;
const COMPARE_AGAIN_MILLISECONDS = 500;

/** Everything was compared: the end of a start, the hourly proof, the operator's question, or the routine between them. */
export function snapshotTaken(state: State, { trigger, attempt, snapshot }: Extract<Event, { kind: 'snapshot' }>, context: Context): Step {
  const fresh: readonly Entry[] = state.baselined ? [] : [baselineOf(snapshot)];
  // The comparison must already see the baseline that this very step writes.
  const believed = fresh.reduce((before, entry) => apply(before, { seq: before.seq + 1, at: 0, entry }), state);
  const comparison = compare(believed, snapshot);
  const subjects = comparison.differences.map(({ subject }) => subject);
  // What rests may have filled between one of the questions and another.
  const suspects = [...doubted(state, subjects), ...openIn(state, subjects)];
  const asked = [...new Set([...comparison.missing, ...comparison.reopened, ...suspects.map(({ clientOrderId }) => clientOrderId)])];
  const inspects: Effect[] = asked.map((clientOrderId) => ({ kind: 'inspect', clientOrderId, afterMilliseconds: 0 }));
  if (trigger === 'routine') return routine(state, snapshot, { differences: comparison.differences, inspects, context });
  const differences = [
    ...comparison.differences,
    ...comparison.missing.map((id): DifferenceBody => ({ kind: 'order', subject: id, books: 'open', exchange: '' })),
    ...comparison.reopened.map((id): DifferenceBody => ({ kind: 'order', subject: id, books: 'ended', exchange: 'open' })),
  ];
  // An order of unknown outcome is no difference yet, nor is what it may have done: the comparison is not clean, and time decides
  // (reference/risk.md §6.2). A start does not wait.
  const proven = trigger === 'boot' ? differences : differences.filter((difference) => !isUndecided(state, difference));
  // While fills may be on their way a difference proves nothing: the orders are asked about, and everything is compared again. For an
  // outcome alone it is not waited to the end: the last attempts are for differences that only a moment made.
  const attemptsMax = proven.length > 0 ? COMPARE_ATTEMPTS_MAX : COMPARE_ATTEMPTS_FOR_OUTCOMES;
  if (attempt < attemptsMax && (asked.length > 0 || (comparison.differences.length > 0 && unsettled(state, snapshot)))) {
    return {
      entries: [],
      effects: [...inspects, { kind: 'compare', trigger, attempt: attempt + 1, afterMilliseconds: COMPARE_AGAIN_MILLISECONDS }],
    };
  }
  const compared: Entry = { kind: 'compared', trigger, clean: differences.length === 0, differences, evidence: snapshot.evidence };
  const stop = proven.length === 0 ? nothing : down(state, { to: stopFor(state, proven, context), by: 'twokey', cause: tell(proven) });
  const booted: readonly Entry[] = state.booting && trigger === 'boot' ? [{ kind: 'booted', mode: state.mode }] : [];
  return { entries: [...fresh, compared, ...stop.entries, ...booted], effects: [...inspects, ...stop.effects] };
}

/** How a difference names what is held of an instrument. */
function subjectOf(instrument: Instrument): string {
  return instrument.kind === 'spot' ? instrument.base : instrument.id;
}

function openIn(state: State, subjects: readonly string[]): readonly Order[] {
  return [...state.openOrders.values()].filter((order) => {
    const instrument = state.instruments.get(order.instrument);
    return instrument !== undefined && subjects.includes(subjectOf(instrument));
  });
}

/** Orders that the exchange refused or never had, as far as anybody knows, and that could explain what it holds all the same. */
function doubted(state: State, subjects: readonly string[]): readonly Order[] {
  return state.traceless.flatMap((id) => {
    const order = orderOf(state, id);
    const instrument = order === undefined ? undefined : state.instruments.get(order.instrument);
    return order?.life.kind === 'done' && instrument !== undefined && subjects.includes(subjectOf(instrument)) ? [order] : [];
  });
}

/** Whether an order of unknown outcome is the difference, or may have made it. */
function isUndecided(state: State, { kind, subject }: DifferenceBody): boolean {
  if (kind === 'account') return false;
  const orders = kind === 'order' ? [state.openOrders.get(subject as ClientOrderId)] : openIn(state, [subject]);
  return orders.some((order) => order?.life.kind === 'submitting' || order?.life.kind === 'unknown');
}

function unsettled(state: State, { askedAtSeq }: Snapshot): boolean {
  if ([...state.checks.values()].some(({ lastFillSeq }) => lastFillSeq > askedAtSeq)) return true;
  return [...state.openOrders.values()].some(
    (order) => (order.life.kind !== 'working' && order.life.kind !== 'armed') || compareDecimals(order.reportedFilled, order.filled) > 0,
  );
}

function tell(differences: readonly DifferenceBody[]): string {
  const [first] = differences;
  if (first === undefined) return '';
  const rest = differences.length === 1 ? '' : `, and ${differences.length - 1} more`;
  return `${first.subject}: the books say ${first.books || 'nothing'}, the exchange says ${first.exchange || 'nothing'}${rest}`;
}

/** What stands at the exchange before twokey trades: taken as it is, outside limits, and not for agents to sell (DESIGN §3.7). */
function baselineOf(snapshot: Snapshot): Entry {
  const currencies = Object.fromEntries(snapshot.balance.currencies.map(({ currency, total }) => [currency, formatDecimal(total)]));
  const contracts = Object.fromEntries(snapshot.positions.map(({ instrument, size }) => [instrument, formatDecimal(size)]));
  return { kind: 'baseline', currencies, contracts, evidence: snapshot.evidence };
}

type Routine = { readonly differences: readonly DifferenceBody[]; readonly inspects: readonly Effect[]; readonly context: Context };

/** Between full comparisons: positions are proven one by one, with time for fills to arrive; foreign orders and account changes count at once. */
function routine(state: State, snapshot: Snapshot, { differences, inspects, context }: Routine): Step {
  const observes: Effect[] = [];
  for (const instrument of state.instruments.values()) {
    if (differences.some((difference) => difference.subject === subjectOf(instrument)))
      observes.push({ kind: 'observe', instrument: instrument.id, afterMilliseconds: 0 });
  }
  // A position in what twokey does not trade has nothing in flight that could explain it.
  const serious = differences.filter(
    ({ kind, subject }) =>
      kind === 'order' || kind === 'account' || (kind === 'position' && !state.instruments.has(subject as InstrumentId)),
  );
  const stop = serious.length === 0 ? nothing : down(state, { to: stopFor(state, serious, context), by: 'twokey', cause: tell(serious) });
  if (stop.entries.length === 0) return { entries: [], effects: [...inspects, ...observes] };
  const compared: Entry = { kind: 'compared', trigger: 'routine', clean: false, differences: serious, evidence: snapshot.evidence };
  return { entries: [compared, ...stop.entries], effects: [...inspects, ...observes, ...stop.effects] };
}
