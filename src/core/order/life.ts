import { unreachable } from '../lang/assert.ts';
import { add, compare, maximum, multiply } from '../money/decimal.ts';
import { plus, type Price, type Size } from '../money/units.ts';
import { isProvenAbsent, type Look, worthOf } from './absence.ts';
import { type Amend, type Life, mostOf, type Order } from './order.ts';

/** What can happen to an order, from whichever channel the news came. */
export type LifeEvent =
  | { readonly kind: 'accepted'; readonly exchangeOrderId: string }
  /** A stop order is seen to wait; `size` is what it would close, where the exchange says it. */
  | { readonly kind: 'armed'; readonly exchangeOrderId: string; readonly size: Size | null }
  /** A stop order was reached and has sent an order of its own, which has this number. */
  | { readonly kind: 'triggered'; readonly exchangeOrderId: string }
  | { readonly kind: 'rejected' }
  /** Certainly not one byte left. */
  | { readonly kind: 'not_sent' }
  | { readonly kind: 'unknown'; readonly at: number }
  /** A look-up found nothing. Not yet proof. `look` is null of stop orders, and where older versions did not note where they had looked. */
  | { readonly kind: 'not_found'; readonly at: number; readonly look: Look | null }
  /** That it never was and never will be: proven by the looks before it, or on `other` grounds. */
  | { readonly kind: 'absent'; readonly proof: 'looks' | 'other' }
  | {
      readonly kind: 'reported';
      readonly exchangeOrderId: string;
      readonly state: 'live' | 'partially_filled' | 'filled' | 'cancelled';
      readonly filled: Size;
    }
  | { readonly kind: 'filled'; readonly size: Size; readonly price: Price }
  /** It was asked to become another size or price; until the answer is known it counts as both (reference/risk.md §4.6). */
  | { readonly kind: 'amending'; readonly amend: Amend }
  | { readonly kind: 'amended'; readonly outcome: 'applied' | 'refused' };

/**
 * What the table answers. `contradiction` is news that an earlier belief ruled out: the news wins, the order is open again, and
 * somebody is told, because something that decided before had decided on a wrong belief.
 */
type Move =
  | 'stay'
  | 'working'
  | 'armed'
  | 'unknown'
  | 'not_found'
  | 'rejected'
  | 'absent'
  | 'by_report'
  | 'by_fill'
  | 'by_amend'
  | 'contradiction';

/** The life of an order as one table (reference/risk.md §6.2): rows are where it is, columns what happened. */
export const lifeTable: Readonly<Record<Life['kind'], Readonly<Record<LifeEvent['kind'], Move>>>> = {
  submitting: {
    accepted: 'working',
    armed: 'armed',
    triggered: 'working',
    rejected: 'rejected',
    not_sent: 'absent',
    unknown: 'unknown',
    not_found: 'not_found',
    absent: 'absent',
    reported: 'by_report',
    filled: 'by_fill',
    amending: 'by_amend',
    amended: 'by_amend',
  },
  unknown: {
    accepted: 'working',
    armed: 'armed',
    triggered: 'working',
    rejected: 'rejected',
    not_sent: 'absent',
    unknown: 'stay',
    not_found: 'not_found',
    absent: 'absent',
    reported: 'by_report',
    filled: 'by_fill',
    amending: 'by_amend',
    amended: 'by_amend',
  },
  armed: {
    accepted: 'armed',
    armed: 'armed',
    triggered: 'working',
    rejected: 'rejected',
    not_sent: 'absent',
    unknown: 'stay',
    not_found: 'not_found',
    absent: 'absent',
    reported: 'by_report',
    filled: 'by_fill',
    amending: 'stay',
    amended: 'stay',
  },
  working: {
    accepted: 'stay',
    armed: 'stay',
    triggered: 'working',
    rejected: 'stay',
    not_sent: 'stay',
    unknown: 'stay',
    // The exchange forgets what was cancelled unfilled after two hours: not known any more, until found or proven.
    not_found: 'not_found',
    absent: 'stay',
    reported: 'by_report',
    filled: 'by_fill',
    amending: 'by_amend',
    amended: 'by_amend',
  },
  settling: {
    accepted: 'stay',
    armed: 'stay',
    triggered: 'stay',
    rejected: 'stay',
    not_sent: 'stay',
    unknown: 'stay',
    not_found: 'stay',
    absent: 'stay',
    reported: 'by_report',
    filled: 'by_fill',
    amending: 'by_amend',
    amended: 'by_amend',
  },
  done: {
    accepted: 'contradiction',
    armed: 'contradiction',
    triggered: 'contradiction',
    rejected: 'stay',
    not_sent: 'stay',
    unknown: 'stay',
    not_found: 'stay',
    absent: 'stay',
    reported: 'by_report',
    filled: 'by_fill',
    amending: 'by_amend',
    amended: 'by_amend',
  },
};

export type Moved = { readonly order: Order; readonly contradiction: boolean };

/** Applies one piece of news. Fills are always added, whatever the order's state (invariant I-A1); a reservation ends only with evidence. */
export function move(order: Order, event: LifeEvent): Moved {
  const next = lifeTable[order.life.kind][event.kind];
  switch (next) {
    case 'stay':
      return { order, contradiction: false };
    case 'working':
      // The acknowledgement of a stop order says that it waits, and not that it is on the book.
      return { order: named(order, event, awaits(order, event) ? { kind: 'armed' } : { kind: 'working' }), contradiction: false };
    case 'armed':
      return { order: armed(order, event), contradiction: false };
    case 'unknown':
      return {
        order: { ...order, life: { kind: 'unknown', since: timeOf(event), negatives: 0, lastNegativeAt: 0 } },
        contradiction: false,
      };
    case 'not_found':
      return { order: { ...order, life: notFound(order, event) }, contradiction: false };
    case 'rejected':
      return { order: { ...order, life: { kind: 'done', outcome: 'rejected' } }, contradiction: false };
    case 'absent':
      // What says that it rests on looks ends nothing without them (invariants I-A3 and I-U2).
      return event.kind === 'absent' && event.proof === 'looks' && !isProvenAbsent(order)
        ? { order, contradiction: false }
        : { order: { ...order, life: { kind: 'done', outcome: 'absent' } }, contradiction: false };
    case 'by_report':
      return byReport(order, event);
    case 'by_fill':
      return byFill(order, event);
    case 'by_amend':
      return { order: byAmend(order, event), contradiction: false };
    case 'contradiction': {
      // Late news of an order that was seen to end by itself contradicts nothing; that it never was, or was refused, is ruled out.
      const ruledOut = isRuledOut(order.life);
      if (ruledOut && awaits(order, event)) return { order: armed(order, event), contradiction: true };
      return { order: named(order, event, ruledOut ? { kind: 'working' } : order.life), contradiction: ruledOut };
    }
    default:
      return unreachable(next);
  }
}

function named(order: Order, event: LifeEvent, life: Life): Order {
  const exchangeOrderId = 'exchangeOrderId' in event && event.exchangeOrderId !== '' ? event.exchangeOrderId : order.exchangeOrderId;
  return { ...order, exchangeOrderId, life };
}

/** Whether an order is believed never to have been at the exchange. */
export function isRuledOut(life: Life): boolean {
  return life.kind === 'done' && (life.outcome === 'rejected' || life.outcome === 'absent');
}

/** Whether news of a stop order says that it waits for its price. */
function awaits(order: Order, event: LifeEvent): boolean {
  return order.stop !== null && (event.kind === 'accepted' || event.kind === 'armed');
}

function armed(order: Order, event: LifeEvent): Order {
  const next = named(order, event, { kind: 'armed' });
  if (event.kind !== 'armed' || event.size === null || next.stop === null) return next;
  return { ...next, size: event.size, stop: { ...next.stop, sized: true } };
}

function timeOf(event: LifeEvent): number {
  return 'at' in event ? event.at : 0;
}

function notFound(order: Order, event: LifeEvent): Life {
  const { life } = order;
  const at = timeOf(event);
  const look = event.kind === 'not_found' ? event.look : null;
  if (look !== null && worthOf(order, look) !== 'counts') return life.kind === 'unknown' ? { ...life, negatives: 0 } : life;
  if (life.kind !== 'unknown') return { kind: 'unknown', since: at, negatives: 1, lastNegativeAt: at };
  return { ...life, negatives: life.negatives + 1, lastNegativeAt: at };
}

function byReport(order: Order, event: LifeEvent): Moved {
  if (event.kind !== 'reported') return { order, contradiction: false };
  const reportedFilled = maximum(order.reportedFilled, event.filled);
  const seen: Order = {
    ...order,
    exchangeOrderId: event.exchangeOrderId === '' ? order.exchangeOrderId : event.exchangeOrderId,
    reportedFilled,
  };
  const ended = order.life.kind === 'done' || order.life.kind === 'settling';
  const ruledOut = isRuledOut(order.life);
  if (event.state === 'live' || event.state === 'partially_filled') {
    // A report older than what is known already changes nothing: an end is never undone by a stale snapshot (invariant I-A4).
    if (ended && !ruledOut) return { order: seen, contradiction: false };
    return { order: { ...seen, life: { kind: 'working' } }, contradiction: ruledOut };
  }
  const settling: Life = { kind: 'settling', outcome: event.state, filled: reportedFilled };
  return { order: settled({ ...seen, life: settling }), contradiction: ruledOut };
}

function byFill(order: Order, event: LifeEvent): Moved {
  if (event.kind !== 'filled') return { order, contradiction: false };
  const filled = plus(order.filled, event.size);
  const filledValue = add(order.filledValue, multiply(event.size, event.price));
  const booked: Order = { ...order, filled, filledValue, reportedFilled: maximum(order.reportedFilled, filled), verification: 'pending' };
  const life = order.life;
  switch (life.kind) {
    case 'settling':
      // Its end was reported with what had executed: more than that was ruled out.
      return { order: settled(booked), contradiction: compare(filled, life.filled) > 0 };
    case 'done': {
      // A fill after the end: booked all the same. More than ordered, or after "never existed", means an earlier belief was wrong.
      const contradiction = life.outcome !== 'filled' || compare(filled, mostOf(order)) > 0;
      return { order: settled({ ...booked, life: isRuledOut(life) ? { kind: 'working' } : life }), contradiction };
    }
    case 'submitting':
    case 'armed':
    case 'unknown':
    case 'working':
      return { order: settled({ ...booked, life: { kind: 'working' } }), contradiction: compare(filled, mostOf(order)) > 0 };
    default:
      return unreachable(life);
  }
}

function byAmend(order: Order, event: LifeEvent): Order {
  switch (event.kind) {
    case 'amending':
      return { ...order, amend: event.amend };
    case 'amended': {
      const became = event.outcome === 'applied' ? order.amend : null;
      // What executed while it was asked for may be all that there is.
      return settled({ ...order, ...became, amend: null });
    }
    default:
      return order;
  }
}

/** Ends an order whose every execution is booked. */
function settled(order: Order): Order {
  if (order.life.kind === 'settling' && compare(order.filled, order.life.filled) >= 0)
    return { ...order, life: { kind: 'done', outcome: order.life.outcome } };
  if (order.life.kind === 'working' && compare(order.filled, mostOf(order)) >= 0)
    return { ...order, life: { kind: 'done', outcome: 'filled' } };
  return order;
}
