import { formatDecimal } from '../core/money/decimal.ts';
import { dateText, listingsAt } from './futures.ts';
import { type Instrument, instrumentRow } from './instruments.ts';
import type { Row } from './rows.ts';
import { markOf, type World } from './world.ts';

/** An option that can be looked at and not traded: what it is worth is told in floating point, because no money ever follows from it. */
export type Option = { readonly instId: string; readonly strike: number; readonly isCall: boolean; readonly future: Instrument };

const STRIKES = [50_000, 56_000, 62_000, 68_000] as const;
const TICK_DIGITS = 4;
const YEAR = 365 * 86_400_000;

/** The one chain: calls and puts on bitcoin that end with the contract of the quarter. */
export function optionsOf(world: World): readonly Option[] {
  // @rule option-chain
  const future = listingsAt(world.state.now).find(({ alias }) => alias === 'quarter')?.instrument;
  if (future === undefined) return [];
  const name = `BTC-USD-${dateText(future.expiry ?? 0)}`;
  return STRIKES.flatMap((strike) =>
    [true, false].map((isCall) => ({ instId: `${name}-${strike}-${isCall ? 'C' : 'P'}`, strike, isCall, future })),
  );
}

/** What an instrument's row has, with what only options have. */
export function optionRow({ instId, strike, isCall, future }: Option, index: number): Row {
  const own = { instId, instType: 'OPTION', optType: isCall ? 'C' : 'P', stk: String(strike), instIdCode: 1_200_000_000 + index };
  const sizes = { ctVal: '1', ctMult: '0.01', ctType: '', ctValCcy: 'BTC', lotSz: '1', minSz: '1', tickSz: '0.0001', lever: '' };
  return { ...instrumentRow(future, ''), ...own, ...sizes };
}

type Worth = Readonly<
  Record<'mark' | 'delta' | 'deltaBS' | 'gamma' | 'gammaBS' | 'theta' | 'thetaBS' | 'vega' | 'vegaBS' | 'vol' | 'forward', number>
>;

/** Black's formula at a volatility that rises away from the money. Plain greeks are counted in coin, those named BS in dollars. */
function worthOf(world: World, { strike, isCall, future }: Option): Worth {
  // @rule option-model
  const forward = Number(formatDecimal(markOf(world, future)));
  const vol = 0.5 + 0.2 * Math.abs(Math.log(strike / forward));
  const years = Math.max((future.expiry ?? 0) - world.state.now, 60_000) / YEAR;
  const spread = vol * Math.sqrt(years);
  const d1 = Math.log(forward / strike) / spread + spread / 2;
  const sign = isCall ? 1 : -1;
  const deltaBS = sign * normal(sign * d1);
  const mark = Math.max((deltaBS * forward - sign * strike * normal(sign * (d1 - spread))) / forward, 10 ** -TICK_DIGITS);
  const density = Math.exp((-d1 * d1) / 2) / Math.sqrt(2 * Math.PI);
  const [gammaBS, vegaBS] = [density / (forward * spread), (forward * density * Math.sqrt(years)) / 100];
  const thetaBS = (-forward * density * vol) / (2 * Math.sqrt(years)) / 365;
  const delta = deltaBS - mark;
  const coin = { delta, gamma: gammaBS * forward - delta, theta: thetaBS / forward, vega: vegaBS / forward };
  return { mark, ...coin, deltaBS, gammaBS, thetaBS, vegaBS, vol, forward };
}

/** The share of the normal distribution below a value, to seven digits. */
function normal(value: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(value));
  const tail = t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const below = (Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)) * tail;
  return value < 0 ? below : 1 - below;
}

function digits(value: number, places = 12): string {
  return value.toFixed(places).replace(/\.?0+$/, '');
}

export function optionMarkRow(world: World, option: Option): Row {
  return { instId: option.instId, instType: 'OPTION', markPx: digits(worthOf(world, option).mark), ts: String(world.state.now) };
}

/** GET public/opt-summary: volatilities and greeks. */
export function optionSummaryRow(world: World, option: Option): Row {
  const { mark, vol, forward, ...greeks } = worthOf(world, option);
  const told = Object.fromEntries(Object.entries(greeks).map(([name, value]) => [name, digits(value)]));
  const vols = { askVol: digits(vol * 1.02), bidVol: digits(vol * 0.98), markVol: digits(vol), realVol: '0', volLv: digits(vol) };
  const of = { instId: option.instId, instType: 'OPTION', uly: 'BTC-USD', ts: String(world.state.now) };
  return { ...of, ...told, ...vols, fwdPx: digits(forward), lever: digits(1 / mark, 4) };
}

/** The row of GET market/ticker: a quote around the mark price, and no trade ever. */
export function optionTickerRow(world: World, option: Option): Row {
  const { mark } = worthOf(world, option);
  const [bid, ask, last] = [mark * 0.99, mark * 1.01, mark].map((price) => Math.max(price, 10 ** -TICK_DIGITS).toFixed(TICK_DIGITS));
  const quotes = { askPx: ask, askSz: '50', bidPx: bid, bidSz: '50', last, lastSz: '1' };
  const day = { open24h: last, high24h: last, low24h: last, sodUtc0: last, sodUtc8: last, vol24h: '0', volCcy24h: '0' };
  return { instId: option.instId, instType: 'OPTION', ...quotes, ...day, ts: String(world.state.now) };
}
