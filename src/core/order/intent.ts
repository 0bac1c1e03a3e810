import type { Brand } from '../lang/brand.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Price, Size, Usd } from '../money/units.ts';
import type { ClientOrderId } from './identity.ts';

/** The name under which an agent or the operator acts: `[a-z0-9-]{1,32}`. */
export type Principal = Brand<string, 'Principal'>;
/** The asker's own name of a wish: 1 to 64 of `A-Z a-z 0-9 . _ : -`. One wish happens once. */
export type IntentId = Brand<string, 'IntentId'>;
export type Side = 'buy' | 'sell';
export type QuantityUnit = 'base' | 'contracts' | 'quote' | 'usd';
export type IntentType = 'market' | 'limit' | 'post_only' | 'ioc';

type Asked = {
  readonly principal: Principal;
  readonly intentId: IntentId;
  readonly reason: string;
  readonly evidence: readonly string[];
  /** The agent's own label of its strategy; empty where it gave none. */
  readonly strategy: string;
};

export type PlaceIntent = Asked & {
  readonly kind: 'place';
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly type: IntentType;
  readonly quantity: Decimal;
  readonly quantityUnit: QuantityUnit;
  /** `null` for market orders. */
  readonly price: Price | null;
  readonly reduceOnly: boolean;
  readonly takeProfit: Price | null;
  readonly stopLoss: Price | null;
  /** What the asker believes the order is worth; required unless the unit is usd. */
  readonly expectedNotionalUsd: Usd | null;
};

export type CloseIntent = Asked & {
  readonly kind: 'close';
  readonly instrument: InstrumentId;
  /** Contracts on derivatives, base on spot; `null` closes everything the asker may close. */
  readonly quantity: Decimal | null;
};

export type CancelIntent = Asked & {
  readonly kind: 'cancel';
  readonly target:
    | { readonly kind: 'all' }
    | { readonly kind: 'instrument'; readonly instrument: InstrumentId }
    | { readonly kind: 'order'; readonly clientOrderId: ClientOrderId };
};

/** A resting order is to become another. No tool offers it yet; it is decided as new exposure (reference/risk.md §4.6). */
export type AmendIntent = Asked & {
  readonly kind: 'amend';
  readonly clientOrderId: ClientOrderId;
  /** The new total, what has executed included; `null` leaves it. */
  readonly size: Size | null;
  /** `null` leaves it. */
  readonly price: Price | null;
  /** What the asker believes the rest of the order is worth then. */
  readonly expectedNotionalUsd: Usd | null;
};

export type HaltIntent = Asked & { readonly kind: 'halt' };

/** A wish that may change something. */
export type Intent = PlaceIntent | CloseIntent | CancelIntent | HaltIntent;
