import { assert, unreachable } from '../lang/assert.ts';
import { err, ok, type Result } from '../lang/result.ts';
import { add, maximum, type Decimal, divideDown, isMultipleOf, multiply, one } from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
import type { QuantityUnit } from '../order/intent.ts';
import { middleOf, type Touch } from './book.ts';
import { coinOf } from './dollar-coins.ts';
import type { Instrument } from './instrument.ts';
import type { Quote } from './quote.ts';

/** Whether amounts of this instrument can be told in US dollars, by themselves or by the price of a coin. Anything else is refused rather than guessed. */
export function isDollarQuoted(instrument: Instrument): boolean {
  return instrument.quote === 'USD' || coinOf(instrument) !== null;
}

/** What limits per underlying add up over: the base currency, so that BTC-USDT and BTC-USDT-SWAP count together. */
export function underlyingOf(instrument: Instrument): string {
  return instrument.base;
}

export type Valued = { readonly instrument: Instrument; readonly size: Size; readonly price: Price };

/**
 * What `size` (in the instrument's trading unit, negative allowed) is worth at `price`: US dollars where the price is in US dollars, as a
 * `valuationPrice` is, and else quote currency. Exact. An inverse contract is a fixed number of dollars, whatever the price (reference/okx-orders.md §3).
 */
export function notionalUsd({ instrument, size, price }: Valued): Usd {
  return worthAt(instrument, amountOf(instrument, size), price);
}

/** What a size comes to in what prices are per: base currency on spot and linear contracts; US dollars on inverse ones, which no price changes. */
export function amountOf(instrument: Instrument, size: Size): Decimal {
  switch (instrument.kind) {
    case 'spot':
      return size;
    case 'linear':
    case 'inverse':
      return multiply(size, instrument.contractValue);
    default:
      return unreachable(instrument);
  }
}

/** `notionalUsd` of an amount. */
export function worthAt(instrument: Instrument, amount: Decimal, price: Price): Usd {
  return instrument.kind === 'inverse' ? amount : multiply(amount, price);
}

/**
 * The highest price that anybody names: mark, last, index, and the order's own limit where it has one. A sell's low limit never
 * makes it cheaper: it fills at the bid, not at its limit (reference/risk.md §4.1, D4).
 */
export function highestPrice(quote: Quote, limit: Price | null): Price {
  let highest = quote.last;
  if (quote.mark !== null) highest = maximum(highest, quote.mark);
  if (quote.index !== null) highest = maximum(highest, quote.index);
  return limit === null ? highest : maximum(highest, limit);
}

export type Valuation = {
  readonly quote: Quote;
  readonly limit: Price | null;
  readonly margin: Ratio;
  /** What one of the quote currency counts as in US dollars (`exposureRate`). */
  readonly rate: Ratio;
};

/** V = max(mark, last, index, limit) × (1 + margin) × rate: US dollars that exposure is counted at. The margin is the policy's `price_collar`. */
export function valuationPrice({ quote, limit, margin, rate }: Valuation): Price {
  const price = multiply(highestPrice(quote, limit), add(one, margin));
  return rate === one ? price : multiply(price, rate);
}

/**
 * Mark on derivatives, middle of the book on spot: what collars are measured from. `null` where a swap has no mark price. The book's middle is that of
 * the orders of others where these are known, or our own order would move what it is measured against.
 */
export function referencePrice(instrument: Instrument, quote: Quote, others: Touch | null = null): Price | null {
  if (instrument.kind !== 'spot') return quote.mark;
  return middleOf(others ?? quote);
}

export type Wish = { readonly instrument: Instrument; readonly quantity: Decimal; readonly unit: QuantityUnit };

/** Why a wish cannot become a size. */
export type WishProblem = { readonly code: 'UNIT_MISMATCH' | 'PRECISION'; readonly message: string };

/**
 * How much of the asked unit one unit of size is, for the units that do not depend on a price: 1 for spot in base and for derivatives
 * in contracts, the contract value for linear contracts in base. `null` for amounts of money. A spot order has no contracts, and an inverse
 * contract no fixed quantity of base: both are refused as confusion of units.
 */
export function fixedRate({ instrument, unit }: Omit<Wish, 'quantity'>): Result<Decimal | null, WishProblem> {
  if (unit === 'usd' || unit === 'quote') return ok(null);
  if (unit === 'contracts') {
    if (instrument.kind !== 'spot') return ok(one);
    return err({ code: 'UNIT_MISMATCH', message: `${instrument.id} is spot and has no contracts; use base, quote or usd` });
  }
  switch (instrument.kind) {
    case 'spot':
      return ok(one);
    case 'linear':
      return ok(instrument.contractValue);
    case 'inverse':
      return err({ code: 'UNIT_MISMATCH', message: `a contract of ${instrument.id} is a fixed number of dollars; use contracts or usd` });
    default:
      return unreachable(instrument);
  }
}

/** Refuses a quantity in base or contracts that is not a whole number of lots: repairing it would trade something else than was asked. */
export function checkWish({ instrument, quantity, unit }: Wish): Result<null, WishProblem> {
  const rate = fixedRate({ instrument, unit });
  if (!rate.ok) return rate;
  if (rate.value === null || isMultipleOf({ value: quantity, step: multiply(instrument.lot, rate.value) })) return ok(null);
  return err({ code: 'PRECISION', message: `${instrument.id} trades in lots` });
}

export type PricedWish = Wish & {
  /** What the order may cost at most, without margin: for amounts of quote currency. */
  readonly highest: Price;
  /** What the order is counted at: for amounts of US dollars, so that N dollars asked never count as more than N. */
  readonly valuation: Price;
};

/**
 * The size that was wished, for a wish that `checkWish` took. Amounts of money become the largest number of lots whose worth is at most
 * the amount, which may be none.
 */
export function sizeFromWish({ instrument, quantity, unit, highest, valuation }: PricedWish): Size {
  const rate = fixedRate({ instrument, unit });
  assert(rate.ok, 'the wish was checked before');
  if (rate.value !== null) return wholeLots(instrument, quantity, multiply(instrument.lot, rate.value));
  return wholeLots(instrument, quantity, notionalUsd({ instrument, size: instrument.lot, price: unit === 'usd' ? valuation : highest }));
}

/** What `sizeFromWish` would need to be asked for to give exactly this size. */
export function wishFromSize({
  instrument,
  size,
  unit,
  highest,
  valuation,
}: Omit<PricedWish, 'quantity'> & { readonly size: Size }): Decimal {
  const rate = fixedRate({ instrument, unit });
  assert(rate.ok, 'the wish was checked before');
  if (rate.value !== null) return multiply(size, rate.value);
  return notionalUsd({ instrument, size, price: unit === 'usd' ? valuation : highest });
}

function wholeLots(instrument: Instrument, amount: Decimal, amountOfOneLot: Decimal): Size {
  return multiply(divideDown({ dividend: amount, divisor: amountOfOneLot, digits: 0 }), instrument.lot);
}
