import type { Answer } from './answers.ts';
import { type Fields, isFields } from './fields.ts';
import { findInstrument } from './instruments.ts';
import * as open from './public.ts';
import { getStatusTold } from './status.ts';
import { worldShown } from './under-conditions.ts';
import type { World } from './world.ts';

/** What a public channel tells, and how. */
type Source = {
  /** A value is told when it changes, a list when it grows, bars as they are formed, a book by what changed in it. */
  readonly kind: 'value' | 'trades' | 'candles' | 'books';
  readonly act: (call: open.PublicCall) => Answer;
  readonly needs: '' | 'instId' | 'instType';
  readonly extra: Fields;
  /** A value that does not change is told again after so many milliseconds; 0 for never. */
  readonly again: number;
};

function value(act: Source['act'], more: Partial<Source> = {}): Source {
  return { kind: 'value', act, needs: 'instId', extra: {}, again: 0, ...more };
}

// @rule public-pushes
const sources: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['tickers', value(open.getTicker)],
  ['mark-price', value(open.getMarkPrice, { again: 10_000 })],
  ['index-tickers', value(open.getIndexTickers, { again: 60_000 })],
  ['price-limit', value(open.getPriceLimit)],
  ['funding-rate', value(open.getFundingRate, { again: 60_000 })],
  ['open-interest', value(open.getOpenInterest, { again: 3000 })],
  ['instruments', value(open.getInstruments, { needs: 'instType' })],
  ['status', value(getStatusTold, { needs: '' })],
  ['books5', value(open.getBooks, { extra: { sz: '5' } })],
  ['bbo-tbt', value(open.getBooks, { extra: { sz: '1' } })],
  ['books', value(open.getBooks, { kind: 'books', extra: { sz: '400' } })],
  ['trades', value(open.getTrades, { kind: 'trades' })],
  ['trades-all', value(open.getTrades, { kind: 'trades' })],
]);

function sourceOf(channel: string): Source | undefined {
  const source = sources.get(channel);
  if (source !== undefined) return source;
  const [, index, bar] = /^(index-)?candle(\d{1,2}[smHDWM](?:utc)?)$/.exec(channel) ?? [];
  if (bar === undefined) return undefined;
  const act = index === undefined ? open.getCandles : open.getIndexCandles;
  return value(act, { kind: 'candles', extra: { bar } });
}

export function isPublicChannel(channel: string): boolean {
  return sourceOf(channel) !== undefined;
}

export function needsInstrument(channel: string): boolean {
  return sourceOf(channel)?.needs === 'instId';
}

/** False when the exchange has nothing that a subscription could be about; a status may have nothing to tell for a long time. */
export function isKnown(world: World, asked: Asked): boolean {
  return sourceOf(asked.channel)?.needs === '' || (rowsOf(world, asked)?.length ?? 0) > 0;
}

/** How a channel tells, and after how many milliseconds it repeats itself. */
export function mannerOf(channel: string): Pick<Source, 'kind' | 'again'> {
  return sourceOf(channel) ?? { kind: 'value', again: 0 };
}

export type Asked = { readonly channel: string; readonly instId: string; readonly instType: string; readonly more?: Fields };

/** The rows of a public channel as they are now: those of the REST path of the same name. Undefined when there are none such. */
export function rowsOf(world: World, { channel, instId, instType, more = {} }: Asked): readonly unknown[] | undefined {
  const source = sourceOf(channel);
  if (source === undefined) return undefined;
  const named = source.needs === 'instType' ? { instType } : channel === 'open-interest' ? typed(instId) : { instId };
  const { body } = source.act({ world: worldShown(world, pathOf(channel)), fields: { ...named, ...source.extra, ...more } });
  const data: unknown = isFields(body) ? body['data'] : undefined;
  return Array.isArray(data) ? data : undefined;
}

/** The path whose rows a channel tells: what the desk shows wrongly there is pushed wrongly too. */
function pathOf(channel: string): string {
  if (channel === 'tickers') return '/api/v5/market/ticker';
  if (channel.startsWith('books') || channel === 'bbo-tbt') return '/api/v5/market/books';
  if (channel.startsWith('trades')) return '/api/v5/market/trades';
  if (channel.startsWith('index-candle')) return '/api/v5/market/index-candles';
  if (channel.startsWith('candle')) return '/api/v5/market/candles';
  return `/api/v5/${channel === 'index-tickers' ? 'market' : 'public'}/${channel}`;
}

/** The path of open interest asks for the type as well. */
function typed(instId: string): Fields {
  return { instId, instType: findInstrument(instId)?.instType ?? '' };
}
