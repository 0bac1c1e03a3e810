import { underlyingOf } from '../../market/valuation.ts';
import { add, compare } from '../../money/decimal.ts';
import { approvalSum } from '../activity.ts';
import type { OrderControl } from '../control.ts';
import { usd, usdLimit } from '../words.ts';

/** Above the threshold a person has to agree. Until there is a way to agree, the answer is no. The sum defeats slicing. */
export const approval: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P20',
  name: 'approval.above',
  configKey: 'approval.above',
  source: 'reference/risk.md §3.1 P20',
  appliesToExits: false,
  check: ({ question: { books, circumstances, approvalAbove }, instrument, notionalUsd }) => {
    if (approvalAbove === null) return null;
    const underlying = underlyingOf(instrument);
    const used = approvalSum(books.activity, underlying, circumstances.now);
    const sum = add(used, notionalUsd);
    if (compare(sum, approvalAbove) <= 0) return null;
    return {
      code: 'APPROVAL_DENIED',
      text: `entries on the underlying of ${instrument.id} would reach ${usd(sum)} in 10 minutes, and above ${usd(approvalAbove)} a person has to approve, which cannot be asked for yet`,
      limit: usdLimit({ name: 'approval.above', max: approvalAbove, used }),
    };
  },
};
