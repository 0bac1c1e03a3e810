import {
  add,
  compare,
  type Decimal,
  decimal,
  divideDown,
  isPositive,
  maximum,
  minimum,
  multiply,
  one,
  roundDownToStep,
  roundUpToStep,
  subtract,
  zero,
} from '../core/money/decimal.ts';
import { dollarsOf, findInstrument, type Instrument } from './instruments.ts';
import { hash32, hashText } from './random.ts';
import { followerOf, isThin, levelAt, type Regime } from './regimes.ts';

/** A price that somebody fixed: from `at` on, the reference moves from here, as the regime has it where one was chosen. */
export type Anchor = { readonly at: number; readonly price: Decimal; readonly regime: Regime | undefined };

/** A minute of a real market, to be replayed. */
export type Candle = { readonly open: Decimal; readonly high: Decimal; readonly low: Decimal; readonly close: Decimal };

/** How the reference price moves in time: a function of the seed and the clock, never a walk that has to be kept. */
export type Course = {
  readonly seed: number;
  readonly candles: readonly Candle[];
  /** How long a replayed minute takes. */
  readonly candleMilliseconds: number;
  readonly startedAt: number;
};

export type Level = { readonly price: Decimal; readonly size: Decimal; readonly key: string };

/** What the synthetic market makers show during one second. */
export type Quotes = { readonly reference: Decimal; readonly bids: readonly Level[]; readonly asks: readonly Level[] };

/** Market makers quote anew at each full second. */
export const QUOTE_MILLISECONDS = 1000;

const startPrices: Readonly<Record<string, Decimal>> = { BTC: decimal('60000'), ETH: decimal('3000'), SOL: decimal('150') };

export const tradedCoins: readonly string[] = Object.keys(startPrices);

/** The first anchors: the replayed market opens at its first candle, everything else at a round price. */
export function firstAnchors(course: Course): Map<string, readonly Anchor[]> {
  const anchors = new Map<string, readonly Anchor[]>();
  for (const [base, price] of Object.entries(startPrices)) {
    const opening = base === 'BTC' ? (course.candles[0]?.open ?? price) : price;
    anchors.set(base, [{ at: course.startedAt, price: opening, regime: undefined }]);
  }
  return anchors;
}

// Noise in steps of 1e-7 of the price: three smooth waves, together at most 0.06 %, so that a told story stays the same story.
// @rule seeded-market
const SCALE = 10_000_000;
const MINUTE = 60_000;
const waves = [
  { period: 20_000, amplitude: 400 },
  { period: 120_000, amplitude: 1200 },
  { period: 900_000, amplitude: 4000 },
] as const;

function seededFactor({ seed, base, at }: { readonly seed: number; readonly base: string; readonly at: number }): bigint {
  let factor = SCALE;
  for (const [index, { period, amplitude }] of waves.entries()) {
    const knot = Math.floor(at / period);
    const within = at - knot * period;
    const left = (hash32(seed, hashText(base), index, knot) % (2 * amplitude + 1)) - amplitude;
    const right = (hash32(seed, hashText(base), index, knot + 1) % (2 * amplitude + 1)) - amplitude;
    factor += Math.trunc((left * (period - within) + right * within) / period);
  }
  return BigInt(factor);
}

/** The replayed minute as three straight lines: open, the nearer extreme, the other extreme, close. */
function replayedFactor({ candles, candleMilliseconds, startedAt }: Course, at: number): bigint {
  const elapsed = Math.trunc((Math.max(0, at - startedAt) * MINUTE) / candleMilliseconds);
  const index = Math.min(candles.length - 1, Math.floor(elapsed / MINUTE));
  const candle = candles[index];
  if (candle === undefined) return BigInt(SCALE);
  const within = Math.min(MINUTE, elapsed - index * MINUTE);
  const rises = compare(candle.close, candle.open) >= 0;
  const points = rises ? [candle.open, candle.low, candle.high, candle.close] : [candle.open, candle.high, candle.low, candle.close];
  const leg = Math.min(2, Math.floor(within / (MINUTE / 3)));
  const from = coefficient(points[leg] ?? candle.open);
  const to = coefficient(points[leg + 1] ?? candle.close);
  return from + ((to - from) * BigInt(within - (leg * MINUTE) / 3)) / BigInt(MINUTE / 3);
}

/** The coins that are not replayed go with the one that is, each in its measure, beside their own noise; none falls below a twentieth. */
function followingFactor(course: Course, { base, at }: { readonly base: string; readonly at: number }): bigint {
  // @rule replay-leads
  const opening = coefficient(course.candles[0]?.open ?? one);
  const moved = ((replayedFactor(course, at) - opening) * BigInt(SCALE) * BigInt(followerOf(base).tenths)) / (opening * 10n);
  const followed = seededFactor({ seed: course.seed, base, at }) + moved;
  return followed > BigInt(SCALE / 20) ? followed : BigInt(SCALE / 20);
}

function coefficient(value: Decimal): bigint {
  return divideDown({ dividend: value, divisor: one, digits: 6 }).coefficient;
}

type Factored = { readonly course: Course; readonly base: string; readonly regime: Regime | undefined; readonly at: number };

function factor({ course, base, regime, at }: Factored): bigint {
  const { seed, candles } = course;
  if (candles.length > 0) return base === 'BTC' ? replayedFactor(course, at) : followingFactor(course, { base, at });
  const level = regime === undefined ? 0 : levelAt({ seed, base, regime, at });
  return seededFactor({ seed, base, at }) + BigInt(level);
}

export type Market = { readonly course: Course; readonly anchors: ReadonlyMap<string, readonly Anchor[]> };

function anchorAt({ market, base, at }: { readonly market: Market; readonly base: string; readonly at: number }): Anchor {
  const anchors = market.anchors.get(base) ?? [];
  for (let index = anchors.length - 1; index >= 0; index -= 1) {
    const anchor = anchors[index];
    if (anchor !== undefined && anchor.at <= at) return anchor;
  }
  return anchors[0] ?? { at, price: one, regime: undefined };
}

export type Moment = { readonly market: Market; readonly instrument: Instrument; readonly at: number };

/** The reference price at a moment, on the instrument's tick. Mark and index are this price. */
export function referencePrice({ market, instrument, at }: Moment): Decimal {
  const price = priceOfCoin({ market, base: instrument.base, at });
  return maximum(roundDownToStep({ value: price, step: instrument.tick }), instrument.tick);
}

type CoinMoment = { readonly market: Market; readonly base: string; readonly at: number };

function priceOfCoin({ market, base, at }: CoinMoment): Decimal {
  // @rule one-reference-per-coin
  const anchor = anchorAt({ market, base, at });
  const { regime } = anchor;
  const quoted = Math.max(Math.floor(at / QUOTE_MILLISECONDS) * QUOTE_MILLISECONDS, at >= anchor.at ? anchor.at : 0);
  const now = factor({ course: market.course, base, regime, at: quoted });
  const then = factor({ course: market.course, base, regime, at: anchor.at });
  return { coefficient: (anchor.price.coefficient * now * 1_000_000n) / then, scale: anchor.price.scale + 6 };
}

/** The anchor by which a coin's price moves under another regime from here on, or from another price under the same. */
export function anchorFrom({ market, base, at, change }: CoinMoment & { readonly change: Partial<Anchor> }): Anchor {
  const price = divideDown({ dividend: priceOfCoin({ market, base, at }), divisor: one, digits: 8 });
  return { at, price, regime: anchorAt({ market, base, at }).regime, ...change };
}

/** The name of the second in which quotes stand still; a moved price begins a new one. */
export function quoteEpoch({ market, instrument, at }: Moment): string {
  return `${Math.floor(at / QUOTE_MILLISECONDS)}.${market.anchors.get(instrument.base)?.length ?? 0}`;
}

/** Distance from the reference in millionths of the price, and the value shown there in thousands of dollars. */
const ladder = [
  [0, 12],
  [5, 15],
  [10, 20],
  [20, 25],
  [40, 30],
  [70, 40],
  [100, 50],
  [150, 60],
  [220, 70],
  [320, 80],
  [450, 90],
  [600, 100],
  [800, 120],
  [1100, 140],
  [1500, 160],
  [2000, 200],
  [3000, 250],
  [4500, 300],
  [7000, 350],
  [10_000, 400],
  [15_000, 500],
] as const;

/** In a thin market the best quotes stand 0.3 % from the price, the rest ten times as far as else, and each holds a hundredth. */
const THIN_MILLIONTHS = 3000;
const THIN_WIDER = 10;
const THIN_DIGITS = 2;

/** The book of the market makers at a moment, before anything was taken from it. */
export function makersQuotes({ market, instrument, at }: Moment): Quotes {
  const reference = referencePrice({ market, instrument, at });
  const dollarsPerUnit = dollarsOf({ instrument, size: one, price: reference });
  const second = Math.floor(at / QUOTE_MILLISECONDS);
  const bids: Level[] = [];
  const asks: Level[] = [];
  const { regime } = anchorAt({ market, base: instrument.base, at });
  const thin = regime !== undefined && isThin({ seed: market.course.seed, regime, at });
  let distance = zero;
  for (const [index, [near, thousands]] of ladder.entries()) {
    // @rule thin-market
    const millionths = thin ? THIN_MILLIONTHS + near * THIN_WIDER : near;
    const wanted = roundUpToStep({ value: multiply(reference, { coefficient: BigInt(millionths), scale: 6 }), step: instrument.tick });
    distance = maximum(add(distance, instrument.tick), wanted);
    for (const side of [0, 1]) {
      const chance = hash32(market.course.seed, instrument.instIdCode, second, index, side) % 1000;
      const dollars: Decimal = { coefficient: BigInt(thousands * (500 + chance)), scale: thin ? THIN_DIGITS : 0 };
      const raw = divideDown({ dividend: dollars, divisor: dollarsPerUnit, digits: 8 });
      const size = maximum(roundDownToStep({ value: raw, step: instrument.makerLot }), instrument.makerLot);
      const price = side === 0 ? subtract(reference, distance) : add(reference, distance);
      if (!isPositive(price)) continue;
      (side === 0 ? bids : asks).push({ price, size, key: `${side}${price.coefficient}/${price.scale}` });
    }
  }
  return { reference, bids, asks };
}

export type PriceLimit = { readonly highestBuy: Decimal; readonly lowestSell: Decimal };

export function priceLimit({ instrument, index }: { readonly instrument: Instrument; readonly index: Decimal }): PriceLimit {
  const band = multiply(index, instrument.limitShare);
  return {
    highestBuy: roundDownToStep({ value: add(index, band), step: instrument.tick }),
    lowestSell: roundUpToStep({ value: subtract(index, band), step: instrument.tick }),
  };
}

/** Coins that have an index against the US dollar and no market of their own. */
export const dollarCoins: readonly string[] = ['USDT', 'USDC'];

/** The US dollar price of a currency; the dollar is one, and an unknown one is worth nothing. */
export function dollarPrice({ market, ccy, at }: { readonly market: Market; readonly ccy: string; readonly at: number }): Decimal {
  if (ccy === 'USD') return one;
  // @rule dollar-coins
  if (dollarCoins.includes(ccy)) return anchorAt({ market, base: ccy, at }).price;
  const instrument = findInstrument(`${ccy}-USDT`);
  return instrument === undefined ? zero : referencePrice({ market, instrument, at });
}

export type Bar = { readonly open: Decimal; readonly high: Decimal; readonly low: Decimal; readonly close: Decimal };

/** One candle of the reference price from `from` to `to`, sampled at five points. */
export function barOf({ market, instrument, from, to }: Omit<Moment, 'at'> & { readonly from: number; readonly to: number }): Bar {
  const open = referencePrice({ market, instrument, at: from });
  const close = referencePrice({ market, instrument, at: to });
  let [high, low] = [maximum(open, close), minimum(open, close)];
  for (const part of [0.25, 0.5, 0.75]) {
    const price = referencePrice({ market, instrument, at: Math.floor(from + (to - from) * part) });
    [high, low] = [maximum(high, price), minimum(low, price)];
  }
  return { open, high, low, close };
}
