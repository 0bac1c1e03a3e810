import { compare, formatDecimal, multiply } from '../../core/money/decimal.ts';
import type { Usd } from '../../core/money/units.ts';
import { type Stage, stages } from '../../core/stage/ladder.ts';
import { type Check, failed, fine } from '../operator/checks.ts';
import { type Growth, lowerBoundOfMean } from './growth.ts';

// What a stage of live trading asks before the next one (reference/risk.md §6.5). Meeting it permits, and never forces: the operator decides.

const DAY_MILLISECONDS = 86_400_000;
const DAYS_MIN = 14;
const TRIPS_MIN = 30;
const SLIPPAGE_BASIS_POINTS_MAX = 10;
const half = { coefficient: 5n, scale: 1 };

export type Grown = {
  readonly stage: Stage;
  /** Of the journal of this account, whose chain was verified. */
  readonly growth: Growth;
  /** UTC milliseconds by the exchange's clock. */
  readonly now: number;
  /** The limit of the drawdown that holds at this stage. */
  readonly maxDrawdown: Usd;
};

/** What has to be seen at a live stage before the next, a line each. */
export function growthItems({ stage, growth, now, maxDrawdown }: Grown): readonly Check[] {
  const days = Math.floor((now - growth.since) / DAY_MILLISECONDS);
  const { trips, differences, slippageBasisPoints: slippage, drawdownUsd } = growth;
  const spent = `${formatDecimal(drawdownUsd)} USD since the stage began; at most half of ${formatDecimal(maxDrawdown)} USD`;
  const isDeep = compare(drawdownUsd, multiply(maxDrawdown, half)) >= 0;
  return [
    days >= DAYS_MIN
      ? fine('days at this stage', `${days}`)
      : failed('days at this stage', `${days} of ${DAYS_MIN}`, 'wait: time is part of the proof'),
    trips.length >= TRIPS_MIN
      ? fine('positions opened and closed', `${trips.length}`)
      : failed(
          'positions opened and closed',
          `${trips.length} of ${TRIPS_MIN}`,
          'let the agent trade; that many prove plumbing, and no edge',
        ),
    differences === 0
      ? fine('books equal to the exchange', 'no comparison found a difference')
      : failed(
          'books equal to the exchange',
          `${differences} comparisons found a difference`,
          'twokey log show tells which; the count begins anew with the stage',
        ),
    slippage === null
      ? failed('slippage', 'no filled entry to judge by', 'let the agent trade')
      : slippage < SLIPPAGE_BASIS_POINTS_MAX
        ? fine('slippage', `the middle entry cost ${slippage.toFixed(2)} basis points`)
        : failed(
            'slippage',
            `the middle entry cost ${slippage.toFixed(2)} basis points; less than ${SLIPPAGE_BASIS_POINTS_MAX} are asked`,
            'smaller orders, limit orders, or deeper instruments',
          ),
    isDeep ? failed('drawdown', spent, 'the stage is too large for the strategy already') : fine('drawdown', spent),
    ...(stages.indexOf(stage) >= stages.indexOf('LIVE-1') ? [performance(growth)] : []),
  ];
}

/** From the second live stage on the size stays unless what was earned is more than luck would give. */
function performance({ trips }: Growth): Check {
  const name = 'earned after all costs';
  const told = trips.filter((trip) => trip !== null);
  const bound = lowerBoundOfMean(told);
  const fix = 'the size stays: nobody grows what does not earn';
  if (bound === null) return failed(name, 'no closed position whose result can be told in dollars', fix);
  const text = `a closed position earned at least ${(100 * bound).toFixed(3)} % on average, with 90 % confidence, from ${told.length}`;
  return bound > 0 ? fine(name, text) : failed(name, text, fix);
}
