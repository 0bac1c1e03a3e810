import { apply } from '../account/apply.ts';
import { DRAWDOWN, type Falls, fallsOf, isMarkDue, markOf } from '../account/course.ts';
import { pricesOf } from '../account/managed-equity.ts';
import { badSlips, SLIPS_LOOKED_AT, SLIPS_TOO_MANY } from '../account/slippage.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { compare, decimal, divideDown, formatDecimal, minimum, multiply, one } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import { rejectionUse } from '../policy/activity.ts';
import { managedEquityOf } from '../policy/losses.ts';
import { heldAgeMax } from '../policy/others.ts';
import type { Policy } from '../policy/policy.ts';
import { seconds, usd } from '../policy/words.ts';
import { type Context, type Event, nothing, type Step } from './events.ts';
import { down } from './modes.ts';

// What stops the account by itself when trading goes badly (reference/risk.md §3.2 A6 and A7, §4.7, §6.3). Nothing here opens it again.

/** An equity that nobody knows counts as a breached limit from then on. */
export const UNKNOWN_EQUITY_MILLISECONDS = 60_000;
/** The daily loss that halts, in parts of the limit. */
const halting = decimal('1.5');
/** A breach that halted ends when the loss is below this part of what it was for, so that a price that trembles there halts once. */
const ended = decimal('0.9');
/** A rise above everything of the last 24 hours is marked at once when it is more than this part of the tighter limit. */
const meaningful = decimal('0.02');
const hundred = decimal('100');
const PRICE_DIGITS = 20;

/** A step with what its news, or the time, set off besides: marks of the managed equity, and the way down. */
export function withBreakers(state: State, { event, step, context }: Watched): Step {
  const hasNews = step.entries.some(({ kind }) => kind === 'fill' || kind === 'rejected');
  if (event.kind !== 'tick' && !hasNews) return step;
  const { now } = context.circumstances;
  // Judged on what the step itself makes of the state: its fills and refusals count, and so does a way down that it took already.
  const after = afterwards(state, step.entries, now);
  const losses = event.kind === 'tick' ? watchLosses(after, context) : nothing;
  const conduct = watchConduct(afterwards(after, losses.entries, now), context);
  return {
    entries: [...step.entries, ...losses.entries, ...conduct.entries],
    effects: [...step.effects, ...losses.effects, ...conduct.effects],
  };
}

export type Watched = { readonly event: Event; readonly step: Step; readonly context: Context };

/** What entries make of a state, before they are written. */
export function afterwards(state: State, entries: readonly Entry[], at: number): State {
  return entries.reduce((before, entry) => apply(before, { seq: before.seq + 1, at, entry }), state);
}

/** Why entries may not be opened again now; `null` where losses are no reason. Asked before a person's `resume` to ACTIVE is taken. */
export function lossesAgainst(state: State, { circumstances, configuration }: Context): string | null {
  if (!state.earnings.begun) return null;
  const { policy } = configuration;
  const equity = managedEquityOf({ books: state, circumstances, ageMaxMilliseconds: heldAgeMax(policy) });
  if (equity.kind === 'unknown') return `what twokey trades cannot be valued: ${equity.cause}; resume when it can`;
  const breach = breachOf(fallsOf(state.earnings.course, { usd: equity.usd, now: circumstances.now }), policy);
  return breach === null ? null : `${breach}; resume when it is less, or raise the limit and start anew`;
}

/** Marks what has to be marked, and goes down where a limit is reached or nobody knows for long. */
function watchLosses(state: State, context: Context): Step {
  const { circumstances, configuration } = context;
  const { begun, course } = state.earnings;
  if (!begun || state.booting) return nothing;
  const equity = managedEquityOf({ books: state, circumstances, ageMaxMilliseconds: heldAgeMax(configuration.policy) });
  if (equity.kind === 'known') return measured(state, equity.usd, context);
  if (course.unknownSince === null) return { entries: [{ kind: 'unvalued', cause: equity.cause }], effects: [] };
  const age = circumstances.now - course.unknownSince;
  if (age <= UNKNOWN_EQUITY_MILLISECONDS) return nothing;
  return down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: `the loss is not known for ${seconds(age)}: ${equity.cause}` });
}

function measured(state: State, equity: Usd, { circumstances, configuration: { policy } }: Context): Step {
  const { course } = state.earnings;
  const { now } = circumstances;
  const falls = fallsOf(course, { usd: equity, now });
  const halts = haltsOf(falls, policy).filter(({ name, fall, level }) => {
    const least = course.halting.includes(name) ? multiply(level, ended) : level;
    return compare(fall, least) >= 0;
  });
  const names = halts.map(({ name }) => name);
  const mark = markOf(equity);
  const step = multiply(minimum(policy.maxDailyLoss, policy.maxDrawdown), meaningful);
  const isDue = isMarkDue(course, { usd: mark, now, step }) || names.join() !== course.halting.join();
  // A clock that is not known to be right dates nothing that later losses are measured from.
  const entries: readonly Entry[] = isDue && circumstances.clockTrusted ? [markedEntry(state, { mark, names, circumstances })] : [];
  const fresh = halts.find(({ name }) => !course.halting.includes(name));
  const breach = fresh?.cause ?? breachOf(falls, policy);
  if (breach === null) return { entries, effects: [] };
  const stop = down(state, { to: fresh === undefined ? 'REDUCE_ONLY' : 'HALTED', by: 'twokey', cause: breach });
  return { entries: [...entries, ...stop.entries], effects: stop.effects };
}

type Marking = { readonly mark: Usd; readonly names: readonly string[]; readonly circumstances: Context['circumstances'] };

function markedEntry(state: State, { mark, names, circumstances }: Marking): Entry {
  const prices = [...pricesOf(state, circumstances)].map(
    ([id, price]) => [id, formatDecimal(divideDown({ dividend: price, divisor: one, digits: PRICE_DIGITS }))] as const,
  );
  return { kind: 'marked', managed_usd: formatDecimal(mark), prices: Object.fromEntries(prices), halting: names };
}

type Halt = { readonly name: string; readonly fall: Usd; readonly level: Usd; readonly cause: string };

/** What halts, and does so once: after a person has let exits through again, the same breach does not lock them in a second time. */
function haltsOf({ daily, drawdown }: Falls, { maxDailyLoss, maxDrawdown }: Policy): readonly Halt[] {
  const level = multiply(maxDailyLoss, halting);
  return [
    { name: 'max_daily_loss', fall: daily, level, cause: `${dailyText(daily, maxDailyLoss)}, which is half as much again` },
    { name: DRAWDOWN, fall: drawdown, level: maxDrawdown, cause: drawdownText(drawdown, maxDrawdown) },
  ];
}

/** Which limit is reached, in words; entries stay closed while it is. */
function breachOf({ daily, drawdown }: Falls, { maxDailyLoss, maxDrawdown }: Policy): string | null {
  if (compare(drawdown, maxDrawdown) >= 0) return drawdownText(drawdown, maxDrawdown);
  return compare(daily, maxDailyLoss) >= 0 ? dailyText(daily, maxDailyLoss) : null;
}

function dailyText(daily: Usd, max: Usd): string {
  return `${usd(daily)} are lost since midnight UTC or the highest of the last 24 hours, at most ${usd(max)} are allowed (max_daily_loss)`;
}

function drawdownText(drawdown: Usd, max: Usd): string {
  return `${usd(drawdown)} are lost from the peak, at most ${usd(max)} are allowed (max_drawdown)`;
}

/** What closes entries because of how trading goes, whatever it earns. */
export type Breaker = {
  /** As in reference/risk.md §3.2. */
  readonly id: string;
  /** The key of `twokey.toml`. */
  readonly name: string;
  /** One sentence: what sets it off. */
  readonly trips: string;
  readonly cause: (state: State, policy: Policy, now: number) => string | null;
};

/** Each leads to REDUCE_ONLY, and is forgotten when a person opens entries again. */
export const breakers: readonly Breaker[] = [
  {
    id: 'A6',
    name: 'max_rejects',
    trips: 'the exchange refuses as many orders in a row, or in 10 minutes, as the limit; what the policy denies is not counted',
    cause: rejectCause,
  },
  {
    id: 'A7',
    name: 'max_slippage',
    trips: `${SLIPS_TOO_MANY} of the last ${SLIPS_LOOKED_AT} filled entries were worse than the market at their decision by more than the limit, each counted once, by its average price`,
    cause: slippageCause,
  },
];

function watchConduct(state: State, { circumstances, configuration: { policy } }: Context): Step {
  for (const breaker of breakers) {
    const cause = breaker.cause(state, policy, circumstances.now);
    if (cause !== null) return down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: `${cause} (${breaker.name})` });
  }
  return nothing;
}

function slippageCause({ earnings: { slips } }: State, { maxSlippage }: Policy): string | null {
  const bad = badSlips(slips, maxSlippage);
  if (bad < SLIPS_TOO_MANY) return null;
  const most = formatDecimal(multiply(maxSlippage, hundred));
  return `${bad} of the last ${slips.length} filled entries were more than ${most} % worse than the market at their decision`;
}

function rejectCause({ activity }: State, { maxRejects }: Policy, now: number): string | null {
  const { inARow, per10Minutes } = rejectionUse(activity, now);
  if (inARow >= maxRejects.inARow) return `the exchange refused ${inARow} orders in a row`;
  return per10Minutes >= maxRejects.per10Minutes ? `the exchange refused ${per10Minutes} orders in 10 minutes` : null;
}
