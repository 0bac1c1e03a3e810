import type { Refusal, Wish } from '../control.ts';

/** Refuses every entry in REDUCE_ONLY, whatever is held: not a test of signs (D1). */
export function reduceOnly({ question }: Wish): Refusal | null {
  return question.books.mode === 'REDUCE_ONLY'
    ? {
        code: 'REDUCE_ONLY',
        text: 'the account is REDUCE_ONLY: orders that really reduce and cancels pass, this is an entry',
        limit: null,
      }
    : null;
}
