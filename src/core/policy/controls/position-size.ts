import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare } from '../../money/decimal.ts';
import { usd, usdLimit } from '../words.ts';

/** The worst case of one instrument: position, open orders and this one, filled in the order that hurts most. */
export function positionSize(proposal: Proposal): Refusal | null {
  const { policy } = proposal.question;
  const { before, after } = proposal.worstCaseUsd;
  if (compare(after, policy.maxPositionSize) <= 0) return null;
  return refusal(
    'MAX_POSITION_SIZE',
    `${proposal.instrument.id} would reach ${usd(after)} of at most ${usd(policy.maxPositionSize)}`,
    usdLimit({ name: 'max_position_size', max: policy.maxPositionSize, used: before }),
  );
}
