import { type Proposal, refusal, type Refusal } from '../control.ts';
import { add, compare, maximum } from '../../money/decimal.ts';
import type { Usd } from '../../money/units.ts';
import { costOfOrder } from '../losses.ts';
import { usd, usdLimit } from '../words.ts';

/**
 * Refuses an entry when the loss of the UTC day or of the last 24 hours, whichever is more, could exceed the limit with what open orders and this one may
 * cost at once, or is not known.
 */
export function dailyLoss(proposal: Proposal): Refusal | null {
  const { losses } = proposal.situation;
  if (losses.kind === 'unknown') return refusal('STALE_DATA', `the loss of this day is not known: ${losses.cause}`);
  const { maxDailyLoss: max } = proposal.question.policy;
  const cost = costOf(proposal, losses.openOrdersCost);
  if (compare(add(losses.daily, cost), max) <= 0) return null;
  return refusal(
    'MAX_DAILY_LOSS',
    `${usd(losses.daily)} of at most ${usd(max)} are lost since midnight UTC or the highest of the last 24 hours, and open orders with this one could cost ${usd(cost)} at once`,
    usdLimit({ name: 'max_daily_loss', max, used: losses.daily }),
  );
}

/** Refuses an entry when the loss from the highest that twokey's trading ever stood could exceed the limit with open orders and this one, or is not known. */
export function drawdown(proposal: Proposal): Refusal | null {
  const { losses } = proposal.situation;
  if (losses.kind === 'unknown') return refusal('STALE_DATA', `the loss from the peak is not known: ${losses.cause}`);
  const { maxDrawdown: max } = proposal.question.policy;
  const cost = costOf(proposal, losses.openOrdersCost);
  if (compare(add(losses.drawdown, cost), max) <= 0) return null;
  return refusal(
    'MAX_DRAWDOWN',
    `${usd(losses.drawdown)} of at most ${usd(max)} are lost from the peak, and open orders with this one could cost ${usd(cost)} at once`,
    usdLimit({ name: 'max_drawdown', max, used: losses.drawdown }),
  );
}

function costOf({ question: { replaces }, instrument, terms: { side, size, price }, reference }: Proposal, openOrdersCost: Usd): Usd {
  let cost = costOfOrder({ instrument, side, size, price, reference });
  // Until the exchange has amended an order it may still execute at the price that it had (reference/risk.md §4.6).
  if (replaces !== null) cost = maximum(cost, costOfOrder({ instrument, side, size, price: replaces.price, reference }));
  return add(openOrdersCost, cost);
}
