import type { Json } from '../core/lang/canonical.ts';
import { compare, type Decimal, formatDecimal, maximum, parseDecimal, subtract, zero } from '../core/money/decimal.ts';

/** What the monitor remembers over restarts. A day's first equity and the highest ever are its own, and no gateway can move them. */
export type Marks = {
  readonly account: string;
  /** UTC, `2026-11-27`. */
  readonly day: string;
  readonly dayStartUsd: Decimal;
  readonly peakUsd: Decimal;
};

export type Losses = { readonly dayUsd: Decimal; readonly fromPeakUsd: Decimal };

export type Look = { readonly account: string; readonly equityUsd: Decimal; readonly now: number };

/** The marks after one more look. Another account, or no marks, begins anew; a clock that goes back does not open a day again. */
export function marksAfter(marks: Marks | null, { account, equityUsd, now }: Look): Marks {
  const day = new Date(now).toISOString().slice(0, 10);
  if (marks === null || marks.account !== account) return { account, day, dayStartUsd: equityUsd, peakUsd: equityUsd };
  const peakUsd = maximum(marks.peakUsd, equityUsd);
  return day > marks.day ? { account, day, dayStartUsd: equityUsd, peakUsd } : { ...marks, peakUsd };
}

/** How far equity is below both marks; never less than nothing. */
export function lossesOf({ dayStartUsd, peakUsd }: Marks, equityUsd: Decimal): Losses {
  return { dayUsd: maximum(subtract(dayStartUsd, equityUsd), zero), fromPeakUsd: maximum(subtract(peakUsd, equityUsd), zero) };
}

export function marksDocument({ account, day, dayStartUsd, peakUsd }: Marks): { readonly [key: string]: Json } {
  return { account, day, day_start_usd: formatDecimal(dayStartUsd), peak_usd: formatDecimal(peakUsd) };
}

/** Marks as they were written; `undefined` where they are not, and then nobody may guess them. */
export function readMarks(value: Json): Marks | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { account, day, day_start_usd: dayStart, peak_usd: peak } = value as { readonly [key: string]: Json };
  const [dayStartUsd, peakUsd] = [parseDecimal(dayStart), parseDecimal(peak)];
  if (typeof account !== 'string' || typeof day !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  if (!dayStartUsd.ok || !peakUsd.ok || compare(peakUsd.value, dayStartUsd.value) < 0) return undefined;
  return { account, day, dayStartUsd: dayStartUsd.value, peakUsd: peakUsd.value };
}
