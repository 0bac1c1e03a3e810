import type { State } from './account/state.ts';
import { observed, snapshotTaken } from './gateway/comparing.ts';
import type { Context, Event, Step } from './gateway/events.ts';
import { down, operated, tick } from './gateway/modes.ts';
import { cancelAnswered, inspected, placeAnswered } from './gateway/news.ts';
import { moveAnswered, orphans, protectionSeen } from './gateway/protections.ts';
import { protectionAsked } from './gateway/protecting.ts';
import { rebalanced } from './gateway/rebalancing.ts';
import { searched } from './gateway/searching.ts';
import { instrumentsRead, started } from './gateway/starting.ts';
import { asked } from './gateway/wishes.ts';
import { unreachable } from './lang/assert.ts';

/** Decides what an event means. Changes nothing: `apply` does, from the entries, once they are durable. */
export function step(state: State, event: Event, context: Context): Step {
  switch (event.kind) {
    case 'started':
      return started(state, event);
    case 'instruments_read':
      return instrumentsRead(state, event.instruments);
    case 'asked': {
      const { intent } = event;
      if (intent.kind === 'rebalance') return rebalanced(state, { ...event, intent }, context);
      if (intent.kind === 'protect') return protectionAsked(state, { ...event, intent }, context);
      return asked(state, { ...event, intent }, context);
    }
    case 'place_answered':
      return placeAnswered(state, event.clientOrderId, event.outcome);
    case 'move_answered':
      return moveAnswered(state, event.clientOrderId, event.outcome);
    case 'protection_seen':
      return protectionSeen(state, event, context.circumstances.now);
    case 'cancel_answered':
      return cancelAnswered(state, event.clientOrderId, event.outcome);
    case 'inspected':
      return inspected(state, event, context.circumstances.now);
    case 'searched':
      return searched(state, event, context.circumstances.now);
    case 'observed':
      return observed(state, event.observation);
    case 'snapshot':
      return snapshotTaken(state, event);
    case 'operated':
      return operated(state, event, context.circumstances.now);
    case 'degraded':
      return down(state, { to: event.to, by: 'twokey', cause: event.cause });
    case 'tick':
      return both(tick(state, context.circumstances.now), orphans(state));
    default:
      return unreachable(event);
  }
}

function both(one: Step, other: Step): Step {
  return { entries: [...one.entries, ...other.entries], effects: [...one.effects, ...other.effects] };
}
