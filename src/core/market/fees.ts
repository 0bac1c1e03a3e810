import { decimal, multiply } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { Instrument } from './instrument.ts';

/** What a regular account of the first level pays for taking: 0.1 % on spot, 0.05 % on derivatives (reference/okx-endpoints.md, trade-fee). */
const spotTaker = decimal('0.001');
const derivativeTaker = decimal('0.0005');

/** What an order that is worth `worthUsd` and executes at once is likely to cost in fees. For telling beforehand; fills carry what it was. */
export function takerFeeUsd({ instrument, worthUsd }: { readonly instrument: Instrument; readonly worthUsd: Usd }): Usd {
  return multiply(worthUsd, instrument.kind === 'spot' ? spotTaker : derivativeTaker);
}
