import type { InstrumentId, Product } from '../market/instrument.ts';
import type { Decimal } from '../money/decimal.ts';
import type { ClientOrderId, OrderTerms, ProtectionTerms, Triggers } from './order.ts';

/** Everything twokey ever asks an exchange, in its own words. A venue turns it into bytes; the vault signs only what its table allows. */
export type ExchangeRequest = Write | Arming | Clearing | Leveraging | Read | Login;

/** A request that changes something at the exchange. Only a placement can be made void after a time; the outcome of any other may stay unknown. */
export type Write =
  | {
      readonly kind: 'place';
      readonly clientOrderId: ClientOrderId;
      readonly terms: OrderTerms;
      readonly protection: AttachedProtection | null;
      readonly expiresAt: number;
    }
  | { readonly kind: 'cancel'; readonly instrument: InstrumentId; readonly clientOrderId: ClientOrderId }
  | { readonly kind: 'protect'; readonly clientOrderId: ClientOrderId; readonly terms: ProtectionTerms }
  /** Moves triggers that are there; `null` leaves one as it is. Size, order price and what triggers stay. */
  | {
      readonly kind: 'amend_protection';
      readonly instrument: InstrumentId;
      readonly clientOrderId: ClientOrderId;
      readonly triggers: Triggers;
    }
  | {
      readonly kind: 'cancel_protection';
      readonly instrument: InstrumentId;
      readonly clientOrderId: ClientOrderId;
      /** The exchange's own number of the stop order; empty while it is not known. */
      readonly exchangeOrderId: string;
    };

/**
 * Arms the exchange's own timer, or moves it: when nobody does so again in time, pending orders that carry the tag are cancelled, without a
 * tag all of the account. Stop orders stay. It is about no order of ours, and its answer names none.
 */
export type Arming = {
  readonly kind: 'cancel_all_after';
  /** 10 to 120; 0 disarms. */
  readonly seconds: number;
  /** 1 to 16 letters and digits; empty for the whole account. */
  readonly tag: string;
};

/**
 * Cancels what the exchange has listed, by its own numbers and whoever placed it: orders, or stop and algo orders. It takes risk away and
 * never adds any; what protects has to be left out by whoever asks. What became of it is for the next list to tell.
 */
export type Clearing = {
  readonly kind: 'clear_orders' | 'clear_algos';
  readonly instrument: InstrumentId;
  /** Each once, at most `clearingMost` of them. */
  readonly exchangeOrderIds: readonly string[];
};

/** Sets the leverage of an instrument in cross margin, in times. It changes the margin of what is held, and is about no order. */
export type Leveraging = { readonly kind: 'set_leverage'; readonly instrument: InstrumentId; readonly leverage: Decimal };

/** What one list of cancels may hold (okx-endpoints, cancel-batch-orders and cancel-algos). */
export const clearingMost = { clear_orders: 20, clear_algos: 10 } as const;

/**
 * Triggers that travel with an entry and become a stop order when it is filled, under an id of their own: the order's id is not passed
 * on to them (reference/risk.md §4.10). Not for reduce-only orders, and on spot for buys only.
 */
export type AttachedProtection = Triggers & { readonly clientOrderId: ClientOrderId };

/** Every kind of stop or algo order that may wait at the exchange, whoever placed it. */
export const algoTypes = ['conditional', 'oco', 'trigger', 'move_order_stop', 'chase', 'twap', 'smart_iceberg'] as const;
export type AlgoType = (typeof algoTypes)[number];

/**
 * Opens the private part of a socket for reading: no order of ours leaves that way. Whoever has the session could send one, which is why the vault signs this only
 * where the money is simulated.
 */
export type Login = { readonly kind: 'login' };

/** A request that reads. `instruments` to `time` are public and not signed. */
export type Read =
  | { readonly kind: 'order'; readonly instrument: InstrumentId; readonly clientOrderId: ClientOrderId }
  /** By the exchange's number: the order that a stop order sent carries none of our ids. */
  | { readonly kind: 'placed_order'; readonly instrument: InstrumentId; readonly exchangeOrderId: string }
  | { readonly kind: 'protection'; readonly clientOrderId: ClientOrderId }
  /** Stop orders that wait, of one kind: with one trigger (`conditional`) or two (`oco`). */
  | { readonly kind: 'protections'; readonly type: 'conditional' | 'oco'; readonly olderThan: string }
  /** Whatever of one kind waits, for those who have to find all of it: to know that nothing waits, ask for each of `algoTypes`. */
  | { readonly kind: 'algo_orders'; readonly type: AlgoType; readonly olderThan: string }
  | { readonly kind: 'pending'; readonly olderThan: string }
  | {
      readonly kind: 'orders_history';
      readonly product: Product;
      readonly instrument: InstrumentId;
      readonly begin: number;
      readonly olderThan: string;
    }
  /** Orders of everybody on the account that ended since a time, over all instruments of a product. */
  | {
      readonly kind: 'recent_orders';
      readonly product: 'spot' | 'swap' | 'futures';
      readonly begin: number;
      readonly olderThan: string;
    }
  | {
      readonly kind: 'fills';
      readonly product: Product;
      readonly instrument: InstrumentId;
      readonly begin: number;
      readonly olderThan: string;
      /** Of one order only; empty for all. */ readonly exchangeOrderId: string;
    }
  | { readonly kind: 'positions' }
  | { readonly kind: 'balance' }
  | { readonly kind: 'funding_balances' }
  /** `recent` reaches back 7 days, `archive` 3 months. */
  | { readonly kind: 'bills'; readonly span: 'recent' | 'archive'; readonly begin: number; readonly olderThan: string }
  | { readonly kind: 'account_config' }
  | { readonly kind: 'leverage'; readonly instrument: InstrumentId }
  | { readonly kind: 'instruments'; readonly product: 'spot' | 'swap' | 'futures' }
  | { readonly kind: 'ticker'; readonly instrument: InstrumentId }
  | { readonly kind: 'book'; readonly instrument: InstrumentId; readonly depth: number }
  | { readonly kind: 'candles'; readonly instrument: InstrumentId; readonly bar: string; readonly count: number }
  | { readonly kind: 'mark_price'; readonly instrument: InstrumentId }
  | { readonly kind: 'index'; readonly pair: string }
  | { readonly kind: 'funding_rate'; readonly instrument: InstrumentId }
  | { readonly kind: 'time' };
