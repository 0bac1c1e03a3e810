import { compare } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd, usdLimit } from '../words.ts';

/** The worst case of one instrument: position, open orders and this one, filled in the order that hurts most. */
export const positionSize: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P7',
  name: 'max_position_size',
  configKey: 'max_position_size',
  source: 'RTS 6 art. 17(4); reference/risk.md §4.1',
  appliesToExits: false,
  check: (proposal) => {
    const { policy } = proposal.question;
    const { before, after } = proposal.worstCaseUsd;
    if (compare(after, policy.maxPositionSize) <= 0) return null;
    return {
      code: 'MAX_POSITION_SIZE',
      text: `${proposal.instrument.id} would reach ${usd(after)} of at most ${usd(policy.maxPositionSize)}`,
      limit: usdLimit({ name: 'max_position_size', max: policy.maxPositionSize, used: before }),
    };
  },
};
