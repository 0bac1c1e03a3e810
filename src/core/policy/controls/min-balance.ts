import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare, divideDown, formatDecimal, one } from '../../money/decimal.ts';
import { usd } from '../words.ts';

/** Refuses every entry while the account holds less than the limit, or nobody knows how much: what has nearly nothing left opens nothing. */
export function minBalance({ question: { policy }, situation: { equityUsd } }: Proposal): Refusal | null {
  if (equityUsd === null) return refusal('STALE_DATA', 'the equity of the account is not known');
  if (compare(equityUsd, policy.minBalance) >= 0) return null;
  // Rounded down: an equity that is below its minimum never reads as equal to it.
  const equity = formatDecimal(divideDown({ dividend: equityUsd, divisor: one, digits: 2 }));
  return refusal('MIN_BALANCE', `the account holds ${equity} USD, less than the ${usd(policy.minBalance)} below which nothing is opened`, {
    name: 'min_balance',
    max: formatDecimal(policy.minBalance),
    used: equity,
    unit: 'USD',
  });
}
