import { type Decimal, decimal, divideDown, formatDecimal as text, multiply, one } from '../core/money/decimal.ts';

export type Instrument = {
  readonly instId: string;
  readonly instType: 'SPOT' | 'SWAP';
  readonly base: string;
  readonly quote: string;
  /** The currency in which margin, profit and fees of a contract are kept; empty on spot. */
  readonly settle: string;
  readonly ctType: '' | 'linear' | 'inverse';
  readonly ctVal: Decimal;
  readonly tick: Decimal;
  readonly lot: Decimal;
  readonly min: Decimal;
  /** Sizes of the synthetic market makers are multiples of this. */
  readonly makerLot: Decimal;
  readonly maxLimitSize: Decimal;
  readonly maxMarketSize: Decimal;
  readonly leverMax: number;
  readonly instIdCode: number;
  /** Price limit around the index, as a share. */
  readonly limitShare: Decimal;
  readonly makerRate: Decimal;
  readonly takerRate: Decimal;
};

// @rule fees-level-one
const spotRates = { makerRate: decimal('0.0008'), takerRate: decimal('0.001') };
const swapRates = { makerRate: decimal('0.0002'), takerRate: decimal('0.0005') };

type Sizes = { readonly tick: string; readonly lot: string; readonly min: string; readonly makerLot: string };

function spot({ base, sizes, instIdCode }: { readonly base: string; readonly sizes: Sizes; readonly instIdCode: number }): Instrument {
  return {
    instId: `${base}-USDT`,
    instType: 'SPOT',
    base,
    quote: 'USDT',
    settle: '',
    ctType: '',
    ctVal: one,
    tick: decimal(sizes.tick),
    lot: decimal(sizes.lot),
    min: decimal(sizes.min),
    makerLot: decimal(sizes.makerLot),
    maxLimitSize: decimal('9999999999'),
    maxMarketSize: decimal('1000000'),
    leverMax: 10,
    instIdCode,
    // @rule price-limit-spot
    limitShare: decimal('0.05'),
    ...spotRates,
  };
}

type SwapShape = {
  readonly base: string;
  readonly quote: 'USDT' | 'USD';
  readonly ctVal: string;
  readonly sizes: Sizes;
  readonly instIdCode: number;
};

function swap({ base, quote, ctVal, sizes, instIdCode }: SwapShape): Instrument {
  return {
    instId: `${base}-${quote}-SWAP`,
    instType: 'SWAP',
    base,
    quote,
    settle: quote === 'USD' ? base : 'USDT',
    ctType: quote === 'USD' ? 'inverse' : 'linear',
    ctVal: decimal(ctVal),
    tick: decimal(sizes.tick),
    lot: decimal(sizes.lot),
    min: decimal(sizes.min),
    makerLot: decimal(sizes.makerLot),
    maxLimitSize: decimal('1000000'),
    maxMarketSize: decimal('12000'),
    leverMax: 100,
    instIdCode,
    // @rule price-limit-swap
    limitShare: decimal('0.02'),
    ...swapRates,
  };
}

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

export function findInstrument(instId: string): Instrument | undefined {
  return byId.get(instId);
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

/** The row of GET public/instruments. */
export function instrumentRow(instrument: Instrument): Record<string, unknown> {
  const isSwap = instrument.instType === 'SWAP';
  return {
    alias: '',
    auctionEndTime: '',
    baseCcy: isSwap ? '' : instrument.base,
    category: '1',
    contTdSwTime: '',
    ctMult: isSwap ? '1' : '',
    ctType: instrument.ctType,
    ctVal: isSwap ? text(instrument.ctVal) : '',
    ctValCcy: isSwap ? (instrument.ctType === 'inverse' ? 'USD' : instrument.base) : '',
    expTime: '',
    futureSettlement: false,
    groupId: isSwap ? '2' : '1',
    instCategory: '1',
    instFamily: isSwap ? `${instrument.base}-${instrument.quote}` : '',
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
    openType: '',
    optType: '',
    preMktSwTime: '',
    quoteCcy: isSwap ? '' : instrument.quote,
    ruleType: 'normal',
    seriesId: '',
    settleCcy: instrument.settle,
    state: 'live',
    stk: '',
    tickSz: text(instrument.tick),
    tradeQuoteCcyList: isSwap ? [] : [instrument.quote],
    uly: isSwap ? `${instrument.base}-${instrument.quote}` : '',
    upcChg: [],
  };
}
