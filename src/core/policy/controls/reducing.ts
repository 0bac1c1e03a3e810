import { type Proposal, refusal, type Refusal } from '../control.ts';
import { isDust } from '../../account/position.ts';
import { withOrder, worstCase } from '../../exposure/worst-case.ts';
import { notionalUsd } from '../../market/valuation.ts';
import { compare, isPositive, isZero } from '../../money/decimal.ts';
import { positionSize } from './position-size.ts';
import { totalExposure } from './total-exposure.ts';
import { underlyingExposure } from './underlying-exposure.ts';
import { amountLimit, inSize, sizeUnit, unitName, usd } from '../words.ts';

/**
 * Refuses an exit that does not really reduce: on the wrong side, of more than the asker may close once other exits on their way have filled, or
 * beside an order of unknown outcome. Too much is refused and not trimmed, since trimming would hide what was meant (reference/risk.md §4.2).
 * Exits pass every entry limit, so this control carries all the weight.
 */
export function reducing(proposal: Proposal): Refusal | null {
  const { instrument, terms, situation } = proposal;
  const { held, owned, inFlight, most, clouded } = situation.reducible;
  const { id, minimum } = instrument;
  const { side, size } = terms;
  // On spot nobody is short: where the books say so, a sale was booked before the purchase that it sold, and a buy would open.
  if (instrument.kind === 'spot' && side === 'buy') return refused(`on spot there is no short position of ${id} that a buy would reduce`);
  if (isZero(held)) return refused(`there is no ${side === 'sell' ? 'long' : 'short'} position of ${id} that a ${side} would reduce`);
  if (clouded) return refused(`the outcome of an earlier ${side} of ${id} is not known yet, and may have reduced the position already`);
  if (!isPositive(owned)) return refusal('NOT_ALLOWED', `${id} is held for somebody else; only its opener or the operator may close it`);
  if (isDust(held, instrument)) {
    return refused(`${inSize(instrument, held)} is dust: below the exchange's minimum of ${inSize(instrument, minimum)}`);
  }
  if (compare(size, most) <= 0 && isPositive(size) && compare(size, minimum) >= 0) return raisesWorstCase(proposal);
  const waiting = isZero(inFlight) ? '' : `, with ${inSize(instrument, inFlight)} in open exits`;
  const text = `a ${side} of ${inSize(instrument, size)} would do more than close: ${inSize(instrument, most)} can be closed${waiting}`;
  const unit = unitName(instrument, sizeUnit(instrument));
  return refusal('NOT_REDUCING', text, amountLimit({ name: 'reducible', max: owned, used: inFlight, unit }));
}

/**
 * Beside a plain order on the same side a reduce-only one can make things worse: it flattens, and then the plain order opens the other way
 * from there. In REDUCE_ONLY that never passes; in ACTIVE it passes within the limits on what may be held, which the plain order had counted on.
 */
function raisesWorstCase(proposal: Proposal): Refusal | null {
  const { question, instrument, terms, situation } = proposal;
  const before = worstCase(situation.holding);
  const after = worstCase(withOrder(situation.holding, terms));
  if (compare(after, before) <= 0) return null;
  const over = positionSize(proposal) ?? underlyingExposure(proposal) ?? totalExposure(proposal);
  if (question.books.mode === 'ACTIVE' && over === null) return null;
  const worth = notionalUsd({ instrument, size: after, price: situation.valuation });
  const why = over === null ? '' : ` (${over.text})`;
  return refused(
    `with open plain orders this ${terms.side} could turn ${instrument.id} into ${usd(worth)} the other way${why}; cancel those first`,
  );
}

function refused(text: string): Refusal {
  return refusal('NOT_REDUCING', text);
}
