import type { Unreachable } from '../alert/alerting.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { CoinPrices } from '../market/dollar-coins.ts';
import type { Funding, Quote } from '../market/quote.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Size, Usd } from '../money/units.ts';
import type { Principal } from '../order/intent.ts';
import type { Leg, PositionKey, PositionMode } from '../order/leg.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import type { Activity } from '../policy/activity.ts';
import type { Freeze, Subject } from './freeze.ts';
import type { Mode } from './mode.ts';
import type { Earnings } from './earnings.ts';
import type { Standing } from './standing.ts';

/** What twokey manages of one instrument, from booked fills alone; the baseline is not in it. */
export type Position = {
  readonly instrument: InstrumentId;
  readonly leg: Leg;
  /** Contracts (negative: short, also of a short leg) on derivatives, base currency on spot. */
  readonly size: Size;
  /** Who opened how much of it; the sum is `size`. */
  readonly owners: ReadonlyMap<Principal, Size>;
  /** UTC milliseconds of the fill that opened it from flat. */
  readonly openedAt: number;
};

/** What `decide` sees of the state: a belief, kept by the fold over entries. */
export type Books = {
  readonly booting: boolean;
  readonly mode: Mode;
  readonly instruments: ReadonlyMap<InstrumentId, Instrument>;
  readonly positionMode: PositionMode;
  readonly positions: ReadonlyMap<PositionKey, Position>;
  /** Every order without evidence of its end: submitting, unknown, working, settling. */
  readonly openOrders: ReadonlyMap<ClientOrderId, Order>;
  /** What was there before twokey: base currency of spot pairs by currency, contracts by position. Not for agents to sell. */
  readonly baseline: { readonly currencies: ReadonlyMap<string, Decimal>; readonly contracts: ReadonlyMap<PositionKey, Size> };
  readonly activity: Activity;
  /** Instruments and agents that open nothing until the operator thaws them. */
  readonly frozen: ReadonlyMap<Subject, Freeze>;
  readonly earnings: Earnings;
  readonly standing: Standing;
  /** Since when, and why, no person can be told of anything; `null` where somebody can, and where nobody wants to be. */
  readonly unreachable: Unreachable | null;
};

/** What is known of the world at the moment of a decision; not part of the state, and missing values fail closed. */
export type Circumstances = {
  /** UTC milliseconds by the gateway's estimate of the exchange's clock. */
  readonly now: number;
  /** Whether that estimate is good: the exchange's clock was read lately, and the host's is near it. Without it nothing is opened. */
  readonly clockTrusted: boolean;
  readonly readOnly: boolean;
  readonly quotes: ReadonlyMap<InstrumentId, Quote>;
  /** `null` while no balance has been read. */
  readonly funds: Funds | null;
  /** The leverage set at the exchange, by derivative instrument; missing: not read. */
  readonly leverage: ReadonlyMap<InstrumentId, Decimal>;
  /** The next funding of each swap; missing: not read. */
  readonly funding: ReadonlyMap<InstrumentId, Funding>;
  /** What coins that stand for a dollar cost in US dollars; missing: not read. */
  readonly coinPrices: CoinPrices;
};

export type Funds = {
  readonly equityUsd: Usd;
  /** By currency, what the exchange says can be used now. */
  readonly available: ReadonlyMap<string, Decimal>;
  readonly at: number;
};
