import { assert } from '../core/lang/assert.ts';
import { add, compare, type Decimal, subtract, zero } from '../core/money/decimal.ts';
import { findInstrument, type Instrument, instrumentsAt } from './instruments.ts';
import {
  type Course,
  type Level,
  makersQuotes,
  type Market,
  type PriceLimit,
  priceLimit,
  quoteEpoch,
  type Quotes,
  referencePrice,
} from './market.ts';
import type { State } from './state.ts';

/** State, the course of the market, and what was computed for the current second and can be computed again. */
export type World = {
  readonly state: State;
  readonly course: Course;
  readonly cache: Map<string, { readonly epoch: string; readonly quotes: Quotes }>;
  /** The second in which resting orders were last matched, by instrument. */
  readonly epochs: Map<string, string>;
};

export function marketOf(world: World): Market {
  return { course: world.course, anchors: world.state.anchors };
}

/** Everything that can be traded now. */
export function listed(world: World): readonly Instrument[] {
  return instrumentsAt(world.state.now);
}

/** What the market makers showed at the start of this second. */
export function quotesOf(world: World, instrument: Instrument): Quotes {
  const moment = { market: marketOf(world), instrument, at: world.state.now };
  const epoch = quoteEpoch(moment);
  const cached = world.cache.get(instrument.instId);
  if (cached !== undefined && cached.epoch === epoch) return cached.quotes;
  const quotes = makersQuotes(moment);
  world.cache.set(instrument.instId, { epoch, quotes });
  return quotes;
}

/** Mark and index price: the reference itself. */
export function markOf(world: World, instrument: Instrument): Decimal {
  const cached = world.cache.get(instrument.instId);
  const moment = { market: marketOf(world), instrument, at: world.state.now };
  return cached !== undefined && cached.epoch === quoteEpoch(moment) ? cached.quotes.reference : referencePrice(moment);
}

export function limitOf(world: World, instrument: Instrument): PriceLimit {
  return priceLimit({ instrument, index: markOf(world, instrument) });
}

/** The makers' side of the book that a taker of `side` meets, best first, less what was taken in this second. */
export function makersAgainst(world: World, instrument: Instrument, side: 'buy' | 'sell'): readonly Level[] {
  const quotes = quotesOf(world, instrument);
  const levels = side === 'buy' ? quotes.asks : quotes.bids;
  const taken = takenNow(world, instrument);
  if (taken === undefined || taken.size === 0) return levels;
  const left: Level[] = [];
  for (const level of levels) {
    const gone = taken.get(level.key);
    const size = gone === undefined ? level.size : subtract(level.size, gone);
    if (compare(size, zero) > 0) left.push({ ...level, size });
  }
  return left;
}

function takenNow(world: World, instrument: Instrument): Map<string, Decimal> | undefined {
  const taken = world.state.taken.get(instrument.instId);
  const epoch = quoteEpoch({ market: marketOf(world), instrument, at: world.state.now });
  return taken?.epoch === epoch ? taken.sizes : undefined;
}

/** Books what a match took from a maker's level; makers come back with full size at the next second. */
export function takeFromMakers({ world, instrument, level, size }: Taking): void {
  const epoch = quoteEpoch({ market: marketOf(world), instrument, at: world.state.now });
  let taken = world.state.taken.get(instrument.instId);
  if (taken === undefined || taken.epoch !== epoch) {
    taken = { epoch, sizes: new Map() };
    world.state.taken.set(instrument.instId, taken);
  }
  const before = taken.sizes.get(level.key) ?? zero;
  taken.sizes.set(level.key, add(before, size));
}

type Taking = { readonly world: World; readonly instrument: Instrument; readonly level: Level; readonly size: Decimal };

/** The last traded price: a trade of this second if a real account made one, else where the market makers stand. */
export function lastPrice(world: World, instrument: Instrument): Decimal {
  const trade = world.state.lastTrades.get(instrument.instId);
  if (trade !== undefined && world.state.now - trade.at < 1000) return trade.px;
  return markOf(world, instrument);
}

export function instrumentOfOrder(instId: string): Instrument {
  const instrument = findInstrument(instId);
  assert(instrument !== undefined, 'an order stands for a known instrument');
  return instrument;
}
