import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { assert, unreachable } from '../lang/assert.ts';
import { compare, formatDecimal, isZero, zero } from '../money/decimal.ts';
import type { ClientOrderId, Order, Triggers } from '../order/order.ts';
import { ABSENCE_MARGIN_MILLISECONDS } from '../order/absence.ts';
import { isRuledOut } from '../order/life.ts';
import type { ProtectionReport } from '../order/report.ts';
import type { Configuration } from '../policy/configuration.ts';
import type { StopOrder } from '../policy/control.ts';
import { type Context, type Effect, type Event, nothing, type Step, type WriteOutcome } from './events.ts';
import { afterwards } from './breakers.ts';
import { CLOSE_PATIENCE_MILLISECONDS, isBeingClosed, isCoveredByOthers, patienceFor, unprotected } from './lost-stops.ts';
import { inPlaceOf, insteadOf } from './missing-stops.ts';
import { cancelling, down } from './modes.ts';
import { protectedBy } from './protected-by.ts';
import { sentByStop } from './reached-stops.ts';
import { textsOf } from './trigger-texts.ts';

const LOOK_AGAIN_MILLISECONDS = 250;
const NEGATIVES_APART_MILLISECONDS = 1000;
/** A change that the exchange has not made by then, it never got: no request of ours takes longer. */
const MOVE_PATIENCE_MILLISECONDS = 30_000;

type Seen = Extract<Event, { kind: 'protection_seen' }>;

/** The exchange was asked about a stop order: it waits, it was reached and sent an order, it ended, or nobody knows it. */
export function protectionSeen(state: State, event: Seen, context: Context): Step {
  const { configuration, circumstances } = context;
  const { now } = circumstances;
  const order = stopOf(state, event.clientOrderId);
  const { protection } = event;
  switch (protection.kind) {
    case 'protection': {
      const known = reported(state, { order, report: protection.protection, event, now, configuration }, context);
      const next = both(known, unlikeOurs(state, { order, report: protection.protection, written: known }, context));
      return next.entries.length === 0 || !isRuledOut(order.life) ? next : contradicted(state, order, next);
    }
    case 'absent':
      return both(unseen(state, { order, event, configuration }), insteadOf(state, order, context));
    default:
      // A failed question proves nothing. One that nobody answered for is asked about until somebody does, and so is one that was refused.
      if (order.life.kind === 'unknown' || order.life.kind === 'submitting') return { entries: [], effects: [again(order)] };
      return order.life.kind === 'done' && order.life.outcome === 'rejected' ? { entries: [], effects: [lookAgain(order)] } : nothing;
  }
}

type Unlike = { readonly order: StopOrder; readonly report: ProtectionReport; readonly written: Step };

/**
 * A stop on contracts that the exchange would let do more than close: it would open the other way when what it is for is gone. It is refused: cancelled, told,
 * and replaced by one of the same triggers; whoever made it so is somebody to look for before anything new is opened. One that took the place of another is not
 * replaced again.
 */
function unlikeOurs(state: State, { order, report, written }: Unlike, context: Context): Step {
  const waits = report.state === 'live' || report.state === 'paused';
  const isOpen = order.life.kind === 'armed' || order.life.kind === 'submitting' || order.life.kind === 'unknown';
  if (order.product === 'spot' || !waits || !isOpen || order.cancel === 'requested' || closesOnly(order, report)) return nothing;
  const cause = `stop order ${order.clientOrderId} of ${order.instrument} waits at the exchange and is not reduce-only`;
  const reason = 'it is not reduce-only';
  const after = afterwards(state, written.entries, context.circumstances.now);
  const cancels = cancelling([order], { principal: 'twokey', intentId: '', reason });
  const isReplacement = order.stop.parent === null && order.intentId === '';
  const place = isReplacement ? nothing : inPlaceOf(after, order, context);
  const stop = down(after, { to: 'REDUCE_ONLY', by: 'twokey', cause });
  const alert: Entry = { kind: 'alert', severity: 'red', code: 'STOP_NOT_REDUCING', message: cause };
  return {
    entries: [...place.entries, alert, ...cancels.entries, ...stop.entries],
    effects: [...place.effects, ...cancels.effects, ...stop.effects],
  };
}

/** Of a leg the side says it: the exchange lets no order against a leg do more than close it, whatever its flag (reference/risk.md §4.2). */
function closesOnly({ leg, side }: StopOrder, report: ProtectionReport): boolean {
  if (report.side !== side || report.leg !== leg) return false;
  return leg === 'net' ? report.reduceOnly : (leg === 'long') === (side === 'sell');
}

function both(one: Step, other: Step): Step {
  return { entries: [...one.entries, ...other.entries], effects: [...one.effects, ...other.effects] };
}

/** What the exchange ruled out and then did, nobody understands yet: no new risk before a person has looked (invariant I-U3). */
function contradicted(state: State, { clientOrderId, life }: StopOrder, next: Step): Step {
  const believed = life.kind === 'done' ? life.outcome : life.kind;
  const message = `stop order ${clientOrderId} was believed ${believed}, and the exchange says otherwise`;
  const isDown = next.entries.some(({ kind }) => kind === 'mode');
  const stop = isDown ? nothing : down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: message });
  const alert: Entry = { kind: 'alert', severity: 'red', code: 'CONTRADICTION', message };
  return { entries: [...next.entries, alert, ...stop.entries], effects: [...next.effects, ...stop.effects] };
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

function reported(state: State, { order, report, event, now, configuration }: News, context: Context): Step {
  switch (report.state) {
    case 'live':
    case 'paused':
      return waits(state, { order, report, event, now });
    case 'effective': {
      const [child = ''] = report.childOrderIds;
      // It was reached, and its order is not known yet.
      if (child === '') return { entries: [], effects: [again(order)] };
      const triggered: Entry = { kind: 'triggered', client_order_id: order.clientOrderId, exchange_order_id: child };
      const known = order.exchangeOrderId === child && order.life.kind !== 'armed' && order.life.kind !== 'unknown';
      const entries: readonly Entry[] = known ? [] : [triggered];
      const after = afterwards(state, entries, now);
      if (event.order === null)
        return { entries, effects: [{ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 }] };
      const next = sentByStop(
        after,
        { kind: 'inspected', clientOrderId: order.clientOrderId, order: event.order, fills: event.fills },
        context,
      );
      return { entries: [...entries, ...next.entries], effects: next.effects };
    }
    case 'cancelled':
    case 'failed':
      return ended(state, { order, report, configuration, now });
    default:
      return unreachable(report.state);
  }
}

/** It waits: written down where that is news, with how much it would close and at what prices. */
function waits(state: State, { order, report, event, now }: Omit<News, 'configuration'>): Step {
  if (order.life.kind === 'working' || order.life.kind === 'settling') return nothing;
  const entries: Entry[] = [];
  const { parent, triggers, moving, since, sized } = order.stop;
  const size = isWhole(state, parent) ? report.size : null;
  const resized = size !== null && compare(size, order.size) !== 0;
  if (order.life.kind !== 'armed' || order.exchangeOrderId !== report.exchangeOrderId || resized || (size !== null && !sized)) {
    entries.push({
      kind: 'armed',
      client_order_id: order.clientOrderId,
      exchange_order_id: report.exchangeOrderId,
      size: size !== null && (resized || !sized) ? formatDecimal(size) : '',
    });
  }
  const there: Triggers = { takeProfit: report.takeProfit, stopLoss: report.stopLoss };
  const arrived = moving !== null && same(there, moving.triggers);
  const stayed = same(there, triggers);
  // While a change may be on its way, that it is not there yet means nothing.
  const settledMove = arrived || (moving !== null && stayed && now - moving.at > MOVE_PATIENCE_MILLISECONDS);
  // An answer that is older than what is known of it, or may be, says where it was, and nothing of somebody else (invariant I-A4).
  const isOld = report.updatedAt < since || event.askedAt < since + ABSENCE_MARGIN_MILLISECONDS;
  const strange = !arrived && !stayed && !isOld;
  if (settledMove || strange)
    entries.push({ kind: 'moved', client_order_id: order.clientOrderId, ...textsOf(there), updated_at: report.updatedAt });
  const who = `somebody else ${strange ? 'moved' : 'changed'} stop order ${order.clientOrderId}: it`;
  const moved = strange ? `${who} stands at ${wordsOf(there)} and not at ${wordsOf(triggers)}` : '';
  // One of its own closes what was asked for; only one that came with an entry is as large as what that executed.
  const cut = resized && parent === null ? `${who} closes ${formatDecimal(size ?? zero)} and not ${formatDecimal(order.size)}` : '';
  const cause = moved === '' ? cut : moved;
  const stop = cause === '' ? nothing : down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause });
  const look: readonly Effect[] =
    moving === null || settledMove
      ? []
      : [{ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: LOOK_AGAIN_MILLISECONDS }];
  return { entries: [...entries, ...stop.entries], effects: [...stop.effects, ...look] };
}

/**
 * It is gone without having closed anything. While something is held that it was for, somebody has to know; but on derivatives the exchange ends it with the
 * position, and the execution that closed that may not be booked yet.
 */
function ended(state: State, { order, report, configuration, now }: Omit<News, 'event'>): Step {
  if (order.life.kind === 'done' && !isRuledOut(order.life)) return nothing;
  const gone: Entry = {
    kind: 'reported',
    client_order_id: order.clientOrderId,
    exchange_order_id: report.exchangeOrderId,
    state: 'cancelled',
    filled: formatDecimal(order.reportedFilled),
  };
  if (order.cancel === 'requested' || isZero(protectedBy(state, order, configuration))) return { entries: [gone], effects: [] };
  // One that was refused while others cover as much stops nobody, and must not count among them for a moment longer: they would be taken for too many.
  const isMissed = report.state !== 'failed' || !isCoveredByOthers(state, order, configuration);
  if (isMissed && now - report.updatedAt < patienceFor(state, order)) return { entries: [], effects: [lookAgain(order)] };
  const why =
    report.state === 'failed' ? 'was reached and the exchange refused its order' : 'was cancelled by somebody else or by the exchange';
  const lost = { order, configuration, why, isTampered: report.state !== 'failed' };
  const told = unprotected(state, lost);
  return { entries: [gone, ...told.entries], effects: told.effects };
}

/**
 * Nobody knows it. Before its entry has ended that is as it should be, since it comes alive with all that was executed; afterwards two such answers prove that
 * it is not there: late enough, and further apart than reads lag behind.
 */
function unseen(state: State, { order, event, configuration }: Pick<News, 'order' | 'event' | 'configuration'>): Step {
  if (order.life.kind === 'done' || order.life.kind === 'working' || order.life.kind === 'settling') return nothing;
  const soon: Effect = { kind: 'search', clientOrderId: order.clientOrderId, afterMilliseconds: NEGATIVES_APART_MILLISECONDS };
  const before = order.life.kind === 'unknown' ? order.life : null;
  if (!isWhole(state, order.stop.parent)) return before === null ? nothing : { entries: [], effects: [soon] };
  if (event.askedAt < order.expiresAt + ABSENCE_MARGIN_MILLISECONDS) return { entries: [], effects: [soon] };
  if (before === null || before.negatives === 0)
    return { entries: [{ kind: 'not_found', client_order_id: order.clientOrderId, evidence: event.evidence }], effects: [soon] };
  if (event.askedAt - before.lastNegativeAt < ABSENCE_MARGIN_MILLISECONDS) return { entries: [], effects: [soon] };
  const absent: Entry = { kind: 'absent', client_order_id: order.clientOrderId, evidence: event.evidence };
  if (isZero(protectedBy(state, order, configuration))) return { entries: [absent], effects: [] };
  // What it was for may be closed by now, and that not be booked yet.
  const isMissed = order.cancel !== 'requested' && !isCoveredByOthers(state, order, configuration);
  if (isMissed && isBeingClosed(state, order) && event.askedAt - before.lastNegativeAt < CLOSE_PATIENCE_MILLISECONDS)
    return { entries: [], effects: [soon] };
  const told = unprotected(state, { order, configuration, why: 'is not known to the exchange', isTampered: false });
  return { entries: [absent, ...told.entries], effects: told.effects };
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

function lookAgain({ clientOrderId }: Order): Effect {
  return { kind: 'inspect', clientOrderId, afterMilliseconds: NEGATIVES_APART_MILLISECONDS };
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

function wordsOf(triggers: Triggers): string {
  const { take_profit: profit, stop_loss: stop } = textsOf(triggers);
  return [stop === '' ? '' : `stop ${stop}`, profit === '' ? '' : `take-profit ${profit}`].filter((text) => text !== '').join(', ');
}
