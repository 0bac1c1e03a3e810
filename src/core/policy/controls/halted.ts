import { isOperator, type WishControl } from '../control.ts';

/** In HALTED only the operator closes; everything else waits for `resume`. */
export const halted: WishControl = {
  stage: 'wish',
  id: 'S2',
  name: 'halted',
  configKey: null,
  source: 'reference/risk.md §4.2, law 4',
  appliesToExits: true,
  check: ({ question: { books, intent } }) =>
    books.mode !== 'HALTED' || (intent.kind === 'close' && isOperator(intent.principal))
      ? null
      : { code: 'HALTED', text: 'the account is HALTED; only the operator can close or resume', limit: null },
};
