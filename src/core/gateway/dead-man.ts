import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { Order } from '../order/order.ts';
import type { Context, Step } from './events.ts';

// The exchange's own timer (reference/risk.md A3, §4.9): while an entry rests, the exchange cancels by itself when it does not hear of us in
// time. What is journaled is that it is to run, or no longer; the engine moves it on for as long as everything is healthy.

/** A step with the timer that its orders want: armed in the append that writes the first entry that can rest. */
export function withTimer(state: State, step: Step, { configuration }: Context): Step {
  const rests = step.entries.some((entry) => entry.kind === 'submitting' && entry.purpose === 'entry' && entry.type !== 'ioc');
  return state.timer === null && rests ? { ...step, entries: [...step.entries, armed(configuration.exchange.deadManSeconds)] } : step;
}

/** Once a second: armed where an entry rests, no longer where none does. During a kill it is left to run out, which cancels once more. */
export function timed(state: State, { configuration, circumstances }: Context): Step {
  const rests = [...state.openOrders.values()].some(mayRest);
  if (state.timer === null)
    return { entries: rests && !circumstances.readOnly ? [armed(configuration.exchange.deadManSeconds)] : [], effects: [] };
  return { entries: rests || state.killing !== null ? [] : [armed(0)], effects: [] };
}

function armed(seconds: number): Entry {
  return { kind: 'timer', seconds };
}

/** Whether it may wait at the exchange and open something. What can only execute at once needs no timer. */
export function mayRest({ purpose, type }: Order): boolean {
  return purpose === 'entry' && type !== 'ioc';
}
