import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { add, compare, isZero, maximum, minimum, subtract, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import { leaves, type Order } from '../order/order.ts';
import { policyFor } from '../policy/configuration.ts';
import type { StopOrder } from '../policy/control.ts';
import { type Context, type Effect, nothing, type Step } from './events.ts';
import { cancelling, down } from './modes.ts';
import { protectedBy } from './protected-by.ts';
import { stopPlacement } from './stop-placement.ts';
import { isStop, turnOf } from './stray-stops.ts';

/**
 * Once a second, where the policy wants a stop: one of its own for what an entry has executed that still rests. The stop that it carries comes alive with all
 * of it, so that until then the part would have none (reference/risk.md P19, I-S1, §4.10). When it has come alive the two are cut to what is held.
 */
export function missingStops(state: State, context: Context): Step {
  if (mayNotPlace(state, context)) return nothing;
  const resting = [...state.openOrders.values()].filter(
    (order): order is StopOrder => isStop(order) && restsBehind(state, order) && isWanted(order, context),
  );
  return placed(state, { stops: resting, context });
}

/**
 * The exchange does not know the stop of an entry that is over. It may only be late, or it never comes: another at the same triggers is placed now, where
 * the policy wants one, because proving that it is not there takes longer than the position may be without (three seconds). Contracts alone: two stops
 * close no more than is held there, and on spot they would sell it twice.
 */
export function insteadOf(state: State, order: StopOrder, context: Context): Step {
  const parent = order.stop.parent === null ? undefined : orderOf(state, order.stop.parent);
  const isLost = order.life.kind === 'armed' && order.exchangeOrderId === '' && parent?.life.kind === 'done' && order.product !== 'spot';
  return isLost && !mayNotPlace(state, context) && isWanted(order, context) ? placed(state, { stops: [order], context }) : nothing;
}

/** A stop in the place of one that has to go, whatever the policy says: its agent wanted one. */
export function inPlaceOf(state: State, order: StopOrder, context: Context): Step {
  return mayNotPlace(state, context) ? nothing : placed(state, { stops: [order], context });
}

/** As for stops that are cut to size: not where nothing may leave, and not where everything is being closed. */
function mayNotPlace({ mode, booting, flattening }: State, { circumstances }: Context): boolean {
  return mode === 'HALTED' || booting || flattening !== null || circumstances.readOnly;
}

/** Whether it waits for an entry that rests with a part of it executed. */
function restsBehind(state: State, order: StopOrder): boolean {
  const parent = order.stop.parent === null ? undefined : orderOf(state, order.stop.parent);
  if (parent === undefined || parent.life.kind !== 'working' || parent.type === 'ioc' || isZero(parent.filled)) return false;
  return order.life.kind === 'armed' && order.exchangeOrderId === '' && order.stop.triggers.stopLoss !== null;
}

function isWanted({ principal, product }: Order, { configuration }: Context): boolean {
  const { requireStop } = policyFor(configuration, principal);
  return requireStop === 'always' || (requireStop === 'derivatives' && product !== 'spot');
}

type Placing = { readonly stops: readonly StopOrder[]; readonly context: Context };

/** One for each of these stops that covers nothing yet, of the size that no other covers. */
function placed(state: State, { stops, context }: Placing): Step {
  const entries: Entry[] = [];
  const effects: Effect[] = [];
  const taken = new Map<string, Size>();
  let count = 0;
  for (const order of stops) {
    const { instrument: id, product, side, leg, principal, stop } = order;
    const instrument = state.instruments.get(id);
    const parent = stop.parent === null ? undefined : orderOf(state, stop.parent);
    const key = `${id} ${leg} ${side} ${principal}`;
    const lacking = subtract(lackingOf(state, order, context), taken.get(key) ?? zero);
    const size = parent === undefined ? lacking : minimum(lacking, parent.filled);
    if (instrument === undefined || compare(size, instrument.minimum) < 0) continue;
    const turn = turnOf(state, order, context.circumstances.now);
    if (turn.failed > 0 && parent?.life.kind === 'working' && parent.cancel === 'none') {
      // What rests is taken back: its own stop comes alive with the end of it.
      const reason = 'what it executed has no stop, and one of its own was not taken';
      const cancels = cancelling([parent], { principal: 'twokey', intentId: '', reason });
      entries.push(...cancels.entries);
      effects.push(...cancels.effects);
    }
    if (turn.kind === 'never') {
      // No stop can be had: no new risk, and a person has to look.
      const cause = `${id} has no stop for ${principal}, and ${turn.failed} of them were not taken`;
      const stopped = down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause });
      entries.push(...stopped.entries);
      effects.push(...stopped.effects);
    }
    if (turn.kind !== 'now') continue;
    count += 1;
    taken.set(key, add(taken.get(key) ?? zero, size));
    const terms = { instrument: id, product, side, leg, size, ...stop.triggers };
    const placement = stopPlacement(state, context, { ahead: count, terms, principal, intentId: '' });
    entries.push(placement.entry);
    effects.push(placement.effect);
  }
  return { entries, effects };
}

/** What is held for the principal and no stop covers that is there, on its way or being executed, this one left out. */
function lackingOf(state: State, order: StopOrder, { configuration }: Context): Size {
  const covered = [...state.openOrders.values()].reduce((sum: Size, other) => {
    const isOfSame = other.instrument === order.instrument && other.leg === order.leg && other.side === order.side;
    if (other.clientOrderId === order.clientOrderId || !isOfSame || other.principal !== order.principal || !isStop(other)) return sum;
    const counts = other.cancel === 'none' && other.stop.triggers.stopLoss !== null && !restsBehind(state, other);
    return counts ? add(sum, leaves(other)) : sum;
  }, zero);
  return maximum(subtract(protectedBy(state, order, configuration), covered), zero);
}
