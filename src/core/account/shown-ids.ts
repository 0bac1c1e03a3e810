import type { DifferenceBody } from '../journal/entry.ts';
import { epochOf, sequenceOf } from '../order/identity.ts';
import type { State } from './state.ts';

/** More starts than this between what the books know and what the exchange shows are somebody's joke, and are not believed. */
const STARTS_AHEAD_MAX = 1000;

/**
 * Where to go on numbering after the exchange has shown ids of this journal that it does not know: in a start of its own behind them. A disk that lost
 * its last entries, or an older copy, would otherwise give the same ids once more (invariant I-D1), and a copy that still runs gives the next of its own start.
 */
export function behindShown({ epoch, sequence }: State, differences: readonly DifferenceBody[]): Pick<State, 'epoch' | 'sequence'> {
  let behind = { epoch, sequence };
  for (const { client_order_id: id = '' } of differences) {
    const shown = { epoch: epochOf(id), sequence: sequenceOf(id) };
    const isBeyond = shown.epoch > behind.epoch || (shown.epoch === behind.epoch && shown.sequence > behind.sequence);
    if (isBeyond && shown.epoch <= epoch + STARTS_AHEAD_MAX) behind = { epoch: shown.epoch + 1, sequence: 0 };
  }
  return behind;
}
