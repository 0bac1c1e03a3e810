import { err, ok, type Result } from '../core/lang/result.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  divideDown,
  formatDecimal as text,
  multiply,
  one,
  roundDownToStep,
  subtract,
} from '../core/money/decimal.ts';
import { type Answer, failure, success } from './answers.ts';
import { type Fields, listField, textField, wholeField } from './fields.ts';
import { toldTime } from './under-conditions.ts';
import { FUNDING_PERIOD, fundingRate } from './funding.ts';
import { listingsAt } from './futures.ts';
import { dollarsOf, familyOf, type Instrument, instrumentRow, instruments, isContract } from './instruments.ts';
import { barOf, dollarCoins, dollarPrice, type Level, QUOTE_MILLISECONDS, referencePrice } from './market.ts';
import { hash32 } from './random.ts';
import { type Option, optionMarkRow, optionRow, optionsOf, optionSummaryRow, optionTickerRow } from './options.ts';
import { refusals } from './refusal.ts';
import { restingOrders } from './matching.ts';
import type { Row } from './rows.ts';
import { tiersOf } from './tiers.ts';
import { lastPrice, limitOf, listed, makersAgainst, marketOf, markOf, type World } from './world.ts';

export type PublicCall = { readonly world: World; readonly fields: Fields };

const DAY = 86_400_000;
const LEVELS_MAX = 400;

/** Options that a query names; of a family, a day (YYMMDD) or one by name. */
function selectOptions({ world, fields }: PublicCall): readonly Option[] {
  const [instId, expTime] = [textField(fields, 'instId'), textField(fields, 'expTime')];
  const family = textField(fields, 'instFamily') || textField(fields, 'uly');
  return optionsOf(world).filter(
    (option) =>
      (family === '' || family === familyOf(option.future)) &&
      (instId === '' || instId === option.instId) &&
      (expTime === '' || option.instId.includes(`-${expTime}-`)),
  );
}

function isOption(fields: Fields): boolean {
  return textField(fields, 'instType') === 'OPTION' || /-[CP]$/.test(textField(fields, 'instId'));
}

/** Rows of options where a query is about them; else what `others` says. */
function orOptions(call: PublicCall, { row, others }: OptionAsking): Answer {
  if (!isOption(call.fields)) return others();
  const [instId, family] = [textField(call.fields, 'instId'), textField(call.fields, 'instFamily') || textField(call.fields, 'uly')];
  if (instId === '' && family === '') return failure(refusals.missing('instFamily'));
  const found = selectOptions(call);
  return instId !== '' && found.length === 0 ? failure(refusals.unknownInstrument()) : success(found.map(row));
}

type OptionAsking = { readonly row: (option: Option, index: number) => Row; readonly others: () => Answer };

export function getOptionSummary(call: PublicCall): Answer {
  const fields = { ...call.fields, instType: 'OPTION' };
  return orOptions({ ...call, fields }, { row: (option) => optionSummaryRow(call.world, option), others: () => success([]) });
}

export function getTime({ world }: PublicCall): Answer {
  return success([{ ts: String(toldTime(world.state)) }]);
}

export function getInstruments({ world, fields }: PublicCall): Answer {
  const instType = textField(fields, 'instType');
  if (instType === '') return failure(refusals.missing('instType'));
  if (!['SPOT', 'MARGIN', 'SWAP', 'FUTURES', 'OPTION'].includes(instType)) return failure(refusals.parameter('instType'));
  if (instType === 'OPTION') return orOptions({ world, fields }, { row: optionRow, others: () => success([]) });
  const found = select(world, fields);
  if (textField(fields, 'instId') !== '' && found.length === 0) return failure(refusals.unknownInstrument());
  const aliases = new Map(listingsAt(world.state.now).map(({ instrument, alias }) => [instrument.instId, alias]));
  return success(found.map((instrument) => instrumentRow(instrument, aliases.get(instrument.instId) ?? '')));
}

/** Instruments that a query names by type, family (or its older name `uly`) and id. */
function select(world: World, fields: Fields): readonly Instrument[] {
  const [instType, instId] = [textField(fields, 'instType'), textField(fields, 'instId')];
  const family = textField(fields, 'instFamily') || textField(fields, 'uly');
  return listed(world).filter(
    (instrument) =>
      (instType === '' || instrument.instType === instType) &&
      (instId === '' || instrument.instId === instId) &&
      (family === '' || familyOf(instrument) === family),
  );
}

function requireInstrument({ world, fields }: PublicCall): Instrument | Answer {
  const instId = textField(fields, 'instId');
  if (instId === '') return failure(refusals.missing('instId'));
  return listed(world).find((one) => one.instId === instId) ?? failure(refusals.unknownInstrument());
}

function isAnswer(value: Instrument | Answer): value is Answer {
  return 'status' in value;
}

export function getMarkPrice(call: PublicCall): Answer {
  return orOptions(call, { row: (option) => optionMarkRow(call.world, option), others: () => markPrices(call) });
}

function markPrices({ world, fields }: PublicCall): Answer {
  const [instType, instId] = [textField(fields, 'instType'), textField(fields, 'instId')];
  if (instType === '' && instId === '') return failure(refusals.missing('instType'));
  // @rule mark-price-of-spot
  const found = select(world, { ...fields, instType: instType === 'MARGIN' ? 'SPOT' : instType });
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
  const instrument = requireInstrument({ world, fields });
  if (isAnswer(instrument)) return instrument;
  const { highestBuy, lowestSell } = limitOf(world, instrument);
  const { instId, instType } = instrument;
  return success([{ buyLmt: text(highestBuy), enabled: true, instId, instType, sellLmt: text(lowestSell), ts: String(world.state.now) }]);
}

export function getFundingRate({ world, fields }: PublicCall): Answer {
  const any = textField(fields, 'instId') === 'ANY';
  const one = any ? undefined : requireInstrument({ world, fields });
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

/** The rates of funding times that have passed, newest first. */
export function getFundingRateHistory(call: PublicCall): Answer {
  const { world, fields } = call;
  const instrument = requireInstrument(call);
  if (isAnswer(instrument)) return instrument;
  if (instrument.instType !== 'SWAP') return failure(refusals.parameter('instId'));
  const span = spanOf(world, fields, { limitMax: 400, oldest: world.state.now - 92 * DAY });
  if (!span.ok) return failure(refusals.parameter(span.error));
  const { limit, after, before } = span.value;
  const rows: Row[] = [];
  let at = Math.floor(Math.min(after - 1, world.state.now) / FUNDING_PERIOD) * FUNDING_PERIOD;
  for (; rows.length < limit && at > before; at -= FUNDING_PERIOD) {
    const rate = text(fundingRate({ world, instrument, at }));
    const kind = { formulaType: 'withRate', instId: instrument.instId, instType: 'SWAP', method: 'current_period' };
    rows.push({ ...kind, fundingRate: rate, fundingTime: String(at), realizedRate: rate });
  }
  return success(rows);
}

export function getOpenInterest(call: PublicCall): Answer {
  const nobody = { oi: '0', oiCcy: '0', oiUsd: '0', ts: String(call.world.state.now) };
  return orOptions(call, { row: ({ instId }) => ({ instId, instType: 'OPTION', ...nobody }), others: () => openInterest(call) });
}

function openInterest({ world, fields }: PublicCall): Answer {
  if (textField(fields, 'instType') === '') return failure(refusals.missing('instType'));
  const rows = select(world, fields)
    .filter(isContract)
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

/** GET public/position-tiers: of each family one row a tier. */
export function getPositionTiers({ world, fields }: PublicCall): Answer {
  const [instType, tdMode, tier] = [textField(fields, 'instType'), textField(fields, 'tdMode'), textField(fields, 'tier')];
  const families = listField(fields, textField(fields, 'instFamily') === '' ? 'uly' : 'instFamily');
  if (instType === '') return failure(refusals.missing('instType'));
  if (!['SWAP', 'FUTURES'].includes(instType)) return failure(refusals.parameter('instType'));
  if (tdMode !== 'cross' && tdMode !== 'isolated') return failure(refusals.parameter('tdMode'));
  if (families.length === 0 || families.length > 5) return failure(refusals.parameter('instFamily'));
  const found = families.flatMap((family) =>
    listed(world)
      .filter((one) => isContract(one) && one.instType === instType && familyOf(one) === family)
      .slice(0, 1),
  );
  const rows = found.flatMap((instrument) =>
    tiersOf(instrument).map(({ tier, minSz, maxSz, maxLever, mmr }) => {
      const shares = { imr: text(divideDown({ dividend: one, divisor: maxLever, digits: 4 })), mmr: text(mmr), maxLever: text(maxLever) };
      const sizes = { tier: String(tier), minSz: text(minSz), maxSz: text(maxSz), baseMaxLoan: '', quoteMaxLoan: '', optMgnFactor: '0' };
      return { instId: '', instFamily: familyOf(instrument), uly: familyOf(instrument), ...sizes, ...shares };
    }),
  );
  return success(rows.filter((row) => tier === '' || row.tier === tier));
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

export function getTicker(call: PublicCall): Answer {
  const others = () => {
    const instrument = requireInstrument(call);
    return isAnswer(instrument) ? instrument : success([tickerRow(call.world, instrument)]);
  };
  return orOptions(call, { row: (option) => optionTickerRow(call.world, option), others });
}

export function getTickers({ world, fields }: PublicCall): Answer {
  if (textField(fields, 'instType') === '') return failure(refusals.missing('instType'));
  const others = () => success(select(world, fields).map((instrument) => tickerRow(world, instrument)));
  return orOptions({ world, fields }, { row: (option) => optionTickerRow(world, option), others });
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
  const instrument = requireInstrument({ world, fields });
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
  const instrument = requireInstrument({ world, fields });
  return isAnswer(instrument) ? instrument : candles({ world, fields, instrument, isIndex: false });
}

export function getIndexCandles({ world, fields }: PublicCall): Answer {
  const name = textField(fields, 'instId');
  const instrument = instruments.find(({ base, quote }) => `${base}-${quote}` === name);
  if (name === '') return failure(refusals.missing('instId'));
  if (instrument === undefined) return failure(refusals.unknownIndex());
  return candles({ world, fields, instrument, isIndex: true });
}

type Span = { readonly limit: number; readonly after: number; readonly before: number };
type SpanBounds = { readonly limitMax: number; readonly oldest: number };

/** How many rows a query wants, older than one time and newer than another; else the parameter that says none. */
function spanOf(world: World, fields: Fields, { limitMax, oldest }: SpanBounds): Result<Span> {
  const limit = wholeField(fields, { name: 'limit', least: 1, most: limitMax, absent: 100 });
  const after = wholeField(fields, { name: 'after', least: 0, most: Number.MAX_SAFE_INTEGER, absent: world.state.now + 1 });
  const before = wholeField(fields, { name: 'before', least: 0, most: Number.MAX_SAFE_INTEGER, absent: oldest });
  if (limit === undefined || after === undefined) return err(limit === undefined ? 'limit' : 'after');
  return before === undefined ? err('before') : ok({ limit, after, before });
}

type CandleCall = PublicCall & { readonly instrument: Instrument; readonly isIndex: boolean };

/** Newest first; `after` asks for older than a time, `before` for newer. */
function candles({ world, fields, instrument, isIndex }: CandleCall): Answer {
  const width = bars[(textField(fields, 'bar') || '1m').replace(/utc$/i, '')];
  if (width === undefined) return failure(refusals.parameter('bar'));
  const span = spanOf(world, fields, { limitMax: 300, oldest: -1 });
  if (!span.ok) return failure(refusals.parameter(span.error));
  const { limit, after, before } = span.value;
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
  const instrument = requireInstrument({ world, fields });
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
