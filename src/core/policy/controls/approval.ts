import { type Proposal, refusal, type Refusal } from '../control.ts';
import { underlyingOf } from '../../market/valuation.ts';
import { add, compare } from '../../money/decimal.ts';
import { approvalSum } from '../activity.ts';
import { usd, usdLimit } from '../words.ts';

/**
 * Refuses an entry with which those of all agents on its underlying in 10 minutes are worth more than the threshold: a person has to agree, and until
 * there is a way to agree the answer is no. The sum defeats slicing.
 */
export function approval({ question: { books, circumstances, approvalAbove }, instrument, notionalUsd }: Proposal): Refusal | null {
  if (approvalAbove === null) return null;
  const underlying = underlyingOf(instrument);
  const used = approvalSum(books.activity, underlying, circumstances.now);
  const sum = add(used, notionalUsd);
  if (compare(sum, approvalAbove) <= 0) return null;
  return refusal(
    'APPROVAL_DENIED',
    `entries on the underlying of ${instrument.id} would reach ${usd(sum)} in 10 minutes, and above ${usd(approvalAbove)} a person has to approve, which cannot be asked for yet`,
    usdLimit({ name: 'approval.above', max: approvalAbove, used }),
  );
}
