import { add, type Decimal, isZero, multiply, negate, subtract, zero } from './decimal.ts';

declare const unit: unique symbol;

/** A decimal that knows what it counts. The unit exists for the compiler only. */
export type Amount<Unit extends string> = Decimal & { readonly [unit]?: Unit };

/** Derivative contracts, as the exchange counts `sz` and `pos`. */
export type Contracts = Amount<'contracts'>;
/** The base currency of a pair: BTC in BTC-USDT. */
export type BaseQuantity = Amount<'base'>;
/** The quote currency of a pair: USDT in BTC-USDT. */
export type QuoteQuantity = Amount<'quote'>;
/** US dollars, the unit of every limit whose name says nothing else. */
export type Usd = Amount<'usd'>;
/** Quote currency per base currency (US dollars per coin on inverse contracts). */
export type Price = Amount<'price'>;
/** A quantity in the instrument's own trading unit: contracts on derivatives, base currency on spot. */
export type Size = Amount<'contracts' | 'base'>;
/** A share: 0.005 is 0.5 %. */
export type Ratio = Amount<'ratio'>;

/** A sum that keeps its unit. */
export function plus<Unit extends string>(left: Amount<Unit>, right: Amount<Unit>): Amount<Unit> {
  return add(left, right);
}

/** A difference that keeps its unit. */
export function minus<Unit extends string>(left: Amount<Unit>, right: Amount<Unit>): Amount<Unit> {
  return subtract(left, right);
}

/** An amount times a plain share, in the unit of the amount. */
export function scaled<Unit extends string>(amount: Amount<Unit>, share: Ratio): Amount<Unit> {
  return multiply(amount, share);
}

/** The opposite amount; zero stays zero. */
export function opposite<Unit extends string>(amount: Amount<Unit>): Amount<Unit> {
  return isZero(amount) ? zero : negate(amount);
}
