import { ENTRIES_COUNTED, type Standing } from '../account/standing.ts';
import { type Decimal, decimal, maximum, minimum, multiply, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { Approval, Configuration } from '../policy/configuration.ts';
import type { Policy } from '../policy/policy.ts';
import { stricter, tighter } from '../policy/strictest.ts';
import { isLiveStage, type LiveStage } from './ladder.ts';

/** Limits of a live stage (reference/risk.md §6.4): shares of the equity that the operator signed, and counts. They hold beside those of `twokey.toml`, whichever is tighter. */
type StageTable = {
  readonly order: Decimal;
  readonly instrument: Decimal;
  readonly gross: Decimal;
  readonly dailyLoss: Decimal;
  readonly drawdown: Decimal;
  readonly leverage: Decimal;
  readonly liquidationDistance: Decimal;
  readonly openPositions: number;
  readonly openOrders: number;
  readonly dailyTrades: number;
  readonly sameSide: Policy['maxSameSide'];
  readonly orderRate: Policy['maxOrderRate'];
  /** Entries above this share of the equity want a person; `null` where the first orders do, and larger ones than `FIRST_ORDER_USD`. */
  readonly approvalAbove: Decimal | null;
};

const d = decimal;

const grown: Omit<StageTable, 'order' | 'instrument' | 'gross'> = {
  dailyLoss: d('0.015'),
  drawdown: d('0.05'),
  leverage: d('3'),
  liquidationDistance: d('0.25'),
  openPositions: 5,
  openOrders: 6,
  dailyTrades: 20,
  sameSide: { per10Minutes: 3, perHour: 6 },
  orderRate: { perSecond: 2, perMinute: 30 },
  approvalAbove: d('0.015'),
};

const tables: { readonly [Each in LiveStage]: StageTable } = {
  'LIVE-0': {
    order: d('0.005'),
    instrument: d('0.01'),
    gross: d('0.02'),
    dailyLoss: d('0.0025'),
    drawdown: d('0.01'),
    leverage: d('2'),
    liquidationDistance: d('0.4'),
    openPositions: 2,
    openOrders: 1,
    dailyTrades: 5,
    sameSide: { per10Minutes: 1, perHour: 2 },
    orderRate: { perSecond: 1, perMinute: 10 },
    approvalAbove: null,
  },
  'LIVE-1': {
    order: d('0.01'),
    instrument: d('0.03'),
    gross: d('0.08'),
    dailyLoss: d('0.0075'),
    drawdown: d('0.025'),
    leverage: d('2'),
    liquidationDistance: d('0.3'),
    openPositions: 3,
    openOrders: 3,
    dailyTrades: 10,
    sameSide: { per10Minutes: 2, perHour: 4 },
    orderRate: { perSecond: 2, perMinute: 20 },
    approvalAbove: d('0.0075'),
  },
  'LIVE-2': { ...grown, order: d('0.02'), instrument: d('0.1'), gross: d('0.25') },
  // Twice the size of the one before, and nothing else (§6.5: at most a doubling a step).
  'LIVE-3': { ...grown, order: d('0.04'), instrument: d('0.2'), gross: d('0.5') },
  'LIVE-4': { ...grown, order: d('0.08'), instrument: d('0.4'), gross: d('1') },
};

/** The largest first order, whatever the account is worth; and what the smallest order of a usual contract costs, below which no stage could trade. */
const FIRST_ORDER_USD = d('50');
const LEAST_ORDER_USD = d('10');

type StageLimits = Pick<
  Policy,
  | 'maxOrderSize'
  | 'maxPositionSize'
  | 'maxUnderlyingExposure'
  | 'maxTotalExposure'
  | 'maxDailyLoss'
  | 'maxDrawdown'
  | 'maxLeverage'
  | 'minLiquidationDistance'
  | 'maxOpenPositions'
  | 'maxOpenOrders'
  | 'maxDailyTrades'
  | 'maxSameSide'
  | 'maxOrderRate'
>;

/** What a live stage allows an account that is worth so much, in US dollars. */
export function limitsOf(stage: LiveStage, equityUsd: Usd): StageLimits {
  const table = tables[stage];
  const share = (part: Decimal): Usd => multiply(equityUsd, part);
  const wanted = share(table.order);
  const maxOrderSize = maximum(stage === 'LIVE-0' ? minimum(wanted, FIRST_ORDER_USD) : wanted, LEAST_ORDER_USD);
  const maxPositionSize = maximum(share(table.instrument), maxOrderSize);
  const maxTotalExposure = maximum(share(table.gross), maxPositionSize);
  return {
    maxOrderSize,
    maxPositionSize,
    maxUnderlyingExposure: maxTotalExposure,
    maxTotalExposure,
    maxDailyLoss: share(table.dailyLoss),
    maxDrawdown: share(table.drawdown),
    maxLeverage: table.leverage,
    minLiquidationDistance: table.liquidationDistance,
    maxOpenPositions: table.openPositions,
    maxOpenOrders: table.openOrders,
    maxDailyTrades: table.dailyTrades,
    maxSameSide: table.sameSide,
    maxOrderRate: table.orderRate,
  };
}

/** From which order size on a person is asked at a stage. */
function approvalAt({ stage, entries }: Standing, equityUsd: Usd): Usd {
  const above = isLiveStage(stage) ? tables[stage].approvalAbove : null;
  if (above !== null) return multiply(equityUsd, above);
  return entries < ENTRIES_COUNTED ? zero : FIRST_ORDER_USD;
}

/** The limits that hold at a stage: those of the configuration and those of the stage, of each the tighter. */
export function atStage(configuration: Configuration, standing: Standing): Configuration {
  const { stage, signed } = standing;
  if (signed === null || !isLiveStage(stage)) return configuration;
  const equityUsd = decimal(signed.equityUsd);
  const limits = limitsOf(stage, equityUsd);
  const under = (policy: Policy): Policy => tighter(policy, { ...policy, ...limits });
  const asking: Approval = { ...configuration.approval, threshold: { kind: 'above', amount: approvalAt(standing, equityUsd) } };
  return {
    ...configuration,
    policy: under(configuration.policy),
    approval: stricter(configuration.approval, asking),
    agents: new Map([...configuration.agents].map(([name, agent]) => [name, { ...agent, policy: under(agent.policy) }])),
    former: new Map([...configuration.former].map(([name, agent]) => [name, { ...agent, policy: under(agent.policy) }])),
  };
}
