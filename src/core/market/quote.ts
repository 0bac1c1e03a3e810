import type { Price, Ratio, Size } from '../money/units.ts';
import type { Book } from './book.ts';
import type { InstrumentId } from './instrument.ts';

/**
 * What is known of the market of one instrument at one time. Not journaled by itself: a decision carries what it used of it. Replaced whole, so
 * that its parts do not contradict each other by their age; a part that could not be read is `null`, which refuses entries and no exit.
 */
export type Quote = {
  readonly instrument: InstrumentId;
  readonly bid: Price;
  readonly ask: Price;
  readonly last: Price;
  /** `null` where the exchange has no mark price (spot). */
  readonly mark: Price | null;
  /** `null` where the exchange has no index. */
  readonly index: Price | null;
  /** What was traded in 24 hours, in the instrument's trading unit; `null` where the exchange does not say. */
  readonly volume: Size | null;
  readonly book: Book | null;
  /** Where the reference price has been lately; `null` while there has been none. */
  readonly range: PriceRange | null;
  /** The exchange's own time of the ticker, UTC milliseconds by the exchange's clock. */
  readonly at: number;
  /** When the answer arrived, UTC milliseconds by the gateway's estimate of the exchange's clock. */
  readonly receivedAt: number;
};

/** The lowest and the highest reference price of the last five minutes, or of what there is of them since the first price of this start. */
export type PriceRange = {
  readonly lowest: Price;
  readonly highest: Price;
  /** The oldest price in it, UTC milliseconds. */
  readonly since: number;
};

/** What is paid between longs and shorts of a swap at its next funding. */
export type Funding = {
  /** Of the position's value, for one period; positive: longs pay. */
  readonly rate: Ratio;
  /** When it is paid, UTC milliseconds by the exchange's clock. */
  readonly paidAt: number;
  /** UTC milliseconds: the older of the exchange's own time of it and of the question. */
  readonly at: number;
};
