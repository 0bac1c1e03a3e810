import type { State } from './account/state.ts';
import { acknowledging, notified, pulsed, tested } from './alert/outbox.ts';
import { withAlerts } from './alert/raise.ts';
import { agentAsked, inForce } from './gateway/agents.ts';
import { adopting } from './gateway/adopting.ts';
import { withBreakers } from './gateway/breakers.ts';
import { checkpointed, journalDamaged, withoutSnapshot } from './gateway/checkpointing.ts';
import { observed, snapshotTaken } from './gateway/comparing.ts';
import { timed, withTimer } from './gateway/dead-man.ts';
import { type Context, type Event, nothing, type Step } from './gateway/events.ts';
import { flatten, flattenAsked } from './gateway/flattening.ts';
import { freezeAsked, restricted, tripped } from './gateway/freezing.ts';
import { expiries, judged } from './gateway/judging.ts';
import { enumerated } from './gateway/killing.ts';
import { followLeftovers, withLeftovers } from './gateway/leftovers.ts';
import { limitsSet } from './gateway/limits.ts';
import { down, operated, tick } from './gateway/modes.ts';
import { cancelAnswered, placeAnswered } from './gateway/news.ts';
import { moveAnswered, protectionSeen } from './gateway/protections.ts';
import { protectionAsked } from './gateway/protecting.ts';
import { sentByStop } from './gateway/reached-stops.ts';
import { proofTried } from './gateway/proving.ts';
import { rebalanced } from './gateway/rebalancing.ts';
import { searched } from './gateway/searching.ts';
import { instrumentsRead, started } from './gateway/starting.ts';
import { missingStops } from './gateway/missing-stops.ts';
import { resizedStops, strayStops, withoutStrays } from './gateway/stray-stops.ts';
import { resolveAsked, unanswered } from './gateway/unresolved.ts';
import { asked } from './gateway/wishes.ts';
import { changedUnder, demoted, promoted, withStages } from './gateway/staging.ts';
import { unreachable } from './lang/assert.ts';

/** Decides what an event means. Changes nothing: `apply` does, from the entries, once they are durable. */
export function step(state: State, event: Event, around: Context): Step {
  const context: Context = { ...around, configuration: inForce(around.configuration, state) };
  const broken = withBreakers(state, { event, step: meaning(state, event, context), context });
  const decided = withStages(state, broken, context.circumstances.now);
  return withTimer(state, withAlerts(state, { event, step: decided, context }), context);
}

function meaning(state: State, event: Event, context: Context): Step {
  switch (event.kind) {
    case 'started':
      return started(state, event, context);
    case 'instruments_read':
      return instrumentsRead(state, event.instruments);
    case 'asked': {
      const { intent } = event;
      if (intent.kind === 'rebalance') return rebalanced(state, { ...event, intent }, context);
      if (intent.kind === 'protect') return protectionAsked(state, { ...event, intent }, context);
      return asked(state, { ...event, intent }, context);
    }
    case 'place_answered':
      return withLeftovers(state, placeAnswered(state, event.clientOrderId, event.outcome), context);
    case 'move_answered':
      return moveAnswered(state, event.clientOrderId, event.outcome);
    case 'protection_seen':
      return withoutStrays(state, protectionSeen(state, event, context), context);
    case 'cancel_answered':
      return cancelAnswered(state, event.clientOrderId, event.outcome);
    case 'inspected':
      return withLeftovers(state, withoutStrays(state, sentByStop(state, event, context), context), context);
    case 'searched':
      return withLeftovers(state, withoutStrays(state, searched(state, event, context.circumstances.now), context), context);
    case 'observed':
      return withLeftovers(state, observed(state, event.observation, context), context);
    case 'snapshot':
      return snapshotTaken(state, event, context);
    case 'operated':
      return operated(state, event, context.circumstances.now);
    case 'judged':
      return judged(state, event, context);
    case 'degraded':
      return degraded(state, event);
    case 'checkpointed':
      return checkpointed(event.checkpoint);
    case 'no_snapshot':
      return withoutSnapshot(event.cause);
    case 'journal_defect':
      return journalDamaged(state, event.cause);
    case 'freeze_asked':
      return freezeAsked(state, event);
    case 'agent_asked':
      return agentAsked(state, event, context);
    case 'resolve_asked':
      return resolveAsked(state, event, context.circumstances.now);
    case 'adopt_asked':
      return adopting(state, event, context);
    case 'flatten_asked':
      return flattenAsked(state, event);
    case 'restricted':
      return restricted(state, event);
    case 'enumerated':
      return enumerated(state, event, context);
    case 'tick': {
      // What stops the account comes first; a flattening waits for the next second.
      const { now } = context.circumstances;
      const stop = tick(state, now);
      const rest = stop.entries.length > 0 ? stop : both(flatten(state, context), kept(state, context));
      const others = both(strayStops(state, context), timed(state, context));
      return both(both(rest, others), both(expiries(state, now), unanswered(state, now)));
    }
    case 'notified':
      return notified(state, event, context.configuration);
    case 'pulsed':
      return pulsed(state, event, context.configuration);
    case 'acknowledge_asked':
      return acknowledging(state, event);
    case 'alert_test':
      return tested();
    case 'limits_set':
      return limitsSet(state, event, context.configuration);
    case 'promote_asked':
      return promoted(state, event, context.circumstances.now);
    case 'demote_asked':
      return demoted(state, event);
    case 'stage_refused':
      return changedUnder(state, event.cause, context.circumstances.now);
    case 'proof_tried':
      return proofTried(state, event);
    case 'tripped':
      return tripped(state, event.principal, event.trip, context.configuration);
    case 'noticed':
      return { entries: [{ kind: 'alert', severity: 'amber', code: event.code, message: event.message }], effects: [] };
    case 'operator_noted':
      return { entries: [{ kind: 'alert', severity: 'info', code: event.code, message: event.message, by: 'operator' }], effects: [] };
    default:
      return unreachable(event);
  }
}

function degraded(state: State, { to, cause, code }: Extract<Event, { kind: 'degraded' }>): Step {
  const stop = down(state, { to, by: 'twokey', cause });
  if (stop.entries.length > 0 || code === undefined) return stop;
  return { entries: [{ kind: 'alert', severity: 'red', code, message: cause }], effects: [] };
}

/** Stops that are missing come before what is still to be closed and stops that are too large: orders get the next numbers, so that one of these acts in a second. */
function kept(state: State, context: Context): Step {
  for (const act of [missingStops, followLeftovers, resizedStops]) {
    const next = act(state, context);
    if (next.entries.length > 0) return next;
  }
  return nothing;
}

function both(one: Step, other: Step): Step {
  return { entries: [...one.entries, ...other.entries], effects: [...one.effects, ...other.effects] };
}
