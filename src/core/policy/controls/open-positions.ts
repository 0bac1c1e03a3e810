import { type Proposal, refusal, type Refusal } from '../control.ts';
import { isOpen } from '../../exposure/holding.ts';
import { countLimit } from '../words.ts';

/**
 * Refuses an entry that may become one more position than the limit; what is held, or may come about by an open entry, counts. Dust does not. The legs
 * of long/short mode are two.
 */
export function maxOpenPositions({ question: { policy }, situation }: Proposal): Refusal | null {
  let used = 0;
  for (const holding of situation.holdings.values()) if (isOpen(holding)) used += 1;
  const max = policy.maxOpenPositions;
  const wouldBe = isOpen(situation.holding) ? used : used + 1;
  if (wouldBe <= max) return null;
  return refusal(
    'MAX_OPEN_POSITIONS',
    `this would be position ${wouldBe} of at most ${max}`,
    countLimit({ name: 'max_open_positions', max, used, unit: 'positions' }),
  );
}
