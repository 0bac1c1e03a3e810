import { orderOf } from '../account/apply.ts';
import { positionsOf } from '../account/position.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { entries as entriesOf } from '../lang/table.ts';
import { compare, isZero, subtract } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import { leaves, type Order } from '../order/order.ts';
import type { StopOrder } from '../policy/control.ts';
import { afterwards } from './breakers.ts';
import { type Context, type Effect, nothing, type Step } from './events.ts';
import { cancelling } from './modes.ts';
import { protectedBy } from './protected-by.ts';
import { stopPlacement } from './stop-placement.ts';

const CLOSED = 'what it protected is closed';

/**
 * Once a second: stop orders that nothing is left for, or less than they would close. One whose entry ended with nothing executed never came alive; one whose
 * position is closed is cancelled, since on spot it would sell what somebody buys later; one that is too large makes way for one that fits.
 */
export function strayStops(state: State, context: Context): Step {
  const entries: Entry[] = [];
  const strays: Order[] = [];
  const again: Effect[] = [];
  for (const order of state.openOrders.values()) {
    if (!isStop(order) || order.life.kind !== 'armed') continue;
    const parent = parentOf(state, order);
    if (parent !== undefined && parent.life.kind !== 'done') continue;
    if (order.exchangeOrderId === '') {
      if (parent !== undefined && isZero(parent.reportedFilled))
        entries.push({ kind: 'absent', client_order_id: order.clientOrderId, evidence: '' });
    } else if (order.cancel === 'requested')
      // A cancel that got lost is asked again, and so is one that was asked before there was anything to cancel.
      again.push({ kind: 'cancel', clientOrderId: order.clientOrderId, afterMilliseconds: 0 });
    else if (isZero(protectedBy(state, order, context.configuration))) strays.push(order);
  }
  const cancels = cancelling(strays, { principal: 'twokey', intentId: '', reason: CLOSED });
  return { entries: [...entries, ...cancels.entries], effects: [...again, ...cancels.effects] };
}

/**
 * With the execution that closes a position its stops are taken back at once. Derivatives: the exchange has ended them with the position, and one that still
 * counted when the next position opens would stand for a stop of that one (reference/risk.md §4.10).
 */
export function withoutStrays(state: State, step: Step, context: Context): Step {
  const traded = new Set(step.entries.flatMap((entry) => (entry.kind === 'fill' ? [entry.instrument] : [])));
  if (traded.size === 0) return step;
  const after = afterwards(state, step.entries, context.circumstances.now);
  const strays = [...after.openOrders.values()].filter(
    (order): order is StopOrder =>
      isStop(order) && traded.has(order.instrument) && waitsAlone(after, order) && isZero(protectedBy(after, order, context.configuration)),
  );
  const cancels = cancelling(strays, { principal: 'twokey', intentId: '', reason: CLOSED });
  return { entries: [...step.entries, ...cancels.entries], effects: [...step.effects, ...cancels.effects] };
}

/** Whether it stands at the exchange, its entry is over, and nobody has taken it back. */
function waitsAlone(state: State, order: StopOrder): boolean {
  const parent = parentOf(state, order);
  return (
    order.life.kind === 'armed' &&
    order.exchangeOrderId !== '' &&
    order.cancel === 'none' &&
    (parent === undefined || parent.life.kind === 'done')
  );
}

function parentOf(state: State, { stop }: StopOrder): Order | undefined {
  return stop.parent === null ? undefined : orderOf(state, stop.parent);
}

/** Attempts that may fail while a position is held, and how long is waited after the first; each wait is twice as long as the one before. */
const ATTEMPTS_MAX = 5;
const AGAIN_MILLISECONDS = 2000;

/**
 * After a part of a position was closed its stop would close more than is there, and the exchange refuses such an order as a whole when it is reached: what is
 * left would have no stop. A stop of the right size at the same triggers is placed first, and only when it waits the ones that are too large are cancelled, so that at no moment there is none.
 */
export function resizedStops(state: State, context: Context): Step {
  const { mode, booting, flattening } = state;
  // Nobody's stops are touched where nothing may leave, or where everything is being closed.
  if (mode === 'HALTED' || booting || flattening !== null || context.circumstances.readOnly) return nothing;
  const entries: Entry[] = [];
  const effects: Effect[] = [];
  let placed = 0;
  for (const stops of groupsOf(state)) {
    const next = fitting(state, stops, context);
    if (next === null) continue;
    if (next.size === null) {
      const cancels = cancelling(next.excess, { principal: 'twokey', intentId: '', reason: 'it would close more than is held' });
      entries.push(...cancels.entries);
      effects.push(...cancels.effects);
      continue;
    }
    const { like } = next;
    const turn = turnOf(state, like, context.circumstances.now);
    if (turn.kind === 'never') entries.push(...tooLarge(state, like, turn));
    if (turn.kind !== 'now') continue;
    const { instrument, product, side, leg, principal, stop } = like;
    placed += 1;
    const terms = { instrument, product, side, leg, size: next.size, ...stop.triggers };
    const placement = stopPlacement(state, context, { ahead: placed, terms, principal, intentId: '' });
    entries.push(placement.entry);
    effects.push(placement.effect);
  }
  return { entries, effects };
}

/** Waiting stop orders that share what they protect: of one agent on one side of a position, those with a stop and those with a take-profit alone. */
function groupsOf(state: State): readonly (readonly [StopOrder, ...StopOrder[]])[] {
  const groups = new Map<string, [StopOrder, ...StopOrder[]]>();
  for (const order of state.openOrders.values()) {
    if (!isStop(order) || order.life.kind !== 'armed' || order.exchangeOrderId === '') continue;
    const { instrument, leg, side, principal, stop } = order;
    const key = [instrument, leg, side, principal, stop.triggers.stopLoss === null ? 'profit' : 'stop'].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [order]);
    else group.push(order);
  }
  return [...groups.values()];
}

/** What has to be done so that a group closes no more than is held: `null` where nothing has, or where not everything of it stands still. */
type Fitting = {
  readonly like: StopOrder;
  /** `null`: enough of them waits already. */ readonly size: Size | null;
  readonly excess: readonly Order[];
};

function fitting(state: State, stops: readonly [StopOrder, ...StopOrder[]], { configuration }: Context): Fitting | null {
  const [first] = stops;
  const instrument = state.instruments.get(first.instrument);
  const held = protectedBy(state, first, configuration);
  // What is held by nobody any more is cancelled as a stray.
  if (instrument === undefined || isZero(held) || !standsStill(state, first)) return null;
  let rest = held;
  const excess: StopOrder[] = [];
  // The nearest to the market stay, so that nothing here moves a stop away from it; of equals the smaller, which is the one that was placed to fit.
  for (const order of stops.toSorted(nearestFirst)) {
    const size = leaves(order);
    if (excess.length === 0 && compare(size, rest) <= 0) rest = subtract(rest, size);
    else excess.push(order);
  }
  const [like] = excess;
  if (like === undefined) return null;
  return { like, size: compare(rest, instrument.minimum) >= 0 ? rest : null, excess };
}

function nearestFirst(one: StopOrder, other: StopOrder): number {
  const sign = one.side === 'sell' ? 1 : -1;
  const [here, there] = [one.stop.triggers, other.stop.triggers];
  const distance =
    here.stopLoss !== null && there.stopLoss !== null
      ? sign * compare(there.stopLoss, here.stopLoss)
      : here.takeProfit !== null && there.takeProfit !== null
        ? sign * compare(here.takeProfit, there.takeProfit)
        : 0;
  return distance === 0 ? compare(leaves(one), leaves(other)) : distance;
}

/** Nothing on its way may change what is held of a position, or the stops of it. What rests may, and is none of that before it executes. */
function standsStill(state: State, { instrument, leg }: StopOrder): boolean {
  // What has just executed is believed when the exchange holds it too; until then the stop that came with it is being looked at.
  if ([...state.unverified.values()].includes(instrument)) return false;
  return [...state.openOrders.values()].every((order) => {
    if (order.instrument !== instrument || order.leg !== leg) return true;
    const { life, stop, cancel, exchangeOrderId, reportedFilled, filled, type } = order;
    if (stop !== null) return life.kind === 'armed' && stop.moving === null && cancel === 'none' && (exchangeOrderId === '' || stop.sized);
    return life.kind === 'working' && type !== 'ioc' && cancel === 'none' && compare(reportedFilled, filled) === 0;
  });
}

/** How many were not taken, and when the last of them was sent. */
type Spent = { readonly failed: number; readonly last: number };
type Turn = Spent & { readonly kind: 'now' | 'later' | 'never' };

/** A stop of our own that the exchange refuses or that does not reach it is tried again a few times, later and later. */
export function turnOf(state: State, { instrument, leg, principal }: StopOrder, now: number): Turn {
  const opened = positionsOf(state, instrument).find((position) => position.leg === leg)?.openedAt ?? 0;
  let failed = 0;
  let last = 0;
  for (const [, order] of entriesOf(state.doneOrders)) {
    if (order.instrument !== instrument || order.leg !== leg || order.principal !== principal || order.submittedAt < opened) continue;
    if (order.stop === null || order.intentId !== '' || order.life.kind !== 'done') continue;
    if (order.life.outcome !== 'rejected' && order.life.outcome !== 'absent') continue;
    failed += 1;
    last = Math.max(last, order.submittedAt);
  }
  if (failed >= ATTEMPTS_MAX) return { kind: 'never', failed, last };
  return { kind: failed === 0 || now - last >= AGAIN_MILLISECONDS * 2 ** (failed - 1) ? 'now' : 'later', failed, last };
}

/** The larger one waits meanwhile, and it is told once. */
function tooLarge(state: State, { instrument, clientOrderId }: StopOrder, { failed, last }: Spent): readonly Entry[] {
  if (state.alerts.some(({ code, at }) => code === 'STOP_TOO_LARGE' && at >= last)) return [];
  const message = `stop order ${clientOrderId} would close more of ${instrument} than is held, and ${failed} smaller ones were not taken`;
  return [{ kind: 'alert', severity: 'red', code: 'STOP_TOO_LARGE', message }];
}

export function isStop(order: Order): order is StopOrder {
  return order.stop !== null;
}
