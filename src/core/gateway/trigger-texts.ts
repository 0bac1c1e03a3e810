import type { TriggerTexts } from '../journal/entry.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Triggers } from '../order/order.ts';

/** Triggers as an entry holds them. */
export function textsOf({ takeProfit, stopLoss }: Triggers): TriggerTexts {
  return { take_profit: takeProfit === null ? '' : formatDecimal(takeProfit), stop_loss: stopLoss === null ? '' : formatDecimal(stopLoss) };
}
