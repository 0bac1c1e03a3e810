import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare } from '../../money/decimal.ts';
import { underlyingUse } from '../underlying.ts';
import { usd, usdLimit } from '../words.ts';

/**
 * Refuses an entry without a person when those of all agents on its underlying in 10 minutes, or the worst case of all instruments of the underlying,
 * would be worth more than the threshold. The sum defeats slicing, the underlying defeats another instrument, and the worst case defeats waiting.
 */
export function approvalAbove(proposal: Proposal): Refusal | null {
  const { approvalAbove: max, approved } = proposal.question;
  if (max === null || approved !== null) return null;
  const { before, after } = underlyingUse(proposal);
  const what = `the underlying of ${proposal.instrument.id}`;
  const agree = `above ${usd(max)} a person has to agree`;
  const sum = after.windowUsd;
  if (compare(sum, max) > 0) {
    const text = `entries on ${what} would reach ${usd(sum)} in 10 minutes, and ${agree}`;
    return refusal('APPROVAL_DENIED', text, usdLimit({ name: 'approval.above', max, used: before.windowUsd }));
  }
  // A worth that is not known may be above anything.
  if (after.worstCaseUsd === null || before.worstCaseUsd === null)
    return refusal('APPROVAL_DENIED', `the worst case of ${what} is not known, and ${agree}`);
  if (compare(after.worstCaseUsd, max) <= 0) return null;
  const text = `${what} would reach ${usd(after.worstCaseUsd)} in the worst case, and ${agree}`;
  return refusal('APPROVAL_DENIED', text, usdLimit({ name: 'approval.above', max, used: before.worstCaseUsd }));
}
