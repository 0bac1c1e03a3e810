import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { assert } from '../lang/assert.ts';
import { digest } from '../lang/digest.ts';
import { isBeyondEvidence, type Look, LOOKS_APART_MILLISECONDS, LOOKS_NEEDED, type Source, sources, worthOf } from '../order/absence.ts';
import type { Order } from '../order/order.ts';
import { type Effect, type Event, nothing, type Search, type Step, SEARCH_FIRST_MILLISECONDS } from './events.ts';
import { INSPECT_AGAIN_MILLISECONDS, inspected } from './news.ts';

const SEARCH_LAST_MILLISECONDS = 8000;

/** An order that nobody answered for was looked for everywhere: found, not yet to be told, or proven absent (reference/risk.md §6.2). */
export function searched(state: State, { clientOrderId: id, search }: Extract<Event, { kind: 'searched' }>, now: number): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'a search belongs to an order of ours');
  if (order.life.kind === 'done' || order.life.kind === 'settling')
    return inspected(state, { kind: 'inspected', clientOrderId: id, order: search.order, fills: search.fills }, now);
  if (search.order.kind === 'order' || (search.fills !== null && search.fills.some((fill) => fill.clientOrderId === id))) {
    const found = inspected(state, { kind: 'inspected', clientOrderId: id, order: search.order, fills: search.fills }, now);
    // Found by its fills alone: the order itself is asked about again until it says how it ended.
    return search.order.kind === 'order'
      ? found
      : {
          entries: found.entries,
          effects: [...found.effects, { kind: 'inspect', clientOrderId: id, afterMilliseconds: INSPECT_AGAIN_MILLISECONDS }],
        };
  }
  return notFound(order, search, now);
}

function notFound(order: Order, search: Search, now: number): Step {
  const { clientOrderId, life } = order;
  const look = lookOf(search);
  // A failed question is neither positive nor negative, and an early no proves nothing: the request may still arrive.
  const worth = look === null ? 'nothing' : worthOf(order, look);
  const noted: readonly Entry[] = look === null ? [] : [noteOf(order, search, look)];
  const before = life.kind === 'unknown' ? life : null;
  if (worth === 'counts') {
    const looks = (before?.negatives ?? 0) + 1;
    if (looks < LOOKS_NEEDED) return { entries: noted, effects: [again(order, LOOKS_APART_MILLISECONDS)] };
    return { entries: [...noted, { kind: 'absent', client_order_id: clientOrderId, evidence: evidenceOf(search), looks }], effects: [] };
  }
  // An order that rests is asked about by the tick anyway.
  if (life.kind === 'working') return nothing;
  const negatives = before?.negatives ?? 0;
  const isSoon = negatives > 0 && worth === 'nothing' && look !== null && !isBeyondEvidence(order, look.askedAt);
  if (isSoon) return { entries: [], effects: [again(order, LOOKS_APART_MILLISECONDS)] };
  // Waiting as long again as it has been unknown already gives 0.25, 0.5, 1, 2, 4, 8, 8 … seconds.
  const elapsed = before === null ? 0 : now - before.since;
  const wait = Math.min(Math.max(elapsed, SEARCH_FIRST_MILLISECONDS), SEARCH_LAST_MILLISECONDS);
  // Something changed between two looks: those before it prove nothing any more, and that is a fact like they are.
  return { entries: worth === 'breaks' && negatives > 0 ? noted : [], effects: [again(order, wait)] };
}

function again({ clientOrderId }: Order, afterMilliseconds: number): Effect {
  return { kind: 'search', clientOrderId, afterMilliseconds };
}

/** The sources that know nothing of the order; `null` where one of them did not answer. */
function lookOf({ startedAt, order, pending, history, fills, holding }: Search): Look | null {
  if (order.kind === 'failed' || pending === 'failed' || history === 'failed' || fills === null || holding === 'failed') return null;
  const isSilent: Readonly<Record<Source, boolean>> = {
    order: order.kind === 'absent',
    pending: pending === 'not_listed',
    history: history === 'not_listed',
    fills: true,
    holding: holding === 'unchanged',
  };
  return { askedAt: startedAt, silent: sources.filter((source) => isSilent[source]) };
}

function noteOf({ clientOrderId }: Order, search: Search, { askedAt, silent }: Look): Entry {
  const answers = Object.fromEntries(silent.map((source) => [source, search.evidence[source]]));
  return { kind: 'not_found', client_order_id: clientOrderId, evidence: evidenceOf(search), asked_at: askedAt, sources: answers };
}

function evidenceOf({ evidence }: Search): string {
  return digest(sources.map((source) => evidence[source]).join('\n'));
}
