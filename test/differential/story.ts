// The plain words that a history is told in. Amounts are decimal texts, times are milliseconds; neither the oracle nor what it judges is
// named here, so that both can be told the same.

export type Side = 'buy' | 'sell';
export type Leg = 'net' | 'long' | 'short';
export type Unit = 'base' | 'contracts' | 'quote' | 'usd';
export type WishType = 'market' | 'limit' | 'post_only' | 'ioc';

export type Listed = {
  readonly id: string;
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  readonly tick: string;
  readonly lot: string;
  readonly minimum: string;
  readonly maximum: string;
  /** Of dated futures. */
  readonly expiry: number | null;
  /** Base currency of a linear contract, dollars of an inverse one; `1` on spot. */
  readonly contractValue: string;
  readonly tradable: boolean;
};

export type Prices = {
  readonly bid: string;
  readonly ask: string;
  readonly last: string;
  readonly mark: string | null;
  readonly index: string | null;
  /** Traded in a day, in the trading unit. */
  readonly volume: string | null;
  /** Where the price was in the last five minutes. */
  readonly range: { readonly lowest: string; readonly highest: string } | null;
  readonly book: Book | null;
};

/** Each side best first: prices, and what rests there. */
export type Book = { readonly bids: readonly Level[]; readonly asks: readonly Level[] };
export type Level = readonly [price: string, size: string];

/** The policy of every agent, under the keys of the file. Shares as plain decimals, durations in milliseconds. */
export type Limits = {
  readonly instruments: readonly string[];
  readonly order_types: readonly WishType[];
  readonly sides: readonly Side[];
  readonly quiet_hours: readonly string[];
  readonly max_order_size: string;
  readonly max_position_size: string;
  readonly max_underlying_exposure: string;
  readonly max_total_exposure: string;
  readonly max_open_positions: number;
  readonly max_open_orders: number;
  readonly max_daily_trades: number;
  readonly max_daily_loss: string;
  readonly max_drawdown: string;
  readonly max_leverage: string;
  readonly max_margin_share: string;
  readonly min_liquidation_distance: string;
  readonly max_account_equity: string;
  readonly min_balance: string;
  readonly price_collar: string;
  readonly exit_collar: string;
  readonly per_second: number;
  readonly per_minute: number;
  readonly per_10_minutes: number;
  readonly per_hour: number;
  readonly duplicate_window: number;
  readonly max_data_age: number;
  readonly max_spread: string;
  readonly max_book_share: string;
  readonly max_volume_share: string;
  readonly max_price_move: string;
  readonly max_divergence: string;
  readonly max_funding_rate: string;
  readonly require_reason: boolean;
  readonly require_stop: 'never' | 'derivatives' | 'always';
  readonly min_stop_distance: string;
  /** `[approval] above`; `null`: never. */
  readonly approval_above: string | null;
  /** `[approval] first_of_kind`. */
  readonly approval_first: boolean;
};

/** What there is before the first event. */
export type Setup = {
  readonly at: number;
  readonly booted: boolean;
  /** Whether the stage of the account lets anything be opened: a live one that nobody promoted does not. */
  readonly opens: boolean;
  readonly positionMode: 'net' | 'long_short';
  readonly instruments: readonly Listed[];
  readonly limits: Limits;
  /** Agents that may close what others opened. */
  readonly sharing: readonly string[];
  readonly prices: Readonly<Record<string, Prices>>;
  readonly leverage: Readonly<Record<string, string>>;
  readonly funds: Funds;
  readonly baseline: { readonly currencies: Readonly<Record<string, string>>; readonly contracts: Readonly<Record<string, string>> };
};

export type Funds = { readonly equity: string; readonly available: Readonly<Record<string, string>> };

/** How the world is seen at the moment of a wish, where that is not whole and fresh. */
export type Seen = {
  /** Instruments without any price. */
  readonly missing: readonly string[];
  /** How old prices are by the exchange's clock, and since they arrived. */
  readonly age: Readonly<Record<string, number>>;
  readonly received: Readonly<Record<string, number>>;
  /** How old order books are, where not as young as can be. */
  readonly bookAge: Readonly<Record<string, number>>;
  /** Coins that are not worth exactly a dollar, as known just now; `null`: there is no price of it. */
  readonly coins: Readonly<Record<string, { readonly price: string; readonly age: number } | null>>;
  /** The next funding of swaps, where it is not small and hours away: in so many milliseconds. `null`: it is not known. */
  readonly funding: Readonly<Record<string, { readonly rate: string; readonly left: number; readonly age: number } | null>>;
  /** How old the balance is; `null`: there is none. */
  readonly fundsAge: number | null;
  readonly clockTrusted: boolean;
  readonly readOnly: boolean;
};

type Asked = { readonly id: number; readonly by: string; readonly reason: string; readonly seen: Seen };

export type Place = Asked & {
  readonly kind: 'place';
  readonly instrument: string;
  readonly side: Side;
  readonly type: WishType;
  readonly quantity: string;
  readonly unit: Unit;
  readonly price: string | null;
  readonly reduceOnly: boolean;
  readonly takeProfit: string | null;
  readonly stopLoss: string | null;
  readonly expected: string | null;
};

export type Close = Asked & { readonly kind: 'close'; readonly instrument: string; readonly quantity: string | null };

/** `order` is the name of an order: the number of the wish that it came from, with an `s` behind it for its stop order. */
export type Amend = Asked & {
  readonly kind: 'amend';
  readonly order: string;
  /** In total, what has executed included. */
  readonly size: string | null;
  readonly price: string | null;
  readonly expected: string | null;
};

/** A person agrees to an order that waits: it is decided anew as it was shown. */
export type Agree = Pick<Asked, 'id' | 'seen'> & { readonly kind: 'agree'; readonly to: number };

export type Wish = Place | Close | Amend | Agree;

/** What is heard of one order. */
export type News =
  | {
      readonly kind: 'accepted' | 'rejected' | 'not_sent' | 'unknown' | 'not_found' | 'absent' | 'cancelling' | 'triggered';
      readonly order: string;
    }
  | { readonly kind: 'armed'; readonly order: string; readonly size: string }
  | {
      readonly kind: 'reported';
      readonly order: string;
      readonly state: 'live' | 'partially_filled' | 'filled' | 'cancelled';
      readonly filled: string;
    }
  | {
      readonly kind: 'fill';
      readonly order: string;
      readonly size: string;
      readonly price: string;
      readonly fee: string;
      readonly feeCurrency: string;
    }
  | { readonly kind: 'amended'; readonly order: string; readonly outcome: 'applied' | 'refused' };

/** What happens to the account and around it. */
export type Change =
  | { readonly kind: 'mode'; readonly to: 'ACTIVE' | 'REDUCE_ONLY' | 'HALTED'; readonly by: string }
  | { readonly kind: 'freeze' | 'thaw'; readonly subject: string }
  /** From here on no person can be told of anything, or again one can. */
  | { readonly kind: 'silence'; readonly isThere: boolean }
  | { readonly kind: 'restart' | 'booted' }
  | { readonly kind: 'prices'; readonly instrument: string; readonly prices: Prices }
  | { readonly kind: 'funds'; readonly funds: Funds }
  /** What twokey's own trading is worth is written down. */
  | { readonly kind: 'marked'; readonly usd: string }
  | { readonly kind: 'leverage'; readonly instrument: string; readonly set: string | null };

/** One thing that happens, this many milliseconds after the one before. */
export type Event = (Wish | News | Change) & { readonly after: number };

export type History = { readonly seed: number; readonly setup: Setup; readonly events: readonly Event[] };
