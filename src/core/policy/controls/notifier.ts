import { refusal, type Refusal, type Wish } from '../control.ts';
import { seconds } from '../words.ts';

/** Refuses every entry while no person can be told of anything: every sink of `[alerts]` that reaches people fails. Exits and cancels pass. */
export function notifier({ question: { books, circumstances } }: Wish): Refusal | null {
  if (books.unreachable === null) return null;
  const { since } = books.unreachable;
  return refusal(
    'NOTIFIER_DOWN',
    `nobody can be told of alerts since ${seconds(Math.max(circumstances.now - since, 0))}: every sink of [alerts] fails; orders that really reduce and cancels pass, this is an entry`,
  );
}
