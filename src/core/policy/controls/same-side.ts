import { type Proposal, refusal, refusalUntil, type Refusal } from '../control.ts';
import { sameSideFreeAt, sameSideUse } from '../activity.ts';
import { countLimit } from '../words.ts';

/**
 * Refuses one more entry of an agent on one side of an instrument when it repeated itself as often as the policy takes. The entry that reaches the
 * count is the last one until a person looks: time alone does not re-enable.
 */
export function sameSide({ question: { books, intent, policy, circumstances }, instrument, terms }: Proposal): Refusal | null {
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
  const refused = refusal(
    'RATE_LIMIT',
    `${intent.principal} has sent as many ${terms.side} entries of ${instrument.id} as the policy takes in a row; a person has to look first`,
    limit,
  );
  return latched ? refused : refusalUntil(sameSideFreeAt(books.activity, key, { max: maxSameSide, now: circumstances.now }), refused);
}
