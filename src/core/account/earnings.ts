import type { Instrument } from '../market/instrument.ts';
import { add, type Decimal, divideDown, isZero, multiply, negate, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import type { PositionKey } from '../order/leg.ts';
import { type Course, noCourse } from './course.ts';
import { noSlips, type Slip } from './slippage.ts';

/**
 * What twokey's own trading paid and received, from booked fills alone. Holdings that were there before and transfers in or out are no fills, so that
 * they count for nothing here; that is what "net of transfers" means (reference/risk.md §4.7, DESIGN §3.7). With what is held now at its price this
 * is the managed equity: zero before the first fill.
 */
export type Earnings = {
  /** Whether any fill was booked. Before that there is nothing to value and nothing to mark. */
  readonly begun: boolean;
  /** By currency: what fills paid (negative) and received, fees included. */
  readonly cash: ReadonlyMap<string, Decimal>;
  /** By inverse position that is held: the same in the coin that it settles in. Together with the position it is worth coin × mark − contracts. */
  readonly coins: ReadonlyMap<PositionKey, Decimal>;
  readonly course: Course;
  /** The newest entries with a fill, oldest first. */
  readonly slips: readonly Slip[];
};

/** Before the first fill. */
export const noEarnings: Earnings = { begun: false, cash: new Map(), coins: new Map(), course: noCourse, slips: noSlips };

export type BookedFill = {
  readonly instrument: Instrument;
  readonly position: PositionKey;
  readonly side: Side;
  readonly size: Size;
  readonly price: Price;
  /** Negative: paid. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
  /** What is held in that position once the fill is booked. */
  readonly held: Size;
};

/** A coin has at most eighteen digits anywhere; what is lost below them is lost against us. */
const COIN_DIGITS = 18;

/**
 * Adds a fill. Exact but for inverse contracts, where contracts ÷ price is rounded down. A spot fee in the base currency is not in here: it made
 * the position smaller. An inverse contract that is closed leaves its profit in coin, which nobody trades from then on: it counts as the dollars
 * that it was worth at the closing price, so that a coin's later price is no loss of the agent's, and no price is needed of what is not held.
 */
export function withFill(before: Earnings, fill: BookedFill): Earnings {
  const { instrument, price, fee, feeCurrency } = fill;
  const signed = fill.side === 'buy' ? fill.size : negate(fill.size);
  const cash = new Map(before.cash);
  if (instrument.kind !== 'inverse') {
    const units = instrument.kind === 'spot' ? signed : multiply(signed, instrument.contractValue);
    credit(cash, instrument.kind === 'spot' ? instrument.quote : instrument.settle, negate(multiply(units, price)));
    if (instrument.kind !== 'spot' || feeCurrency !== instrument.base) credit(cash, feeCurrency, fee);
    return { ...before, begun: true, cash };
  }
  const coins = new Map(before.coins);
  credit(coins, fill.position, divideDown({ dividend: multiply(signed, instrument.contractValue), divisor: price, digits: COIN_DIGITS }));
  if (feeCurrency === instrument.settle) credit(coins, fill.position, fee);
  else credit(cash, feeCurrency, fee);
  if (isZero(fill.held)) {
    credit(cash, instrument.quote, multiply(coins.get(fill.position) ?? zero, price));
    coins.delete(fill.position);
  }
  return { ...before, begun: true, cash, coins };
}

function credit<Key>(amounts: Map<Key, Decimal>, key: Key, amount: Decimal): void {
  amounts.set(key, add(amounts.get(key) ?? zero, amount));
}
