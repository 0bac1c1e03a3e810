import type { InstrumentId, Product } from '../market/instrument.ts';
import { type Decimal, isNegative, maximum, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { Leg } from './leg.ts';
import type { ClientOrderId } from './identity.ts';
import type { IntentId, Principal, Side } from './intent.ts';

export type { ClientOrderId };

/** What may go on the wire. A market wish has become an `ioc` at the collar by now (reference/risk.md §4.5). */
export type OrderTerms = {
  readonly instrument: InstrumentId;
  readonly product: Product;
  readonly side: Side;
  /** Which position it moves: `net`, or a leg of the account's long/short mode. */
  readonly leg: Leg;
  readonly type: 'limit' | 'post_only' | 'ioc';
  readonly size: Size;
  readonly price: Price;
  /** Enforced by the exchange on derivatives; spot has no such flag and never carries it. */
  readonly reduceOnly: boolean;
  /** An exit really reduces (reference/risk.md §4.2); everything else is an entry. */
  readonly purpose: 'entry' | 'exit';
};

/** At what prices an open position is closed at market; at least one is there. Whoever places them checks which side of the price each is on. */
export type Triggers = { readonly takeProfit: Price | null; readonly stopLoss: Price | null };

/**
 * A stop order of its own that closes at market when a trigger is reached; with both triggers one ends the other. Contracts are closed
 * reduce-only; on spot it is a sale, which cannot sell more than is there.
 */
export type ProtectionTerms = Triggers & {
  readonly instrument: InstrumentId;
  readonly product: Product;
  /** The side that closes: sell for what was bought. */
  readonly side: Side;
  /** The position that it closes; a leg other than `net` only against its own side. */
  readonly leg: Leg;
  readonly size: Size;
};

export type DoneOutcome = 'filled' | 'cancelled' | 'rejected' | 'absent';

/** Where an order is. Only `done` rests on evidence that nothing more can happen. */
export type Life =
  | { readonly kind: 'submitting' }
  /** A stop order that waits for its price, at the exchange or with the entry it was attached to: it may execute at any moment. */
  | { readonly kind: 'armed' }
  /** Sent, perhaps; keeps its reservation until evidence says otherwise. `negatives` counts complete look-ups in a row that found nothing. */
  | { readonly kind: 'unknown'; readonly since: number; readonly negatives: number; readonly lastNegativeAt: number }
  | { readonly kind: 'working' }
  /** The exchange says it ended with `filled` executed, of which not all fills are booked yet. */
  | { readonly kind: 'settling'; readonly outcome: 'filled' | 'cancelled'; readonly filled: Size }
  | { readonly kind: 'done'; readonly outcome: DoneOutcome };

export type Order = Omit<OrderTerms, 'type'> & {
  /** `stop` goes at market when a trigger is reached; its `price` is that trigger (reference/risk.md §4.5). */
  readonly type: OrderTerms['type'] | 'stop';
  /** What is true of stop orders alone. */
  readonly stop: Stop | null;
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
  /** What it was asked to become, while nobody has said whether it did: until then it may still execute as either. */
  readonly amend: Amend | null;
  /** Whether the exchange's own position was seen to agree with the books after this order's fills. */
  readonly verification: Verification;
};

export type Stop = {
  readonly triggers: Triggers;
  /** The entry that it is attached to and comes alive with; `null` for one that was placed by itself. */
  readonly parent: ClientOrderId | null;
  /** Whether it is known how much it closes: one that came with an entry closes what that executed, which the exchange says when that is over. */
  readonly sized: boolean;
  /** What the exchange was asked to move the triggers to and has not been seen to have done. */
  readonly moving: { readonly triggers: Triggers; readonly at: number } | null;
  /** How often its agent moved it. */
  readonly changes: number;
  /** Since when they are these by the exchange's clock, or since it was sent: UTC milliseconds. What is older tells of what was before. */
  readonly since: number;
};

/** `size` is the total, what has executed included (OKX `newSz`). */
export type Amend = { readonly size: Size; readonly price: Price };

/** `none`: nothing was filled yet, so there is nothing to prove. */
export type Verification = 'none' | 'pending' | 'matched' | 'divergent';

/** The largest total that it may execute, before or after an amendment that nobody has answered yet. */
export function mostOf({ size, amend }: Order): Size {
  return amend === null ? size : maximum(size, amend.size);
}

/** The most that may still execute, as it is or as it may have been amended to. Zero only with evidence. */
export function leaves(order: Order): Size {
  if (order.life.kind === 'done') return zero;
  const end: Size = order.life.kind === 'settling' ? order.life.filled : mostOf(order);
  const rest = subtract(end, order.filled);
  return isNegative(rest) ? zero : rest;
}

/** Whether it is a stop order that was not reached as far as anybody knows: on its way, or waiting, or perhaps neither. */
export function isUnreached({ stop, life }: Order): boolean {
  return stop !== null && (life.kind === 'submitting' || life.kind === 'armed' || life.kind === 'unknown');
}

/** The highest price at which it may still execute: what it counts at, on either side (reference/risk.md §4.1, §4.6). */
export function highestLimitOf(order: Order): Price {
  return order.amend === null ? order.price : maximum(order.price, order.amend.price);
}

/** Every price at which it may rest now. */
export function limitsOf(order: Order): readonly Price[] {
  return order.amend === null ? [order.price] : [order.price, order.amend.price];
}
