import type { Instrument } from '../market/instrument.ts';
import { type Decimal, decimal, divideUp, formatDecimal, multiply, one } from '../money/decimal.ts';
import type { QuantityUnit } from '../order/intent.ts';
import type { LimitUse } from './decision.ts';

// How amounts are told. Everything here is made of our own words, numbers, and the instrument's name, whose shape was checked when it
// was read; nothing else that came from outside gets into a message.

/** Dollars and cents, rounded up: a use that is over its limit never reads as equal to it. */
export function usd(amount: Decimal): string {
  return `${cents(amount)} USD`;
}

type Use<Count> = { readonly name: string; readonly max: Count; readonly used: Count };

/** A limit in US dollars with its use. */
export function usdLimit({ name, max, used }: Use<Decimal>): LimitUse {
  return { name, max: formatDecimal(max), used: cents(used), unit: 'USD' };
}

/** A limit on an amount. */
export function amountLimit({ name, max, used, unit }: Use<Decimal> & { readonly unit: string }): LimitUse {
  return { name, max: formatDecimal(max), used: formatDecimal(used), unit };
}

const hundred = decimal('100');
const PERCENT_DIGITS = 4;

/** A share in per cent, rounded up: one that is over its limit never reads as equal to it. */
export function percent(share: Decimal): string {
  return formatDecimal(percentOf(share));
}

/** The same as a number. */
export function percentOf(share: Decimal): Decimal {
  return divideUp({ dividend: multiply(share, hundred), divisor: one, digits: PERCENT_DIGITS });
}

/** A limit on a share, told in per cent. */
export function shareLimit({ name, max, used }: Use<Decimal>): LimitUse {
  return { name, max: formatDecimal(multiply(max, hundred)), used: percent(used), unit: '%' };
}

/** A limit that counts things, or milliseconds. */
export function countLimit({ name, max, used, unit }: Use<number> & { readonly unit: string }): LimitUse {
  return { name, max: String(max), used: String(used), unit };
}

/** An amount in a unit that was asked in: `0.0004 BTC`, `3 contracts`, `25 USD`. */
export function inUnit(instrument: Instrument, amount: Decimal, unit: QuantityUnit): string {
  return `${formatDecimal(amount)} ${unitName(instrument, unit)}`;
}

/** A size in the instrument's own trading unit. */
export function inSize(instrument: Instrument, size: Decimal): string {
  return inUnit(instrument, size, sizeUnit(instrument));
}

/** The unit that sizes of the instrument are in. */
export function sizeUnit(instrument: Instrument): 'base' | 'contracts' {
  return instrument.kind === 'spot' ? 'base' : 'contracts';
}

/** Milliseconds as people read them, rounded up to a tenth of a second. */
export function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 100) / 10} s`;
}

/** The name of the unit: currencies are read out of the instrument's checked name. */
export function unitName(instrument: Instrument, unit: QuantityUnit): string {
  const [base, quote] = instrument.id.split('-');
  switch (unit) {
    case 'base':
      return base ?? 'base';
    case 'quote':
      return quote ?? 'quote';
    case 'contracts':
      return 'contracts';
    case 'usd':
      return 'USD';
  }
}

function cents(amount: Decimal): string {
  return formatDecimal(divideUp({ dividend: amount, divisor: one, digits: 2 }));
}
