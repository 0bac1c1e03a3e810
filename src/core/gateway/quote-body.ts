import type { DecisionInputs } from '../journal/entry.ts';
import { type Book, depthWithin } from '../market/book.ts';
import { coinOf } from '../market/dollar-coins.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Funding, Quote } from '../market/quote.ts';
import { type Decimal, formatDecimal } from '../money/decimal.ts';
import type { Question, Wish } from '../policy/control.ts';
import { collarEdge, wishOf } from '../policy/draft.ts';

type Body = DecisionInputs['quote'];
type Part<Name extends keyof NonNullable<Body>> = Required<NonNullable<Body>>[Name];

/**
 * What a decision saw of the market, to take it again by hand. Of a book the journal keeps what the limits are measured on and not its levels: a decision
 * has to fit into a few hundred bytes, since there is one for everything that is asked.
 */
export function quoteBody(question: Question): Body {
  const wish = wishOf(question);
  const { quote, instrument, book } = wish;
  if (quote === undefined) return null;
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
    book: book === null ? null : bookBody(wish, book),
    funding: fundingBody(question.circumstances.funding.get(quote.instrument)),
    coin: instrument === undefined ? null : coinBody(question, instrument),
  };
}

function textOrNull(value: Decimal | null): string | null {
  return value === null ? null : formatDecimal(value);
}

function rangeBody({ range }: Quote): Part<'range'> {
  return range === null ? null : { lowest: formatDecimal(range.lowest), highest: formatDecimal(range.highest), since: range.since };
}

function bookBody({ question, reference }: Wish, book: Book): Part<'book'> {
  const depth = (side: 'buy' | 'sell') => {
    const edge = reference === null ? null : collarEdge({ side, reference, collar: question.policy.priceCollar });
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

function coinBody({ circumstances }: Question, instrument: Instrument): Part<'coin'> {
  const name = coinOf(instrument);
  const found = name === null ? undefined : circumstances.coinPrices.get(name);
  return name === null || found === undefined ? null : { name, price: formatDecimal(found.price), at: found.at };
}
