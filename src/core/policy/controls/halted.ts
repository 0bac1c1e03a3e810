import { isOperator, refusal, type Refusal, type Wish } from '../control.ts';

/** In HALTED only the operator closes; everything else waits for `resume`. */
export function halted({ question: { books, intent } }: Wish): Refusal | null {
  if (books.mode !== 'HALTED' || (intent.kind === 'close' && isOperator(intent.principal))) return null;
  return refusal('HALTED', 'the account is HALTED; only the operator can close or resume');
}
