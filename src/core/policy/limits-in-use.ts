import type { Books, Circumstances } from '../account/books.ts';
import { badSlips, SLIPS_LOOKED_AT, SLIPS_TOO_MANY } from '../account/slippage.ts';
import { type Holding, isOpen } from '../exposure/holding.ts';
import { survey } from '../exposure/survey.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { notionalUsd, valuationPrice } from '../market/valuation.ts';
import {
  add,
  type Decimal,
  divideDown,
  divideUp,
  formatDecimal,
  isPositive,
  maximum,
  minimum,
  one,
  subtract,
  zero,
} from '../money/decimal.ts';
import type { Price, Size, Usd } from '../money/units.ts';
import { sides } from '../order/bounds.ts';
import type { Principal } from '../order/intent.ts';
import type { PositionKey } from '../order/leg.ts';
import { approvalSum, entriesToday, entryRate, rejectionUse, sameSideUse } from './activity.ts';
import type { LimitUse } from './decision.ts';
import { lossesOf } from './losses.ts';
import { marginLimits, underlyingLimits } from './exposure-limits.ts';
import { marketLimits } from './market-limits.ts';
import { equityOf, heldAgeMax, isHeldFresh, othersOf, rateOf } from './others.ts';
import type { Policy } from './policy.ts';
import { holdingsOf } from './underlying.ts';

/** A limit with what is in use of it and what is left; `null` where the use cannot be known now, which refuses entries. */
export type LimitInUse = Omit<LimitUse, 'used'> & {
  /** What it is counted over: `account`, an order, an instrument, or an instrument and side. */
  readonly scope: string;
  readonly used: string | null;
  readonly headroom: string | null;
};

export type LimitQuestion = {
  readonly books: Books;
  readonly circumstances: Circumstances;
  readonly policy: Policy;
  readonly principal: Principal;
  /** `null`: no entry needs a person. */
  readonly approvalAbove: Usd | null;
};

/**
 * Every limit of the policy that is a number, as the controls count it: for `get_limits` and `twokey limits`. Per instrument the valuation is that of the
 * market; an order with a higher limit price is counted higher.
 */
export function limitsInUse(question: LimitQuestion): readonly LimitInUse[] {
  const holdings = survey(question.books);
  return [
    dollars({ name: 'max_order_size', scope: 'order', max: question.policy.maxOrderSize, used: zero }),
    ...exposureLimits(question, holdings),
    ...underlyingLimits({ ...question, holdings, equityUsd: equityUsd(question) }),
    ...marginLimits({ ...question, holdings, equityUsd: equityUsd(question) }),
    ...countLimits(question, holdings),
    ...lossLimits(question, holdings),
    ...conductLimits(question),
    ...accountLimits(question),
    ...approvalLimits(question, holdings),
    ...sameSideLimits(question),
    ...marketLimits(question),
  ];
}

function exposureLimits(question: LimitQuestion, holdings: ReadonlyMap<PositionKey, Holding>): readonly LimitInUse[] {
  const { books, circumstances, policy } = question;
  const total = othersOf({ circumstances, policy, holdings, except: null });
  const totalUsd = total.kind === 'known' ? total.usd : null;
  const equity = equityUsd(question);
  const times =
    totalUsd === null || equity === null || !isPositive(equity) ? null : divideUp({ dividend: totalUsd, divisor: equity, digits: 2 });
  const perInstrument = [...new Set([...policy.instruments, ...[...holdings.values()].map(({ instrument }) => instrument)])].map((id) =>
    dollars({
      name: 'max_position_size',
      scope: id,
      max: policy.maxPositionSize,
      used: worstCaseUsd({ books, circumstances, policy, id, holdings }),
    }),
  );
  return [
    ...perInstrument,
    dollars({ name: 'max_total_exposure', scope: 'account', max: policy.maxTotalExposure, used: totalUsd }),
    row({ name: 'max_leverage', scope: 'account', max: policy.maxLeverage, used: times, unit: 'times' }),
  ];
}

type Worst = Pick<LimitQuestion, 'books' | 'circumstances' | 'policy'> & {
  readonly id: InstrumentId;
  readonly holdings: ReadonlyMap<PositionKey, Holding>;
};

function worstCaseUsd({ books, circumstances, policy, id, holdings }: Worst): Usd | null {
  const legs = [...holdings.values()].filter((holding) => holding.instrument === id);
  const instrument = books.instruments.get(id);
  const size = legs.reduce((sum: Size, leg) => add(sum, leg.worst), zero);
  if (!isPositive(size)) return zero;
  const quote = circumstances.quotes.get(id);
  if (instrument === undefined || quote === undefined || !isHeldFresh(quote, circumstances.now, policy)) return null;
  const limits = legs.flatMap((leg) => leg.highestLimit ?? []);
  const highestLimit = limits.reduce<Price | null>((most, limit) => (most === null ? limit : maximum(most, limit)), null);
  const rate = rateOf(instrument, circumstances);
  if (rate === null) return null;
  return notionalUsd({ instrument, size, price: valuationPrice({ quote, limit: highestLimit, margin: policy.priceCollar, rate }) });
}

function countLimits({ books, circumstances, policy }: LimitQuestion, holdings: ReadonlyMap<PositionKey, Holding>): readonly LimitInUse[] {
  const positions = [...holdings.values()].filter((holding) => isOpen(holding)).length;
  const rate = entryRate(books.activity, circumstances.now);
  const today = entriesToday(books.activity, circumstances.now);
  return [
    counted({ name: 'max_open_positions', max: policy.maxOpenPositions, used: positions, unit: 'positions' }),
    counted({ name: 'max_open_orders', max: policy.maxOpenOrders, used: books.openOrders.size, unit: 'orders' }),
    counted({ name: 'max_daily_trades', max: policy.maxDailyTrades, used: today, unit: 'entries in this UTC day' }),
    counted({ name: 'max_order_rate', max: policy.maxOrderRate.perSecond, used: rate.perSecond, unit: 'entries in a second' }),
    counted({ name: 'max_order_rate', max: policy.maxOrderRate.perMinute, used: rate.perMinute, unit: 'entries in a minute' }),
  ];
}

/** The equity as the entry sees it for whose coin it counts least; `null` where it or one of the coins is not known. */
function equityUsd({ books, circumstances, policy }: LimitQuestion): Usd | null {
  let least = circumstances.funds?.equityUsd ?? null;
  for (const id of policy.instruments) {
    const instrument = books.instruments.get(id);
    if (instrument === undefined || least === null) continue;
    const counted = equityOf(instrument, circumstances);
    least = counted === null ? null : minimum(least, counted);
  }
  return least;
}

/** Of the account, whoever asks; open orders are left out, which the controls count on top. */
function lossLimits({ books, circumstances, policy }: LimitQuestion, holdings: ReadonlyMap<PositionKey, Holding>): readonly LimitInUse[] {
  const losses = lossesOf({ books, circumstances, holdings, ageMaxMilliseconds: heldAgeMax(policy) });
  const { daily, drawdown } = losses.kind === 'known' ? losses : { daily: null, drawdown: null };
  return [
    dollars({ name: 'max_daily_loss', scope: 'account', max: policy.maxDailyLoss, used: daily }),
    dollars({ name: 'max_drawdown', scope: 'account', max: policy.maxDrawdown, used: drawdown }),
  ];
}

/** What closes entries once it is used up. */
function conductLimits({ books, circumstances, policy }: LimitQuestion): readonly LimitInUse[] {
  const bad = badSlips(books.earnings.slips, policy.maxSlippage);
  const rejects = rejectionUse(books.activity, circumstances.now);
  const { inARow, per10Minutes } = policy.maxRejects;
  return [
    // Named apart from its key, whose value is a share and not this count.
    counted({
      name: 'max_slippage.entries',
      max: SLIPS_TOO_MANY,
      used: bad,
      unit: `of the last ${SLIPS_LOOKED_AT} filled entries beyond it`,
    }),
    counted({ name: 'max_rejects', max: inARow, used: rejects.inARow, unit: 'refusals of the exchange in a row' }),
    counted({ name: 'max_rejects', max: per10Minutes, used: rejects.per10Minutes, unit: 'refusals of the exchange in 10 minutes' }),
  ];
}

function accountLimits(question: LimitQuestion): readonly LimitInUse[] {
  const { circumstances, policy } = question;
  const equity = equityUsd(question);
  const spare = equity === null ? null : subtract(equity, policy.minBalance);
  return [
    dollars({ name: 'max_account_equity', scope: 'account', max: policy.maxAccountEquity, used: circumstances.funds?.equityUsd ?? null }),
    {
      name: 'min_balance',
      scope: 'account',
      max: formatDecimal(policy.minBalance),
      used: equity === null ? null : down(equity),
      headroom: spare === null ? null : down(maximum(spare, zero)),
      unit: 'USD',
    },
  ];
}

/** Both ways in which an underlying reaches the threshold: by what was entered lately, and by what it comes to at worst. */
function approvalLimits(
  { books, circumstances, policy, approvalAbove }: LimitQuestion,
  holdings: ReadonlyMap<PositionKey, Holding>,
): readonly LimitInUse[] {
  if (approvalAbove === null) return [];
  const underlyings = new Set(policy.instruments.flatMap((id) => books.instruments.get(id)?.base ?? []));
  return [...underlyings].flatMap((underlying) => {
    const limit = { name: 'approval.above', max: approvalAbove };
    const worst = othersOf({ circumstances, policy, holdings: holdingsOf(holdings, underlying), except: null });
    return [
      dollars({ ...limit, scope: `${underlying} 10 minutes`, used: approvalSum(books.activity, underlying, circumstances.now) }),
      dollars({ ...limit, scope: `${underlying} worst case`, used: worst.kind === 'known' ? worst.usd : null }),
    ];
  });
}

/** Only where something was sent: all others are unused. A latched side has nothing left, however long ago its entries were. */
function sameSideLimits({ books, circumstances, policy, principal }: LimitQuestion): readonly LimitInUse[] {
  const rows: LimitInUse[] = [];
  for (const instrument of policy.instruments) {
    for (const side of sides) {
      const use = sameSideUse(books.activity, { principal, instrument, side }, circumstances.now);
      if (use.perHour === 0 && !use.latched) continue;
      const scope = `${instrument} ${side}`;
      const { per10Minutes, perHour } = policy.maxSameSide;
      const short = counted({ name: 'max_same_side', scope, max: per10Minutes, used: use.per10Minutes, unit: 'entries in 10 minutes' });
      const long = counted({ name: 'max_same_side', scope, max: perHour, used: use.perHour, unit: 'entries in an hour' });
      rows.push(
        ...(use.latched
          ? [
              { ...short, headroom: '0' },
              { ...long, headroom: '0' },
            ]
          : [short, long]),
      );
    }
  }
  return rows;
}

function dollars({
  used,
  ...limit
}: {
  readonly name: string;
  readonly scope: string;
  readonly max: Usd;
  readonly used: Usd | null;
}): LimitInUse {
  return row({ ...limit, used: used === null ? null : divideUp({ dividend: used, divisor: one, digits: 2 }), unit: 'USD' });
}

type Count = { readonly name: string; readonly scope?: string; readonly max: number; readonly used: number; readonly unit: string };

function counted({ name, scope = 'account', max, used, unit }: Count): LimitInUse {
  return { name, scope, max: String(max), used: String(used), headroom: String(Math.max(max - used, 0)), unit };
}

type Row = { readonly name: string; readonly scope: string; readonly max: Decimal; readonly used: Decimal | null; readonly unit: string };

function row({ name, scope, max, used, unit }: Row): LimitInUse {
  const headroom = used === null ? null : maximum(subtract(max, used), zero);
  return {
    name,
    scope,
    max: formatDecimal(max),
    used: used === null ? null : formatDecimal(used),
    headroom: headroom === null ? null : formatDecimal(headroom),
    unit,
  };
}

function down(amount: Decimal): string {
  return formatDecimal(divideDown({ dividend: amount, divisor: one, digits: 2 }));
}
