import type { InstrumentId, Product } from '../market/instrument.ts';
import { type Decimal, maximum, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { ClientOrderId } from './identity.ts';
import type { IntentId, Principal, Side } from './intent.ts';

export type { ClientOrderId };

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
  /** Sent, perhaps; keeps its reservation until evidence says otherwise. `negatives` counts complete look-ups that found nothing. */
  | { readonly kind: 'unknown'; readonly since: number; readonly negatives: number; readonly lastNegativeAt: number }
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
  /** The reference price when it was decided: what its fills are measured against. `null` in journals of versions that did not note it. */
  readonly arrival: Price | null;
  /** UTC milliseconds, gateway clock. */
  readonly submittedAt: number;
  /** The exchange discards the request when its clock is past this (expTime), UTC milliseconds. */
  readonly expiresAt: number;
  readonly life: Life;
  /** Σ of booked fills. */
  readonly filled: Size;
  /** Σ of size × price over booked fills, in quote currency per trading unit; divided by `filled` it is the average price. */
  readonly filledValue: Decimal;
  /** The largest executed size any report named; may run ahead of `filled`. */
  readonly reportedFilled: Size;
  readonly cancel: 'none' | 'requested';
  /** Whether the exchange's own position was seen to agree with the books after this order's fills. */
  readonly verification: Verification;
};

/** `none`: nothing was filled yet, so there is nothing to prove. */
export type Verification = 'none' | 'pending' | 'matched' | 'divergent';

/** The most that may still execute. Zero only with evidence. */
export function leaves(order: Order): Size {
  if (order.life.kind === 'done') return zero;
  const end: Size = order.life.kind === 'settling' ? order.life.filled : order.size;
  return maximum(subtract(end, order.filled), zero);
}
