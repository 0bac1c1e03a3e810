import { compare, divideDown, equals, maximum, one, subtract, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';

/**
 * How the managed equity went, as far as losses are measured from it. It is a fold over `marked` entries, so that a restart anchors nothing anew, and
 * all of its times are those of the entries.
 */
export type Course = {
  /** The first mark of the newest UTC day. */
  readonly today: { readonly day: number; readonly anchor: Usd } | null;
  /**
   * What the highest mark of the last 24 hours is read from, oldest first: time in slots of ten minutes. A slot that a later one reaches or
   * passes is left out, since nothing is measured from it any more; at least one is always there.
   */
  readonly slots: readonly Slot[];
  /** The highest mark since the first fill, zero included, which it was before that; or since a drawdown took a stage of the roll-out. */
  readonly peak: Usd;
  readonly last: { readonly at: number; readonly usd: Usd } | null;
  /** Limits whose breach halted the account and still stands: it does so once, and not again after a person has looked. */
  readonly halting: readonly string[];
  /** Since when the managed equity is not known; `null` where it is. */
  readonly unknownSince: number | null;
};

type Slot = {
  readonly slot: number;
  readonly highest: Usd;
  /** The newest mark in it: what the managed equity was until the slot of the next one, which is `null` while there is none. */
  readonly last: Usd;
  readonly until: number | null;
};

/** The limit whose breach takes a stage of the roll-out. */
export const DRAWDOWN = 'max_drawdown';

const SLOT_MILLISECONDS = 600_000;
const DAY_MILLISECONDS = 86_400_000;
/** Slots are kept for this much longer than they count, so that a clock that is put ahead and back again forgets nothing. */
const CLOCK_MARGIN_MILLISECONDS = 2 * 3_600_000;
/** Marks are journaled with this many decimals. */
export const MARK_DIGITS = 8;
/** A mark a minute is enough while nothing is at its highest. */
const MARK_MILLISECONDS = 60_000;

/** Before the first fill the managed equity was zero, ever since. */
export const noCourse: Course = {
  today: null,
  slots: [{ slot: Number.MIN_SAFE_INTEGER, highest: zero, last: zero, until: null }],
  peak: zero,
  last: null,
  halting: [],
  unknownSince: null,
};

export type Mark = { readonly at: number; readonly usd: Usd; readonly halting: readonly string[] };

/** Adds a mark. A clock that goes back adds to the newest day and the newest slot: nothing is anchored anew, and nothing forgotten early. */
export function withMark(course: Course, { at, usd, halting }: Mark): Course {
  const day = dayOf(at);
  const newest = course.slots.at(-1);
  const slot = Math.max(Math.floor(at / SLOT_MILLISECONDS), newest?.slot ?? Number.MIN_SAFE_INTEGER);
  const highest = newest?.slot === slot ? maximum(newest.highest, usd) : usd;
  const older = course.slots
    .filter((each) => each.slot !== slot && compare(each.highest, highest) > 0)
    .map((each) => (each.until === null ? { ...each, until: slot } : each));
  // Of those that count no more the newest stays: it says what the equity was when the window began.
  const first = older.findIndex((each) => isInside(each.slot, at - CLOCK_MARGIN_MILLISECONDS));
  const kept = first === -1 ? older.slice(-1) : older.slice(Math.max(first - 1, 0));
  return {
    ...course,
    today: course.today !== null && course.today.day >= day ? course.today : { day, anchor: usd },
    slots: [...kept, { slot, highest, last: usd, until: null }],
    peak: maximum(course.peak, usd),
    last: { at, usd },
    halting,
    unknownSince: null,
  };
}

/** A drawdown from here on is measured from the last mark, and halts anew. */
export function fromHere(course: Course): Course {
  if (course.last === null) return course;
  return { ...course, peak: course.last.usd, halting: course.halting.filter((name) => name !== DRAWDOWN) };
}

/** Notes that the managed equity is not known from this moment on. */
export function withoutMark(course: Course, at: number): Course {
  return course.unknownSince === null ? { ...course, unknownSince: at } : course;
}

export type Falls = {
  /** Below the first mark of this UTC day or the highest of the last 24 hours, whichever is further: not to be spent twice around midnight. */
  readonly daily: Usd;
  /** Below the highest since the first fill. */
  readonly drawdown: Usd;
};

/** How far the managed equity `usd` is below where it was. Nothing is below zero. */
export function fallsOf(course: Course, { usd, now }: { readonly usd: Usd; readonly now: number }): Falls {
  let from = highestOfDay(course, now);
  if (course.today !== null && course.today.day >= dayOf(now)) from = maximum(from, course.today.anchor);
  return { daily: below(from, usd), drawdown: below(course.peak, usd) };
}

/** The gain (or loss, negative) since the first mark of this UTC day; `null` before that. */
export function changeToday(course: Course, { usd, now }: { readonly usd: Usd; readonly now: number }): Usd | null {
  return course.today === null || course.today.day < dayOf(now) ? null : subtract(usd, course.today.anchor);
}

/** What a mark of this equity says: rounded down to the digits that are journaled. */
export function markOf(usd: Usd): Usd {
  return divideDown({ dividend: usd, divisor: one, digits: MARK_DIGITS });
}

export type Due = { readonly usd: Usd; readonly now: number; readonly step: Usd };

/**
 * Whether `usd` is to be marked now: at the first look of a UTC day, once a minute where it changed, and at once where it is more than `step` above
 * everything of the last 24 hours, since a fall is measured from there.
 */
export function isMarkDue(course: Course, { usd, now, step }: Due): boolean {
  if (course.last === null || course.unknownSince !== null || course.today === null || course.today.day < dayOf(now)) return true;
  if (equals(course.last.usd, usd)) return false;
  return Math.abs(now - course.last.at) >= MARK_MILLISECONDS || compare(subtract(usd, step), highestOfDay(course, now)) > 0;
}

/** The highest that the marks of the last 24 hours say, the one that stood when they began included. */
function highestOfDay({ slots }: Course, now: number): Usd {
  const first = slots.findIndex(({ slot }) => isInside(slot, now));
  const inside = slots[first];
  const before = first === -1 ? slots.at(-1) : slots[first - 1];
  // What stood when the window began is the newest mark before it. Where that was left out, a slot inside is higher.
  const standing = before !== undefined && (before.until === null || isInside(before.until, now)) ? before.last : null;
  if (inside === undefined) return standing ?? zero;
  return standing === null ? inside.highest : maximum(inside.highest, standing);
}

/** Whether any moment of the slot is less than 24 hours ago. */
function isInside(slot: number, now: number): boolean {
  return (slot + 1) * SLOT_MILLISECONDS > now - DAY_MILLISECONDS;
}

function below(from: Usd, usd: Usd): Usd {
  return maximum(subtract(from, usd), zero);
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MILLISECONDS);
}
