import type { Mode } from '../account/mode.ts';
import type { State } from '../account/state.ts';
import type { DifferenceBody, Entry } from '../journal/entry.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { instrumentIn, type PositionKey } from '../order/leg.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { isForeign, remedyOf } from '../reconcile/classes.ts';
import type { Snapshot } from '../reconcile/compare.ts';
import { MISMATCH_GRACE_MILLISECONDS } from '../verify/verify.ts';
import { type Context, type Effect, nothing, type Step } from './events.ts';
import { down } from './modes.ts';
import { stopFor } from './worth.ts';

export type Looked = {
  readonly snapshot: Snapshot;
  /** What is written in any case: how far the bills were read. */
  readonly written: readonly Entry[];
  readonly found: readonly DifferenceBody[];
  readonly inspects: readonly Effect[];
  /** Whether every bill was understood. */
  readonly isWhole: boolean;
};

/**
 * Between full comparisons: positions are proven one by one, with time for fills to arrive; foreign orders, foreign trades, second writers, transfers and
 * account changes count at once, and money that no bill explains when two looks in a row agree about it.
 */
export function routine(state: State, { snapshot, written, found, inspects, isWhole }: Looked, context: Context): Step {
  const observes: Effect[] = [];
  for (const instrument of state.instruments.values()) {
    if (found.some((difference) => difference.subject === subjectOf(instrument)))
      observes.push({ kind: 'observe', instrument: instrument.id, afterMilliseconds: 0 });
  }
  const drifts = drifting(state, { snapshot, found, isWhole, now: context.circumstances.now });
  const serious = [...found.filter((difference) => isSerious(state, difference)), ...drifts.believed];
  const to = serious.length === 0 ? null : stopFor(state, serious, context);
  const stop = to === null ? nothing : down(state, { to, by: 'twokey', cause: tell(serious) });
  const entries = [...written, ...drifts.entries];
  if (stop.entries.length === 0) return { entries: [...entries, ...toldBesides(state, serious)], effects: [...inspects, ...observes] };
  const compared: Entry = { kind: 'compared', trigger: 'routine', clean: false, differences: serious, ...reportOf(snapshot, to) };
  return { entries: [...entries, compared, ...stop.entries], effects: [...inspects, ...observes, ...stop.effects] };
}

/** Where nothing more could be closed a person is told all the same, and once: what somebody traded is seen by one look alone. */
function toldBesides(state: State, serious: readonly DifferenceBody[]): readonly Entry[] {
  const isKnown = serious.every((difference) => state.lastCompared?.found.some((known) => isSame(known, difference)) === true);
  return isKnown ? [] : toldOf(state, serious);
}

/** One alert of differences that no alert has begun with yet; none where each of them was told. */
export function toldOf({ alerts }: State, differences: readonly DifferenceBody[]): readonly Entry[] {
  const told = alerts.filter(({ code }) => code === 'DIFFERENCE').map(({ message }) => message);
  const serious = differences.filter((difference) => {
    const text = factOf(difference);
    return !told.some((message) => message === text || message.startsWith(`${text}, `) || message.startsWith(`${text}; `));
  });
  const [first] = serious;
  if (first === undefined) return [];
  const message = tell(serious);
  // What the account holds of something is news with each size; whatever else repeats itself about a subject is told once in a while.
  const isNews = first.class === 'position_drift' || first.class === 'phantom_position' || first.class === 'liquidation';
  const key = `DIFFERENCE ${first.class ?? ''} ${first.subject}${isNews ? ` ${first.leg ?? ''} ${first.exchange}` : ''}`;
  const severity = serious.some(({ class: sort }) => sort === 'other_writer') ? 'red' : 'amber';
  return [{ kind: 'alert', severity, code: 'DIFFERENCE', message, key }];
}

function isSame(known: DifferenceBody, { class: sort, subject, leg, books, exchange }: DifferenceBody): boolean {
  return known.class === sort && known.subject === subject && known.leg === leg && known.books === books && known.exchange === exchange;
}

function isSerious(state: State, difference: DifferenceBody): boolean {
  const { kind, class: sort, subject } = difference;
  // What could not be read is asked again with the next look.
  if (sort === 'unread') return false;
  if (kind === 'order') return !isUndecided(state, difference);
  // A position in what twokey does not trade has nothing in flight that could explain it.
  if (kind === 'position') return !state.instruments.has(subject as InstrumentId);
  return kind === 'account' || sort === 'movement';
}

type Drifts = { readonly entries: readonly Entry[]; readonly believed: readonly DifferenceBody[] };

/** What no single look proves, and no look at one instrument does. */
function isDrift({ class: sort }: DifferenceBody): boolean {
  return sort === 'balance_drift' || sort === 'settlement_drift';
}

/** Balances that bills do not lead to: one answer may have overtaken another, so that the second look decides. */
function drifting(state: State, looked: Pick<Looked, 'snapshot' | 'found' | 'isWhole'> & { readonly now: number }): Drifts {
  const { snapshot, found, isWhole, now } = looked;
  const { evidence } = snapshot;
  const entries: Entry[] = [];
  const believed: DifferenceBody[] = [];
  const drifts = found.filter((difference) => isDrift(difference) && !isUndecided(state, difference));
  for (const difference of drifts) {
    const { books, exchange, subject: instrument } = difference;
    const mismatch = state.checks.get(instrument)?.mismatch ?? null;
    if (mismatch?.exchange !== exchange) entries.push({ kind: 'mismatch', instrument, books, exchange, evidence });
    else if (mismatch.confirmed) believed.push(difference);
    else if (now - mismatch.at >= MISMATCH_GRACE_MILLISECONDS) {
      entries.push({ kind: 'verified', instrument, outcome: 'divergent', orders: [], books, exchange, evidence });
      believed.push(difference);
    }
  }
  // Where not every bill was read and understood money was not compared, and nothing is over. What is held of an instrument is looked at by itself, legs too.
  for (const [instrument, { mismatch }] of isWhole ? state.checks : []) {
    if (mismatch === null || state.instruments.has(instrumentIn(instrument as PositionKey))) continue;
    if (drifts.some(({ subject }) => subject === instrument)) continue;
    const { exchange } = mismatch;
    entries.push({ kind: 'verified', instrument, outcome: 'matched', orders: [], books: exchange, exchange, evidence });
  }
  return { entries, believed };
}

/** What a comparison says beside its differences: what it compared, and what they led to. */
export function reportOf(snapshot: Snapshot, to: Mode | null): Pick<Extract<Entry, { kind: 'compared' }>, 'evidence' | 'scope' | 'action'> {
  const { positions, balance, pending, bills, evidence } = snapshot;
  const scope = {
    positions: positions.length,
    currencies: balance.currencies.length,
    orders: pending.length,
    bills: bills?.length ?? 0,
  };
  return { evidence, scope, action: to ?? '' };
}

/** How a difference names what is held of an instrument. */
export function subjectOf(instrument: Instrument): string {
  return instrument.kind === 'spot' ? instrument.base : instrument.id;
}

/** Open orders whose executions change what these name. */
export function openIn(state: State, subjects: readonly string[]): readonly Order[] {
  return [...state.openOrders.values()].filter((order) => {
    const instrument = state.instruments.get(order.instrument);
    return instrument !== undefined && subjects.includes(subjectOf(instrument));
  });
}

/** Whether an order of unknown outcome is the difference, or may have made it. */
export function isUndecided(state: State, { kind, subject }: DifferenceBody): boolean {
  if (kind === 'account') return false;
  const orders = kind === 'order' ? [state.openOrders.get(subject as ClientOrderId)] : openIn(state, [subject]);
  return orders.some((order) => order?.life.kind === 'submitting' || order?.life.kind === 'unknown');
}

/** A difference in one sentence, and how many more there are; what somebody beside this twokey made is told with what to do. */
export function tell(differences: readonly DifferenceBody[]): string {
  const writer = differences.find(({ class: sort }) => sort === 'other_writer');
  const first = writer ?? differences[0];
  if (first === undefined) return '';
  const rest = differences.length === 1 ? '' : `, and ${differences.length - 1} more`;
  const remedy = isForeign(first) ? `; ${remedyOf(first)}` : '';
  return `${factOf(first)}${rest}${remedy}`;
}

function factOf({ subject, books, exchange }: DifferenceBody): string {
  return `${subject}: the books say ${books || 'nothing'}, the exchange says ${exchange || 'nothing'}`;
}
