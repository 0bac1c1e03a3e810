import { type Proposal, refusal, type Refusal } from '../control.ts';
import { depthWithin } from '../../market/book.ts';
import { compare, multiply } from '../../money/decimal.ts';
import type { Size } from '../../money/units.ts';
import { collarEdge } from '../draft.ts';
import { amountLimit, inSize, percent, sizeUnit, unitName } from '../words.ts';

/**
 * Refuses an entry of more than the share of what others show on the side that it would take from, no further away than `price_collar`. What passes is
 * filled inside the collar if it takes, because it is no more than what rests there; an order that rests is measured the same way, since it has to be
 * closed again in this market.
 */
export function bookShare({ question: { policy }, instrument, book, reference, terms: { side, size } }: Proposal): Refusal | null {
  if (book === null) return refusal('STALE_DATA', `there is no order book of ${instrument.id}`);
  const edge = collarEdge({ side, reference, collar: policy.priceCollar });
  const share = policy.maxBookShare;
  // Few levels are enough for most orders, and this is asked for every size that is tried.
  const isEnough = (depth: Size) => compare(multiply(depth, share), size) >= 0;
  const depth = depthWithin(book, { side, edge, isEnough });
  const most = multiply(depth, share);
  if (compare(size, most) <= 0) return null;
  const deed = side === 'buy' ? 'offer' : 'bid for';
  const shown = `others ${deed} ${inSize(instrument, depth)} inside the price collar`;
  const text =
    compare(size, depth) > 0
      ? `${inSize(instrument, size)} of ${instrument.id} would be filled beyond it: ${shown}`
      : `${inSize(instrument, size)} of ${instrument.id} is more than ${percent(share)} % of the book: ${shown}`;
  const unit = unitName(instrument, sizeUnit(instrument));
  return refusal('LIQUIDITY', text, amountLimit({ name: 'max_book_share', max: most, used: size, unit }));
}
