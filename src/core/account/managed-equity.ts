import { dollarsPer } from '../market/dollars.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import { referencePrice } from '../market/valuation.ts';
import { add, type Decimal, isPositive, isZero, multiply, one, subtract, zero } from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import type { Books, Circumstances } from './books.ts';
import { isDust } from './position.ts';

/** What twokey's own trading is worth now: gains above zero, losses below. Or why nobody knows, in words that end a sentence. */
export type ManagedEquity = { readonly kind: 'known'; readonly usd: Usd } | { readonly kind: 'unknown'; readonly cause: string };

/** A position, what it is of, and what the market says of that. */
export type Held = {
  readonly instrument: InstrumentId;
  readonly listing: Instrument | undefined;
  readonly leg: Leg;
  readonly position: Size;
  readonly amounts: { readonly position: Decimal };
};

export type EquityQuestion = {
  readonly books: Pick<Books, 'earnings' | 'instruments'>;
  readonly circumstances: Pick<Circumstances, 'quotes' | 'now'>;
  /** Every position; what is flat counts for nothing. */
  readonly held: Iterable<Held>;
  /** How old a price of what is held may be. */
  readonly ageMaxMilliseconds: number;
};

/**
 * Σ cash + Σ position × mark (middle of the book on spot), in US dollars, exact. One missing or old price of anything that is held makes it unknown: what
 * is missing never counts as no loss (reference/risk.md §4.7, D24).
 */
export function managedEquity(question: EquityQuestion): ManagedEquity {
  const { books } = question;
  let usd: Usd = zero;
  for (const [currency, amount] of books.earnings.cash) {
    if (isZero(amount)) continue;
    const rate = dollarsPer(currency) ?? priceOfCurrency(question, currency);
    if (rate === null) {
      // Agents are told of it, and the exchange's names of what nobody here trades are not for them (docs/decisions/0035).
      const isOurs = [...books.instruments.values()].some(({ base, quote, settle }) => [base, quote, settle].includes(currency));
      return { kind: 'unknown', cause: `there is no price of ${isOurs ? currency : 'another currency'}, in which a fee was paid` };
    }
    usd = add(usd, multiply(amount, rate));
  }
  for (const held of question.held) {
    if (isZero(held.position)) continue;
    const worth = worthOf(question, held);
    if (typeof worth === 'string') return { kind: 'unknown', cause: worth };
    usd = add(usd, worth);
  }
  return { kind: 'known', usd };
}

/** The prices that `managedEquity` looks at. */
export function pricesOf(
  books: Pick<Books, 'positions' | 'instruments'>,
  circumstances: Pick<Circumstances, 'quotes'>,
): ReadonlyMap<InstrumentId, Price> {
  const prices = new Map<InstrumentId, Price>();
  for (const { instrument: id } of books.positions.values()) {
    const instrument = books.instruments.get(id);
    const quote = circumstances.quotes.get(id);
    const price = instrument === undefined || quote === undefined ? null : referencePrice(instrument, quote);
    if (price !== null) prices.set(id, price);
  }
  return prices;
}

/** US dollars, or why they are not known. */
function worthOf(question: EquityQuestion, { instrument: id, listing: instrument, leg, position: size, amounts }: Held): Usd | string {
  const rate = instrument === undefined ? null : dollarsPer(instrument.quote);
  if (instrument === undefined || rate === null) return `the worth of ${id} in US dollars is not known`;
  const price = priceOf(question, instrument);
  if (typeof price === 'string') {
    // What is too little to be sold is worth next to nothing, and its price may be gone for good.
    return instrument.kind === 'spot' && isPositive(size) && isDust(size, instrument) ? zero : price;
  }
  if (instrument.kind !== 'inverse') return scaledBy(rate, multiply(amounts.position, price));
  // Contracts are dollars that are owed: coin × mark − contracts × their value, without a division.
  return subtract(multiply(question.books.earnings.coins.get(positionKey(id, leg)) ?? zero, price), amounts.position);
}

function scaledBy(rate: Ratio, amount: Decimal): Usd {
  return rate === one ? amount : multiply(amount, rate);
}

function priceOf({ circumstances: { quotes, now }, ageMaxMilliseconds }: EquityQuestion, instrument: Instrument): Price | string {
  const quote = quotes.get(instrument.id);
  const price = quote === undefined ? null : referencePrice(instrument, quote);
  if (quote === undefined || price === null || !isPositive(price)) return `there is no price of ${instrument.id}`;
  const age = ageOf(quote, now);
  if (age <= ageMaxMilliseconds) return price;
  return `the price of ${instrument.id} is ${seconds(age)} s old, at most ${seconds(ageMaxMilliseconds)} s are allowed`;
}

/** The price of a currency that is no dollar, from the first instrument in order of name that trades it and has a price. */
function priceOfCurrency(question: EquityQuestion, currency: string): Decimal | null {
  const trading = [...question.books.instruments.values()]
    .filter(({ base, quote }) => base === currency && dollarsPer(quote) !== null)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  for (const instrument of trading) {
    const price = priceOf(question, instrument);
    if (typeof price !== 'string') return price;
  }
  return null;
}

function ageOf(quote: Quote, now: number): number {
  return now - Math.min(quote.at, quote.receivedAt);
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 100) / 10;
}
