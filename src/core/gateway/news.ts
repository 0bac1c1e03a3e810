import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { AlertBody, Entry } from '../journal/entry.ts';
import { assert, unreachable } from '../lang/assert.ts';
import { has } from '../lang/table.ts';
import { compare as compareDecimals, decimal, formatDecimal } from '../money/decimal.ts';
import { ABSENCE_MARGIN_MILLISECONDS } from '../order/absence.ts';
import { isRuledOut, move } from '../order/life.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import type { FillReport, OrderReport, ReadReport } from '../order/report.ts';
import { type Effect, type Event, nothing, SEARCH_FIRST_MILLISECONDS, type Step, type WriteOutcome } from './events.ts';
import { unmeant } from '../verify/fills.ts';
import { isBarred } from './freezing.ts';
import { cancelling, down } from './modes.ts';

/** An entry that turns out to be live this long after it was asked for is cancelled: its agent has moved on (reference/risk.md §6.2). */
const STALE_ENTRY_MILLISECONDS = 5000;

/** What the exchange said to a placement: accepted, rejected, or nothing that proves anything. */
export function placeAnswered(state: State, id: ClientOrderId, outcome: WriteOutcome): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'an answer belongs to an order of ours');
  switch (outcome.kind) {
    case 'accepted': {
      const { exchangeOrderId } = outcome;
      const alerts = contradicted(order, { kind: 'accepted', exchangeOrderId });
      const stop = alerts.length === 0 ? nothing : reopened(state, order, alerts);
      return {
        entries: [{ kind: 'accepted', client_order_id: id, exchange_order_id: exchangeOrderId }, ...alerts, ...stop.entries],
        // One that can only rest is told at its acknowledgement, and looked at when that is out of the way.
        effects: [
          { kind: 'inspect', clientOrderId: id, afterMilliseconds: order.type === 'post_only' ? LOOK_AT_RESTING_MILLISECONDS : 0 },
          ...stop.effects,
        ],
      };
    }
    case 'rejected':
      // Believed, and looked at once all the same: a rejection of what was executed would otherwise be found an hour later.
      return {
        entries: [{ kind: 'rejected', client_order_id: id, code: outcome.code }],
        effects: [{ kind: 'inspect', clientOrderId: id, afterMilliseconds: 500 }],
      };
    case 'not_sent':
      return { entries: [{ kind: 'not_sent', client_order_id: id, cause: outcome.cause }], effects: [] };
    case 'unknown':
      return {
        entries: [{ kind: 'unknown', client_order_id: id, cause: outcome.cause }],
        effects: [{ kind: 'search', clientOrderId: id, afterMilliseconds: SEARCH_FIRST_MILLISECONDS }],
      };
    default:
      return unreachable(outcome);
  }
}

/** An acknowledgement of what was ruled out: no new risk before a person has looked, and an entry is not wanted any more. */
function reopened(state: State, order: Order, [alert]: readonly AlertBody[]): Step {
  const stop = down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: alert?.message ?? '' });
  const isStray = order.purpose === 'entry' && order.cancel === 'none';
  const reason = 'it was ruled out and is there all the same';
  const cancels = isStray ? cancelling([order], { principal: 'twokey', intentId: '', reason }) : nothing;
  return { entries: [...stop.entries, ...cancels.entries], effects: [...stop.effects, ...cancels.effects] };
}

function contradicted(order: Order, news: Parameters<typeof move>[1]): readonly AlertBody[] {
  if (!move(order, news).contradiction) return [];
  const believed = order.life.kind === 'done' ? order.life.outcome : order.life.kind;
  const message = `order ${order.clientOrderId} was believed ${believed}, and the exchange says otherwise; it counts as open again`;
  return [{ kind: 'alert', severity: 'red', code: 'CONTRADICTION', message }];
}

/** What it said to a cancel; whatever that was, only what it then says of the order counts. */
export function cancelAnswered(state: State, id: ClientOrderId, outcome: WriteOutcome): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'an answer belongs to an order of ours');
  if (order.life.kind === 'done') return nothing;
  const code = outcome.kind === 'rejected' ? outcome.code : '';
  // Whatever the answer, only what the exchange then says of the order counts.
  return {
    entries: [{ kind: 'cancel_answered', client_order_id: id, outcome: outcome.kind, code }],
    effects: [
      order.life.kind === 'unknown'
        ? { kind: 'search', clientOrderId: id, afterMilliseconds: 0 }
        : { kind: 'inspect', clientOrderId: id, afterMilliseconds: 0 },
    ],
  };
}

type Inspected = Extract<Event, { kind: 'inspected' }>;

/** An order was looked at: write what is new, book its fills, and see to what follows from them. */
export function inspected(state: State, { clientOrderId: id, order: report, fills }: Inspected, now: number): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'a look-up belongs to an order of ours');
  const reported = report.kind === 'order' ? reportedEntries(order, report.order) : [];
  const booked = fills === null ? [] : fillEntries(state, order, fills);
  const news = [...reported, ...booked];
  const surprise = news.filter((entry) => entry.kind === 'alert').find(({ severity }) => severity === 'red');
  const next = afterNews(state, { order, news, now, surprising: surprise !== undefined });
  // What the exchange ruled out and then did, nobody understands yet: no new risk before a person has looked (invariant I-U3).
  const stop = surprise === undefined ? nothing : down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: surprise.message });
  // A refusal that could not be looked at is looked at again: a failed question proves nothing.
  const refusedUnseen = report.kind === 'failed' && order.life.kind === 'done' && order.life.outcome === 'rejected';
  const again: readonly Effect[] = refusedUnseen
    ? [{ kind: 'inspect', clientOrderId: id, afterMilliseconds: LOOK_AGAIN_MILLISECONDS }]
    : forgotten(order, report, now)
      ? [{ kind: 'search', clientOrderId: id, afterMilliseconds: SEARCH_FIRST_MILLISECONDS }]
      : [];
  return { entries: [...news, ...next.entries, ...stop.entries], effects: [...next.effects, ...stop.effects, ...again] };
}

/** The exchange does not know an order any more that it had taken. One answer proves nothing: it is looked for everywhere. */
function forgotten(order: Order, report: ReadReport, now: number): boolean {
  return report.kind === 'absent' && order.life.kind === 'working' && now > order.expiresAt + ABSENCE_MARGIN_MILLISECONDS;
}

/** A report is written when it says something new. */
function reportedEntries(order: Order, report: OrderReport): readonly Entry[] {
  const news = { kind: 'reported', exchangeOrderId: report.exchangeOrderId, state: report.state, filled: report.filled } as const;
  const { order: after } = move(order, news);
  if (
    after.life.kind === order.life.kind &&
    after.exchangeOrderId === order.exchangeOrderId &&
    compareDecimals(after.reportedFilled, order.reportedFilled) === 0
  )
    return [];
  return [
    {
      kind: 'reported',
      client_order_id: order.clientOrderId,
      exchange_order_id: report.exchangeOrderId,
      state: report.state,
      filled: formatDecimal(report.filled),
    },
    ...contradicted(order, news),
  ];
}

/** Each execution is booked once, whatever state its order is in; what does not fit the order is booked and told. */
function fillEntries(state: State, order: Order, fills: readonly FillReport[]): readonly Entry[] {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  // Each is judged on top of those before it: two that are too much only together are too much.
  let before = order;
  for (const fill of fills) {
    const key = `${fill.instrument}/${fill.tradeId}`;
    if (fill.clientOrderId !== order.clientOrderId || fill.instrument !== order.instrument || has(state.trades, key) || seen.has(key))
      continue;
    seen.add(key);
    entries.push({
      kind: 'fill',
      client_order_id: order.clientOrderId,
      exchange_order_id: fill.exchangeOrderId,
      trade_id: fill.tradeId,
      bill_id: fill.billId,
      instrument: fill.instrument,
      side: fill.side,
      size: formatDecimal(fill.size),
      price: formatDecimal(fill.price),
      fee: formatDecimal(fill.fee),
      fee_currency: fill.feeCurrency,
      exchange_at: fill.at,
    });
    const news = { kind: 'filled', size: fill.size, price: fill.price } as const;
    entries.push(...contradicted(before, news), ...unmeant(state, order, fill, entries));
    before = move(before, news).order;
  }
  return entries;
}

export const INSPECT_AGAIN_MILLISECONDS = 250;

const CANCEL_AGAIN_MILLISECONDS = 1000;
const LOOK_AT_RESTING_MILLISECONDS = 100;
const LOOK_AGAIN_MILLISECONDS = 1000;

type News = { readonly order: Order; readonly news: readonly Entry[]; readonly now: number; readonly surprising: boolean };

/** What to do after an order was looked at: ask for missing fills, prove the position, cancel what should not rest. */
function afterNews(state: State, { order, news, now, surprising }: News): Step {
  const effects: Effect[] = [];
  const after = news.reduce<Order>(foldOrder, order);
  const entries: Entry[] = [];
  const hasExecuted = news.some((entry) => entry.kind === 'fill');
  if (hasExecuted) effects.push({ kind: 'observe', instrument: order.instrument, afterMilliseconds: 0 });
  if (hasExecuted || (order.life.kind !== 'done' && after.life.kind === 'done')) {
    for (const { clientOrderId, life } of childrenOf(state, order)) {
      // Believed never to come, and its entry executed all the same: it waits until the exchange has proven that it does not.
      if (life.kind === 'done' && hasExecuted)
        entries.push({ kind: 'armed', client_order_id: clientOrderId, exchange_order_id: '', size: '' });
      if (life.kind !== 'done' || hasExecuted) effects.push({ kind: 'inspect', clientOrderId, afterMilliseconds: 0 });
    }
  }
  if (after.life.kind === 'settling')
    effects.push({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: INSPECT_AGAIN_MILLISECONDS });
  if (after.life.kind !== 'working') return { entries, effects };
  // A cancel is harmless to repeat, and the first may have come before its order did: it is asked again until the order ended.
  if (order.cancel === 'requested' && order.stop === null)
    effects.push({ kind: 'cancel', clientOrderId: order.clientOrderId, afterMilliseconds: CANCEL_AGAIN_MILLISECONDS });
  const late = order.life.kind === 'unknown' && now - order.submittedAt > STALE_ENTRY_MILLISECONDS;
  const barred = surprising || (order.life.kind !== 'working' && isBarred(state, order));
  if (order.cancel === 'requested' || after.purpose !== 'entry' || !(late || barred)) return { entries, effects };
  const reason = late
    ? 'found live long after it was asked for; its agent has moved on'
    : `found live while ${surprising || state.mode !== 'ACTIVE' ? `the account is ${surprising ? 'REDUCE_ONLY' : state.mode}` : 'its instrument, its agent or the stage of the account opens nothing'}`;
  const cancels = cancelling([after], { principal: 'twokey', intentId: '', reason });
  return { entries: [...entries, ...cancels.entries], effects: [...effects, ...cancels.effects] };
}

/** Stop orders that come alive with a fill of their entry, those too that were believed never to. */
function childrenOf(state: State, { clientOrderId }: Order): readonly Order[] {
  const ruledOut = state.traceless.flatMap((id) => orderOf(state, id) ?? []).filter(({ life }) => isRuledOut(life));
  return [...state.openOrders.values(), ...ruledOut].filter(({ stop }) => stop?.parent === clientOrderId);
}

/** How the entries of one look-up change the order that they name. */
function foldOrder(order: Order, entry: Entry): Order {
  switch (entry.kind) {
    case 'reported':
      return move(order, { kind: 'reported', exchangeOrderId: entry.exchange_order_id, state: entry.state, filled: decimal(entry.filled) })
        .order;
    case 'fill':
      return move(order, { kind: 'filled', size: decimal(entry.size), price: decimal(entry.price) }).order;
    default:
      return order;
  }
}
