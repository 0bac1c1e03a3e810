import { err, ok, type Result } from '../lang/result.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { compare, type Decimal, decimal, divideDown, formatDecimal, maximum, multiply, one, roundUpToStep } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import { defaultPolicy, type Policy } from './policy.ts';

export type ProfileQuestion = {
  /** What the account holds and nothing else does: the whole of it is what may be lost. */
  readonly equityUsd: Usd;
  /** The one spot pair that is traded at first. */
  readonly instrument: InstrumentId;
  /** The worth of the smallest order that the exchange takes. */
  readonly minimumUsd: Usd;
};

/** Shares of the equity; with 300 USD they are 15, 40, 90, 6, 25 and 250 USD. */
const shares = {
  order: decimal('0.05'),
  position: decimal('0.134'),
  exposure: decimal('0.3'),
  dailyLoss: decimal('0.02'),
  drawdown: decimal('0.084'),
  minBalance: decimal('0.834'),
};

/** An order has to be worth more than the smallest, so that what it bought can be sold again after fees and a fall. */
const ROOM_ABOVE_MINIMUM = decimal('1.2');
/** More than this in the account was not meant to be risked. */
const ROOM_ABOVE_EQUITY = decimal('1.5');
/** A position is built in at least so many of the smallest orders. */
const STEPS_MIN = decimal('2.5');
const two = decimal('2');

/**
 * The limits with which a small account goes live: whole dollars, rounded down, from the equity and from what the exchange takes at least. Cautious
 * at every point where the defaults leave room (reference/risk.md §6.4, stage LIVE-0). Refused where the smallest order of the exchange would be
 * more than two fifths of the largest position: such an account cannot be traded in steps.
 */
export function smallAccountProfile({ equityUsd, instrument, minimumUsd }: ProfileQuestion): Result<Policy> {
  const share = (part: Decimal): Usd => divideDown({ dividend: multiply(equityUsd, part), divisor: one, digits: 0 });
  const position = share(shares.position);
  const smallest = roundUpToStep({ value: multiply(minimumUsd, ROOM_ABOVE_MINIMUM), step: one });
  const order = maximum(share(shares.order), smallest);
  if (compare(multiply(order, STEPS_MIN), position) > 0) {
    const told = `${formatDecimal(equityUsd)} USD`;
    return err(
      `an account of ${told} is too small for ${instrument}: an order has to be worth ${formatDecimal(order)} USD, and a position at most ${formatDecimal(position)} USD`,
    );
  }
  return ok({
    ...defaultPolicy('live'),
    instruments: [instrument],
    maxOrderSize: order,
    maxPositionSize: position,
    maxUnderlyingExposure: position,
    maxTotalExposure: share(shares.exposure),
    maxOpenPositions: 1,
    maxOpenOrders: 3,
    maxDailyTrades: 6,
    maxDailyLoss: share(shares.dailyLoss),
    maxDrawdown: share(shares.drawdown),
    maxLeverage: two,
    maxMarginShare: decimal('0.5'),
    minLiquidationDistance: decimal('0.4'),
    maxAccountEquity: share(ROOM_ABOVE_EQUITY),
    minBalance: share(shares.minBalance),
    maxOrderRate: { perSecond: 1, perMinute: 10 },
    maxSameSide: { per10Minutes: 2, perHour: 4 },
    requireStop: 'derivatives',
  });
}
