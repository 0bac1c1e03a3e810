import { refusal, type Refusal, type Wish } from '../control.ts';
import { COIN_PRICE_AGE_MAX_MILLISECONDS, coinOf, readCoin } from '../../market/dollar-coins.ts';
import { formatDecimal } from '../../money/decimal.ts';
import { seconds } from '../words.ts';

/**
 * Refuses an entry on an instrument that is quoted in a coin whose price in US dollars is missing, old, or outside of 0.5 to 1.5. Every limit is in US
 * dollars, and a coin is not taken for one: it counts at least a dollar where it is risked, and at most one where it is what the account has.
 */
export function dollarPrice({ question: { circumstances }, instrument }: Wish): Refusal | null {
  const coin = instrument === undefined ? null : coinOf(instrument);
  const reading = readCoin(coin, { prices: circumstances.coinPrices, now: circumstances.now });
  switch (reading.kind) {
    case 'known':
      return null;
    case 'missing':
      return stale(`the price of ${coin ?? ''} in US dollars is not known yet`);
    case 'old':
      return stale(
        `the price of ${coin ?? ''} in US dollars is ${seconds(reading.ageMilliseconds)} old, at most ${seconds(COIN_PRICE_AGE_MAX_MILLISECONDS)} are allowed`,
      );
    case 'absurd':
      return stale(`${coin ?? ''} is said to cost ${formatDecimal(reading.price)} US dollars, which is no price of a dollar`);
  }
}

function stale(text: string): Refusal {
  return refusal('STALE_DATA', text);
}
