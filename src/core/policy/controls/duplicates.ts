import { type Proposal, refusal, refusalUntil, type Refusal } from '../control.ts';
import { likenessOf } from '../likeness.ts';
import { lastAlike } from '../activity.ts';
import { seconds } from '../words.ts';

/** Refuses the same entry under another `intent_id` within the window: clients that time out and models that call again are where doubles come from. */
export function duplicates(proposal: Proposal): Refusal | null {
  const { question, instrument, terms } = proposal;
  // An order that becomes another one is still one order.
  if (question.replaces !== null) return null;
  const last = lastAlike(question.books.activity, likenessOf(proposal));
  const window = question.policy.duplicateWindowMilliseconds;
  if (last === null) return null;
  const age = question.circumstances.now - last;
  if (age >= window) return null;
  return refusalUntil(
    last + window,
    refusal(
      'DUPLICATE_SUSPECT',
      `the same ${terms.side} of ${instrument.id} was sent ${seconds(Math.max(age, 0))} ago; if it is meant twice, ask after ${seconds(window)}`,
      { name: 'duplicate_window', max: String(window), used: String(age), unit: 'ms' },
    ),
  );
}
