import type { Brand } from '../lang/brand.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
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
  /** Of a close that the gateway itself asks for where both legs are held; an agent says which with place_order. */
  readonly leg?: 'net' | 'long' | 'short';
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

/** Stop orders for what the asker holds: at least one of the two. `null` leaves what is there. */
export type ProtectIntent = Asked & {
  readonly kind: 'protect';
  readonly instrument: InstrumentId;
  readonly takeProfit: Price | null;
  readonly stopLoss: Price | null;
};

/** What an instrument shall be worth, as a share of the base from -1 to 1; below zero is short, and only derivatives can be. */
export type Target = { readonly instrument: InstrumentId; readonly weight: Ratio };

/** Several orders decided as one: what the asker holds of the named instruments becomes what the weights say. Others stay as they are. */
export type RebalanceIntent = Asked & {
  readonly kind: 'rebalance';
  /** One to ten, each instrument once; without their signs the weights add up to one at most. */
  readonly targets: readonly Target[];
  /** What the weights are shares of: said by the asker, so that the size is stated and not found out. */
  readonly baseUsd: Usd;
  /** Differences worth less than this are left as they are; `null`: only what the exchange would not trade is. */
  readonly minTradeUsd: Usd | null;
  /** Only asked about: nothing is reserved or sent. */
  readonly dryRun: boolean;
};

/** A wish that may change something. */
export type Intent = PlaceIntent | CloseIntent | CancelIntent | HaltIntent | ProtectIntent | RebalanceIntent;
