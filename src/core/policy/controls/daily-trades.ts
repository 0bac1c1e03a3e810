import { type Proposal, refusal, refusalUntil, type Refusal } from '../control.ts';
import { entriesToday, nextDayAt } from '../activity.ts';
import { countLimit } from '../words.ts';

/** Refuses an entry when as many as the limit were sent in this UTC day, whatever became of them. */
export function dailyTrades({ question: { books, policy, circumstances } }: Proposal): Refusal | null {
  const used = entriesToday(books.activity, circumstances.now);
  const max = policy.maxDailyTrades;
  if (used < max) return null;
  return refusalUntil(
    nextDayAt(books.activity, circumstances.now),
    refusal(
      'MAX_DAILY_TRADES',
      `${used} of at most ${max} entries were sent in this UTC day`,
      countLimit({ name: 'max_daily_trades', max, used, unit: 'entries' }),
    ),
  );
}
