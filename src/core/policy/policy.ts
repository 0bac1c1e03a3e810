import type { Mode } from '../account/mode.ts';
import { canonicalJson, type Json } from '../lang/canonical.ts';
import { assert } from '../lang/assert.ts';
import { err } from '../lang/result.ts';
import { type InstrumentId, parseInstrumentId } from '../market/instrument.ts';
import { compare, type Decimal, decimal, formatDecimal } from '../money/decimal.ts';
import type { Ratio, Usd } from '../money/units.ts';
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
  usdAboveZero,
  usdOrZero,
  type Values,
} from './fields.ts';

/** The limits of one principal. Every field stands under the same name, with underscores, in the file. */
export type Policy = {
  readonly instruments: readonly InstrumentId[];
  readonly maxOrderSize: Usd;
  readonly maxPositionSize: Usd;
  readonly maxTotalExposure: Usd;
  readonly maxOpenPositions: number;
  readonly maxOpenOrders: number;
  readonly maxDailyTrades: number;
  readonly maxDailyLoss: Usd;
  readonly maxDrawdown: Usd;
  readonly maxLeverage: Decimal;
  readonly maxAccountEquity: Usd;
  readonly minBalance: Usd;
  readonly priceCollar: Ratio;
  readonly exitCollar: Ratio;
  readonly maxOrderRate: { readonly perSecond: number; readonly perMinute: number };
  readonly maxSameSide: { readonly per10Minutes: number; readonly perHour: number };
  readonly duplicateWindowMilliseconds: number;
  readonly maxSpread: Ratio;
  readonly maxBookShare: Ratio;
  readonly maxDataAgeMilliseconds: number;
  readonly requireReason: boolean;
  readonly requireStop: boolean;
  readonly looseningWaitMilliseconds: number;
  /** Where an agent's `halt_trading` leads. */
  readonly agentHalt: Exclude<Mode, 'ACTIVE'>;
  /** How long an answer waits for a fill after the exchange took the order. */
  readonly answerWaitMilliseconds: number;
};

export type Environment = 'sim' | 'demo' | 'live';

const instrument: Field<InstrumentId> = (value, key) => {
  const parsed = parseInstrumentId(value.kind === 'text' ? value.value : undefined);
  return parsed.ok ? parsed : err({ line: value.line, key, message: parsed.error });
};

const instruments: Field<readonly InstrumentId[]> = (value, key) => {
  const read = list('expected a list of instruments, such as ["BTC-USDT"]', instrument)(value, key);
  if (!read.ok || new Set(read.value).size === read.value.length) return read;
  return err({ line: value.line, key, message: 'expected each instrument once' });
};

const COUNT_MAX = 1_000_000;
const orders = count({ least: 1, most: COUNT_MAX });
const half = decimal('0.5');
const all = decimal('1');

/** The limits that `[policy]` and every agent's section may set. */
export const limitsShape = {
  instruments,
  max_order_size: usdAboveZero,
  max_position_size: usdAboveZero,
  max_total_exposure: usdAboveZero,
  max_open_positions: orders,
  max_open_orders: orders,
  max_daily_trades: orders,
  max_daily_loss: usdAboveZero,
  max_drawdown: usdAboveZero,
  max_leverage: numberAboveZero,
  max_account_equity: usdAboveZero,
  min_balance: usdOrZero,
  price_collar: percentage({ most: half }),
  exit_collar: percentage({ most: half }),
  max_order_rate: tableOf({ per_second: orders, per_minute: orders }),
  max_same_side: tableOf({ per_10_minutes: orders, per_hour: orders }),
  duplicate_window: duration({ least: '1s', most: '1d' }),
  max_spread: percentage({ most: all }),
  max_book_share: percentage({ most: all }),
  max_data_age: duration({ least: '100ms', most: '60s' }),
  require_reason: flag,
  require_stop: flag,
  loosening_wait: duration({ least: '0s', most: '30d' }),
  agent_halt: choice(['reduce_only', 'halted']),
};

/** `answer_wait` limits nothing and is the same for everybody, so that an agent's section does not take it. */
export const policyShape = { ...limitsShape, answer_wait: duration({ least: '0s', most: '30s' }) };

/** `[policy]` of DESIGN §4.1 as it is without a file. Live waits a day before a loosened limit holds. */
export function defaultPolicy(environment: Environment): Policy {
  return {
    instruments: defaultInstruments,
    maxOrderSize: decimal('50'),
    maxPositionSize: decimal('100'),
    maxTotalExposure: decimal('300'),
    maxOpenPositions: 3,
    maxOpenOrders: 10,
    maxDailyTrades: 20,
    maxDailyLoss: decimal('15'),
    maxDrawdown: decimal('50'),
    maxLeverage: decimal('3'),
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
    maxDataAgeMilliseconds: 2000,
    requireReason: true,
    requireStop: false,
    looseningWaitMilliseconds: environment === 'live' ? 86_400_000 : 0,
    agentHalt: 'REDUCE_ONLY',
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
    maxOrderSize: values.max_order_size ?? otherwise.maxOrderSize,
    maxPositionSize: values.max_position_size ?? otherwise.maxPositionSize,
    maxTotalExposure: values.max_total_exposure ?? otherwise.maxTotalExposure,
    maxOpenPositions: values.max_open_positions ?? otherwise.maxOpenPositions,
    maxOpenOrders: values.max_open_orders ?? otherwise.maxOpenOrders,
    maxDailyTrades: values.max_daily_trades ?? otherwise.maxDailyTrades,
    maxDailyLoss: values.max_daily_loss ?? otherwise.maxDailyLoss,
    maxDrawdown: values.max_drawdown ?? otherwise.maxDrawdown,
    maxLeverage: values.max_leverage ?? otherwise.maxLeverage,
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
    maxDataAgeMilliseconds: values.max_data_age ?? otherwise.maxDataAgeMilliseconds,
    requireReason: values.require_reason ?? otherwise.requireReason,
    requireStop: values.require_stop ?? otherwise.requireStop,
    looseningWaitMilliseconds: values.loosening_wait ?? otherwise.looseningWaitMilliseconds,
    agentHalt: values.agent_halt === undefined ? otherwise.agentHalt : values.agent_halt === 'halted' ? 'HALTED' : 'REDUCE_ONLY',
    answerWaitMilliseconds: values.answer_wait ?? otherwise.answerWaitMilliseconds,
  };
}

/** The one text of a policy, for hashing: canonical JSON, amounts as texts. Two policies that allow the same have one text. */
export function canonicalPolicy(policy: Policy): string {
  return canonicalJson(policyJson(policy));
}

/** The values of a policy under the keys of the file, amounts and durations as texts. For people, and for the hash. */
export function policyJson(policy: Policy): { readonly [Key in keyof typeof policyShape]: Json } {
  return {
    instruments: policy.instruments.toSorted(),
    max_order_size: formatDecimal(policy.maxOrderSize),
    max_position_size: formatDecimal(policy.maxPositionSize),
    max_total_exposure: formatDecimal(policy.maxTotalExposure),
    max_open_positions: policy.maxOpenPositions,
    max_open_orders: policy.maxOpenOrders,
    max_daily_trades: policy.maxDailyTrades,
    max_daily_loss: formatDecimal(policy.maxDailyLoss),
    max_drawdown: formatDecimal(policy.maxDrawdown),
    max_leverage: formatDecimal(policy.maxLeverage),
    max_account_equity: formatDecimal(policy.maxAccountEquity),
    min_balance: formatDecimal(policy.minBalance),
    price_collar: formatPercentage(policy.priceCollar),
    exit_collar: formatPercentage(policy.exitCollar),
    max_order_rate: { per_second: policy.maxOrderRate.perSecond, per_minute: policy.maxOrderRate.perMinute },
    max_same_side: { per_10_minutes: policy.maxSameSide.per10Minutes, per_hour: policy.maxSameSide.perHour },
    duplicate_window: formatDuration(policy.duplicateWindowMilliseconds),
    max_spread: formatPercentage(policy.maxSpread),
    max_book_share: formatPercentage(policy.maxBookShare),
    max_data_age: formatDuration(policy.maxDataAgeMilliseconds),
    require_reason: policy.requireReason,
    require_stop: policy.requireStop,
    loosening_wait: formatDuration(policy.looseningWaitMilliseconds),
    agent_halt: policy.agentHalt === 'HALTED' ? 'halted' : 'reduce_only',
    answer_wait: formatDuration(policy.answerWaitMilliseconds),
  };
}

type LimitKey = keyof typeof limitsShape;
type Bound = { readonly kind: 'at most' | 'at least'; readonly amounts: readonly Decimal[] };

/** Which way is tighter, key by key. */
const bounds: { readonly [Key in Exclude<LimitKey, 'instruments'>]: (policy: Policy) => Bound } = {
  max_order_size: (policy) => atMost(policy.maxOrderSize),
  max_position_size: (policy) => atMost(policy.maxPositionSize),
  max_total_exposure: (policy) => atMost(policy.maxTotalExposure),
  max_open_positions: (policy) => atMost(whole(policy.maxOpenPositions)),
  max_open_orders: (policy) => atMost(whole(policy.maxOpenOrders)),
  max_daily_trades: (policy) => atMost(whole(policy.maxDailyTrades)),
  max_daily_loss: (policy) => atMost(policy.maxDailyLoss),
  max_drawdown: (policy) => atMost(policy.maxDrawdown),
  max_leverage: (policy) => atMost(policy.maxLeverage),
  max_account_equity: (policy) => atMost(policy.maxAccountEquity),
  min_balance: (policy) => atLeast(policy.minBalance),
  price_collar: (policy) => atMost(policy.priceCollar),
  exit_collar: (policy) => atMost(policy.exitCollar),
  max_order_rate: (policy) => atMost(whole(policy.maxOrderRate.perSecond), whole(policy.maxOrderRate.perMinute)),
  max_same_side: (policy) => atMost(whole(policy.maxSameSide.per10Minutes), whole(policy.maxSameSide.perHour)),
  duplicate_window: (policy) => atLeast(whole(policy.duplicateWindowMilliseconds)),
  max_spread: (policy) => atMost(policy.maxSpread),
  max_book_share: (policy) => atMost(policy.maxBookShare),
  max_data_age: (policy) => atMost(whole(policy.maxDataAgeMilliseconds)),
  require_reason: (policy) => atLeast(whole(policy.requireReason ? 1 : 0)),
  require_stop: (policy) => atLeast(whole(policy.requireStop ? 1 : 0)),
  loosening_wait: (policy) => atLeast(whole(policy.looseningWaitMilliseconds)),
  agent_halt: (policy) => atLeast(whole(policy.agentHalt === 'HALTED' ? 1 : 0)),
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
  if (key === 'instruments') {
    return policy.instruments.every((name) => limit.instruments.includes(name)) ? null : `only ${limit.instruments.join(', ')}`;
  }
  if (!isBoundKey(key)) return null;
  const allowed = bounds[key](limit);
  const looser = allowed.kind === 'at most' ? 1 : -1;
  const own = bounds[key](policy).amounts;
  const isLooser = allowed.amounts.some((amount, index) => compare(own[index] ?? amount, amount) === looser);
  if (!isLooser) return null;
  const value = policyJson(limit)[key];
  // Of two words or of true and false only one is tight enough; "at least true" is no English.
  return typeof value === 'boolean' || key === 'agent_halt' ? shown(value) : `${allowed.kind} ${shown(value)}`;
}

function isBoundKey(key: string): key is keyof typeof bounds {
  return Object.hasOwn(bounds, key);
}

function shown(value: Json): string {
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key} = ${shown(each)}`)
    .join(', ');
}
