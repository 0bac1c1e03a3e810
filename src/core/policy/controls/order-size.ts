import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare } from '../../money/decimal.ts';
import { usd, usdLimit } from '../words.ts';

/** Refuses an entry that is worth more than the limit at the valuation: the highest price that anybody names, and the collar on top. */
export function orderSize({ question: { policy }, instrument, notionalUsd }: Proposal): Refusal | null {
  if (compare(notionalUsd, policy.maxOrderSize) <= 0) return null;
  return refusal(
    'MAX_ORDER_SIZE',
    `this order of ${instrument.id} counts as ${usd(notionalUsd)} of at most ${usd(policy.maxOrderSize)}`,
    usdLimit({ name: 'max_order_size', max: policy.maxOrderSize, used: notionalUsd }),
  );
}
