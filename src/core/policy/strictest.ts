import { compare, type Decimal } from '../money/decimal.ts';
import { type Approval, type ApprovalThreshold, type AgentPolicy, type Configuration, policyText } from './configuration.ts';
import type { Policy } from './policy.ts';
import { alertsText, toldMore } from './told-more.ts';

/**
 * The limits of two files together: of each key the tighter value, and who may trade in both. Of alerts the sections by which people hear more.
 * Where `file` alone decides is what limits nothing: addresses, ports, which credentials.
 */
export function strictest(held: Configuration, file: Configuration): Configuration {
  return {
    ...file,
    exchange: {
      ...file.exchange,
      readOnly: held.exchange.readOnly || file.exchange.readOnly,
      deadManSeconds: Math.min(held.exchange.deadManSeconds, file.exchange.deadManSeconds),
    },
    policy: tighter(held.policy, file.policy),
    approval: stricter(held.approval, file.approval),
    operator: { requireProof: held.operator.requireProof || file.operator.requireProof },
    agents: new Map([...held.agents.values()].flatMap((agent) => inBoth(agent, file.agents.get(agent.name)))),
    alerts: toldMore(held.alerts, file.alerts),
    reconcile: { fullEveryMilliseconds: Math.min(held.reconcile.fullEveryMilliseconds, file.reconcile.fullEveryMilliseconds) },
  };
}

/** One text of everything that `strictest` compares: two files that allow the same and tell the same have one. */
export function limitsText(configuration: Configuration): string {
  const { exchange, alerts, reconcile } = configuration;
  const others = [exchange.readOnly, exchange.deadManSeconds, reconcile.fullEveryMilliseconds, alertsText(alerts)];
  return [policyText(configuration), ...others].join('\n');
}

function inBoth(one: AgentPolicy, other: AgentPolicy | undefined): readonly (readonly [string, AgentPolicy])[] {
  if (other === undefined) return [];
  const sharedPositions = one.sharedPositions && other.sharedPositions;
  return [[one.name, { name: one.name, policy: tighter(one.policy, other.policy), sharedPositions }]];
}

/** Of two decisions about approvals the one that asks a person more, part by part. */
export function stricter(one: Approval, other: Approval): Approval {
  return {
    threshold: asksMore(one.threshold, other.threshold) ? one.threshold : other.threshold,
    ttlMilliseconds: Math.min(one.ttlMilliseconds, other.ttlMilliseconds),
    firstOfKind: one.firstOfKind || other.firstOfKind,
  };
}

/** From loose to strict. Undecided asks nobody either, but a decision is not to be taken back unseen. */
const thresholds: readonly ApprovalThreshold['kind'][] = ['undecided', 'never', 'above'];

function asksMore(one: ApprovalThreshold, other: ApprovalThreshold): boolean {
  if (one.kind === 'above' && other.kind === 'above') return compare(one.amount, other.amount) <= 0;
  return thresholds.indexOf(one.kind) >= thresholds.indexOf(other.kind);
}

type Way<Value> = (one: Value, other: Value) => Value;

const least: Way<Decimal> = (one, other) => (compare(one, other) <= 0 ? one : other);
const most: Way<Decimal> = (one, other) => (compare(one, other) >= 0 ? one : other);
const fewest: Way<number> = (one, other) => Math.min(one, other);
const longest: Way<number> = (one, other) => Math.max(one, other);
const eitherTrue: Way<boolean> = (one, other) => one || other;

function common<Item>(one: readonly Item[], other: readonly Item[]): readonly Item[] {
  return one.filter((each) => other.includes(each));
}

function together<Item>(one: readonly Item[], other: readonly Item[]): readonly Item[] {
  return [...one, ...other.filter((each) => !one.includes(each))];
}

const stops: readonly Policy['requireStop'][] = ['never', 'derivatives', 'always'];

/** Which way each limit is tighter. A limit more does not compile before it stands here. */
const ways: { readonly [Key in keyof Policy]: Way<Policy[Key]> } = {
  instruments: common,
  orderTypes: common,
  sides: common,
  quietHours: together,
  maxOrderSize: least,
  maxPositionSize: least,
  maxUnderlyingExposure: least,
  maxTotalExposure: least,
  maxOpenPositions: fewest,
  maxOpenOrders: fewest,
  maxDailyTrades: fewest,
  maxDailyLoss: least,
  maxDrawdown: least,
  maxLeverage: least,
  maxMarginShare: least,
  minLiquidationDistance: most,
  maxAccountEquity: least,
  minBalance: most,
  priceCollar: least,
  exitCollar: least,
  maxOrderRate: (one, other) => ({
    perSecond: fewest(one.perSecond, other.perSecond),
    perMinute: fewest(one.perMinute, other.perMinute),
  }),
  maxSameSide: (one, other) => ({
    per10Minutes: fewest(one.per10Minutes, other.per10Minutes),
    perHour: fewest(one.perHour, other.perHour),
  }),
  duplicateWindowMilliseconds: longest,
  maxSpread: least,
  maxBookShare: least,
  maxVolumeShare: least,
  maxPriceMove: least,
  maxDivergence: least,
  maxFundingRate: least,
  maxDataAgeMilliseconds: fewest,
  requireReason: eitherTrue,
  requireStop: (one, other) => (stops.indexOf(one) >= stops.indexOf(other) ? one : other),
  minStopDistance: most,
  maxStopChanges: fewest,
  looseningWaitMilliseconds: longest,
  maxSlippage: least,
  maxRejects: (one, other) => ({
    inARow: fewest(one.inARow, other.inARow),
    per10Minutes: fewest(one.per10Minutes, other.per10Minutes),
  }),
  agentHalt: (one, other) => (one === 'HALTED' ? one : other),
  tripwire: (one, other) => (one === 'freeze' ? one : other),
  // Limits nothing: the file's.
  answerWaitMilliseconds: (_held, file) => file,
};

/** Of each limit the tighter value. */
export function tighter(held: Policy, file: Policy): Policy {
  const met: { [key: string]: unknown } = {};
  for (const [key, way] of Object.entries(ways)) met[key] = (way as Way<unknown>)(held[key as keyof Policy], file[key as keyof Policy]);
  // Each key went through its own way above, which gives the type that it took.
  return met as Policy;
}
