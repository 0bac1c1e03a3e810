import type { Mode } from '../account/mode.ts';
import { canonicalJson, type Json } from '../lang/canonical.ts';
import { assert } from '../lang/assert.ts';
import { err, ok } from '../lang/result.ts';
import { type InstrumentId, parseInstrumentId } from '../market/instrument.ts';
import { compare, type Decimal, decimal, formatDecimal, minimum, one } from '../money/decimal.ts';
import type { Ratio, Usd } from '../money/units.ts';
import { intentTypes, sides } from '../order/bounds.ts';
import type { IntentType, Side } from '../order/intent.ts';
import {
  choice,
  count,
  duration,
  type Field,
  flag,
  formatDuration,
  formatPercentage,
  list,
  numberAboveZero,
  percentage,
  tableOf,
  text,
  usdAboveZero,
  usdOrZero,
  type Values,
} from './fields.ts';

/** The limits of one principal. Every field stands under the same name, with underscores, in the file. */
export type Policy = {
  readonly instruments: readonly InstrumentId[];
  /** What entries may be, and on which side they may open; exits may be anything. */
  readonly orderTypes: readonly IntentType[];
  readonly sides: readonly Side[];
  /** Times of the UTC day without entries, as `22:00-06:00`. */
  readonly quietHours: readonly string[];
  readonly maxOrderSize: Usd;
  readonly maxPositionSize: Usd;
  readonly maxUnderlyingExposure: Usd;
  readonly maxTotalExposure: Usd;
  readonly maxOpenPositions: number;
  readonly maxOpenOrders: number;
  readonly maxDailyTrades: number;
  readonly maxDailyLoss: Usd;
  readonly maxDrawdown: Usd;
  readonly maxLeverage: Decimal;
  readonly maxMarginShare: Ratio;
  readonly minLiquidationDistance: Ratio;
  readonly maxAccountEquity: Usd;
  readonly minBalance: Usd;
  readonly priceCollar: Ratio;
  readonly exitCollar: Ratio;
  readonly maxOrderRate: { readonly perSecond: number; readonly perMinute: number };
  readonly maxSameSide: { readonly per10Minutes: number; readonly perHour: number };
  readonly duplicateWindowMilliseconds: number;
  readonly maxSpread: Ratio;
  readonly maxBookShare: Ratio;
  readonly maxVolumeShare: Ratio;
  /** Of the reference price in five minutes. */
  readonly maxPriceMove: Ratio;
  /** Between last, mark and index. */
  readonly maxDivergence: Ratio;
  /** Of one period, either way, while it is near. */
  readonly maxFundingRate: Ratio;
  readonly maxDataAgeMilliseconds: number;
  readonly requireReason: boolean;
  readonly requireStop: 'never' | 'derivatives' | 'always';
  /** How near the market an agent may put a stop, and how often it may move one. */
  readonly minStopDistance: Ratio;
  readonly maxStopChanges: number;
  readonly looseningWaitMilliseconds: number;
  /** Of the price when the order was sent, on three of the last five fills of entries. */
  readonly maxSlippage: Ratio;
  readonly maxRejects: { readonly inARow: number; readonly per10Minutes: number };
  /** Where an agent's `halt_trading` leads. */
  readonly agentHalt: Exclude<Mode, 'ACTIVE'>;
  /** What happens to an agent that reaches for what is the operator's, or asks for keys: it is frozen, or people are told and nothing else. */
  readonly tripwire: 'freeze' | 'alert';
  /** How long an answer waits for a fill after the exchange took the order. */
  readonly answerWaitMilliseconds: number;
};

export type Environment = 'sim' | 'demo' | 'live';

const instrument: Field<InstrumentId> = (value, key) => {
  const parsed = parseInstrumentId(value.kind === 'text' ? value.value : undefined);
  return parsed.ok ? parsed : err({ line: value.line, key, message: parsed.error });
};

function distinct<Item>(what: string, items: Field<readonly Item[]>): Field<readonly Item[]> {
  return (value, key) => {
    const read = items(value, key);
    if (!read.ok || new Set(read.value).size === read.value.length) return read;
    return err({ line: value.line, key, message: `expected each ${what} once` });
  };
}

const instruments = distinct('instrument', list('expected a list of instruments, such as ["BTC-USDT"]', instrument));
const orderTypes = distinct('type', list('expected a list of order types, such as ["limit", "post_only"]', choice(intentTypes)));
const someSides = distinct('side', list('expected a list of sides, such as ["buy"]', choice(sides)));
const period = text({
  expected: 'expected times of the UTC day such as "22:00-06:00", from 00:00 to 24:00',
  fits: /^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/,
});
const quietHours = distinct('time', list('expected a list of times of the UTC day, such as ["22:00-06:00"]', period));

/** `true` asks it of every entry; spot cannot be liquidated, so that "derivatives" is the usual answer. */
const stops: Field<Policy['requireStop']> = (value, key) => {
  if (value.kind === 'boolean') return ok(value.value ? 'always' : 'never');
  if (value.kind === 'text' && value.value === 'derivatives') return ok('derivatives');
  return err({ line: value.line, key, message: 'expected true, false or "derivatives"' });
};

const COUNT_MAX = 1_000_000;
const orders = count({ least: 1, most: COUNT_MAX });
const half = decimal('0.5');
const all = decimal('1');

/** The limits that `[policy]` and every agent's section may set. */
export const limitsShape = {
  instruments,
  order_types: orderTypes,
  sides: someSides,
  quiet_hours: quietHours,
  max_order_size: usdAboveZero,
  max_position_size: usdAboveZero,
  max_underlying_exposure: usdAboveZero,
  max_total_exposure: usdAboveZero,
  max_open_positions: orders,
  max_open_orders: orders,
  max_daily_trades: orders,
  max_daily_loss: usdAboveZero,
  max_drawdown: usdAboveZero,
  max_leverage: numberAboveZero,
  max_margin_share: percentage({ most: all }),
  min_liquidation_distance: percentage({ most: all }),
  max_account_equity: usdAboveZero,
  min_balance: usdOrZero,
  price_collar: percentage({ most: half }),
  exit_collar: percentage({ most: half }),
  max_order_rate: tableOf({ per_second: orders, per_minute: orders }),
  max_same_side: tableOf({ per_10_minutes: orders, per_hour: orders }),
  duplicate_window: duration({ least: '1s', most: '1d' }),
  max_spread: percentage({ most: all }),
  max_book_share: percentage({ most: all }),
  max_volume_share: percentage({ most: all }),
  max_price_move: percentage({ most: half }),
  max_divergence: percentage({ most: half }),
  max_funding_rate: percentage({ most: half }),
  max_data_age: duration({ least: '100ms', most: '60s' }),
  require_reason: flag,
  require_stop: stops,
  min_stop_distance: percentage({ most: half }),
  max_stop_changes: count({ least: 0, most: COUNT_MAX }),
  loosening_wait: duration({ least: '0s', most: '30d' }),
  agent_halt: choice(['reduce_only', 'halted']),
  tripwire: choice(['alert', 'freeze']),
};

/** What is the account's alone: breakers that stop everybody, and `answer_wait`, which limits nothing. An agent's section does not take these. */
export const policyShape = {
  ...limitsShape,
  max_slippage: percentage({ most: half }),
  max_rejects: tableOf({ in_a_row: orders, per_10_minutes: orders }),
  answer_wait: duration({ least: '0s', most: '30s' }),
};

/** `[policy]` of DESIGN §4.1 as it is without a file. Live waits a day before a loosened limit holds. */
export function defaultPolicy(environment: Environment): Policy {
  return {
    instruments: defaultInstruments,
    orderTypes: intentTypes,
    sides,
    quietHours: [],
    maxOrderSize: decimal('50'),
    maxPositionSize: decimal('100'),
    maxUnderlyingExposure: decimal('300'),
    maxTotalExposure: decimal('300'),
    maxOpenPositions: 3,
    maxOpenOrders: 10,
    maxDailyTrades: 20,
    maxDailyLoss: decimal('15'),
    maxDrawdown: decimal('50'),
    maxLeverage: decimal('3'),
    maxMarginShare: one,
    minLiquidationDistance: decimal('0.2'),
    // The embedded exchange gives 10,000 USDT: at the design's 10,000 the first cent of profit would close entries.
    maxAccountEquity: decimal(environment === 'sim' ? '20000' : '10000'),
    minBalance: decimal('50'),
    priceCollar: decimal('0.005'),
    exitCollar: decimal('0.03'),
    maxOrderRate: { perSecond: 10, perMinute: 120 },
    maxSameSide: { per10Minutes: 10, perHour: 20 },
    duplicateWindowMilliseconds: 30_000,
    maxSpread: decimal('0.005'),
    maxBookShare: decimal('0.1'),
    maxVolumeShare: decimal('0.01'),
    maxPriceMove: decimal('0.03'),
    maxDivergence: decimal('0.01'),
    maxFundingRate: decimal('0.003'),
    maxDataAgeMilliseconds: 2000,
    requireReason: true,
    requireStop: 'never',
    minStopDistance: decimal('0.002'),
    maxStopChanges: 10,
    looseningWaitMilliseconds: environment === 'live' ? 86_400_000 : 0,
    maxSlippage: decimal('0.0025'),
    maxRejects: { inARow: 5, per10Minutes: 10 },
    agentHalt: 'REDUCE_ONLY',
    tripwire: 'freeze',
    answerWaitMilliseconds: 1000,
  };
}

const defaultInstruments: readonly InstrumentId[] = ['BTC-USDT', 'ETH-USDT', 'BTC-USDT-SWAP'].map((name) => {
  const parsed = parseInstrumentId(name);
  assert(parsed.ok, `${name} is the name of an instrument`);
  return parsed.value;
});

/** The policy with the values that a section sets, and everything else as it is `otherwise`. */
export function policyOf(values: Values<typeof policyShape>, otherwise: Policy): Policy {
  return {
    instruments: values.instruments ?? otherwise.instruments,
    orderTypes: values.order_types ?? otherwise.orderTypes,
    sides: values.sides ?? otherwise.sides,
    quietHours: values.quiet_hours ?? otherwise.quietHours,
    maxOrderSize: values.max_order_size ?? otherwise.maxOrderSize,
    maxPositionSize: values.max_position_size ?? otherwise.maxPositionSize,
    maxUnderlyingExposure:
      values.max_underlying_exposure ?? underlyingOf(values.max_total_exposure ?? otherwise.maxTotalExposure, otherwise),
    maxTotalExposure: values.max_total_exposure ?? otherwise.maxTotalExposure,
    maxOpenPositions: values.max_open_positions ?? otherwise.maxOpenPositions,
    maxOpenOrders: values.max_open_orders ?? otherwise.maxOpenOrders,
    maxDailyTrades: values.max_daily_trades ?? otherwise.maxDailyTrades,
    maxDailyLoss: values.max_daily_loss ?? otherwise.maxDailyLoss,
    maxDrawdown: values.max_drawdown ?? otherwise.maxDrawdown,
    maxLeverage: values.max_leverage ?? otherwise.maxLeverage,
    maxMarginShare: values.max_margin_share ?? otherwise.maxMarginShare,
    minLiquidationDistance: values.min_liquidation_distance ?? otherwise.minLiquidationDistance,
    maxAccountEquity: values.max_account_equity ?? otherwise.maxAccountEquity,
    minBalance: values.min_balance ?? otherwise.minBalance,
    priceCollar: values.price_collar ?? otherwise.priceCollar,
    exitCollar: values.exit_collar ?? otherwise.exitCollar,
    maxOrderRate: {
      perSecond: values.max_order_rate?.per_second ?? otherwise.maxOrderRate.perSecond,
      perMinute: values.max_order_rate?.per_minute ?? otherwise.maxOrderRate.perMinute,
    },
    maxSameSide: {
      per10Minutes: values.max_same_side?.per_10_minutes ?? otherwise.maxSameSide.per10Minutes,
      perHour: values.max_same_side?.per_hour ?? otherwise.maxSameSide.perHour,
    },
    duplicateWindowMilliseconds: values.duplicate_window ?? otherwise.duplicateWindowMilliseconds,
    maxSpread: values.max_spread ?? otherwise.maxSpread,
    maxBookShare: values.max_book_share ?? otherwise.maxBookShare,
    maxVolumeShare: values.max_volume_share ?? otherwise.maxVolumeShare,
    maxPriceMove: values.max_price_move ?? otherwise.maxPriceMove,
    maxDivergence: values.max_divergence ?? otherwise.maxDivergence,
    maxFundingRate: values.max_funding_rate ?? otherwise.maxFundingRate,
    maxDataAgeMilliseconds: values.max_data_age ?? otherwise.maxDataAgeMilliseconds,
    requireReason: values.require_reason ?? otherwise.requireReason,
    requireStop: values.require_stop ?? otherwise.requireStop,
    minStopDistance: values.min_stop_distance ?? otherwise.minStopDistance,
    maxStopChanges: values.max_stop_changes ?? otherwise.maxStopChanges,
    looseningWaitMilliseconds: values.loosening_wait ?? otherwise.looseningWaitMilliseconds,
    maxSlippage: values.max_slippage ?? otherwise.maxSlippage,
    maxRejects: {
      inARow: values.max_rejects?.in_a_row ?? otherwise.maxRejects.inARow,
      per10Minutes: values.max_rejects?.per_10_minutes ?? otherwise.maxRejects.per10Minutes,
    },
    agentHalt: values.agent_halt === undefined ? otherwise.agentHalt : values.agent_halt === 'halted' ? 'HALTED' : 'REDUCE_ONLY',
    tripwire: values.tripwire ?? otherwise.tripwire,
    answerWaitMilliseconds: values.answer_wait ?? otherwise.answerWaitMilliseconds,
  };
}

/** Where nobody limits an underlying by itself it may be all of the total. */
function underlyingOf(total: Usd, { maxUnderlyingExposure: limit, maxTotalExposure }: Policy): Usd {
  return compare(limit, maxTotalExposure) < 0 ? minimum(limit, total) : total;
}

/** The one text of a policy, for hashing: canonical JSON, amounts as texts. Two policies that allow the same have one text. */
export function canonicalPolicy(policy: Policy): string {
  return canonicalJson(policyJson(policy));
}

/** The values of a policy under the keys of the file, amounts and durations as texts. For people, and for the hash. */
export function policyJson(policy: Policy): { readonly [Key in keyof typeof policyShape]: Json } {
  return {
    instruments: policy.instruments.toSorted(),
    order_types: policy.orderTypes.toSorted(),
    sides: policy.sides.toSorted(),
    quiet_hours: policy.quietHours.toSorted(),
    max_order_size: formatDecimal(policy.maxOrderSize),
    max_position_size: formatDecimal(policy.maxPositionSize),
    max_underlying_exposure: formatDecimal(policy.maxUnderlyingExposure),
    max_total_exposure: formatDecimal(policy.maxTotalExposure),
    max_open_positions: policy.maxOpenPositions,
    max_open_orders: policy.maxOpenOrders,
    max_daily_trades: policy.maxDailyTrades,
    max_daily_loss: formatDecimal(policy.maxDailyLoss),
    max_drawdown: formatDecimal(policy.maxDrawdown),
    max_leverage: formatDecimal(policy.maxLeverage),
    max_margin_share: formatPercentage(policy.maxMarginShare),
    min_liquidation_distance: formatPercentage(policy.minLiquidationDistance),
    max_account_equity: formatDecimal(policy.maxAccountEquity),
    min_balance: formatDecimal(policy.minBalance),
    price_collar: formatPercentage(policy.priceCollar),
    exit_collar: formatPercentage(policy.exitCollar),
    max_order_rate: { per_second: policy.maxOrderRate.perSecond, per_minute: policy.maxOrderRate.perMinute },
    max_same_side: { per_10_minutes: policy.maxSameSide.per10Minutes, per_hour: policy.maxSameSide.perHour },
    duplicate_window: formatDuration(policy.duplicateWindowMilliseconds),
    max_spread: formatPercentage(policy.maxSpread),
    max_book_share: formatPercentage(policy.maxBookShare),
    max_volume_share: formatPercentage(policy.maxVolumeShare),
    max_price_move: formatPercentage(policy.maxPriceMove),
    max_divergence: formatPercentage(policy.maxDivergence),
    max_funding_rate: formatPercentage(policy.maxFundingRate),
    max_data_age: formatDuration(policy.maxDataAgeMilliseconds),
    require_reason: policy.requireReason,
    require_stop: policy.requireStop === 'derivatives' ? policy.requireStop : policy.requireStop === 'always',
    min_stop_distance: formatPercentage(policy.minStopDistance),
    max_stop_changes: policy.maxStopChanges,
    loosening_wait: formatDuration(policy.looseningWaitMilliseconds),
    agent_halt: policy.agentHalt === 'HALTED' ? 'halted' : 'reduce_only',
    tripwire: policy.tripwire,
    max_slippage: formatPercentage(policy.maxSlippage),
    max_rejects: { in_a_row: policy.maxRejects.inARow, per_10_minutes: policy.maxRejects.per10Minutes },
    answer_wait: formatDuration(policy.answerWaitMilliseconds),
  };
}

/** Lists of what is allowed, of which a part is tighter, and of what is not, of which more is. */
const allowed = { instruments: 'instruments', order_types: 'orderTypes', sides: 'sides' } as const;
const barred = { quiet_hours: 'quietHours' } as const;

type LimitKey = Exclude<keyof typeof policyShape, keyof typeof allowed | keyof typeof barred | 'answer_wait'>;
type Bound = { readonly kind: 'at most' | 'at least'; readonly amounts: readonly Decimal[] };

/** Which way is tighter, key by key. */
const bounds: { readonly [Key in LimitKey]: (policy: Policy) => Bound } = {
  max_order_size: (policy) => atMost(policy.maxOrderSize),
  max_position_size: (policy) => atMost(policy.maxPositionSize),
  max_underlying_exposure: (policy) => atMost(policy.maxUnderlyingExposure),
  max_total_exposure: (policy) => atMost(policy.maxTotalExposure),
  max_open_positions: (policy) => atMost(whole(policy.maxOpenPositions)),
  max_open_orders: (policy) => atMost(whole(policy.maxOpenOrders)),
  max_daily_trades: (policy) => atMost(whole(policy.maxDailyTrades)),
  max_daily_loss: (policy) => atMost(policy.maxDailyLoss),
  max_drawdown: (policy) => atMost(policy.maxDrawdown),
  max_leverage: (policy) => atMost(policy.maxLeverage),
  max_margin_share: (policy) => atMost(policy.maxMarginShare),
  min_liquidation_distance: (policy) => atLeast(policy.minLiquidationDistance),
  max_account_equity: (policy) => atMost(policy.maxAccountEquity),
  min_balance: (policy) => atLeast(policy.minBalance),
  price_collar: (policy) => atMost(policy.priceCollar),
  exit_collar: (policy) => atMost(policy.exitCollar),
  max_order_rate: (policy) => atMost(whole(policy.maxOrderRate.perSecond), whole(policy.maxOrderRate.perMinute)),
  max_same_side: (policy) => atMost(whole(policy.maxSameSide.per10Minutes), whole(policy.maxSameSide.perHour)),
  duplicate_window: (policy) => atLeast(whole(policy.duplicateWindowMilliseconds)),
  max_spread: (policy) => atMost(policy.maxSpread),
  max_book_share: (policy) => atMost(policy.maxBookShare),
  max_volume_share: (policy) => atMost(policy.maxVolumeShare),
  max_price_move: (policy) => atMost(policy.maxPriceMove),
  max_divergence: (policy) => atMost(policy.maxDivergence),
  max_funding_rate: (policy) => atMost(policy.maxFundingRate),
  max_data_age: (policy) => atMost(whole(policy.maxDataAgeMilliseconds)),
  require_reason: (policy) => atLeast(whole(policy.requireReason ? 1 : 0)),
  require_stop: (policy) => atLeast(whole(['never', 'derivatives', 'always'].indexOf(policy.requireStop))),
  min_stop_distance: (policy) => atLeast(policy.minStopDistance),
  max_stop_changes: (policy) => atMost(whole(policy.maxStopChanges)),
  loosening_wait: (policy) => atLeast(whole(policy.looseningWaitMilliseconds)),
  max_slippage: (policy) => atMost(policy.maxSlippage),
  max_rejects: (policy) => atMost(whole(policy.maxRejects.inARow), whole(policy.maxRejects.per10Minutes)),
  agent_halt: (policy) => atLeast(whole(policy.agentHalt === 'HALTED' ? 1 : 0)),
  tripwire: (policy) => atLeast(whole(policy.tripwire === 'freeze' ? 1 : 0)),
};

function atMost(...amounts: readonly Decimal[]): Bound {
  return { kind: 'at most', amounts };
}

function atLeast(...amounts: readonly Decimal[]): Bound {
  return { kind: 'at least', amounts };
}

function whole(number: number): Decimal {
  return { coefficient: BigInt(number), scale: 0 };
}

/** What `key` has to be where `limit` holds, in words; `null` when `policy` is no looser there, or when `key` is no limit. */
export function loosened({ key, policy, limit }: { readonly key: string; readonly policy: Policy; readonly limit: Policy }): string | null {
  if (isKeyOf(allowed, key)) return within(policy[allowed[key]], limit[allowed[key]]) ? null : `only ${limit[allowed[key]].join(', ')}`;
  if (isKeyOf(barred, key)) return within(limit[barred[key]], policy[barred[key]]) ? null : `at least ${limit[barred[key]].join(', ')}`;
  if (!isKeyOf(bounds, key)) return null;
  const most = bounds[key](limit);
  const looser = most.kind === 'at most' ? 1 : -1;
  const own = bounds[key](policy).amounts;
  const isLooser = most.amounts.some((amount, index) => compare(own[index] ?? amount, amount) === looser);
  if (!isLooser) return null;
  const value = policyJson(limit)[key];
  // Of two words or of true and false only one is tight enough; "at least true" is no English.
  return typeof value === 'boolean' || worded.has(key) ? shown(value) : `${most.kind} ${shown(value)}`;
}

const worded: ReadonlySet<string> = new Set(['agent_halt', 'require_stop', 'tripwire']);

function within(some: readonly string[], all: readonly string[]): boolean {
  return some.every((each) => all.includes(each));
}

function isKeyOf<Keys extends object>(keys: Keys, key: string): key is Extract<keyof Keys, string> {
  return Object.hasOwn(keys, key);
}

function shown(value: Json): string {
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key} = ${shown(each)}`)
    .join(', ');
}
