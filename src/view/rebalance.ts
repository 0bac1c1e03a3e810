import type { State } from '../core/account/state.ts';
import type { RebalanceDecision } from '../core/gateway/rebalancing.ts';
import { takerFeeUsd } from '../core/market/fees.ts';
import { notionalUsd } from '../core/market/valuation.ts';
import { absolute, add, type Decimal, divideDown, divideUp, formatDecimal, isNegative, negate, one, zero } from '../core/money/decimal.ts';
import type { Size, Usd } from '../core/money/units.ts';
import type { RebalanceIntent } from '../core/order/intent.ts';
import type { PlannedTarget } from '../core/policy/rebalance.ts';
import { type Answered, denied, tail, termsPart } from './answer.ts';
import type { Document } from './head.ts';
import { turnsInWords } from './list-outcome.ts';

const WEIGHT_DIGITS = 6;

export type RebalancePreviewed = {
  readonly state: State;
  readonly now: number;
  readonly decision: RebalanceDecision;
  readonly intent: RebalanceIntent;
};

/** What `rebalance` would do now: orders, worst case, fees and weights. Nothing is reserved or sent, so that a later call may be decided otherwise. */
export function rebalancePreviewAnswer({ state, now, decision, intent }: RebalancePreviewed): Answered {
  const common = { intent_id: intent.intentId, sent_to_exchange: 'no', preview: true, ...tail({ state, now }) } as const;
  if (decision.kind === 'deny') return { failed: true, answer: { ...denied(decision, now), ...common } };
  const { orders, targets, worstCaseAfterUsd } = decision;
  const turns = targets.filter(({ course }) => course === 'turns').map(({ instrument }) => instrument.id);
  const count = orders.length === 0 ? 'no order is needed' : `${orders.length} ${orders.length === 1 ? 'order' : 'orders'} would pass`;
  return {
    failed: false,
    answer: {
      status: 'allowed',
      message: `${count} now${turnsInWords(turns)}; nothing was sent`,
      ...common,
      orders: orders.map(({ terms, notionalUsd: counted }) => ({ ...termsPart(state, terms), notional_usd: cents(counted) })),
      weights: targets.map((target) => weightRow(intent.baseUsd, target)),
      fees_usd: cents(orders.reduce((sum: Usd, { planned }) => add(sum, takerFeeUsd(planned)), zero)),
      worst_case_after_usd: worstCaseAfterUsd === null ? null : cents(worstCaseAfterUsd),
    },
  };
}

/** Shares of the base at the reference price. */
function weightRow(baseUsd: Usd, { instrument, weight, before, after, reference, course }: PlannedTarget): Document {
  const share = (size: Size): string => shareOf(notionalUsd({ instrument, size, price: reference }), baseUsd);
  return { instrument: instrument.id, target: formatDecimal(weight), before: share(before), after: share(after), course };
}

function shareOf(worth: Decimal, base: Usd): string {
  const share = divideDown({ dividend: absolute(worth), divisor: base, digits: WEIGHT_DIGITS });
  return formatDecimal(isNegative(worth) ? negate(share) : share);
}

function cents(amount: Usd): string {
  return formatDecimal(divideUp({ dividend: amount, divisor: one, digits: 2 }));
}
