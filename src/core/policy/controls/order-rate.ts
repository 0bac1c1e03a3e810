import { type Proposal, refusal, refusalUntil, type Refusal } from '../control.ts';
import { entriesFreeAt, entryRate, exitRate, exitsFreeAt, type Rate } from '../activity.ts';
import { countLimit } from '../words.ts';

/** Exits have a rate of their own, this many times the policy's: enough to close anything, and still an end to a loop. */
export const EXIT_RATE_FACTOR = 10;

/** Refuses more orders in a second or a minute than the limit, exits more than ten times as many. Orders and not calls are counted, denied ones not at all. */
export function orderRate({ question: { books, policy, circumstances, intent }, terms }: Proposal): Refusal | null {
  const { perSecond, perMinute } = policy.maxOrderRate;
  const { now } = circumstances;
  if (terms.purpose === 'entry') {
    const refused = tooFast(entryRate(books.activity, now), policy.maxOrderRate, 'entries');
    return refused === null ? null : refusalUntil(entriesFreeAt(books.activity, policy.maxOrderRate, now), refused);
  }
  const max = { perSecond: perSecond * EXIT_RATE_FACTOR, perMinute: perMinute * EXIT_RATE_FACTOR };
  const refused = tooFast(exitRate(books.activity, intent.principal, now), max, 'exits');
  return refused === null ? null : refusalUntil(exitsFreeAt(books.activity, intent.principal, { max, now }), refused);
}

function tooFast(used: Rate, max: Rate, what: string): Refusal | null {
  if (used.perSecond >= max.perSecond) return full(used.perSecond, max.perSecond, `${what} in a second`);
  if (used.perMinute >= max.perMinute) return full(used.perMinute, max.perMinute, `${what} in a minute`);
  return null;
}

function full(used: number, max: number, unit: string): Refusal {
  return refusal('RATE_LIMIT', `${used} of at most ${max} ${unit}`, countLimit({ name: 'max_order_rate', max, used, unit }));
}
