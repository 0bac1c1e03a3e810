import { type Proposal, refusal, type Refusal } from '../control.ts';
import { add, compare } from '../../money/decimal.ts';
import { usd, usdLimit } from '../words.ts';

/** Refuses an entry with which the worst cases of all instruments together, without netting, are more than the limit, or are not known (law 5). */
export function totalExposure(proposal: Proposal): Refusal | null {
  const { question, situation } = proposal;
  const { others } = situation;
  if (others.kind === 'unknown') {
    return refusal('STALE_DATA', `the worth of what is held or open in ${others.instrument} is not known: its price is missing or old`);
  }
  const { before, after } = proposal.worstCaseUsd;
  const max = question.policy.maxTotalExposure;
  const total = add(others.usd, after);
  if (compare(total, max) <= 0) return null;
  return refusal(
    'MAX_TOTAL_EXPOSURE',
    `all instruments together would reach ${usd(total)} of at most ${usd(max)}`,
    usdLimit({ name: 'max_total_exposure', max, used: add(others.usd, before) }),
  );
}
