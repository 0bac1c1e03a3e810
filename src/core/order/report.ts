import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
import type { Side } from './intent.ts';
import type { Leg } from './leg.ts';
import type { AlgoType } from './request.ts';

/** What the exchange says. Text that came from it never leaves these values but as a bounded code. */

/**
 * The three outcomes of a write. Whatever is not on the list of definitive codes is unknown (reference/okx-errors.md).
 * `exchangeOrderId` numbers the order, or the stop order where the write is about one; it is empty for a timer.
 */
export type WriteReport =
  | { readonly kind: 'accepted'; readonly exchangeOrderId: string }
  | { readonly kind: 'rejected'; readonly code: string }
  | { readonly kind: 'unknown'; readonly cause: string };

/** What was said to a list of cancels: how many were taken, and why others were not, or why nothing is known; empty where all were. */
export type ClearingReport = { readonly accepted: number; readonly cause: string };

/** One order as the exchange tells it. `clientOrderId` is empty for orders of others. */
export type OrderReport = {
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  /** Our id of the stop order that sent this one; empty for every other. */
  readonly algoClientOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly leg: Leg;
  readonly size: Size;
  readonly price: Price | null;
  readonly filled: Size;
  readonly averagePrice: Price | null;
  readonly state: 'live' | 'partially_filled' | 'filled' | 'cancelled';
  readonly reduceOnly: boolean;
  /** What whoever placed it wrote on it, 1 to 16 letters and digits; empty for none. */
  readonly tag: string;
  /** `liquidation`: the exchange's own, because margin ran out or to reduce others' risk. `other`: placed by one of its services. */
  readonly category: 'normal' | 'liquidation' | 'other';
  /** UTC milliseconds, the exchange's clock. */
  readonly updatedAt: number;
};

/** A stop order as the exchange tells it. `clientOrderId` is empty for those of others. */
export type ProtectionReport = {
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  readonly instrument: InstrumentId;
  /** Of the order that it sends. */
  readonly side: Side;
  readonly leg: Leg;
  /** `null` where it is not counted in the trading unit: the whole position, or quote currency. */
  readonly size: Size | null;
  readonly takeProfit: Price | null;
  readonly stopLoss: Price | null;
  readonly reduceOnly: boolean;
  /** `effective`: it was reached and sent its order. `failed`: it was reached, and its order was refused; nothing protects any more. */
  readonly state: 'live' | 'paused' | 'effective' | 'cancelled' | 'failed';
  /** The exchange's numbers of the orders that it sent. */
  readonly childOrderIds: readonly string[];
  /** UTC milliseconds, the exchange's clock. */
  readonly updatedAt: number;
};

/** A stop or algo order of any kind that waits at the exchange, told by what its cancellation needs. */
export type AlgoOrderReport = {
  readonly type: AlgoType;
  /** Empty for those of others. */
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly leg: Leg;
  readonly reduceOnly: boolean;
  readonly tag: string;
  /** UTC milliseconds, the exchange's clock. */
  readonly updatedAt: number;
};

export type FillReport = {
  /** Unique within an instrument. */
  readonly tradeId: string;
  /** The exchange's running number of this record, for paging. */
  readonly billId: string;
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly leg: Leg;
  readonly liquidity: 'maker' | 'taker';
  readonly size: Size;
  readonly price: Price;
  /** Negative: paid. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly at: number;
};

/** `size` is negative when short, also of a short leg. In long/short mode an instrument may have two of them. */
export type PositionReport = {
  readonly instrument: InstrumentId;
  readonly leg: Leg;
  readonly size: Size;
  readonly averagePrice: Price | null;
  readonly liquidationPrice: Price | null;
};

export type BalanceReport = {
  readonly equityUsd: Usd;
  readonly currencies: readonly { readonly currency: string; readonly total: Decimal; readonly available: Decimal }[];
  readonly at: number;
};

/** One change of a balance of the trading account; a trade on spot writes two, one a currency. */
export type BillReport = {
  /** The exchange's running number, for paging: a larger one is later. */
  readonly billId: string;
  /**
   * `movement`: money came to the trading account or left it, and nothing was traded. `liquidation` and `deleveraging` are the exchange's
   * own trades; `other` is whatever twokey has no books for, interest among them.
   */
  readonly kind: 'movement' | 'trade' | 'liquidation' | 'deleveraging' | 'funding' | 'other';
  /** The exchange's numbers of kind and detail. */
  readonly type: string;
  readonly subType: string;
  readonly currency: string;
  /** Positive: came; negative: went. Fee and profit are in it. */
  readonly change: Decimal;
  /** What was there afterwards. */
  readonly balance: Decimal;
  /** Negative: paid. Zero where the exchange says that there is none. */
  readonly fee: Decimal;
  readonly profit: Decimal;
  readonly instrument: InstrumentId | null;
  /** Empty where no order caused it. */
  readonly exchangeOrderId: string;
  readonly clientOrderId: string;
  readonly tag: string;
  readonly tradeId: string;
  /** UTC milliseconds, the exchange's clock. */
  readonly at: number;
};

export type AccountConfigReport = {
  readonly uid: string;
  readonly mainUid: string;
  readonly accountLevel: string;
  readonly positionMode: string;
  readonly permissions: readonly string[];
  /** Addresses the key is bound to; empty when it is bound to none. */
  readonly addresses: readonly string[];
  readonly label: string;
  readonly autoLoan: boolean;
  readonly spotBorrow: boolean;
};

export type TickerReport = {
  readonly instrument: InstrumentId;
  readonly bid: Price;
  readonly ask: Price;
  readonly last: Price;
  /** Traded in 24 hours, in the instrument's trading unit; `null` where the exchange does not say. */
  readonly volume: Size | null;
  readonly at: number;
};
export type BookReport = {
  readonly instrument: InstrumentId;
  /** Best first and no price twice: price and size in the instrument's trading unit. */
  readonly bids: readonly (readonly [Price, Size])[];
  readonly asks: readonly (readonly [Price, Size])[];
  readonly at: number;
};
export type CandleReport = {
  readonly at: number;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: Decimal;
};

/** The answer to a read. `absent` is the exchange's definitive "no such order" or stop order; `failed` proves nothing. */
export type ReadReport =
  | { readonly kind: 'order'; readonly order: OrderReport }
  | { readonly kind: 'absent' }
  | { readonly kind: 'orders'; readonly orders: readonly OrderReport[] }
  | { readonly kind: 'protection'; readonly protection: ProtectionReport }
  | { readonly kind: 'protections'; readonly protections: readonly ProtectionReport[] }
  | { readonly kind: 'algo_orders'; readonly orders: readonly AlgoOrderReport[] }
  | { readonly kind: 'fills'; readonly fills: readonly FillReport[] }
  | { readonly kind: 'positions'; readonly positions: readonly PositionReport[] }
  | { readonly kind: 'balance'; readonly balance: BalanceReport }
  /** What lies in the funding account, where no trade reaches it. */
  | { readonly kind: 'funding_balances'; readonly currencies: BalanceReport['currencies'] }
  | { readonly kind: 'bills'; readonly bills: readonly BillReport[] }
  | { readonly kind: 'account_config'; readonly config: AccountConfigReport }
  | { readonly kind: 'leverage'; readonly leverage: Decimal }
  /** Rows whose combination of fields is unknown are left out and counted. */
  | { readonly kind: 'instruments'; readonly instruments: readonly Instrument[]; readonly refused: number }
  | { readonly kind: 'ticker'; readonly ticker: TickerReport }
  | { readonly kind: 'book'; readonly book: BookReport }
  | { readonly kind: 'candles'; readonly candles: readonly CandleReport[] }
  | { readonly kind: 'price'; readonly price: Price; readonly at: number }
  /** Of a position's value; positive: longs pay shorts at `paidAt`. */
  | { readonly kind: 'funding_rate'; readonly rate: Ratio; readonly paidAt: number; readonly at: number }
  | { readonly kind: 'time'; readonly at: number }
  /** `code` is the exchange's own, where it said no with one. */
  | { readonly kind: 'failed'; readonly cause: string; readonly code?: string };
