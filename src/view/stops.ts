import type { Flattened } from '../core/account/flattening.ts';
import type { Subject } from '../core/account/freeze.ts';
import type { State } from '../core/account/state.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import { boxed } from './boxed.ts';
import { type Document, headOf, isoTime, sizeUnit } from './head.ts';

/** What is frozen beside the mode: everything, or what keeps one agent from opening something. */
export function frozenRows(state: State, agent: string | null = null): readonly Document[] {
  return [...state.frozen]
    .filter(([subject]) => agent === null || subject.startsWith('instrument:') || subject === `agent:${agent}`)
    .map(([subject, { by, cause, at }]) => ({ subject, by, cause: agent === null ? cause : boxed(cause), since: isoTime(at) }));
}

/** One subject after the operator's word on it. */
export function freezeView(state: State, now: number, subject: Subject): Document {
  return { ...headOf(state, now), subject, is_frozen: state.frozen.has(subject), frozen: frozenRows(state) };
}

/** The halt that is being carried out at the exchange, or how the last one ended there; `null` when there was none. */
export function haltRow({ killing, killed }: State): Document | null {
  if (killing !== null)
    return {
      ended: false,
      since: isoTime(killing.at),
      by: killing.by,
      cancelled: killing.own.size + killing.foreign,
      foreign_cancelled: killing.foreign,
    };
  if (killed === null) return null;
  const { at, outcome, cancelled, foreign, kept, left, milliseconds } = killed;
  return {
    ended: true,
    ended_at: isoTime(at),
    outcome,
    cancelled,
    foreign_cancelled: foreign,
    kept,
    entries_left: left,
    took_ms: milliseconds,
  };
}

/** How a flattening ended, position by position. */
export function flattenedView(state: State, now: number, { outcome, positions, openOrders, clean, seq, at }: Flattened): Document {
  return {
    ...headOf(state, now),
    mode_cause: state.modeCause,
    flattened: outcome === 'flat',
    outcome,
    positions: positions.map(({ instrument, before, left, outcome: became, cause }) => ({
      instrument,
      before,
      left,
      unit: sizeUnit(state.instruments.get((instrument.split('/')[0] ?? '') as InstrumentId)),
      outcome: became,
      cause,
    })),
    open_orders: openOrders,
    books_and_exchange_agree: clean,
    log_seq: seq,
    ended_at: isoTime(at),
    next: nextOf(outcome),
  };
}

function nextOf(outcome: Flattened['outcome']): readonly string[] {
  switch (outcome) {
    case 'flat':
      return [];
    case 'remaining':
      return ['not everything is closed: see the causes, ask again, or close at the exchange; twokey reconcile then compares'];
    case 'unknown':
      return ['what is held is not known: look at the exchange itself, then twokey status and twokey reconcile; asking again is safe'];
  }
}
