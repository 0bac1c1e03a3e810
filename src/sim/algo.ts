import type { Decimal } from '../core/money/decimal.ts';

/** What a trigger is compared with. */
export type TriggerPrice = 'last' | 'mark' | 'index';

/** One leg of a stop order: when `triggerPx` is reached an order goes out, at market where `orderPx` is undefined. */
export type Leg = { readonly triggerPx: Decimal; readonly type: TriggerPrice; readonly orderPx: Decimal | undefined };

export type Legs = { readonly takeProfit: Leg | undefined; readonly stopLoss: Leg | undefined };

/** What a client attaches to an order: legs, or a take-profit that is to rest as an order of its own. */
export type Attachment = Legs & {
  readonly algoClOrdId: string;
  /** The price of a take-profit of kind limit, which waits for no trigger. */
  readonly limitPx: Decimal | undefined;
  /** The part of the order that a split take-profit closes; undefined: all of it. */
  readonly sz: Decimal | undefined;
};

/** Legs that an order carries until it is filled; then they become stop orders and orders of their own. */
export type Attached = Attachment & {
  readonly attachAlgoId: string;
  /** The stop order or order that came of a split or limit take-profit; empty before. */
  readonly begunAs: string;
  /** Why no stop order came of it; empty while nothing went wrong. */
  readonly failCode: string;
};

export type AlgoState = 'live' | 'effective' | 'canceled' | 'order_failed';

/** What a trigger order waits for; from below where `rises`. It may open as well as close. */
export type Trigger = Leg & { readonly rises: boolean };

/** A trailing stop: from the moment it is active it keeps the best price it saw, and is reached when the price falls back from it. */
export type Trail = {
  readonly callback: { readonly kind: 'ratio' | 'spread'; readonly value: Decimal };
  /** Undefined: active at once. */
  readonly activePx: Decimal | undefined;
  /** The best price since it is active; undefined before. */
  readonly best: Decimal | undefined;
};

export type AlgoKind = 'conditional' | 'oco' | 'trigger' | 'move_order_stop';

/** A stop order: one leg (`conditional`), or two of which one ends the other (`oco`); or an order that waits for a price. Each change is a new value under the same id. */
export type Algo = Legs & {
  readonly seq: number;
  readonly account: string;
  readonly algoId: string;
  readonly algoClOrdId: string;
  readonly tag: string;
  readonly instId: string;
  /** The side of the order that goes out when a leg is reached. */
  readonly side: 'buy' | 'sell';
  readonly posSide: 'net' | 'long' | 'short';
  readonly ordType: AlgoKind;
  readonly trigger: Trigger | undefined;
  readonly trail: Trail | undefined;
  /** What the order of a trigger order carries. */
  readonly attachment: readonly Attachment[];
  readonly tdMode: string;
  readonly tgtCcy: '' | 'base_ccy' | 'quote_ccy';
  /** Undefined: the whole position as it is when a leg is reached (closeFraction 1). */
  readonly sz: Decimal | undefined;
  readonly reduceOnly: boolean;
  /** Ends with the position that it closes. */
  readonly endsWithPosition: boolean;
  /** The order that it was attached to; empty for a stop order of its own. */
  readonly parent: string;
  readonly origin: 'api' | 'external' | 'algo' | 'liquidation' | 'adl' | 'delivery';
  readonly state: AlgoState;
  /** Which leg was reached, and with what size; empty before. */
  readonly actualSide: '' | 'tp' | 'sl';
  readonly actualSz: Decimal | undefined;
  readonly triggerTime: number | undefined;
  /** The order that went out. */
  readonly ordId: string;
  /** The limit take-profit that rests beside a stop; empty where there is none. */
  readonly linkedOrdId: string;
  readonly failCode: string;
  /** The last price when it was placed. */
  readonly last: Decimal;
  readonly lever: string;
  readonly cTime: number;
  readonly uTime: number;
};
