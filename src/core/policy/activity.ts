import { emptyTable, entries as pairsOf, get, remove, set, type Table, tableOf } from '../lang/table.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { add, compare, type Decimal, decimal, divideDown, formatDecimal, multiply, zero } from '../money/decimal.ts';
import type { Price, Size, Usd } from '../money/units.ts';
import type { IntentType, Principal, QuantityUnit, Side } from '../order/intent.ts';

/**
 * What the sliding windows have to know of the submissions so far. Nothing in it grows with the number of orders: time is cut into slots,
 * and a slot counts as a whole while any part of it is still inside the window, so that a count is never too small.
 */
export type Activity = {
  /** Entries in slots of 100 ms and of 1 s, for `max_order_rate`. */
  readonly entriesPerSecond: Slots<number>;
  readonly entriesPerMinute: Slots<number>;
  /** By agent: a loop of one must not use up the way out of another. */
  readonly exits: Table<Exits>;
  /** Entries of one UTC day. */
  readonly today: { readonly day: number; readonly entries: number };
  /** By agent, instrument and side. */
  readonly sameSide: Table<SameSide>;
  /** By underlying: the value of entries of all agents in slots of 10 s. */
  readonly approvals: Table<Slots<Usd>>;
  /** By instrument that ever had an entry: what the largest of them was counted at. */
  readonly largest: Table<Usd>;
  readonly recent: Recent;
  /** Placements that the exchange refused. */
  readonly rejections: Rejections;
};

type Rejections = { readonly inARow: number; readonly slots: Slots<number> };
type Exits = { readonly perSecond: Slots<number>; readonly perMinute: Slots<number> };
type SameSide = { readonly slots: Slots<number>; readonly latched: boolean };

/** The last submissions by fingerprint, in two generations: the older one is dropped when nothing in it can matter any more. */
type Recent = {
  readonly until: number;
  /** The longest window of the younger generation: agents may have windows of their own. */
  readonly longest: number;
  readonly younger: Table<number>;
  readonly older: Table<number>;
};

type Slot<Amount> = { readonly slot: number; readonly amount: Amount };
/** Oldest first, without empty slots. */
type Slots<Amount> = readonly Slot<Amount>[];

type Window = { readonly slotMilliseconds: number; readonly lengthMilliseconds: number };

const SECOND: Window = { slotMilliseconds: 100, lengthMilliseconds: 1000 };
const MINUTE: Window = { slotMilliseconds: 1000, lengthMilliseconds: 60_000 };
const TEN_MINUTES: Window = { slotMilliseconds: 10_000, lengthMilliseconds: 600_000 };
const HOUR: Window = { slotMilliseconds: 10_000, lengthMilliseconds: 3_600_000 };
const DAY_MILLISECONDS = 86_400_000;

/** Before the first submission. */
export const noActivity: Activity = {
  entriesPerSecond: [],
  entriesPerMinute: [],
  exits: emptyTable(),
  today: { day: 0, entries: 0 },
  sameSide: emptyTable(),
  approvals: emptyTable(),
  largest: emptyTable(),
  recent: { until: 0, longest: 0, younger: emptyTable(), older: emptyTable() },
  rejections: { inARow: 0, slots: [] },
};

/** What a decision wants remembered of the order that it allows; journaled with it, so that the memory is a fold over entries. */
export type Marks = {
  /** Under which this order is recognised when it is asked for again. */
  readonly fingerprints: readonly string[];
  /** How long the fingerprints matter, from the submission on. */
  readonly duplicateWindowMilliseconds: number;
  /** Whether this order is the last one that `max_same_side` lets through before a person looks. */
  readonly latchesSameSide: boolean;
};

export type Submission = {
  readonly principal: Principal;
  readonly instrument: InstrumentId;
  readonly underlying: string;
  readonly side: Side;
  readonly notionalUsd: Usd;
  readonly purpose: 'entry' | 'exit';
  /** UTC milliseconds. */
  readonly at: number;
  readonly marks: Marks;
};

/**
 * Remembers that an order was submitted. What counts is the submission: a rejection and an unknown outcome stay counted, since giving
 * them back would reward loops (reference/risk.md §4.8). Exits count for their own rate and for nothing else.
 */
export function recordSubmission(activity: Activity, submission: Submission): Activity {
  const { at, marks } = submission;
  if (submission.purpose === 'exit') return withExit(activity, submission.principal, at);
  const key = sameSideKey(submission);
  const sameSide = get(activity.sameSide, key);
  const day = Math.max(dayOf(at), activity.today.day);
  return {
    ...activity,
    entriesPerSecond: counted(activity.entriesPerSecond, SECOND, at),
    entriesPerMinute: counted(activity.entriesPerMinute, MINUTE, at),
    today: { day, entries: day === activity.today.day ? activity.today.entries + 1 : 1 },
    sameSide: set(activity.sameSide, key, {
      slots: counted(sameSide?.slots ?? [], HOUR, at),
      latched: marks.latchesSameSide || (sameSide?.latched ?? false),
    }),
    approvals: withSlice(activity.approvals, submission),
    largest: withLargest(activity.largest, submission),
    recent: remembered(activity.recent, marks, at),
  };
}

function withExit(activity: Activity, principal: Principal, at: number): Activity {
  const before = get(activity.exits, principal) ?? noExits;
  const exits = { perSecond: counted(before.perSecond, SECOND, at), perMinute: counted(before.perMinute, MINUTE, at) };
  return { ...activity, exits: set(activity.exits, principal, exits) };
}

type Slice = Pick<Submission, 'underlying' | 'notionalUsd' | 'at'>;

function withSlice(table: Activity['approvals'], { underlying, notionalUsd, at }: Slice): Activity['approvals'] {
  const slots = get(table, underlying) ?? [];
  return set(table, underlying, added({ slots, window: TEN_MINUTES, at, amount: notionalUsd, plus: add }));
}

const USUAL = decimal('1.05');

/**
 * How large an entry may be and still be like the largest so far: 5 % more, because an amount of dollars becomes another number of lots at
 * every price.
 */
export function largestUsual(largest: Usd): Usd {
  return multiply(largest, USUAL);
}

/** What is merely like the largest does not become the largest: else a series, each a little above the one before, would never be seen. */
function withLargest(table: Table<Usd>, { instrument, notionalUsd }: Submission): Table<Usd> {
  const largest = get(table, instrument);
  return largest !== undefined && compare(notionalUsd, largestUsual(largest)) <= 0 ? table : set(table, instrument, notionalUsd);
}

export type Amendment = Pick<Submission, 'principal' | 'underlying' | 'purpose' | 'at'> & {
  readonly increases: boolean;
  /** What it was counted at. */
  readonly notionalUsd: Usd;
};

/**
 * An amendment is a message of the rate that its order belongs to. Where more of an entry may execute than before it is one more entry of the day, and counts
 * whole where slices are added up, as it did when it was decided: else one order could grow past every sum (reference/risk.md §4.6, §4.8).
 */
export function recordAmendment(activity: Activity, { principal, underlying, purpose, increases, notionalUsd, at }: Amendment): Activity {
  if (purpose === 'exit') return withExit(activity, principal, at);
  const day = Math.max(dayOf(at), activity.today.day);
  const before = day === activity.today.day ? activity.today.entries : 0;
  return {
    ...activity,
    entriesPerSecond: counted(activity.entriesPerSecond, SECOND, at),
    entriesPerMinute: counted(activity.entriesPerMinute, MINUTE, at),
    today: { day, entries: increases ? before + 1 : before },
    approvals: increases ? withSlice(activity.approvals, { underlying, notionalUsd, at }) : activity.approvals,
  };
}

/** Gives back the day's count of one entry that is proven never to have reached the exchange. `at` is when it was submitted. */
export function refundAbsent(activity: Activity, at: number): Activity {
  const { day, entries } = activity.today;
  return dayOf(at) === day && entries > 0 ? { ...activity, today: { day, entries: entries - 1 } } : activity;
}

/** Counts an entry again that was given back, and reached the exchange after all. `at` is when it was submitted. */
export function countAgain(activity: Activity, at: number): Activity {
  const { day, entries } = activity.today;
  return dayOf(at) === day ? { ...activity, today: { day, entries: entries + 1 } } : activity;
}

export type SameSideKey = { readonly principal: Principal; readonly instrument: InstrumentId; readonly side: Side };

/** Lets an agent trade this side of this instrument again: a person's decision, never time's. The hour's count starts anew. */
export function clearLatch(activity: Activity, key: SameSideKey): Activity {
  return { ...activity, sameSide: remove(activity.sameSide, sameSideKey(key)) };
}

/** Lets one agent trade every side again. */
export function clearLatchesOf(activity: Activity, principal: Principal): Activity {
  const kept = [...pairsOf(activity.sameSide)].filter(([key]) => !key.startsWith(`${principal} `));
  return { ...activity, sameSide: tableOf(kept) };
}

/** Whether an agent has repeated itself so often that a person has to look before it goes on. */
export function isLatched(activity: Activity, principal: Principal): boolean {
  return [...pairsOf(activity.sameSide)].some(([key, { latched }]) => latched && key.startsWith(`${principal} `));
}

/** Lets every agent trade every side again, and forgets what the exchange refused. */
export function clearLatches(activity: Activity): Activity {
  return { ...activity, sameSide: emptyTable(), rejections: noActivity.rejections };
}

/** Remembers that the exchange refused a placement, an entry or an exit. What our own policy refuses is none. */
export function recordRejection(activity: Activity, at: number): Activity {
  const { inARow, slots } = activity.rejections;
  return { ...activity, rejections: { inARow: inARow + 1, slots: counted(slots, TEN_MINUTES, at) } };
}

/** Remembers that it took one: a row of refusals has ended. */
export function recordAcceptance(activity: Activity): Activity {
  return activity.rejections.inARow === 0 ? activity : { ...activity, rejections: { ...activity.rejections, inARow: 0 } };
}

export type RejectionUse = { readonly inARow: number; readonly per10Minutes: number };

/** What the exchange refused lately, of all agents together. */
export function rejectionUse({ rejections: { inARow, slots } }: Activity, now: number): RejectionUse {
  return { inARow, per10Minutes: within(slots, TEN_MINUTES, now) };
}

export type Rate = { readonly perSecond: number; readonly perMinute: number };

/** Entries in the last second and minute, at least. */
export function entryRate(activity: Activity, now: number): Rate {
  return { perSecond: within(activity.entriesPerSecond, SECOND, now), perMinute: within(activity.entriesPerMinute, MINUTE, now) };
}

/** When an entry is below both counts again, in UTC milliseconds; `now` where it is already. */
export function entriesFreeAt(activity: Activity, max: Rate, now: number): number {
  return Math.max(
    freeAt(activity.entriesPerSecond, { window: SECOND, max: max.perSecond, now }),
    freeAt(activity.entriesPerMinute, { window: MINUTE, max: max.perMinute, now }),
  );
}

/** When an exit of one agent is below both counts again. */
export function exitsFreeAt(activity: Activity, principal: Principal, { max, now }: { readonly max: Rate; readonly now: number }): number {
  const { perSecond, perMinute } = get(activity.exits, principal) ?? noExits;
  return Math.max(
    freeAt(perSecond, { window: SECOND, max: max.perSecond, now }),
    freeAt(perMinute, { window: MINUTE, max: max.perMinute, now }),
  );
}

/** Exits of one agent in the last second and minute, at least. */
export function exitRate(activity: Activity, principal: Principal, now: number): Rate {
  const { perSecond, perMinute } = get(activity.exits, principal) ?? noExits;
  return { perSecond: within(perSecond, SECOND, now), perMinute: within(perMinute, MINUTE, now) };
}

const noExits: Exits = { perSecond: [], perMinute: [] };

/** Entries in the UTC day of `now`. A clock that goes back to yesterday finds today's count. */
export function entriesToday(activity: Activity, now: number): number {
  return dayOf(now) > activity.today.day ? 0 : activity.today.entries;
}

/** When the UTC day after the one that entries are counted in begins, in UTC milliseconds. */
export function nextDayAt(activity: Activity, now: number): number {
  return (Math.max(dayOf(now), activity.today.day) + 1) * DAY_MILLISECONDS;
}

export type SameSideUse = { readonly per10Minutes: number; readonly perHour: number; readonly latched: boolean };

/** Entries of one agent on one side of one instrument. */
export function sameSideUse(activity: Activity, key: SameSideKey, now: number): SameSideUse {
  const found = get(activity.sameSide, sameSideKey(key));
  if (found === undefined) return { per10Minutes: 0, perHour: 0, latched: false };
  return { per10Minutes: within(found.slots, TEN_MINUTES, now), perHour: within(found.slots, HOUR, now), latched: found.latched };
}

/** When a side that is not latched is below both counts again. */
export function sameSideFreeAt(
  activity: Activity,
  key: SameSideKey,
  { max, now }: { readonly max: { readonly per10Minutes: number; readonly perHour: number }; readonly now: number },
): number {
  const slots = get(activity.sameSide, sameSideKey(key))?.slots ?? [];
  return Math.max(
    freeAt(slots, { window: TEN_MINUTES, max: max.per10Minutes, now }),
    freeAt(slots, { window: HOUR, max: max.perHour, now }),
  );
}

/** The value of the entries on an underlying in the last 10 minutes, of all agents together. */
export function approvalSum(activity: Activity, underlying: string, now: number): Usd {
  let sum: Usd = zero;
  for (const { slot, amount } of get(activity.approvals, underlying) ?? []) if (isInside(slot, TEN_MINUTES, now)) sum = add(sum, amount);
  return sum;
}

/** An order as it was asked for, for recognising it when it is asked for again. */
export type Likeness = SameSideKey & {
  readonly type: IntentType;
  /** `null` for market orders: their price is the collar's, which moves by itself. */
  readonly price: Price | null;
  readonly tick: Price;
  readonly size: Size;
  /** What was asked: an amount of money becomes another size at every price, and is still the same wish. */
  readonly asked: { readonly quantity: Decimal; readonly unit: QuantityUnit } | null;
};

/** The texts under which an order is remembered. */
export function fingerprintsOf(order: Likeness): readonly string[] {
  const ticks = ticksOf(order);
  const kind = kindOf(order);
  return amountsOf(order).map((amount) => fingerprint(kind, amount, ticks));
}

/** When an order like this one, its price within one tick, was last submitted; `null` where none is remembered. */
export function lastAlike(activity: Activity, order: Likeness): number | null {
  const ticks = ticksOf(order);
  const near = ticks === null ? [null] : [ticks, ticks - 1n, ticks + 1n];
  const kind = kindOf(order);
  let last: number | null = null;
  for (const amount of amountsOf(order)) {
    for (const price of near) {
      const text = fingerprint(kind, amount, price);
      const at = get(activity.recent.younger, text) ?? get(activity.recent.older, text);
      if (at !== undefined && (last === null || at > last)) last = at;
    }
  }
  return last;
}

function amountsOf({ size, asked }: Likeness): readonly string[] {
  const bySize = formatDecimal(size);
  return asked === null || asked.unit === 'base' || asked.unit === 'contracts'
    ? [bySize]
    : [bySize, `${formatDecimal(asked.quantity)} ${asked.unit}`];
}

function ticksOf({ price, tick }: Likeness): bigint | null {
  return price === null ? null : divideDown({ dividend: price, divisor: tick, digits: 0 }).coefficient;
}

function kindOf(order: Likeness): string {
  return `${sameSideKey(order)} ${order.type}`;
}

function fingerprint(kind: string, amount: string, ticks: bigint | null): string {
  return `${kind} ${amount} ${ticks === null ? '' : ticks.toString()}`;
}

function remembered(recent: Recent, { fingerprints, duplicateWindowMilliseconds }: Marks, at: number): Recent {
  const turns = at >= recent.until;
  let younger = turns ? emptyTable<number>() : recent.younger;
  for (const text of fingerprints) younger = set(younger, text, at);
  // What has become the older generation is needed for as long as its longest window, whoever turned the page.
  return {
    until: turns ? at + Math.max(recent.longest, duplicateWindowMilliseconds) : recent.until,
    longest: turns ? duplicateWindowMilliseconds : Math.max(recent.longest, duplicateWindowMilliseconds),
    younger,
    older: turns ? recent.younger : recent.older,
  };
}

function sameSideKey({ principal, instrument, side }: SameSideKey): string {
  return `${principal} ${instrument} ${side}`;
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MILLISECONDS);
}

/** Whether anything that a slot counts may still be inside the window that ends now. */
function isInside(slot: number, { slotMilliseconds, lengthMilliseconds }: Window, now: number): boolean {
  return (slot + 1) * slotMilliseconds - 1 > now - lengthMilliseconds;
}

function within(slots: Slots<number>, window: Window, now: number): number {
  let count = 0;
  for (let index = slots.length - 1; index >= 0; index -= 1) {
    const found = slots[index];
    if (found === undefined || !isInside(found.slot, window, now)) break;
    count += found.amount;
  }
  return count;
}

/** The first moment at which a window counts fewer than `max`, when nothing more is counted. */
function freeAt(
  slots: Slots<number>,
  { window, max, now }: { readonly window: Window; readonly max: number; readonly now: number },
): number {
  let count = within(slots, window, now);
  let free = now;
  for (const { slot, amount } of slots) {
    if (count < max) break;
    if (!isInside(slot, window, now)) continue;
    count -= amount;
    free = (slot + 1) * window.slotMilliseconds - 1 + window.lengthMilliseconds;
  }
  return free;
}

function counted(slots: Slots<number>, window: Window, at: number): Slots<number> {
  return added({ slots, window, at, amount: 1, plus: (left, right) => left + right });
}

type Adding<Amount> = {
  readonly slots: Slots<Amount>;
  readonly window: Window;
  readonly at: number;
  readonly amount: Amount;
  readonly plus: (left: Amount, right: Amount) => Amount;
};

/** A clock that goes back adds to the youngest slot: counted longer rather than shorter. */
function added<Amount>({ slots, window, at, amount, plus }: Adding<Amount>): Slots<Amount> {
  const slot = Math.floor(at / window.slotMilliseconds);
  const last = slots.at(-1);
  if (last !== undefined && last.slot >= slot) return slots.with(-1, { slot: last.slot, amount: plus(last.amount, amount) });
  const first = slots.findIndex((each) => isInside(each.slot, window, at));
  return [...(first === -1 ? [] : slots.slice(first)), { slot, amount }];
}
