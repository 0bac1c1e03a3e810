import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { isBeyondEvidence } from '../order/absence.ts';
import { OPERATOR } from '../policy/control.ts';
import { type Effect, type Event, nothing, type Step } from './events.ts';

/** After it expired a request can be neither waiting nor on its way for as long as this: whoever should have answered never will. */
const UNANSWERED_MILLISECONDS = 10_000;

/** Once a second: an answer that never came, not even that it would not come, is one of unknown outcome too. */
export function unanswered(state: State, now: number): Step {
  const late = [...state.openOrders.values()].filter(
    ({ life, expiresAt }) => life.kind === 'submitting' && now > expiresAt + UNANSWERED_MILLISECONDS,
  );
  return {
    entries: late.map(({ clientOrderId }): Entry => ({
      kind: 'unknown',
      client_order_id: clientOrderId,
      cause: 'nobody said what became of it',
    })),
    effects: late.map(({ clientOrderId }): Effect => ({ kind: 'search', clientOrderId, afterMilliseconds: 0 })),
  };
}

/** A person has looked at the exchange itself: the order is not there and executed nothing. Should it turn up all the same, it is open again. */
export function resolveAsked(state: State, asked: Extract<Event, { kind: 'resolve_asked' }>, now: number): Step {
  if (mayNotResolve(state, asked, now) !== null) return nothing;
  const { clientOrderId, reason } = asked;
  return { entries: [{ kind: 'absent', client_order_id: clientOrderId, evidence: '', by: OPERATOR, reason }], effects: [] };
}

/** Why a person's word on an order is refused, with the fix; `null` when it is not. What look-ups can still prove is theirs. */
export function mayNotResolve(
  state: State,
  { clientOrderId, reason }: Omit<Extract<Event, { kind: 'resolve_asked' }>, 'kind'>,
  now: number,
): string | null {
  const order = orderOf(state, clientOrderId);
  if (order === undefined) return `there is no order ${clientOrderId}; twokey orders lists what is open`;
  if (order.life.kind !== 'unknown') return `the outcome of ${clientOrderId} is not unknown: it is ${order.life.kind}`;
  if (!isBeyondEvidence(order, now)) return `${clientOrderId} is still being looked up, and that can prove what became of it; wait`;
  return reason.trim() === '' ? 'say with --reason what was looked at; it stands in the journal' : null;
}
