import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { add, compare, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import { positionKey } from '../order/leg.ts';
import { leaves } from '../order/order.ts';
import type { Configuration } from '../policy/configuration.ts';
import type { StopOrder } from '../policy/control.ts';
import { nothing, type Step } from './events.ts';
import { down } from './modes.ts';
import { protectedBy } from './protected-by.ts';

/** Every open order is looked at each second: what executed is booked by then, and where a look got lost or an outcome is not known, some time later. */
const BOOKING_MILLISECONDS = 3000;
export const CLOSE_PATIENCE_MILLISECONDS = 20_000;

type Lost = {
  readonly order: StopOrder;
  readonly configuration: Configuration;
  /** What became of it, in words that end a sentence. */
  readonly why: string;
  /** Whether somebody took it away. */
  readonly isTampered: boolean;
};

/** Something is held, and a stop order for it is not there: no new risk, unless it was a take-profit or others cover as much; then somebody is told. */
export function unprotected(state: State, { order, configuration, why, isTampered }: Lost): Step {
  const { instrument, clientOrderId } = order;
  const isCovered = isCoveredByOthers(state, order, configuration);
  const what = isCovered ? 'is still covered, but ' : 'has no stop any more: ';
  const message = `${instrument} ${what}stop order ${clientOrderId} ${why}`;
  const closing = isCovered && !isTampered ? nothing : down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: message });
  const severity = isCovered ? 'amber' : 'red';
  const alert: readonly Entry[] = closing.entries.length > 0 ? [] : [{ kind: 'alert', severity, code: 'PROTECTION_GONE', message }];
  return { entries: [...alert, ...closing.entries], effects: closing.effects };
}

/** Whether nobody misses a stop order: it is a take-profit alone, or those that wait beside it for the same close as much as is held. */
export function isCoveredByOthers(state: State, order: StopOrder, configuration: Configuration): boolean {
  const { instrument, side, leg, principal, stop, clientOrderId } = order;
  const others = [...state.openOrders.values()].filter(
    (other) =>
      other.clientOrderId !== clientOrderId &&
      other.instrument === instrument &&
      other.side === side &&
      other.leg === leg &&
      other.principal === principal &&
      other.life.kind === 'armed' &&
      other.exchangeOrderId !== '' &&
      (other.stop?.triggers.stopLoss ?? null) !== null,
  );
  const covered = others.reduce((sum: Size, other) => add(sum, leaves(other)), zero);
  return stop.triggers.stopLoss === null || compare(covered, protectedBy(state, order, configuration)) >= 0;
}

/** Whether an order that closes what a stop order was for may have executed and not be booked: what waits, or rests as it was last seen, has not. */
export function isBeingClosed(state: State, { instrument, leg, side, clientOrderId }: StopOrder): boolean {
  const mayHaveClosed = [...state.openOrders.values()].some(
    ({ life, stop, ...order }) =>
      order.clientOrderId !== clientOrderId &&
      order.instrument === instrument &&
      order.leg === leg &&
      order.side === side &&
      (life.kind === 'settling' ||
        (life.kind === 'working' && compare(order.reportedFilled, order.filled) > 0) ||
        // Of another stop it is its placement that nobody answered for.
        (stop === null && (life.kind === 'submitting' || life.kind === 'unknown'))),
  );
  const isUnproven = [instrument, positionKey(instrument, leg)].some((name) => state.checks.get(name)?.mismatch?.confirmed === false);
  return mayHaveClosed || isUnproven;
}

/** How long a close of what a stop order was for may stay unbooked: longer where an order is open that may have been it, or the exchange holds something else. */
export function patienceFor(state: State, { instrument, leg, side, clientOrderId }: StopOrder): number {
  const mayHaveClosed = [...state.openOrders.values()].some(
    (order) =>
      order.clientOrderId !== clientOrderId &&
      order.instrument === instrument &&
      order.leg === leg &&
      order.side === side &&
      order.life.kind !== 'armed',
  );
  const differs = [instrument, positionKey(instrument, leg)].some((name) => (state.checks.get(name)?.mismatch ?? null) !== null);
  return mayHaveClosed || differs ? CLOSE_PATIENCE_MILLISECONDS : BOOKING_MILLISECONDS;
}
