import { isDust } from '../../account/position.ts';
import { withOrder, worstCase } from '../../exposure/worst-case.ts';
import { notionalUsd } from '../../market/valuation.ts';
import { compare, formatDecimal, isPositive, isZero } from '../../money/decimal.ts';
import type { OrderControl, Proposal, Refusal } from '../control.ts';
import { inSize, sizeUnit, unitName, usd } from '../words.ts';

/**
 * Whether an exit really reduces (reference/risk.md §4.2): it is on the side that closes, and with everything that other exits may still do
 * it is at most what the asker may close. Too much is refused and not trimmed, since trimming would hide what was meant. Exits pass every
 * entry limit, so this control carries all the weight.
 */
export const reducing: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'R1',
  name: 'really_reduces',
  configKey: null,
  source: 'reference/risk.md §4.2, I-R1 to I-R3',
  appliesToExits: true,
  check: (proposal) => (proposal.terms.purpose === 'exit' ? refusalOfExit(proposal) : null),
};

function refusalOfExit(proposal: Proposal): Refusal | null {
  const { instrument, terms, situation } = proposal;
  const { held, owned, inFlight, most, clouded } = situation.reducible;
  const direction = terms.side === 'sell' ? 'long' : 'short';
  if (isZero(held)) return refused(`there is no ${direction} position of ${instrument.id} that a ${terms.side} would reduce`);
  if (clouded)
    return refused(
      `the outcome of an earlier ${terms.side} of ${instrument.id} is not known yet, and may have reduced the position already`,
    );
  if (!isPositive(owned)) {
    return {
      code: 'NOT_ALLOWED',
      text: `the position of ${instrument.id} was opened by somebody else; only its opener or the operator may close it`,
      limit: null,
    };
  }
  if (isDust(held, instrument))
    return refused(`${inSize(instrument, held)} is dust: below the exchange's minimum of ${inSize(instrument, instrument.minimum)}`);
  if (compare(terms.size, most) > 0 || !isPositive(terms.size) || compare(terms.size, instrument.minimum) < 0) {
    const waiting = isZero(inFlight) ? '' : `, with ${inSize(instrument, inFlight)} in open exits`;
    return {
      code: 'NOT_REDUCING',
      text: `a ${terms.side} of ${inSize(instrument, terms.size)} would do more than close: ${inSize(instrument, most)} can be closed${waiting}`,
      limit: {
        name: 'reducible',
        max: formatDecimal(owned),
        used: formatDecimal(inFlight),
        unit: unitName(instrument, sizeUnit(instrument)),
      },
    };
  }
  return raisesWorstCase(proposal);
}

/**
 * Beside a plain order on the same side a reduce-only one can make things worse: it flattens, and then the plain order opens the other way
 * from there. In REDUCE_ONLY that never passes; in ACTIVE it passes within `max_position_size`, which the plain order had counted on.
 */
function raisesWorstCase({ question: { books, policy }, instrument, terms, situation }: Proposal): Refusal | null {
  const before = worstCase(situation.holding);
  const after = worstCase(withOrder(situation.holding, terms));
  if (compare(after, before) <= 0) return null;
  const worth = notionalUsd({ instrument, size: after, price: situation.valuation });
  if (books.mode === 'ACTIVE' && compare(worth, policy.maxPositionSize) <= 0) return null;
  return refused(
    `together with open plain orders this ${terms.side} could turn ${instrument.id} into ${usd(worth)} the other way; cancel those first`,
  );
}

function refused(text: string): Refusal {
  return { code: 'NOT_REDUCING', text, limit: null };
}
