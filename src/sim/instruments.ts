import { type Decimal, divideDown, formatDecimal as text, multiply } from '../core/money/decimal.ts';
import { blanks } from './fields.ts';
import { findDated, listingsAt } from './futures.ts';
import { type Instrument, spot, swap } from './instrument.ts';

export type { Instrument } from './instrument.ts';

// @rule instrument-sizes
export const instruments: readonly Instrument[] = [
  spot({ base: 'BTC', sizes: { tick: '0.1', lot: '0.00000001', min: '0.00001', makerLot: '0.0001' }, instIdCode: 1_000_000_001 }),
  spot({ base: 'ETH', sizes: { tick: '0.01', lot: '0.000001', min: '0.0001', makerLot: '0.001' }, instIdCode: 1_000_000_002 }),
  spot({ base: 'SOL', sizes: { tick: '0.01', lot: '0.000001', min: '0.01', makerLot: '0.01' }, instIdCode: 1_000_000_003 }),
  swap({
    base: 'BTC',
    quote: 'USDT',
    ctVal: '0.01',
    sizes: { tick: '0.1', lot: '0.01', min: '0.01', makerLot: '0.01' },
    instIdCode: 1_000_000_011,
  }),
  swap({
    base: 'ETH',
    quote: 'USDT',
    ctVal: '0.1',
    sizes: { tick: '0.01', lot: '0.01', min: '0.01', makerLot: '0.01' },
    instIdCode: 1_000_000_012,
  }),
  swap({ base: 'BTC', quote: 'USD', ctVal: '100', sizes: { tick: '0.1', lot: '1', min: '1', makerLot: '1' }, instIdCode: 1_000_000_021 }),
];

const byId = new Map(instruments.map((instrument) => [instrument.instId, instrument]));

/** An instrument by name; a dated one also before and after its time, because rows of the past still name it. */
export function findInstrument(instId: string): Instrument | undefined {
  return byId.get(instId) ?? findDated(instId);
}

const byWeek = new Map<unknown, readonly Instrument[]>();

/** Everything that can be traded at a moment. Computed once a week and the same for everybody. */
export function instrumentsAt(at: number): readonly Instrument[] {
  const listings = listingsAt(at);
  let listed = byWeek.get(listings);
  if (listed === undefined) {
    listed = [...instruments, ...listings.map(({ instrument }) => instrument)];
    byWeek.set(listings, listed);
  }
  return listed;
}

export function isContract({ instType }: Instrument): boolean {
  return instType !== 'SPOT';
}

/** What an instrument is about: the same for all contracts of a coin in one currency. */
export function familyOf({ base, quote }: Instrument): string {
  return `${base}-${quote}`;
}

/** Digits kept after the point wherever a quotient enters the books, as many as recorded bodies show. */
export const DIGITS = 16;

export type Valued = { readonly instrument: Instrument; readonly size: Decimal; readonly price: Decimal };

/** Value in the currency that moves: quote on spot, settle currency on contracts (the coin itself on inverse ones). */
export function valueOf({ instrument, size, price }: Valued): Decimal {
  // @rule contract-value
  if (instrument.ctType === 'inverse') return divideDown({ dividend: multiply(size, instrument.ctVal), divisor: price, digits: DIGITS });
  return multiply(multiply(size, instrument.ctVal), price);
}

/** Value in US dollars; a tether counts as one. */
export function dollarsOf({ instrument, size, price }: Valued): Decimal {
  if (instrument.ctType === 'inverse') return multiply(size, instrument.ctVal);
  return multiply(multiply(size, instrument.ctVal), price);
}

const instrumentBlanks = blanks(
  'alias auctionEndTime baseCcy category contTdSwTime ctMult ctType ctVal ctValCcy expTime futureSettlement groupId instCategory instFamily instId instIdCode instType lever listTime lotSz maxIcebergSz maxLmtAmt maxLmtSz maxMktAmt maxMktSz maxStopSz maxTriggerSz maxTwapSz minSz openType optType preMktSwTime quoteCcy ruleType seriesId settleCcy state stk tickSz tradeQuoteCcyList uly upcChg',
);

/** The row of GET public/instruments. */
export function instrumentRow(instrument: Instrument, alias: string): Record<string, unknown> {
  const isSwap = isContract(instrument);
  return {
    ...instrumentBlanks,
    alias,
    baseCcy: isSwap ? '' : instrument.base,
    category: '1',
    ctMult: isSwap ? '1' : '',
    ctType: instrument.ctType,
    ctVal: isSwap ? text(instrument.ctVal) : '',
    ctValCcy: isSwap ? (instrument.ctType === 'inverse' ? 'USD' : instrument.base) : '',
    expTime: instrument.expiry === undefined ? '' : String(instrument.expiry),
    futureSettlement: false,
    groupId: isSwap ? '2' : '1',
    instCategory: '1',
    instFamily: isSwap ? familyOf(instrument) : '',
    instId: instrument.instId,
    instIdCode: instrument.instIdCode,
    instType: instrument.instType,
    lever: String(instrument.leverMax),
    listTime: '1606468572000',
    lotSz: text(instrument.lot),
    maxIcebergSz: text(instrument.maxLimitSize),
    maxLmtAmt: '20000000',
    maxLmtSz: text(instrument.maxLimitSize),
    maxMktAmt: isSwap ? '' : '1000000',
    maxMktSz: text(instrument.maxMarketSize),
    maxStopSz: text(instrument.maxMarketSize),
    maxTriggerSz: text(instrument.maxLimitSize),
    maxTwapSz: text(instrument.maxLimitSize),
    minSz: text(instrument.min),
    quoteCcy: isSwap ? '' : instrument.quote,
    ruleType: 'normal',
    settleCcy: instrument.settle,
    state: 'live',
    tickSz: text(instrument.tick),
    tradeQuoteCcyList: isSwap ? [] : [instrument.quote],
    uly: isSwap ? familyOf(instrument) : '',
    upcChg: [],
  };
}
