import {
  add,
  compare,
  type Decimal,
  decimal,
  divideDown,
  formatDecimal as text,
  multiply,
  roundDownToStep,
  subtract,
} from '../core/money/decimal.ts';
import { type Answer, failure, success } from './answers.ts';
import { toldTime } from './under-conditions.ts';
import { type Fields, textField, wholeField } from './fields.ts';
import { FUNDING_PERIOD, fundingRate } from './funding.ts';
import { dollarsOf, findInstrument, type Instrument, instrumentRow, instruments } from './instruments.ts';
import { barOf, dollarCoins, dollarPrice, type Level, QUOTE_MILLISECONDS, referencePrice } from './market.ts';
import { hash32 } from './random.ts';
import { refusals } from './refusal.ts';
import { restingOrders } from './matching.ts';
import type { Row } from './rows.ts';
import { lastPrice, limitOf, makersAgainst, marketOf, markOf, type World } from './world.ts';

export type PublicCall = { readonly world: World; readonly fields: Fields };

const DAY = 86_400_000;
const LEVELS_MAX = 400;

export function getTime({ world }: PublicCall): Answer {
  return success([{ ts: String(toldTime(world.state)) }]);
}

export function getInstruments({ fields }: PublicCall): Answer {
  const instType = textField(fields, 'instType');
  if (instType === '') return failure(refusals.missing('instType'));
  if (!['SPOT', 'MARGIN', 'SWAP', 'FUTURES', 'OPTION'].includes(instType)) return failure(refusals.parameter('instType'));
  const found = select(fields);
  if (textField(fields, 'instId') !== '' && found.length === 0) return failure(refusals.unknownInstrument());
  return success(found.map(instrumentRow));
}

/** Instruments that a query names by type, family (or its older name `uly`) and id. */
function select(fields: Fields): readonly Instrument[] {
  const [instType, instId] = [textField(fields, 'instType'), textField(fields, 'instId')];
  const family = textField(fields, 'instFamily') || textField(fields, 'uly');
  return instruments.filter(
    (instrument) =>
      (instType === '' || instrument.instType === instType) &&
      (instId === '' || instrument.instId === instId) &&
      (family === '' || `${instrument.base}-${instrument.quote}` === family),
  );
}

function requireInstrument(fields: Fields): Instrument | Answer {
  const instId = textField(fields, 'instId');
  if (instId === '') return failure(refusals.missing('instId'));
  return findInstrument(instId) ?? failure(refusals.unknownInstrument());
}

function isAnswer(value: Instrument | Answer): value is Answer {
  return 'status' in value;
}

export function getMarkPrice({ world, fields }: PublicCall): Answer {
  const [instType, instId] = [textField(fields, 'instType'), textField(fields, 'instId')];
  if (instType === '' && instId === '') return failure(refusals.missing('instType'));
  // @rule mark-price-of-spot
  const found = select({ ...fields, instType: instType === 'MARGIN' ? 'SPOT' : instType });
  if (instId !== '' && found.length === 0) return failure(refusals.unknownInstrument());
  const rows = found.map((instrument) => ({
    instId: instrument.instId,
    instType: instrument.instType === 'SPOT' ? 'MARGIN' : instrument.instType,
    markPx: text(markOf(world, instrument)),
    ts: String(world.state.now),
  }));
  return success(rows);
}

export function getPriceLimit({ world, fields }: PublicCall): Answer {
  const instrument = requireInstrument(fields);
  if (isAnswer(instrument)) return instrument;
  const { highestBuy, lowestSell } = limitOf(world, instrument);
  const { instId, instType } = instrument;
  return success([{ buyLmt: text(highestBuy), enabled: true, instId, instType, sellLmt: text(lowestSell), ts: String(world.state.now) }]);
}

export function getFundingRate({ world, fields }: PublicCall): Answer {
  const any = textField(fields, 'instId') === 'ANY';
  const one = any ? undefined : requireInstrument(fields);
  if (one !== undefined && isAnswer(one)) return one;
  const swaps = one === undefined ? instruments.filter(({ instType }) => instType === 'SWAP') : [one];
  if (one !== undefined && one.instType !== 'SWAP') return failure(refusals.parameter('instId'));
  return success(swaps.map((instrument) => fundingRow(world, instrument)));
}

function fundingRow(world: World, instrument: Instrument): Row {
  const next = (Math.floor(world.state.now / FUNDING_PERIOD) + 1) * FUNDING_PERIOD;
  const rate = fundingRate({ world, instrument, at: next });
  return {
    formulaType: 'withRate',
    fundingRate: text(rate),
    fundingTime: String(next),
    impactValue: '20000',
    instId: instrument.instId,
    instType: 'SWAP',
    interestRate: '0.0001',
    maxFundingRate: '0.00375',
    method: 'current_period',
    minFundingRate: '-0.00375',
    nextFundingRate: '',
    nextFundingTime: String(next + FUNDING_PERIOD),
    premium: text(rate),
    settFundingRate: text(fundingRate({ world, instrument, at: next - FUNDING_PERIOD })),
    settState: 'settled',
    ts: String(world.state.now),
  };
}

export function getOpenInterest({ world, fields }: PublicCall): Answer {
  if (textField(fields, 'instType') === '') return failure(refusals.missing('instType'));
  const rows = select(fields)
    .filter(({ instType }) => instType === 'SWAP')
    .map((instrument) => {
      const oi = decimal('250000');
      const price = markOf(world, instrument);
      const oiUsd = dollarsOf({ instrument, size: oi, price });
      const oiCcy = divideDown({ dividend: oiUsd, divisor: price, digits: 8 });
      const { instId, instType } = instrument;
      return { instId, instType, oi: text(oi), oiCcy: text(oiCcy), oiUsd: text(oiUsd), ts: String(world.state.now) };
    });
  return success(rows);
}

export function getIndexTickers({ world, fields }: PublicCall): Answer {
  const [instId, quoteCcy] = [textField(fields, 'instId'), textField(fields, 'quoteCcy')];
  if (instId === '' && quoteCcy === '') return failure(refusals.missing('instId'));
  const found = instruments.filter(({ instType, ctType }) => instType === 'SPOT' || ctType === 'inverse');
  const wanted = found.filter(
    ({ base, quote }) => (instId === '' || `${base}-${quote}` === instId) && (quoteCcy === '' || quote === quoteCcy),
  );
  const coins = dollarCoins.filter((coin) => (instId === '' || instId === `${coin}-USD`) && (quoteCcy === '' || quoteCcy === 'USD'));
  if (instId !== '' && wanted.length + coins.length === 0) return failure(refusals.unknownIndex());
  return success([
    ...coins.map((coin) => coinRow(world, coin)),
    ...wanted.map((instrument) => {
      const day = dayOf(world, instrument);
      const { high24h, low24h, open24h, sodUtc0, sodUtc8, ts } = day;
      return {
        high24h,
        idxPx: text(markOf(world, instrument)),
        instId: `${instrument.base}-${instrument.quote}`,
        low24h,
        open24h,
        sodUtc0,
        sodUtc8,
        ts,
      };
    }),
  ]);
}

/** The index of a coin against the dollar moves in steps: all the figures of its day are those at both ends. */
function coinRow(world: World, coin: string): Row {
  const { now } = world.state;
  const priceAt = (at: number) => dollarPrice({ market: marketOf(world), ccy: coin, at });
  const [idxPx, open24h] = [priceAt(now), priceAt(now - DAY)];
  const [high, low] = compare(idxPx, open24h) >= 0 ? [idxPx, open24h] : [open24h, idxPx];
  const open = text(open24h);
  return {
    high24h: text(high),
    idxPx: text(idxPx),
    instId: `${coin}-USD`,
    low24h: text(low),
    open24h: open,
    sodUtc0: open,
    sodUtc8: open,
    ts: String(now),
  };
}

function dayOf(world: World, instrument: Instrument): Record<'high24h' | 'low24h' | 'open24h' | 'sodUtc0' | 'sodUtc8' | 'ts', string> {
  const { now } = world.state;
  const market = marketOf(world);
  const bar = barOf({ market, instrument, from: now - DAY, to: now });
  const [midnight, eight] = [Math.floor(now / DAY) * DAY, Math.floor((now + DAY / 3) / DAY) * DAY - DAY / 3];
  return {
    high24h: text(bar.high),
    low24h: text(bar.low),
    open24h: text(bar.open),
    sodUtc0: text(referencePrice({ market, instrument, at: midnight })),
    sodUtc8: text(referencePrice({ market, instrument, at: eight })),
    ts: String(now),
  };
}

export function getTicker({ world, fields }: PublicCall): Answer {
  const instrument = requireInstrument(fields);
  return isAnswer(instrument) ? instrument : success([tickerRow(world, instrument)]);
}

export function getTickers({ world, fields }: PublicCall): Answer {
  if (textField(fields, 'instType') === '') return failure(refusals.missing('instType'));
  return success(select(fields).map((instrument) => tickerRow(world, instrument)));
}

function tickerRow(world: World, instrument: Instrument): Row {
  const { asks, bids } = bookOf(world, instrument);
  const volume = dailyVolume(world, instrument);
  return {
    askPx: text(asks[0]?.price ?? markOf(world, instrument)),
    askSz: text(asks[0]?.size ?? instrument.min),
    bidPx: text(bids[0]?.price ?? markOf(world, instrument)),
    bidSz: text(bids[0]?.size ?? instrument.min),
    instId: instrument.instId,
    instType: instrument.instType,
    last: text(lastPrice(world, instrument)),
    lastSz: text(instrument.makerLot),
    ...dayOf(world, instrument),
    vol24h: text(volume.units),
    volCcy24h: text(instrument.instType === 'SPOT' ? volume.quote : volume.coins),
  };
}

type Volume = { readonly units: Decimal; readonly coins: Decimal; readonly quote: Decimal };

/** About five hundred million dollars a day: the market makers' trades are not kept one by one. */
function dailyVolume(world: World, instrument: Instrument): Volume {
  return volumeOf(world, { instrument, dollars: decimal('500000000') });
}

function volumeOf(world: World, { instrument, dollars }: { readonly instrument: Instrument; readonly dollars: Decimal }): Volume {
  const price = markOf(world, instrument);
  const perUnit = dollarsOf({ instrument, size: { coefficient: 1n, scale: 0 }, price });
  const units = roundDownToStep({ value: divideDown({ dividend: dollars, divisor: perUnit, digits: 8 }), step: instrument.makerLot });
  return { units, coins: divideDown({ dividend: dollars, divisor: price, digits: 8 }), quote: dollars };
}

type BookLevel = { readonly price: Decimal; readonly size: Decimal; readonly orders: number };
type Book = { readonly asks: readonly BookLevel[]; readonly bids: readonly BookLevel[] };

/** Makers' levels and resting orders of real accounts, merged by price. */
function bookOf(world: World, instrument: Instrument): Book {
  return { asks: sideOf(world, instrument, 'buy'), bids: sideOf(world, instrument, 'sell') };
}

function sideOf(world: World, instrument: Instrument, taker: 'buy' | 'sell'): readonly BookLevel[] {
  const levels: BookLevel[] = makersAgainst(world, instrument, taker).map(({ price, size }: Level) => ({ price, size, orders: 1 }));
  for (const order of restingOrders(world, instrument.instId, taker === 'buy' ? 'sell' : 'buy')) {
    if (order.px === undefined) continue;
    const { px } = order;
    const size = subtract(order.sz, order.filled);
    const index = levels.findIndex(({ price }) => (taker === 'buy' ? compare(price, px) >= 0 : compare(price, px) <= 0));
    const there = index === -1 ? undefined : levels[index];
    if (there !== undefined && compare(there.price, px) === 0) {
      levels[index] = { price: px, size: add(there.size, size), orders: there.orders + 1 };
    } else levels.splice(index === -1 ? levels.length : index, 0, { price: px, size, orders: 1 });
  }
  return levels;
}

export function getBooks({ world, fields }: PublicCall): Answer {
  const instrument = requireInstrument(fields);
  if (isAnswer(instrument)) return instrument;
  const depth = wholeField(fields, { name: 'sz', least: 1, most: LEVELS_MAX, absent: 1 });
  if (depth === undefined) return failure(refusals.parameter('sz'));
  const { asks, bids } = bookOf(world, instrument);
  const rows = (levels: readonly BookLevel[]) =>
    levels.slice(0, depth).map(({ price, size, orders }) => [text(price), text(size), '0', String(orders)]);
  return success([{ asks: rows(asks), bids: rows(bids), seqId: world.state.now, ts: String(world.state.now) }]);
}

const minute = 60_000;
const bars: Readonly<Record<string, number>> = {
  '1s': 1000,
  '1m': minute,
  '3m': 3 * minute,
  '5m': 5 * minute,
  '15m': 15 * minute,
  '30m': 30 * minute,
  '1H': 60 * minute,
  '2H': 120 * minute,
  '4H': 240 * minute,
  '6H': 360 * minute,
  '12H': 720 * minute,
  '1D': DAY,
  '2D': 2 * DAY,
  '3D': 3 * DAY,
  '1W': 7 * DAY,
  '1M': 30 * DAY,
  '3M': 90 * DAY,
};

export function getCandles({ world, fields }: PublicCall): Answer {
  const instrument = requireInstrument(fields);
  return isAnswer(instrument) ? instrument : candles({ world, fields, instrument, isIndex: false });
}

export function getIndexCandles({ world, fields }: PublicCall): Answer {
  const name = textField(fields, 'instId');
  const instrument = instruments.find(({ base, quote }) => `${base}-${quote}` === name);
  if (name === '') return failure(refusals.missing('instId'));
  if (instrument === undefined) return failure(refusals.unknownIndex());
  return candles({ world, fields, instrument, isIndex: true });
}

type CandleCall = PublicCall & { readonly instrument: Instrument; readonly isIndex: boolean };

/** Newest first; `after` asks for older than a time, `before` for newer. */
function candles({ world, fields, instrument, isIndex }: CandleCall): Answer {
  const width = bars[(textField(fields, 'bar') || '1m').replace(/utc$/i, '')];
  const limit = wholeField(fields, { name: 'limit', least: 1, most: 300, absent: 100 });
  const after = wholeField(fields, { name: 'after', least: 0, most: Number.MAX_SAFE_INTEGER, absent: world.state.now + 1 });
  const before = wholeField(fields, { name: 'before', least: 0, most: Number.MAX_SAFE_INTEGER, absent: -1 });
  if (width === undefined) return failure(refusals.parameter('bar'));
  if (limit === undefined) return failure(refusals.parameter('limit'));
  if (after === undefined || before === undefined) return failure(refusals.parameter(after === undefined ? 'after' : 'before'));
  const { now } = world.state;
  const rows: unknown[] = [];
  let from = Math.floor(Math.min(after - 1, now) / width) * width;
  for (; rows.length < limit && from > before && from > 0; from -= width) {
    rows.push(candleRow({ world, instrument, from, width, isIndex }));
  }
  return success(rows);
}

type CandleRow = {
  readonly world: World;
  readonly instrument: Instrument;
  readonly from: number;
  readonly width: number;
  readonly isIndex: boolean;
};

function candleRow({ world, instrument, from, width, isIndex }: CandleRow): readonly string[] {
  const { now } = world.state;
  const to = Math.min(from + width, now);
  const bar = barOf({ market: marketOf(world), instrument, from, to });
  const prices = [String(from), text(bar.open), text(bar.high), text(bar.low), text(bar.close)];
  const confirm = from + width <= now ? '1' : '0';
  if (isIndex) return [...prices, confirm];
  const chance = hash32(world.course.seed, instrument.instIdCode, 11, Math.floor(from / minute)) % 1000;
  const perMinute = multiply(decimal('250'), { coefficient: BigInt(500 + chance), scale: 0 });
  const dollars = divideDown({
    dividend: multiply(perMinute, { coefficient: BigInt(to - from), scale: 0 }),
    divisor: decimal('60000'),
    digits: 2,
  });
  const { units, coins, quote } = volumeOf(world, { instrument, dollars });
  return [...prices, text(units), text(instrument.instType === 'SPOT' ? quote : coins), text(quote), confirm];
}

/** Public trades: two a second between the market makers, as a function of time. Newest first. */
export function getTrades({ world, fields }: PublicCall): Answer {
  const instrument = requireInstrument(fields);
  if (isAnswer(instrument)) return instrument;
  const limit = wholeField(fields, { name: 'limit', least: 1, most: 500, absent: 100 });
  if (limit === undefined) return failure(refusals.parameter('limit'));
  const gap = QUOTE_MILLISECONDS / 2;
  const newest = Math.floor(world.state.now / gap);
  const rows: Row[] = [];
  for (let index = newest; index > newest - limit; index -= 1) {
    const at = index * gap;
    const chance = hash32(world.course.seed, instrument.instIdCode, 13, index);
    const side = chance % 2 === 0 ? 'buy' : 'sell';
    const reference = referencePrice({ market: marketOf(world), instrument, at });
    const px = side === 'buy' ? add(reference, instrument.tick) : subtract(reference, instrument.tick);
    const sz = multiply(instrument.makerLot, { coefficient: BigInt(1 + (chance % 40)), scale: 0 });
    rows.push({ instId: instrument.instId, px: text(px), side, source: '0', sz: text(sz), tradeId: String(index), ts: String(at) });
  }
  return success(rows);
}
