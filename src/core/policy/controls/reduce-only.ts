import type { WishControl } from '../control.ts';

export const reduceOnly: WishControl = {
  stage: 'wish',
  id: 'S3',
  name: 'reduce_only',
  configKey: null,
  source: 'reference/risk.md §4.2, D1',
  appliesToExits: false,
  check: ({ question }) =>
    question.books.mode === 'REDUCE_ONLY'
      ? {
          code: 'REDUCE_ONLY',
          text: 'the account is REDUCE_ONLY: orders that really reduce and cancels pass, this is an entry',
          limit: null,
        }
      : null,
};
