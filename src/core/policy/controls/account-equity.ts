import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare } from '../../money/decimal.ts';
import { usd, usdLimit } from '../words.ts';

/** Refuses every entry while the account holds more than the limit, or nobody knows how much: risk only what you mean to risk. */
export function accountEquity({ question: { circumstances, policy } }: Proposal): Refusal | null {
  const { funds } = circumstances;
  if (funds === null) return refusal('STALE_DATA', 'the equity of the account is not known');
  const max = policy.maxAccountEquity;
  if (compare(funds.equityUsd, max) <= 0) return null;
  return refusal(
    'MAX_ACCOUNT_EQUITY',
    `the account holds ${usd(funds.equityUsd)}, more than the ${usd(max)} that the policy means to risk`,
    usdLimit({ name: 'max_account_equity', max, used: funds.equityUsd }),
  );
}
