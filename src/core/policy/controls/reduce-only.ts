import type { Refusal, Wish } from '../control.ts';

/** In REDUCE_ONLY nothing is opened, flat or not: not a test of signs (D1). */
export function reduceOnly({ question }: Wish): Refusal | null {
  return question.books.mode === 'REDUCE_ONLY'
    ? {
        code: 'REDUCE_ONLY',
        text: 'the account is REDUCE_ONLY: orders that really reduce and cancels pass, this is an entry',
        limit: null,
      }
    : null;
}
