import { type Decimal, decimal, one } from '../core/money/decimal.ts';

export type Instrument = {
  readonly instId: string;
  readonly instType: 'SPOT' | 'SWAP' | 'FUTURES';
  readonly base: string;
  readonly quote: string;
  /** The currency in which margin, profit and fees of a contract are kept; empty on spot. */
  readonly settle: string;
  readonly ctType: '' | 'linear' | 'inverse';
  /** When a dated contract is delivered; undefined for what never ends. */
  readonly expiry: number | undefined;
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

export function spot({
  base,
  sizes,
  instIdCode,
}: {
  readonly base: string;
  readonly sizes: Sizes;
  readonly instIdCode: number;
}): Instrument {
  return {
    instId: `${base}-USDT`,
    instType: 'SPOT',
    base,
    quote: 'USDT',
    settle: '',
    ctType: '',
    expiry: undefined,
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

export type SwapShape = {
  readonly base: string;
  readonly quote: 'USDT' | 'USD';
  readonly ctVal: string;
  readonly sizes: Sizes;
  readonly instIdCode: number;
};

export function swap({ base, quote, ctVal, sizes, instIdCode }: SwapShape): Instrument {
  return {
    instId: `${base}-${quote}-SWAP`,
    instType: 'SWAP',
    base,
    quote,
    settle: quote === 'USD' ? base : 'USDT',
    ctType: quote === 'USD' ? 'inverse' : 'linear',
    expiry: undefined,
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
