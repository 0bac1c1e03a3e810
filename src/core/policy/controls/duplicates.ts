import type { OrderControl } from '../control.ts';
import { likenessOf } from '../likeness.ts';
import { lastAlike } from '../activity.ts';
import { seconds } from '../words.ts';

/** Another intent_id and the same order: clients that time out and models that call again are where doubles come from. */
export const duplicates: OrderControl = {
  stage: 'order',
  bySize: 'exact',
  id: 'P12',
  name: 'duplicate_window',
  configKey: 'duplicate_window',
  source: '15c3-5(c)(1)(ii); reference/risk.md §3.1 P12',
  appliesToExits: false,
  check: (proposal) => {
    const { question, instrument, terms } = proposal;
    const last = lastAlike(question.books.activity, likenessOf(proposal));
    const window = question.policy.duplicateWindowMilliseconds;
    const age = last === null ? window : question.circumstances.now - last;
    if (age >= window) return null;
    return {
      code: 'DUPLICATE_SUSPECT',
      text: `the same ${terms.side} of ${instrument.id} was sent ${seconds(Math.max(age, 0))} ago; if it is meant twice, ask after ${seconds(window)}`,
      limit: { name: 'duplicate_window', max: String(window), used: String(age), unit: 'ms' },
    };
  },
};
