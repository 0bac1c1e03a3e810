import type { Books, Circumstances } from '../account/books.ts';
import { openOrdersOf } from '../account/position.ts';
import type { State } from '../account/state.ts';
import type { QuoteBody } from '../journal/entry.ts';
import { type Book, depthWithin, touchOf, withoutOwn } from '../market/book.ts';
import { coinOf } from '../market/dollar-coins.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Funding, Quote } from '../market/quote.ts';
import { referencePrice } from '../market/valuation.ts';
import { type Decimal, formatDecimal } from '../money/decimal.ts';
import type { Price } from '../money/units.ts';
import type { RebalanceIntent } from '../order/intent.ts';
import { policyFor } from '../policy/configuration.ts';
import type { Question } from '../policy/control.ts';
import { collarEdge, wishOf } from '../policy/draft.ts';
import type { Policy } from '../policy/policy.ts';
import type { Context } from './events.ts';

type Part<Name extends keyof QuoteBody> = Required<QuoteBody>[Name];

/**
 * What a decision saw of the market, to take it again by hand. Of a book the journal keeps what the limits are measured on and not its levels: a decision
 * has to fit into a few hundred bytes, since there is one for everything that is asked.
 */
export function quoteOf(question: Question): QuoteBody | null {
  const { quote, instrument, book, reference } = wishOf(question);
  return quote === undefined ? null : bodyOf({ ...question, quote, instrument, book, reference });
}

/** The same for every target that has a price. */
export function quotesOf(books: State, intent: RebalanceIntent, context: Context): Readonly<Record<string, QuoteBody>> {
  const { circumstances } = context;
  const policy = policyFor(context.configuration, intent.principal);
  const found = intent.targets.flatMap(({ instrument: id }): (readonly [string, QuoteBody])[] => {
    const quote = circumstances.quotes.get(id);
    if (quote === undefined) return [];
    const instrument = books.instruments.get(id);
    const book = quote.book === null ? null : withoutOwn(quote.book, openOrdersOf(books, id));
    const reference = instrument === undefined ? null : referencePrice(instrument, quote, touchOf(book));
    return [[id, bodyOf({ books, circumstances, policy, quote, instrument, book, reference })]];
  });
  return Object.fromEntries(found);
}

type Seen = {
  readonly books: Books;
  readonly circumstances: Circumstances;
  readonly policy: Policy;
  readonly quote: Quote;
  readonly instrument: Instrument | undefined;
  readonly book: Book | null;
  readonly reference: Price | null;
};

function bodyOf(seen: Seen): QuoteBody {
  const { quote, circumstances, instrument, book } = seen;
  return {
    bid: formatDecimal(quote.bid),
    ask: formatDecimal(quote.ask),
    last: formatDecimal(quote.last),
    mark: textOrNull(quote.mark),
    index: textOrNull(quote.index),
    at: quote.at,
    received_at: quote.receivedAt,
    volume: textOrNull(quote.volume),
    range: rangeBody(quote),
    book: book === null ? null : bookBody(seen, book),
    funding: fundingBody(circumstances.funding.get(quote.instrument)),
    coin: instrument === undefined ? null : coinBody(circumstances, instrument),
  };
}

function textOrNull(value: Decimal | null): string | null {
  return value === null ? null : formatDecimal(value);
}

function rangeBody({ range }: Quote): Part<'range'> {
  return range === null ? null : { lowest: formatDecimal(range.lowest), highest: formatDecimal(range.highest), since: range.since };
}

function bookBody({ policy, reference }: Seen, book: Book): Part<'book'> {
  const depth = (side: 'buy' | 'sell') => {
    const edge = reference === null ? null : collarEdge({ side, reference, collar: policy.priceCollar });
    return edge === null ? '0' : formatDecimal(depthWithin(book, { side, edge }));
  };
  return {
    bid: textOrNull(book.bids[0]?.[0] ?? null),
    ask: textOrNull(book.asks[0]?.[0] ?? null),
    bid_depth: depth('sell'),
    ask_depth: depth('buy'),
    at: book.at,
    received_at: book.receivedAt,
  };
}

function fundingBody(funding: Funding | undefined): Part<'funding'> {
  return funding === undefined ? null : { rate: formatDecimal(funding.rate), paid_at: funding.paidAt, at: funding.at };
}

function coinBody({ coinPrices }: Circumstances, instrument: Instrument): Part<'coin'> {
  const name = coinOf(instrument);
  const found = name === null ? undefined : coinPrices.get(name);
  return name === null || found === undefined ? null : { name, price: formatDecimal(found.price), at: found.at };
}
