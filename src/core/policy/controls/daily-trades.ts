import { entriesToday } from '../activity.ts';
import type { OrderControl } from '../control.ts';
import { countLimit } from '../words.ts';

/** Entries that were sent in this UTC day, whatever became of them. */
export const dailyTrades: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P10t',
  name: 'max_daily_trades',
  configKey: 'max_daily_trades',
  source: 'reference/risk.md §4.8',
  appliesToExits: false,
  check: ({ question: { books, policy, circumstances } }) => {
    const used = entriesToday(books.activity, circumstances.now);
    const max = policy.maxDailyTrades;
    if (used < max) return null;
    return {
      code: 'MAX_DAILY_TRADES',
      text: `${used} of at most ${max} entries were sent in this UTC day`,
      limit: countLimit({ name: 'max_daily_trades', max, used, unit: 'entries' }),
    };
  },
};
