import { compare, formatDecimal, isPositive } from '../../money/decimal.ts';
import type { Ratio } from '../../money/units.ts';
import { type Proposal, refusal, type Refusal } from '../control.ts';
import { collarEdge, collarPrice } from '../draft.ts';

/** Refuses an entry that would buy above reference × (1 + collar) or sell below reference × (1 − collar), which is a mistake or worse. */
export function priceCollar(proposal: Proposal): Refusal | null {
  return beyond(proposal, 'price_collar', proposal.question.policy.priceCollar);
}

/** Refuses an exit beyond a wider collar of its own: getting out may cost something. */
export function exitCollar(proposal: Proposal): Refusal | null {
  return beyond(proposal, 'exit_collar', proposal.question.policy.exitCollar);
}

function beyond({ instrument, reference, terms: { side, price } }: Proposal, name: string, collar: Ratio): Refusal | null {
  const distance = compare(price, collarEdge({ side, reference, collar }));
  if ((side === 'buy' ? distance <= 0 : distance >= 0) && isPositive(price)) return null;
  const edge = formatDecimal(collarPrice({ instrument, side, reference, collar }));
  const text = `a ${side} at ${formatDecimal(price)} is too far from ${formatDecimal(reference)}; ${side === 'buy' ? 'at most' : 'at least'} ${edge} passes`;
  return refusal('PRICE_COLLAR', text, { name, max: edge, used: formatDecimal(price), unit: 'price' });
}
