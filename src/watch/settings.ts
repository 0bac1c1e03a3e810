import type { Decimal } from '../core/money/decimal.ts';

/** What is watched for, in US dollars. */
export type Limits = {
  /** Worst case over everything, no netting. */
  readonly maxTotalExposure: Decimal;
  /** Worst case of one instrument, or of one currency on spot. */
  readonly maxPositionSize: Decimal;
  /** Below the first equity seen of this UTC day. */
  readonly maxDailyLoss: Decimal;
  /** Below the highest equity ever seen. */
  readonly maxDrawdown: Decimal;
};

export type Settings = {
  readonly limits: Limits;
  readonly everyMilliseconds: number;
  /** How long gateway and exchange may disagree, or the gateway be silent. */
  readonly graceMilliseconds: number;
  /** How long the exchange may stay unseen. */
  readonly blindMilliseconds: number;
};
