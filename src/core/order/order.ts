import type { Brand } from '../lang/brand.ts';
import type { InstrumentId, Product } from '../market/instrument.ts';
import { subtract } from '../money/decimal.ts';
import { maximum, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { IntentId, Principal, Side } from './intent.ts';

/** Ours, never reused, never resent: `t`, journal id, start epoch and sequence; at most 32 of `[A-Za-z0-9]`. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>;

/** What may go on the wire. A market wish has become an `ioc` at the collar by now (reference/risk.md §4.5). */
export type OrderTerms = {
  readonly instrument: InstrumentId;
  readonly product: Product;
  readonly side: Side;
  readonly type: 'limit' | 'post_only' | 'ioc';
  readonly size: Size;
  readonly price: Price;
  /** Enforced by the exchange on derivatives; spot has no such flag and never carries it. */
  readonly reduceOnly: boolean;
  /** An exit really reduces (reference/risk.md §4.2); everything else is an entry. */
  readonly purpose: 'entry' | 'exit';
};

export type DoneOutcome = 'filled' | 'cancelled' | 'rejected' | 'absent';

/** Where an order is. Only `done` rests on evidence that nothing more can happen. */
export type Life =
  | { readonly kind: 'submitting' }
  /** Sent, perhaps; keeps its reservation until evidence says otherwise. `negatives` counts consecutive complete look-ups that found nothing. */
  | { readonly kind: 'unknown'; readonly since: number; readonly attempts: number; readonly negatives: number; readonly lastNegativeAt: number }
  | { readonly kind: 'working' }
  /** The exchange says it ended with `filled` executed, of which not all fills are booked yet. */
  | { readonly kind: 'settling'; readonly outcome: 'filled' | 'cancelled'; readonly filled: Size }
  | { readonly kind: 'done'; readonly outcome: DoneOutcome };

export type Order = OrderTerms & {
  readonly clientOrderId: ClientOrderId;
  /** Empty until the exchange named it. */
  readonly exchangeOrderId: string;
  readonly principal: Principal;
  readonly intentId: IntentId;
  /** UTC milliseconds, gateway clock. */
  readonly submittedAt: number;
  /** The exchange discards the request when its clock is past this (expTime), UTC milliseconds. */
  readonly expiresAt: number;
  readonly life: Life;
  /** Σ of booked fills. */
  readonly filled: Size;
  /** The largest executed size any report named; may run ahead of `filled`. */
  readonly reportedFilled: Size;
  readonly cancel: 'none' | 'requested';
};

/** The most that may still execute. Zero only with evidence. */
export function leaves(order: Order): Size {
  if (order.life.kind === 'done') return zero;
  const end: Size = order.life.kind === 'settling' ? order.life.filled : order.size;
  return maximum(subtract(end, order.filled), zero);
}
