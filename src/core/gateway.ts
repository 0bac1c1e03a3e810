import type { State } from './account/state.ts';
import { observed, snapshotTaken } from './gateway/comparing.ts';
import type { Context, Event, Step } from './gateway/events.ts';
import { expiries, judged } from './gateway/judging.ts';
import { down, operated, tick } from './gateway/modes.ts';
import { cancelAnswered, inspected, placeAnswered } from './gateway/news.ts';
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
    case 'asked':
      return asked(state, event, context);
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
    case 'judged':
      return judged(state, event, context);
    case 'degraded':
      return down(state, { to: event.to, by: 'twokey', cause: event.cause });
    case 'tick':
      return ticked(state, context.circumstances.now);
    default:
      return unreachable(event);
  }
}

function ticked(state: State, now: number): Step {
  const [led, over] = [tick(state, now), expiries(state, now)];
  return { entries: [...led.entries, ...over.entries], effects: [...led.effects, ...over.effects] };
}
