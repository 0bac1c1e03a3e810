import { decimal, multiply } from '../money/decimal.ts';
import type { Ratio, Usd } from '../money/units.ts';
import type { Instrument } from './instrument.ts';

/** What a regular account of the first level pays for taking: 0.1 % on spot, 0.05 % on derivatives (reference/okx-endpoints.md, trade-fee). */
const spotTaker = decimal('0.001');
const derivativeTaker = decimal('0.0005');

/** What it pays for being taken from: 0.08 % and 0.02 %. */
const spotMaker = decimal('0.0008');
const derivativeMaker = decimal('0.0002');

/** The share of a fill's worth that is the most that a regular account of the first level pays. Accounts of higher levels pay less. */
export function mostCharged({ kind }: Instrument, liquidity: 'maker' | 'taker'): Ratio {
  if (kind === 'spot') return liquidity === 'maker' ? spotMaker : spotTaker;
  return liquidity === 'maker' ? derivativeMaker : derivativeTaker;
}

/** What an order that is worth `worthUsd` and executes at once is likely to cost in fees. For telling beforehand; fills carry what it was. */
export function takerFeeUsd({ instrument, worthUsd }: { readonly instrument: Instrument; readonly worthUsd: Usd }): Usd {
  return multiply(worthUsd, instrument.kind === 'spot' ? spotTaker : derivativeTaker);
}
