import type { Leg, News, Side } from '../story.ts';
import { type Fraction, fraction, isAbove, larger, less, none, plus, signOf } from './fraction.ts';

/** What is known of one order, from the news of it and from nothing else. */
export type OrderLine = {
  readonly name: string;
  readonly by: string;
  readonly instrument: string;
  readonly side: Side;
  readonly leg: Leg;
  readonly type: 'limit' | 'post_only' | 'ioc';
  /** Enforced by the exchange. */
  readonly reduceOnly: boolean;
  readonly exit: boolean;
  readonly stop: boolean;
  readonly spot: boolean;
  readonly sentAt: number;
  size: Fraction;
  price: Fraction;
  phase: 'sending' | 'waiting' | 'unknown' | 'resting' | 'ended' | 'over';
  /** Why it is over, where no fill and no cancel ended it. */
  never: 'rejected' | 'absent' | null;
  /** What the exchange says it executed before it ended. */
  total: Fraction;
  booked: Fraction;
  reported: Fraction;
  /** Whether the exchange has a number for it. */
  named: boolean;
  cancelling: boolean;
  amending: { readonly size: Fraction; readonly price: Fraction } | null;
};

/** The most that it may ever have executed in the end. */
export function mostOf({ size, amending }: OrderLine): Fraction {
  return amending === null ? size : larger(size, amending.size);
}

/** What may still be executed, or be booked. */
export function restOf(order: OrderLine): Fraction {
  if (order.phase === 'over') return none;
  const rest = less(order.phase === 'ended' ? order.total : mostOf(order), order.booked);
  return signOf(rest) > 0 ? rest : none;
}

/** Every price at which it may execute. */
export function pricesOf({ price, amending }: OrderLine): readonly Fraction[] {
  return amending === null ? [price] : [price, amending.price];
}

/** Whether the news could come of an order like this: what no exchange would say is not part of any history. */
export function mayHear(order: OrderLine, news: News): boolean {
  const { phase, stop } = order;
  switch (news.kind) {
    case 'accepted':
      return !stop && (phase === 'sending' || phase === 'unknown');
    case 'rejected':
      return phase === 'sending' || phase === 'unknown' || (stop && phase === 'waiting');
    case 'not_sent':
    case 'unknown':
      return phase === 'sending';
    case 'not_found':
      return !stop && (phase === 'sending' || phase === 'unknown' || phase === 'resting');
    case 'absent':
      return phase === 'sending' || (phase === 'unknown' && !order.named) || (stop && phase === 'waiting');
    case 'cancelling':
      return phase === 'resting' && !order.cancelling;
    case 'armed':
    case 'triggered':
      return stop && phase === 'waiting';
    case 'reported':
      return phase !== 'over' && phase !== 'waiting' && fits(order, fraction(news.filled));
    case 'fill': {
      const after = plus(order.booked, fraction(news.size));
      // Late news of an order that was believed never to have been is taken too; more than was ordered is not.
      if (phase === 'over') return order.never !== null && !isAbove(after, order.size);
      return !isAbove(after, phase === 'ended' ? order.total : mostOf(order));
    }
    case 'amended':
      return order.amending !== null;
  }
}

function fits(order: OrderLine, filled: Fraction): boolean {
  return !isAbove(order.booked, filled) && !isAbove(order.reported, filled) && !isAbove(filled, mostOf(order)) && order.phase !== 'ended';
}

export function hear(order: OrderLine, news: News): void {
  switch (news.kind) {
    case 'accepted':
      order.phase = 'resting';
      order.named = true;
      return;
    case 'rejected':
    case 'not_sent':
    case 'absent':
      order.phase = 'over';
      order.never = news.kind === 'rejected' ? 'rejected' : 'absent';
      return;
    case 'unknown':
    case 'not_found':
      order.phase = 'unknown';
      return;
    case 'cancelling':
      order.cancelling = true;
      return;
    case 'armed':
      if (news.size !== '') order.size = fraction(news.size);
      order.named = true;
      return;
    case 'triggered':
      order.phase = 'resting';
      order.named = true;
      return;
    case 'reported':
      order.named = true;
      order.reported = fraction(news.filled);
      order.phase = news.state === 'live' || news.state === 'partially_filled' ? 'resting' : 'ended';
      order.total = order.reported;
      break;
    case 'fill':
      order.booked = plus(order.booked, fraction(news.size));
      order.reported = larger(order.reported, order.booked);
      // It executed, so it is there, whatever was believed before.
      if (order.phase !== 'ended') order.phase = 'resting';
      order.never = null;
      break;
    case 'amended':
      if (news.outcome === 'applied' && order.amending !== null) Object.assign(order, order.amending);
      order.amending = null;
      break;
  }
  const end = order.phase === 'ended' ? order.total : order.phase === 'resting' ? mostOf(order) : null;
  if (end !== null && !isAbove(end, order.booked)) order.phase = 'over';
}
