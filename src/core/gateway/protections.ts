import { apply, orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { Entry, TriggerTexts } from '../journal/entry.ts';
import { assert, unreachable } from '../lang/assert.ts';
import { compare, formatDecimal, isZero } from '../money/decimal.ts';
import type { ClientOrderId, Order, Triggers } from '../order/order.ts';
import type { ProtectionReport } from '../order/report.ts';
import type { Configuration } from '../policy/configuration.ts';
import type { StopOrder } from '../policy/control.ts';
import { ABSENCE_MARGIN_MILLISECONDS, type Context, type Effect, type Event, nothing, type Step, type WriteOutcome } from './events.ts';
import { down } from './modes.ts';
import { inspected } from './news.ts';
import { protectedBy } from './protected-by.ts';

const LOOK_AGAIN_MILLISECONDS = 250;
const NEGATIVES_APART_MILLISECONDS = 1000;
/** A change that the exchange has not made by then, it never got: no request of ours takes longer. */
const MOVE_PATIENCE_MILLISECONDS = 30_000;

type Seen = Extract<Event, { kind: 'protection_seen' }>;

/** The exchange was asked about a stop order: it waits, it was reached and sent an order, it ended, or nobody knows it. */
export function protectionSeen(state: State, event: Seen, { configuration, circumstances: { now } }: Context): Step {
  const order = stopOf(state, event.clientOrderId);
  const { protection } = event;
  switch (protection.kind) {
    case 'protection':
      return reported(state, { order, report: protection.protection, event, now, configuration });
    case 'absent':
      return unseen(state, { order, event, configuration });
    default:
      // A failed question proves nothing. One that nobody answered for is asked about until somebody does.
      return order.life.kind === 'unknown' || order.life.kind === 'submitting' ? { entries: [], effects: [again(order)] } : nothing;
  }
}

/** What the exchange said to a change of triggers; only what it then says of the stop order counts. */
export function moveAnswered(state: State, id: ClientOrderId, outcome: WriteOutcome): Step {
  const order = stopOf(state, id);
  if (order.stop.moving === null) return nothing;
  const look: Effect = { kind: 'inspect', clientOrderId: id, afterMilliseconds: outcome.kind === 'unknown' ? LOOK_AGAIN_MILLISECONDS : 0 };
  if (outcome.kind === 'accepted' || outcome.kind === 'unknown') return { entries: [], effects: [look] };
  const stays: Entry = { kind: 'moved', client_order_id: id, ...textsOf(order.stop.triggers) };
  const message = `stop order ${id} was not moved and stays where it was${outcome.kind === 'rejected' ? ` (code ${outcome.code})` : ''}`;
  return { entries: [stays, { kind: 'alert', severity: 'amber', code: 'STOP_NOT_MOVED', message }], effects: [look] };
}

type News = {
  readonly order: StopOrder;
  readonly report: ProtectionReport;
  readonly event: Seen;
  readonly now: number;
  readonly configuration: Configuration;
};

function reported(state: State, { order, report, event, now, configuration }: News): Step {
  switch (report.state) {
    case 'live':
    case 'paused':
      return waits(state, { order, report, now });
    case 'effective': {
      const [child = ''] = report.childOrderIds;
      // It was reached, and its order is not known yet.
      if (child === '') return { entries: [], effects: [again(order)] };
      const triggered: Entry = { kind: 'triggered', client_order_id: order.clientOrderId, exchange_order_id: child };
      const known = order.exchangeOrderId === child && order.life.kind !== 'armed' && order.life.kind !== 'unknown';
      const entries: readonly Entry[] = known ? [] : [triggered];
      const after = entries.reduce((before, entry) => apply(before, { seq: before.seq + 1, at: now, entry }), state);
      if (event.order === null)
        return { entries, effects: [{ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 }] };
      const next = inspected(after, { kind: 'inspected', clientOrderId: order.clientOrderId, order: event.order, fills: event.fills }, now);
      return { entries: [...entries, ...next.entries], effects: next.effects };
    }
    case 'cancelled':
    case 'failed':
      return ended(state, { order, report, configuration });
    default:
      return unreachable(report.state);
  }
}

/** It waits: written down where that is news, with how much it would close and at what prices. */
function waits(state: State, { order, report, now }: Omit<News, 'event' | 'configuration'>): Step {
  if (order.life.kind === 'working' || order.life.kind === 'settling') return nothing;
  const entries: Entry[] = [];
  const { parent, triggers, moving } = order.stop;
  const grown = report.size !== null && isWhole(state, parent) && compare(report.size, order.size) !== 0;
  if (order.life.kind !== 'armed' || order.exchangeOrderId !== report.exchangeOrderId || grown) {
    entries.push({
      kind: 'armed',
      client_order_id: order.clientOrderId,
      exchange_order_id: report.exchangeOrderId,
      size: grown && report.size !== null ? formatDecimal(report.size) : '',
    });
  }
  const there: Triggers = { takeProfit: report.takeProfit, stopLoss: report.stopLoss };
  const settledMove = moving !== null && (same(there, moving.triggers) || now - moving.at > MOVE_PATIENCE_MILLISECONDS);
  // While a change may be on its way, that it is not there yet means nothing.
  if (settledMove || (moving === null && !same(there, triggers)))
    entries.push({ kind: 'moved', client_order_id: order.clientOrderId, ...textsOf(there) });
  const changed = moving === null && !same(there, triggers);
  const message = `somebody else moved stop order ${order.clientOrderId}: it stands at ${wordsOf(there)} and not at ${wordsOf(triggers)}`;
  const stop = changed ? down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: message }) : nothing;
  const look: readonly Effect[] =
    moving === null || settledMove
      ? []
      : [{ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: LOOK_AGAIN_MILLISECONDS }];
  return { entries: [...entries, ...stop.entries], effects: [...stop.effects, ...look] };
}

/** It is gone without having closed anything. While something is held that it was for, somebody has to know. */
function ended(state: State, { order, report, configuration }: Pick<News, 'order' | 'report' | 'configuration'>): Step {
  if (order.life.kind === 'done') return nothing;
  const gone: Entry = {
    kind: 'reported',
    client_order_id: order.clientOrderId,
    exchange_order_id: report.exchangeOrderId,
    state: 'cancelled',
    filled: formatDecimal(order.reportedFilled),
  };
  if (order.cancel === 'requested' || isZero(protectedBy(state, order, configuration))) return { entries: [gone], effects: [] };
  const why =
    report.state === 'failed' ? 'was reached and the exchange refused its order' : 'was cancelled by somebody else or by the exchange';
  const cause = `${order.instrument} has no stop any more: stop order ${order.clientOrderId} ${why}`;
  const stop = down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause });
  const alert: readonly Entry[] =
    stop.entries.length > 0 ? [] : [{ kind: 'alert', severity: 'red', code: 'PROTECTION_GONE', message: cause }];
  return { entries: [gone, ...alert, ...stop.entries], effects: stop.effects };
}

/** Nobody knows it. Before its entry has executed that is as it should be; afterwards two such answers, late enough, prove that it is not there. */
function unseen(state: State, { order, event, configuration }: Pick<News, 'order' | 'event' | 'configuration'>): Step {
  if (order.life.kind === 'done' || order.life.kind === 'working' || order.life.kind === 'settling') return nothing;
  const { parent } = order.stop;
  if (parent !== null && !hasExecuted(state, parent)) return nothing;
  const soon: Effect = { kind: 'search', clientOrderId: order.clientOrderId, afterMilliseconds: NEGATIVES_APART_MILLISECONDS };
  if (event.askedAt < order.expiresAt + ABSENCE_MARGIN_MILLISECONDS) return { entries: [], effects: [soon] };
  const before = order.life.kind === 'unknown' ? order.life : null;
  if (before === null || before.negatives === 0 || event.askedAt - before.lastNegativeAt < NEGATIVES_APART_MILLISECONDS)
    return { entries: [{ kind: 'not_found', client_order_id: order.clientOrderId, evidence: event.evidence }], effects: [soon] };
  const absent: Entry = { kind: 'absent', client_order_id: order.clientOrderId, evidence: event.evidence };
  if (isZero(protectedBy(state, order, configuration))) return { entries: [absent], effects: [] };
  const cause = `${order.instrument} has no stop: the exchange does not know stop order ${order.clientOrderId}`;
  const stop = down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause });
  return { entries: [absent, ...stop.entries], effects: stop.effects };
}

/** Whether an order is a stop that the exchange may know: its entry has executed, or it never had one. */
export function mayBeSeen(state: State, { stop, life }: Order): boolean {
  return life.kind === 'armed' && stop !== null && (stop.parent === null || hasExecuted(state, stop.parent));
}

function stopOf(state: State, id: ClientOrderId): StopOrder {
  const order = orderOf(state, id);
  assert(order !== undefined && order.stop !== null, 'news of a stop order names a stop order');
  return { ...order, stop: order.stop };
}

function again({ clientOrderId }: Order): Effect {
  return { kind: 'search', clientOrderId, afterMilliseconds: NEGATIVES_APART_MILLISECONDS };
}

function hasExecuted(state: State, parent: ClientOrderId): boolean {
  const order = orderOf(state, parent);
  return order === undefined || !isZero(order.reportedFilled);
}

/** Whether all that an entry will ever execute has executed, so that its stop order will not grow. */
function isWhole(state: State, parent: ClientOrderId | null): boolean {
  return parent === null || orderOf(state, parent)?.life.kind === 'done';
}

function same(one: Triggers, other: Triggers): boolean {
  return equal(one.takeProfit, other.takeProfit) && equal(one.stopLoss, other.stopLoss);
}

function equal(one: Triggers['stopLoss'], other: Triggers['stopLoss']): boolean {
  return one === null || other === null ? one === other : compare(one, other) === 0;
}

/** Triggers as an entry holds them. */
export function textsOf({ takeProfit, stopLoss }: Triggers): TriggerTexts {
  return { take_profit: takeProfit === null ? '' : formatDecimal(takeProfit), stop_loss: stopLoss === null ? '' : formatDecimal(stopLoss) };
}

function wordsOf(triggers: Triggers): string {
  const { take_profit: profit, stop_loss: stop } = textsOf(triggers);
  return [stop === '' ? '' : `stop ${stop}`, profit === '' ? '' : `take-profit ${profit}`].filter((text) => text !== '').join(', ');
}
