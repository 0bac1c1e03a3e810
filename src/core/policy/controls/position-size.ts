import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare } from '../../money/decimal.ts';
import { usd, usdLimit } from '../words.ts';

/** Refuses an entry with which position and open orders of its instrument, filled in the order that hurts most, are worth more than the limit. */
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
