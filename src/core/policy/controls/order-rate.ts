import { type Proposal, refusal, type Refusal } from '../control.ts';
import { entryRate, exitRate, type Rate } from '../activity.ts';
import { countLimit } from '../words.ts';

/** Exits have a rate of their own, this many times the policy's: enough to close anything, and still an end to a loop. */
export const EXIT_RATE_FACTOR = 10;

/** Refuses more orders in a second or a minute than the limit, exits more than ten times as many. Orders and not calls are counted, denied ones not at all. */
export function orderRate({ question: { books, policy, circumstances, intent }, terms }: Proposal): Refusal | null {
  const { perSecond, perMinute } = policy.maxOrderRate;
  return terms.purpose === 'entry'
    ? tooFast(entryRate(books.activity, circumstances.now), { perSecond, perMinute }, 'entries')
    : tooFast(
        exitRate(books.activity, intent.principal, circumstances.now),
        { perSecond: perSecond * EXIT_RATE_FACTOR, perMinute: perMinute * EXIT_RATE_FACTOR },
        'exits',
      );
}

function tooFast(used: Rate, max: Rate, what: string): Refusal | null {
  if (used.perSecond >= max.perSecond) return refused(used.perSecond, max.perSecond, `${what} in a second`);
  if (used.perMinute >= max.perMinute) return refused(used.perMinute, max.perMinute, `${what} in a minute`);
  return null;
}

function refused(used: number, max: number, unit: string): Refusal {
  return refusal('RATE_LIMIT', `${used} of at most ${max} ${unit}`, countLimit({ name: 'max_order_rate', max, used, unit }));
}
