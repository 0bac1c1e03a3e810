import type { DifferenceBody } from '../journal/entry.ts';
import { epochOf, sequenceOf } from '../order/identity.ts';
import type { State } from './state.ts';

/**
 * Where to go on numbering after the exchange has shown ids of this journal that it does not know: behind them. A disk that lost its last
 * entries, or an older copy, would otherwise give the same ids once more (invariant I-D1).
 */
export function behindShown({ epoch, sequence }: State, differences: readonly DifferenceBody[]): Pick<State, 'epoch' | 'sequence'> {
  let behind = { epoch, sequence };
  for (const { client_order_id: id = '' } of differences) {
    const shown = { epoch: epochOf(id), sequence: sequenceOf(id) };
    if (shown.epoch > behind.epoch) behind = shown;
    else if (shown.epoch === behind.epoch && shown.sequence > behind.sequence) behind = shown;
  }
  return behind;
}
