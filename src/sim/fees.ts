import { type Decimal, decimal, multiply, one } from '../core/money/decimal.ts';
import type { Instrument } from './instruments.ts';
import type { Account } from './state.ts';

/** What a level pays of what a regular user pays. */
// @rule fee-levels
const shares: Readonly<Record<string, Decimal>> = { Lv1: one, Lv2: decimal('0.8'), Lv3: decimal('0.6'), Lv4: decimal('0.4') };

export const feeLevels: readonly string[] = Object.keys(shares);

/** The shares of a trade's value that an account pays. */
export function ratesOf({ level }: Account, { makerRate, takerRate }: Instrument): { readonly maker: Decimal; readonly taker: Decimal } {
  const share = shares[level] ?? one;
  return { maker: multiply(makerRate, share), taker: multiply(takerRate, share) };
}
