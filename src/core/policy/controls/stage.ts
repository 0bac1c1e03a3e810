import { refusal, type Refusal, type Wish } from '../control.ts';

/** Refuses entries at a stage of the roll-out that only reads: before the first promotion, and after what took the stage away. */
export function stage({ question: { books } }: Wish): Refusal | null {
  const { standing } = books;
  if (standing.opens) return null;
  return refusal('STAGE', `the account stands at stage ${standing.stage}, which opens nothing; only the operator can promote it`);
}
