import type { Price } from '../money/units.ts';
import type { InstrumentId } from './instrument.ts';

/** The latest prices of one instrument. Not journaled by itself: a decision carries the quote it used. */
export type Quote = {
  readonly instrument: InstrumentId;
  readonly bid: Price;
  readonly ask: Price;
  readonly last: Price;
  /** `null` where the exchange has no mark price (spot). */
  readonly mark: Price | null;
  /** `null` where the exchange has no index. */
  readonly index: Price | null;
  /** The exchange's own time of the ticker, UTC milliseconds by the exchange's clock. */
  readonly at: number;
  /** When the answer arrived, UTC milliseconds by the gateway's estimate of the exchange's clock. */
  readonly receivedAt: number;
};
