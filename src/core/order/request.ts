import type { InstrumentId, Product } from '../market/instrument.ts';
import type { ClientOrderId, OrderTerms } from './order.ts';

/** Everything twokey ever asks an exchange, in its own words. A venue turns it into bytes; the vault signs only what its table allows. */
export type ExchangeRequest = Write | Read;

/** A request that changes something at the exchange. */
export type Write =
  | { readonly kind: 'place'; readonly clientOrderId: ClientOrderId; readonly terms: OrderTerms; readonly expiresAt: number }
  | { readonly kind: 'cancel'; readonly instrument: InstrumentId; readonly clientOrderId: ClientOrderId };

/** A request that reads. `instruments` to `time` are public and not signed. */
export type Read =
  | { readonly kind: 'order'; readonly instrument: InstrumentId; readonly clientOrderId: ClientOrderId }
  | { readonly kind: 'pending'; readonly olderThan: string }
  | {
      readonly kind: 'orders_history';
      readonly product: Product;
      readonly instrument: InstrumentId;
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
  | { readonly kind: 'account_config' }
  | { readonly kind: 'leverage'; readonly instrument: InstrumentId }
  | { readonly kind: 'instruments'; readonly product: 'spot' | 'swap' }
  | { readonly kind: 'ticker'; readonly instrument: InstrumentId }
  | { readonly kind: 'book'; readonly instrument: InstrumentId; readonly depth: number }
  | { readonly kind: 'candles'; readonly instrument: InstrumentId; readonly bar: string; readonly count: number }
  | { readonly kind: 'mark_price'; readonly instrument: InstrumentId }
  | { readonly kind: 'index'; readonly pair: string }
  | { readonly kind: 'funding_rate'; readonly instrument: InstrumentId }
  | { readonly kind: 'time' };
