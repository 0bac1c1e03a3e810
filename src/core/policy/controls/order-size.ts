import { compare } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd, usdLimit } from '../words.ts';

export const orderSize: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P2',
  name: 'max_order_size',
  configKey: 'max_order_size',
  source: 'RTS 6 art. 15(1)(b); reference/risk.md §3.1 P2',
  appliesToExits: false,
  check: ({ question: { policy }, instrument, notionalUsd }) =>
    compare(notionalUsd, policy.maxOrderSize) <= 0
      ? null
      : {
          code: 'MAX_ORDER_SIZE',
          text: `this order of ${instrument.id} counts as ${usd(notionalUsd)} of at most ${usd(policy.maxOrderSize)}`,
          limit: usdLimit({ name: 'max_order_size', max: policy.maxOrderSize, used: notionalUsd }),
        },
};
