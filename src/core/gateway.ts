import type { State } from './account/state.ts';
import { withBreakers } from './gateway/breakers.ts';
import { observed, snapshotTaken } from './gateway/comparing.ts';
import type { Context, Event, Step } from './gateway/events.ts';
import { down, operated, tick } from './gateway/modes.ts';
import { cancelAnswered, inspected, placeAnswered } from './gateway/news.ts';
import { rebalanced } from './gateway/rebalancing.ts';
import { searched } from './gateway/searching.ts';
import { instrumentsRead, started } from './gateway/starting.ts';
import { asked } from './gateway/wishes.ts';
import { unreachable } from './lang/assert.ts';

/** Decides what an event means. Changes nothing: `apply` does, from the entries, once they are durable. */
export function step(state: State, event: Event, context: Context): Step {
  return withBreakers(state, { event, step: meaning(state, event, context), context });
}

function meaning(state: State, event: Event, context: Context): Step {
  switch (event.kind) {
    case 'started':
      return started(state, event);
    case 'instruments_read':
      return instrumentsRead(state, event.instruments);
    case 'asked': {
      const { intent } = event;
      return intent.kind === 'rebalance' ? rebalanced(state, { ...event, intent }, context) : asked(state, { ...event, intent }, context);
    }
    case 'place_answered':
      return placeAnswered(state, event.clientOrderId, event.outcome);
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
      return tick(state, context.circumstances.now);
    default:
      return unreachable(event);
  }
}
