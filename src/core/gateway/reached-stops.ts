import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import { compare, formatDecimal, isZero } from '../money/decimal.ts';
import { afterwards } from './breakers.ts';
import type { Context, Event, Step } from './events.ts';
import { patienceFor, unprotected } from './lost-stops.ts';
import { inspected } from './news.ts';
import { protectedBy } from './protected-by.ts';

/**
 * News of an order; of one that a stop order sent it is also asked what is left. The exchange may end it before all of it has executed, for want of a book or
 * by a limit of its own, and what is still held then has no stop any more. Its executions are booked at once, and its end when the close that may explain
 * it would be booked too.
 */
export function sentByStop(state: State, event: Extract<Event, { kind: 'inspected' }>, context: Context): Step {
  const { now } = context.circumstances;
  const next = inspected(state, event, now);
  const order = orderOf(state, event.clientOrderId);
  const report = event.order.kind === 'order' ? event.order.order : null;
  if (order === undefined || order.stop === null || order.life.kind !== 'working' || report?.state !== 'cancelled') return next;
  const stop = { ...order, stop: order.stop };
  const { configuration } = context;
  if (compare(report.filled, order.size) >= 0 || isZero(protectedBy(afterwards(state, next.entries, now), stop, configuration)))
    return next;
  if (now - report.updatedAt < patienceFor(state, stop))
    return inspected(state, { ...event, order: { kind: 'failed', cause: 'its end is not believed yet' } }, now);
  const why = `was reached, and the exchange ended its order with ${formatDecimal(report.filled)} of ${formatDecimal(order.size)} executed`;
  const told = unprotected(afterwards(state, next.entries, now), { order: stop, configuration, why, isTampered: false });
  return { entries: [...next.entries, ...told.entries], effects: [...next.effects, ...told.effects] };
}
