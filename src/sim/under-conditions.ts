import type { AuthFailure } from './auth.ts';
import type { Maintenance } from './conditions.ts';
import { anchorFrom } from './market.ts';
import type { State } from './state.ts';
import { marketOf, type World } from './world.ts';

// What the conditions of the exchange change for whoever asks it.

/** The time that clients are told, and by which their timestamps are judged. */
export function toldTime({ now, conditions }: State): number {
  // @rule clock-skew
  return now + conditions.skewMilliseconds;
}

/** By what the rate limit of a path is divided now; undefined when it is as it should be. */
export function throttleOf({ now, conditions: { throttle } }: State, path: string): number | undefined {
  // @rule throttling
  return throttle !== undefined && now < throttle.until && path.startsWith(throttle.path) ? throttle.divisor : undefined;
}

/** Where announced maintenance is by now. */
export function maintenanceState(now: number, { begin, end }: Maintenance): 'scheduled' | 'ongoing' | 'completed' | 'canceled' {
  if (end <= begin) return 'canceled';
  return now < begin ? 'scheduled' : now < end ? 'ongoing' : 'completed';
}

/** Whether the exchange serves no account at the moment, and nothing is matched. */
export function isDown({ now, conditions: { maintenance } }: State): boolean {
  return maintenance !== undefined && maintenanceState(now, maintenance) === 'ongoing';
}

/** Why nothing private is answered. */
export function maintenanceFailure(state: State): AuthFailure | undefined {
  // @rule maintenance
  return isDown(state) ? { status: 503, code: '50001', message: 'Service temporarily unavailable. Try again later.' } : undefined;
}

/** Why an account may not do what it asks; a blocked one reads, and nothing else. */
export function frozenFailure({ conditions: { frozen } }: State, uid: string): AuthFailure | undefined {
  // @rule frozen-account
  return frozen.has(uid) ? { status: 200, code: '50007', message: 'Account blocked.' } : undefined;
}

/** The world as a public path shows it: with the ghosts of the desk in it, where there are some. */
export function worldShown(world: World, path: string): World {
  const { state } = world;
  // @rule ghost-price
  const ghosts = state.conditions.ghosts.filter((ghost) => state.now < ghost.until && (ghost.path === '' || ghost.path === path));
  if (ghosts.length === 0) return world;
  const anchors = new Map(state.anchors);
  for (const { base, price, since } of ghosts) {
    const ghost = anchorFrom({ market: marketOf(world), base, at: since, change: { price } });
    anchors.set(base, [...(anchors.get(base) ?? []), ghost]);
  }
  const shown = { ...state, anchors, lastTrades: new Map(), taken: new Map() };
  return { ...world, state: shown, cache: new Map(), epochs: new Map() };
}
