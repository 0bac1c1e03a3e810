import { sameSideUse } from '../activity.ts';
import type { OrderControl } from '../control.ts';
import { countLimit } from '../words.ts';

/** The throttle on repeating oneself. The entry that reaches the count is the last one until a person looks: time alone does not re-enable. */
export const sameSide: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P6',
  name: 'max_same_side',
  configKey: 'max_same_side',
  source: 'RTS 6 art. 15(3); reference/risk.md §3.1 P6',
  appliesToExits: false,
  check: ({ question: { books, intent, policy, circumstances }, instrument, terms }) => {
    const key = { principal: intent.principal, instrument: instrument.id, side: terms.side };
    const { per10Minutes, perHour, latched } = sameSideUse(books.activity, key, circumstances.now);
    const { maxSameSide } = policy;
    const short = per10Minutes >= maxSameSide.per10Minutes;
    if (!latched && !short && perHour < maxSameSide.perHour) return null;
    const hour = !short && perHour >= maxSameSide.perHour;
    const max = hour ? maxSameSide.perHour : maxSameSide.per10Minutes;
    // A latch stays after its entries have left the window: what is in use of it is all of it.
    const used = Math.max(hour ? perHour : per10Minutes, latched ? max : 0);
    const limit = countLimit({ name: 'max_same_side', max, used, unit: hour ? 'entries in an hour' : 'entries in 10 minutes' });
    return {
      code: 'RATE_LIMIT',
      text: `${intent.principal} has sent as many ${terms.side} entries of ${instrument.id} as the policy takes in a row; a person has to look first`,
      limit,
    };
  },
};
