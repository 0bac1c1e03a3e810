import { type Mode, modes } from '../account/mode.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { unreachable } from '../lang/assert.ts';
import { LONG_UNKNOWN_MILLISECONDS } from '../order/absence.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { OPERATOR } from '../policy/control.ts';
import { type Event, nothing, type Step } from './events.ts';

const UNKNOWN_REDUCE_ONLY_MILLISECONDS = 60_000;

/** Down by itself, latched; a milder mode than the present one changes nothing (law 6). Open entries are cancelled, exits stay. */
export function down(state: State, { to, by, cause }: { readonly to: Mode; readonly by: string; readonly cause: string }): Step {
  if (modes.indexOf(to) <= modes.indexOf(state.mode)) return nothing;
  const entrants = [...state.openOrders.values()].filter((order) => order.purpose === 'entry' && order.cancel === 'none');
  const cancels = cancelling(entrants, { principal: 'twokey', intentId: '', reason: `${to}: ${cause}` });
  const kill = to === 'HALTED' ? killing({ by, cause }) : nothing;
  return {
    entries: [...latched(state, { to, by, cause }), ...kill.entries, ...cancels.entries],
    effects: [...cancels.effects, ...kill.effects],
  };
}

/** A stricter mode, and that it is told. */
export function latched(
  { mode: from }: State,
  { to, by, cause }: { readonly to: Mode; readonly by: string; readonly cause: string },
): readonly Entry[] {
  const action = to === 'HALTED' ? 'nothing is sent any more' : 'entries are closed; what reduces passes';
  // Whoever stops the account knows of it; the others are told.
  const known = by === OPERATOR ? { by } : {};
  return [
    { kind: 'mode', from, to, by, cause },
    { kind: 'alert', severity: 'red', code: to, message: cause, action, ...known },
  ];
}

/** Everything decided before is void from here on, and the exchange is asked what waits there. */
function killing({ by, cause }: { readonly by: string; readonly cause: string }): Step {
  return { entries: [{ kind: 'killing', by, cause }], effects: [{ kind: 'enumerate', afterMilliseconds: 0 }] };
}

/** A person's halt begins a kill also where the account is halted already: whoever asks again wants to be sure. */
function halted(state: State, said: { readonly by: string; readonly cause: string }): Step {
  if (state.mode !== 'HALTED') return down(state, { to: 'HALTED', ...said });
  return state.killing === null ? killing(said) : nothing;
}

/** The operator's word. */
export function operated(state: State, { verb, reason, haltFileExists, from }: Extract<Event, { kind: 'operated' }>, now: number): Step {
  switch (verb) {
    case 'halt':
      return halted(state, { by: 'operator', cause: reason === '' ? 'the operator halted' : reason });
    case 'reduce_only':
      return down(state, { to: 'REDUCE_ONLY', by: 'operator', cause: reason === '' ? 'the operator closed entries' : reason });
    case 'resume': {
      // What stopped the account since the person looked was not what they meant to undo.
      if (state.mode !== from || mayNotResume(state, { haltFileExists, now }) !== null) return nothing;
      const to: Mode = state.mode === 'HALTED' ? 'REDUCE_ONLY' : 'ACTIVE';
      return { entries: [{ kind: 'mode', from: state.mode, to, by: 'operator', cause: reason }], effects: [] };
    }
    default:
      return unreachable(verb);
  }
}

/** A halt that is not done by then is not waited for: what still rests is a difference, and what cannot be listed locks nobody in. */
const KILL_WAIT_MILLISECONDS = 60_000;
const CLEAN_COMPARISON_AGE_MILLISECONDS = 60_000;
/** How long entries stay closed in live before a person may open them: long enough to look again (DESIGN §3.8). */
const LIVE_WAIT_MILLISECONDS = 900_000;

/** Why `resume` is refused now, with the fix; `null` when it is not. One step at a time, each after a clean comparison (DESIGN §3.8). */
export function mayNotResume(
  state: State,
  { haltFileExists, now }: { readonly haltFileExists: boolean; readonly now: number },
): string | null {
  if (haltFileExists) return 'the file HALT stands in the home folder; remove it first, then resume';
  if (state.booting) return 'the first comparison with the exchange has not ended yet; see twokey status';
  if (killedLately(state, now))
    return 'what the halt cancels may still wait at the exchange; it is asked again and again: see twokey status';
  if (state.mode === 'ACTIVE') return 'the account is ACTIVE already';
  return notComparedLately(state, now) ?? mustWait(state, now);
}

/** Whether a halt may still have something to cancel. */
export function killedLately({ killing }: State, now: number): boolean {
  return killing !== null && now - killing.at < KILL_WAIT_MILLISECONDS;
}

/** Why the books are not known to be right now, with the fix; `null` where a comparison in the last 60 seconds found nothing. */
export function notComparedLately({ lastCompared }: State, now: number): string | null {
  if (lastCompared === null || now - lastCompared.at > CLEAN_COMPARISON_AGE_MILLISECONDS)
    return 'no comparison with the exchange in the last 60 s; run twokey reconcile first';
  return lastCompared.clean ? null : `the last comparison found ${lastCompared.differences} differences; twokey reconcile lists them`;
}

/** The step that lets exits pass again is not held up: nobody is safer for being locked in. The step to entries is. */
function mustWait(state: State, now: number): string | null {
  const left = state.environment === 'live' && state.mode === 'REDUCE_ONLY' ? state.modeSince + LIVE_WAIT_MILLISECONDS - now : 0;
  if (left <= 0) return null;
  return `in live entries stay closed for 15 minutes after the last change of the mode; ${Math.ceil(left / 60_000)} minutes are left`;
}

/** Once a second: what lasted too long leads down by itself. */
export function tick(state: State, now: number): Step {
  let oldest: { readonly id: ClientOrderId; readonly since: number } | null = null;
  for (const { clientOrderId: id, life } of state.openOrders.values())
    if (life.kind === 'unknown' && (oldest === null || life.since < oldest.since)) oldest = { id, since: life.since };
  if (oldest === null) return nothing;
  const age = now - oldest.since;
  if (age <= UNKNOWN_REDUCE_ONLY_MILLISECONDS) return nothing;
  const cause = `the outcome of order ${oldest.id} is unknown for ${Math.floor(age / 1000)} s`;
  return down(state, { to: age > LONG_UNKNOWN_MILLISECONDS ? 'HALTED' : 'REDUCE_ONLY', by: 'twokey', cause });
}

/** Cancels are always possible (law 4), and harmless to ask for twice. */
export function cancelling(
  orders: readonly Order[],
  { principal, intentId, reason }: { readonly principal: string; readonly intentId: string; readonly reason: string },
): Step {
  return {
    entries: orders.map((order) => ({ kind: 'cancelling', client_order_id: order.clientOrderId, principal, intent_id: intentId, reason })),
    effects: orders.map((order) => ({ kind: 'cancel', clientOrderId: order.clientOrderId, afterMilliseconds: 0 })),
  };
}
