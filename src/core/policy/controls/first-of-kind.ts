import { get } from '../../lang/table.ts';
import { compare, zero } from '../../money/decimal.ts';
import { largestUsual } from '../activity.ts';
import { type Proposal, refusal, type Refusal } from '../control.ts';
import { usd, usdLimit } from '../words.ts';

/** Refuses the first entry on an instrument, and one larger by more than 5 % than any before it there, without a person who agrees, where `first_of_kind` is set. */
export function firstOfKind({ question, instrument, notionalUsd }: Proposal): Refusal | null {
  if (!question.firstOfKind || question.approved !== null) return null;
  const largest = get(question.books.activity.largest, instrument.id);
  if (largest === undefined) {
    const text = `this would be the first entry ever on ${instrument.id}, and a person has to agree to the first`;
    return refusal('APPROVAL_DENIED', text, usdLimit({ name: 'approval.first_of_kind', max: zero, used: zero }));
  }
  const max = largestUsual(largest);
  if (compare(notionalUsd, max) <= 0) return null;
  return refusal(
    'APPROVAL_DENIED',
    `${usd(notionalUsd)} would be more than any entry on ${instrument.id} so far (${usd(largest)}), and a person has to agree to the largest`,
    usdLimit({ name: 'approval.first_of_kind', max, used: zero }),
  );
}
