import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
import type { Side } from './intent.ts';

/** What the exchange says. Text that came from it never leaves these values but as a bounded code. */

/**
 * The three outcomes of a write. Whatever is not on the list of definitive codes is unknown (reference/okx-errors.md).
 * `exchangeOrderId` numbers the order, or the stop order where the write is about one.
 */
export type WriteReport =
  | { readonly kind: 'accepted'; readonly exchangeOrderId: string }
  | { readonly kind: 'rejected'; readonly code: string }
  | { readonly kind: 'unknown'; readonly cause: string };

/** One order as the exchange tells it. `clientOrderId` is empty for orders of others. */
export type OrderReport = {
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  /** Our id of the stop order that sent this one; empty for every other. */
  readonly algoClientOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly size: Size;
  readonly price: Price | null;
  readonly filled: Size;
  readonly averagePrice: Price | null;
  readonly state: 'live' | 'partially_filled' | 'filled' | 'cancelled';
  readonly reduceOnly: boolean;
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

export type FillReport = {
  /** Unique within an instrument. */
  readonly tradeId: string;
  /** The exchange's running number of this record, for paging. */
  readonly billId: string;
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly size: Size;
  readonly price: Price;
  /** Negative: paid. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly at: number;
};

/** Net mode: `size` is negative when short. */
export type PositionReport = {
  readonly instrument: InstrumentId;
  readonly size: Size;
  readonly averagePrice: Price | null;
  readonly liquidationPrice: Price | null;
};

export type BalanceReport = {
  readonly equityUsd: Usd;
  readonly currencies: readonly { readonly currency: string; readonly total: Decimal; readonly available: Decimal }[];
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
  | { readonly kind: 'fills'; readonly fills: readonly FillReport[] }
  | { readonly kind: 'positions'; readonly positions: readonly PositionReport[] }
  | { readonly kind: 'balance'; readonly balance: BalanceReport }
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
  | { readonly kind: 'failed'; readonly cause: string };
