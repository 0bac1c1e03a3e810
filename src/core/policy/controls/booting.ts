import { refusal, type Refusal, type Wish } from '../control.ts';

/** Refuses everything before the first clean comparison with the exchange: until then nothing is known well enough to act on. */
export function booting({ question }: Wish): Refusal | null {
  return question.books.booting ? refusal('BOOTING', 'nothing is traded before the first clean comparison with the exchange') : null;
}
