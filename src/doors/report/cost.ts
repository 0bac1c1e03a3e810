import type { FillBody, InstrumentBody } from '../../core/journal/entry.ts';
import { dollarCoins } from '../../core/market/dollar-coins.ts';
import { add, type Decimal, divideUp, isZero, multiply, negate, one, parseDecimal, subtract, zero } from '../../core/money/decimal.ts';

/** What one fill was worth and cost, in the currency in which its instrument is quoted; on inverse contracts in US dollars. */
export type Cost = {
  readonly turnover: Decimal;
  /** Paid is above zero. `null` where the fee came in a currency whose price the fill does not tell. */
  readonly fee: Decimal | null;
  /** How much more than at the price of the decision it cost, or less that it brought; `null` where no price was noted. */
  readonly slippage: Decimal | null;
};

/** Digits of what is a quotient: on inverse contracts, whose value in coin depends on the price. */
const DIGITS = 8;

/** `arrival` is the reference price when its order was decided; empty where none was noted. */
export function costOf(
  fill: Pick<FillBody, 'side' | 'size' | 'price' | 'fee' | 'fee_currency'>,
  instrument: InstrumentBody,
  arrival: string,
): Cost {
  const [size, price, paid] = [amount(fill.size), amount(fill.price), negate(amount(fill.fee))];
  const before = amount(arrival);
  const units = instrument.product === 'spot' ? size : multiply(size, amount(instrument.contract_value));
  const isInverse = instrument.product === 'inverse';
  const turnover = isInverse ? units : multiply(units, price);
  // Of an inverse contract the dollars are fixed, and what a worse price costs is coin; it is told in dollars at the price of the decision.
  const at = (reference: Decimal): Decimal =>
    isInverse ? divided(multiply(units, subtract(price, reference)), price) : multiply(units, subtract(price, reference));
  const slippage = isZero(before) || isZero(price) ? null : fill.side === 'buy' ? at(before) : negate(at(before));
  return { turnover, fee: feeIn(fill.fee_currency, instrument, { paid, price }), slippage };
}

function feeIn(
  currency: string,
  instrument: InstrumentBody,
  { paid, price }: { readonly paid: Decimal; readonly price: Decimal },
): Decimal | null {
  if (currency === instrument.base) return multiply(paid, price);
  return currency === instrument.quote || isZero(paid) ? paid : null;
}

/** Whether what an instrument is quoted in is US dollars, or a coin that is meant to be worth one. */
export function isInDollars({ quote }: Pick<InstrumentBody, 'quote'>): boolean {
  return quote === 'USD' || dollarCoins.includes(quote);
}

const TEN_THOUSAND = { coefficient: 10_000n, scale: 0 };

/** A share in hundredths of a per cent, rounded against us to one hundredth of those; `null` of nothing. */
export function basisPoints(cost: Decimal, of: Decimal): Decimal | null {
  return isZero(of) ? null : divideUp({ dividend: multiply(cost, TEN_THOUSAND), divisor: of, digits: 2 });
}

/** What cannot be read counts as nothing: this is for reading along, and log verify is what proves. */
export function amount(text: string): Decimal {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : zero;
}

function divided(dividend: Decimal, divisor: Decimal): Decimal {
  return divideUp({ dividend, divisor, digits: DIGITS });
}

/** A figure with at most eight decimals, so that a document stays readable; rounded against us. */
export function shortened(value: Decimal): Decimal {
  return value.scale <= DIGITS ? value : divideUp({ dividend: value, divisor: one, digits: DIGITS });
}

export function sum(left: Decimal, right: Decimal | null): Decimal {
  return right === null ? left : add(left, right);
}
