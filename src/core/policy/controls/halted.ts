import { isOperator, refusal, type Refusal, type Wish } from '../control.ts';

/** Refuses everything in HALTED but a close by the operator. All else waits for `resume`. */
export function halted({ question: { books, intent } }: Wish): Refusal | null {
  if (books.mode !== 'HALTED' || (intent.kind === 'close' && isOperator(intent.principal))) return null;
  return refusal('HALTED', 'the account is HALTED; only the operator can close or resume');
}
