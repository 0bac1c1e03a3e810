import { add, compare, type Decimal, decimal, divideDown, isPositive, multiply, subtract, zero } from '../../money/decimal.ts';
import type { Ratio, Usd } from '../../money/units.ts';
import { type Proposal, refusal, type Refusal } from '../control.ts';
import { formatPercentage } from '../fields.ts';
import { initialMargin } from '../others.ts';
import { usd, usdLimit } from '../words.ts';

/**
 * What an exchange keeps at least of a position's worth. OKX's lowest tiers ask 0.4 % to 1 % of the large coins; more is assumed, so that the
 * distance is told too short rather than too long.
 */
const MAINTENANCE_SHARE = decimal('0.02');

/**
 * Refuses an entry on a derivative with which the initial margin of the worst case is more than the share of the equity that the policy puts
 * at risk, or is not known (reference/risk.md §3.1 P8).
 */
export function marginShare(proposal: Proposal): Refusal | null {
  const after = afterOrder(proposal);
  if (after === null || 'code' in after) return after;
  const { policy } = proposal.question;
  const max = multiply(policy.maxMarginShare, after.equityUsd);
  const { before: usedUsd, after: worthUsd } = proposal.worstCaseUsd;
  const initialUsd = add(after.initialBesideUsd, initialMargin(worthUsd, after.leverage));
  if (compare(initialUsd, max) <= 0) return null;
  return refusal(
    'MAX_MARGIN',
    `the margin of the worst case would reach ${usd(initialUsd)} of at most ${usd(max)}, a share of the equity`,
    usdLimit({ name: 'max_margin_share', max, used: add(after.initialBesideUsd, initialMargin(usedUsd, after.leverage)) }),
  );
}

/**
 * Refuses an entry on a derivative with which a move of prices against the whole worst case by the least distance could end in liquidation. What is
 * left after the move is compared with a maintenance margin that is assumed high; positions are taken as crossed, all losing at once.
 */
export function liquidationDistance(proposal: Proposal): Refusal | null {
  const after = afterOrder(proposal);
  if (after === null || 'code' in after) return after;
  const { policy } = proposal.question;
  const least = add(policy.minLiquidationDistance, MAINTENANCE_SHARE);
  if (compare(multiply(after.worthUsd, least), after.equityUsd) <= 0) return null;
  const distance = (worth: Usd) => formatPercentage(distanceOf(after.equityUsd, worth));
  return refusal(
    'LIQUIDATION_DISTANCE',
    `a move of ${distance(after.worthUsd)} against it could liquidate the account; at least ${formatPercentage(policy.minLiquidationDistance)} is asked`,
    {
      name: 'min_liquidation_distance',
      max: formatPercentage(policy.minLiquidationDistance),
      used: isPositive(after.worthBeforeUsd) ? distance(after.worthBeforeUsd) : 'none',
      unit: 'share of the price',
    },
  );
}

/** How far prices may go against a worth before the equity no longer covers its maintenance; never below zero. */
export function distanceOf(equityUsd: Usd, worthUsd: Usd): Ratio {
  const share = subtract(divideDown({ dividend: equityUsd, divisor: worthUsd, digits: 4 }), MAINTENANCE_SHARE);
  return isPositive(share) ? share : zero;
}

type After = {
  readonly equityUsd: Usd;
  readonly worthUsd: Usd;
  readonly worthBeforeUsd: Usd;
  /** The initial margin of all other instruments. */
  readonly initialBesideUsd: Usd;
  readonly leverage: Decimal;
};

/** `null` for spot, which has no margin. */
function afterOrder(proposal: Proposal): After | Refusal | null {
  const { instrument, question, situation, worstCaseUsd } = proposal;
  if (instrument.kind === 'spot') return null;
  const { leverage } = question.circumstances;
  const { equityUsd } = situation;
  const lever = leverage.get(instrument.id);
  if (equityUsd === null) return refusal('STALE_DATA', 'the equity of the account is not known');
  if (lever === undefined) return refusal('STALE_DATA', `the leverage set for ${instrument.id} at the exchange is not known`);
  const beside = situation.margin;
  if (beside.kind === 'unknown')
    return refusal(
      'STALE_DATA',
      `the margin of what is held or open in ${beside.instrument} is not known: its price or its leverage is missing or old`,
    );
  const { before, after } = worstCaseUsd;
  return {
    equityUsd,
    worthUsd: add(beside.worthUsd, after),
    worthBeforeUsd: add(beside.worthUsd, before),
    initialBesideUsd: beside.initialUsd,
    leverage: lever,
  };
}
