import { one } from '../money/decimal.ts';
import type { Ratio } from '../money/units.ts';

const dollarLike: readonly string[] = ['USD', 'USDT', 'USDC'];

/** US dollars that one of a currency counts as in profit and loss: one for dollars and the coins that stand for them, `null` for all others. */
export function dollarsPer(currency: string): Ratio | null {
  return dollarLike.includes(currency) ? one : null;
}
