import type { State } from '../core/account/state.ts';
import type { Json } from '../core/lang/canonical.ts';
import type { Instrument, InstrumentId } from '../core/market/instrument.ts';

/** A document that somebody reads: amounts are decimal texts, times UTC in ISO 8601. */
export type Document = { readonly [key: string]: Json };

/** What stands over everything that people or agents read: whose account this is, and how much it may do. `now` is UTC milliseconds. */
export function headOf(state: State, now: number): Document {
  return { environment: state.environment, account: state.account, mode: modeOf(state), as_of: isoTime(now) };
}

/** The mode as it is shown: BOOT until the first clean comparison, whatever is latched underneath. */
export function modeOf(state: State): string {
  return state.booting ? 'BOOT' : state.mode;
}

/** The unit of a size: `contracts` on derivatives, the base currency on spot. An instrument that is not known has none to name. */
export function sizeUnit(instrument: Instrument | undefined): string {
  if (instrument === undefined) return 'unknown unit';
  return instrument.kind === 'spot' ? instrument.base : 'contracts';
}

/** The unit of a price: quote currency per base currency. */
export function priceUnit(state: State, id: InstrumentId): string {
  return state.instruments.get(id)?.quote ?? 'unknown unit';
}

const MILLISECONDS_PER_DAY = 86_400_000;

/**
 * UTC milliseconds as `2026-11-23T10:00:00.000Z`, by arithmetic alone, because pure code has no calendar object. Refuses nothing: a time
 * before 1970 is not a time of ours and is shown as the beginning of 1970.
 */
export function isoTime(milliseconds: number): string {
  const whole = Math.max(Math.trunc(milliseconds), 0);
  const { year, month, day } = civilDate(Math.floor(whole / MILLISECONDS_PER_DAY));
  const rest = whole % MILLISECONDS_PER_DAY;
  const clock = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1000) % 60].map((part) => padded(Math.floor(part), 2)).join(':');
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${clock}.${padded(rest % 1000, 3)}Z`;
}

/** The Gregorian date of a day counted from 1970-01-01, in years that begin on the first of March so that the leap day comes last. */
function civilDate(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted % 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
