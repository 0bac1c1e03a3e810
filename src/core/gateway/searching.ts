import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import { assert } from '../lang/assert.ts';
import { type Effect, type Event, nothing, type Step, ABSENCE_MARGIN_MILLISECONDS, SEARCH_FIRST_MILLISECONDS } from './events.ts';
import { INSPECT_AGAIN_MILLISECONDS, inspected } from './news.ts';

const NEGATIVES_NEEDED = 2;
const NEGATIVES_APART_MILLISECONDS = 1000;
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
  // Waiting as long again as it has been unknown already gives 0.25, 0.5, 1, 2, 4, 8, 8 … seconds.
  const elapsed = order.life.kind === 'unknown' ? now - order.life.since : 0;
  const negative =
    search.order.kind === 'absent' &&
    search.pending === 'not_listed' &&
    search.history === 'not_listed' &&
    search.fills !== null &&
    search.holding === 'unchanged';
  // An order that rests is asked about by the tick anyway.
  if (order.life.kind === 'working' && !negative) return nothing;
  const again: Effect = {
    kind: 'search',
    clientOrderId: id,
    afterMilliseconds: Math.min(Math.max(elapsed, SEARCH_FIRST_MILLISECONDS), SEARCH_LAST_MILLISECONDS),
  };
  // A failed question is neither positive nor negative, and an early no proves nothing: the request may still arrive.
  if (!negative || search.startedAt < order.expiresAt + ABSENCE_MARGIN_MILLISECONDS) return { entries: [], effects: [again] };
  const soon: Effect = { kind: 'search', clientOrderId: id, afterMilliseconds: NEGATIVES_APART_MILLISECONDS };
  const before = order.life.kind === 'unknown' ? order.life : null;
  if (before === null || before.negatives + 1 < NEGATIVES_NEEDED)
    return { entries: [{ kind: 'not_found', client_order_id: id, evidence: search.evidence }], effects: [soon] };
  if (search.startedAt - before.lastNegativeAt < NEGATIVES_APART_MILLISECONDS) return { entries: [], effects: [soon] };
  return { entries: [{ kind: 'absent', client_order_id: id, evidence: search.evidence }], effects: [] };
}
