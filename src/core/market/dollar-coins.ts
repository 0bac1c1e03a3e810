import { compare, type Decimal, decimal, divideDown, divideUp, minimum, multiply, one } from '../money/decimal.ts';
import type { Ratio, Usd } from '../money/units.ts';
import type { Instrument } from './instrument.ts';

// Coins that are meant to be worth a dollar, and mostly are. They are never taken for dollars: as exposure a coin counts max(1, price), as
// collateral min(1, price), so that a coin that has lost its dollar is counted against us both ways (reference/risk.md §4.4).

/** Coins that instruments are quoted in instead of US dollars. */
export const dollarCoins: readonly string[] = ['USDT', 'USDC'];

/** What one coin costs in US dollars. */
export type CoinPrice = {
  readonly price: Decimal;
  /** UTC milliseconds: the older of the exchange's own time of it and of the question. */
  readonly at: number;
};
export type CoinPrices = ReadonlyMap<string, CoinPrice>;

/** A coin's price is an index over exchanges and moves slowly; one older than this is not known. */
export const COIN_PRICE_AGE_MAX_MILLISECONDS = 60_000;
/** Outside of these it is a mistake, or no dollar coin any more. */
const lowest = decimal('0.5');
const highest = decimal('1.5');

/** The coin in whose price the worth of an instrument is told; `null` where that is US dollars themselves. */
export function coinOf(instrument: Instrument): string | null {
  return dollarCoins.includes(instrument.quote) ? instrument.quote : null;
}

export type CoinReading =
  | { readonly kind: 'known'; readonly price: Decimal }
  | { readonly kind: 'missing' }
  | { readonly kind: 'old'; readonly ageMilliseconds: number }
  | { readonly kind: 'absurd'; readonly price: Decimal };

export type CoinQuestion = { readonly prices: CoinPrices; readonly now: number };

/** What is known of a coin's price now; of `null`, US dollars, that it is one. */
export function readCoin(coin: string | null, { prices, now }: CoinQuestion): CoinReading {
  if (coin === null) return { kind: 'known', price: one };
  const found = prices.get(coin);
  if (found === undefined) return { kind: 'missing' };
  const ageMilliseconds = now - found.at;
  if (!(ageMilliseconds <= COIN_PRICE_AGE_MAX_MILLISECONDS)) return { kind: 'old', ageMilliseconds };
  const { price } = found;
  return compare(price, lowest) < 0 || compare(price, highest) > 0 ? { kind: 'absurd', price } : { kind: 'known', price };
}

const RATE_DIGITS = 8;

/** What exposure of one coin counts as, in US dollars: max(1, price), rounded up to eight decimals. `null` where the price is not known. */
export function exposureRate(coin: string | null, question: CoinQuestion): Ratio | null {
  const reading = readCoin(coin, question);
  if (reading.kind !== 'known') return null;
  const { price } = reading;
  if (compare(price, one) <= 0) return one;
  return price.scale <= RATE_DIGITS ? price : divideUp({ dividend: price, divisor: one, digits: RATE_DIGITS });
}

/**
 * Equity that the exchange tells in US dollars, with the coin counted at min(1, price). The exchange tells it at the coin's price (recorded: 0.9997 a
 * USDT), and one that counted a coin as a dollar would look the same: the lower of both readings is taken. `null` where the price is not known.
 */
export function collateralUsd(told: Usd, coin: string | null, question: CoinQuestion): Usd | null {
  const reading = readCoin(coin, question);
  if (reading.kind !== 'known') return null;
  const side = compare(reading.price, one);
  if (side === 0) return told;
  const [dividend, divisor] = side < 0 ? [multiply(told, reading.price), one] : [told, reading.price];
  return minimum(divideDown({ dividend, divisor, digits: RATE_DIGITS }), told);
}
