import { type Proposal, refusal, type Refusal } from '../control.ts';
import { isOpen } from '../../exposure/survey.ts';
import { countLimit } from '../words.ts';

/** Refuses an entry on one more instrument than the limit; what has a position, or an entry that may become one, counts. Dust does not. */
export function maxOpenPositions({ question: { books, policy }, instrument, situation }: Proposal): Refusal | null {
  let used = 0;
  for (const [id, holding] of situation.holdings) if (isOpen(books, id, holding)) used += 1;
  const max = policy.maxOpenPositions;
  const wouldBe = isOpen(books, instrument.id, situation.holding) ? used : used + 1;
  if (wouldBe <= max) return null;
  return refusal(
    'MAX_OPEN_POSITIONS',
    `this would be position ${wouldBe} of at most ${max}`,
    countLimit({ name: 'max_open_positions', max, used, unit: 'positions' }),
  );
}
