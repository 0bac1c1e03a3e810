import type { State } from '../account/state.ts';
import { type Context, nothing, type Step } from '../gateway/events.ts';
import { down } from '../gateway/modes.ts';
import { alertIdOf } from './outbox.ts';

/** A red alert that nobody acknowledges closes entries, and then halts: whoever does not look does not trade (reference/risk.md A4, §6.3). */
export function escalated(state: State, { circumstances: { now }, configuration: { alerts } }: Context): Step {
  const [oldest] = state.alerting.unanswered;
  const { escalation } = alerts;
  if (oldest === undefined || escalation === null) return nothing;
  const age = now - oldest.at;
  if (age < escalation.reduceOnlyMilliseconds) return nothing;
  const to = age < escalation.haltedMilliseconds ? 'REDUCE_ONLY' : 'HALTED';
  const minutes = `${Math.floor(age / 60_000)} min`;
  const cause = `nobody has acknowledged the red alert ${alertIdOf(oldest.seq)} (${oldest.code}) for ${minutes}; twokey alerts lists it`;
  return down(state, { to, by: 'twokey', cause });
}
