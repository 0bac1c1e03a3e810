import { positionsOf } from '../../account/position.ts';
import { refusal, type Refusal, type Wish } from '../control.ts';

/** Refuses a close that does not say what it closes: in long/short mode an instrument may be held on both sides. */
export function whichLeg({ question: { books, intent } }: Wish): Refusal | null {
  if (intent.kind !== 'close' || intent.leg !== undefined || positionsOf(books, intent.instrument).length < 2) return null;
  return refusal(
    'NOT_ALLOWED',
    `${intent.instrument} is held long and short; close one of them with place_order, reduce_only true, side sell for the long one and buy for the short one`,
  );
}
