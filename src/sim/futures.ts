import { decimal } from '../core/money/decimal.ts';
import { civilOf, daysOf } from './instant.ts';
import { type Instrument, swap, type SwapShape } from './instrument.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** The first Friday of 1970 at 8 o'clock UTC: dated contracts end a whole number of weeks after it. */
const FIRST_EXPIRY = DAY + 28_800_000;

const families: readonly Omit<SwapShape, 'instIdCode'>[] = [
  { base: 'BTC', quote: 'USD', ctVal: '100', sizes: { tick: '0.1', lot: '1', min: '1', makerLot: '1' } },
  { base: 'BTC', quote: 'USDT', ctVal: '0.01', sizes: { tick: '0.1', lot: '0.01', min: '0.01', makerLot: '0.01' } },
];

export type Listing = { readonly instrument: Instrument; readonly alias: 'this_week' | 'next_week' | 'quarter' };

/** The dated contracts that can be traded at a moment: of each family those of this week, of the next, and of a quarter. */
export function listingsAt(at: number): readonly Listing[] {
  // @rule futures-listed
  const thisWeek = nextExpiry(at);
  let listings = byWeek.get(thisWeek);
  if (listings === undefined) {
    const expiries = [thisWeek, thisWeek + WEEK, quarterAfter(thisWeek + WEEK)] as const;
    const aliases = ['this_week', 'next_week', 'quarter'] as const;
    listings = families.flatMap((family, index) =>
      expiries.map((expiry, place) => ({ instrument: dated({ family, index, expiry }), alias: aliases[place] ?? 'quarter' })),
    );
    byWeek.set(thisWeek, listings);
  }
  return listings;
}

// Computed once a week and the same for everybody.
const byWeek = new Map<number, readonly Listing[]>();

/** The first expiry after a moment. */
function nextExpiry(at: number): number {
  return FIRST_EXPIRY + (Math.floor((at - FIRST_EXPIRY) / WEEK) + 1) * WEEK;
}

/** The first last Friday of March, June, September or December after an expiry. */
function quarterAfter(expiry: number): number {
  let friday = expiry + WEEK;
  while (monthOf(friday) % 3 !== 0 || monthOf(friday + WEEK) === monthOf(friday)) friday += WEEK;
  return friday;
}

function monthOf(at: number): number {
  return civilOf(Math.floor(at / DAY)).month;
}

type Dated = { readonly family: Omit<SwapShape, 'instIdCode'>; readonly index: number; readonly expiry: number };

function dated({ family, index, expiry }: Dated): Instrument {
  const { base, quote } = family;
  const instIdCode = 1_100_000_000 + Math.floor(expiry / WEEK) * families.length + index;
  // @rule price-limit-futures
  const limitShare = decimal('0.04');
  return { ...swap({ ...family, instIdCode }), instId: `${base}-${quote}-${dateText(expiry)}`, instType: 'FUTURES', expiry, limitShare };
}

/** YYMMDD, as names of contracts end. */
export function dateText(at: number): string {
  const { year, month, day } = civilOf(Math.floor(at / DAY));
  return [year % 100, month, day].map((part) => String(part).padStart(2, '0')).join('');
}

const byId = new Map<string, Instrument>();

/** A dated contract by name, whether it is listed now, was once or will be. */
export function findDated(instId: string): Instrument | undefined {
  const known = byId.get(instId);
  if (known !== undefined) return known;
  const match = /^([A-Z]+)-(USDT?)-(\d\d)(\d\d)(\d\d)$/.exec(instId);
  const index = families.findIndex(({ base, quote }) => base === match?.[1] && quote === match[2]);
  const family = families[index];
  if (match === null || family === undefined) return undefined;
  const [year, month, day] = match.slice(3).map(Number);
  const expiry = daysOf({ year: 2000 + (year ?? 0), month: month ?? 0, day: day ?? 0 }) * DAY + (FIRST_EXPIRY % DAY);
  const found = (expiry - FIRST_EXPIRY) % WEEK === 0 ? dated({ family, index, expiry }) : undefined;
  // A date that the calendar does not have comes out as another one.
  if (found === undefined || found.instId !== instId) return undefined;
  byId.set(instId, found);
  return found;
}
