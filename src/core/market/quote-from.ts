import type { ReadReport } from '../order/report.ts';
import type { Instrument } from './instrument.ts';
import { noted, type PriceHistory, rangeOf } from './price-history.ts';
import type { Quote } from './quote.ts';
import { referencePrice } from './valuation.ts';

/** What the exchange said when it was asked about one instrument. */
export type QuoteReports = {
  readonly instrument: Instrument;
  readonly ticker: ReadReport;
  /** `null` where it was not asked (spot). */
  readonly mark: ReadReport | null;
  readonly index: ReadReport;
  readonly book: ReadReport;
  /** When the first of the questions left, or the oldest of the pushes came, UTC milliseconds: what happened since is not in the answers. */
  readonly askedAt: number;
  /** The same of the book alone. */
  readonly bookAskedAt: number;
  /** When the price is noted as one of the last minutes. */
  readonly notedAt: number;
  readonly history: PriceHistory;
};

export type NewQuote = { readonly quote: Quote; readonly history: PriceHistory };

/**
 * The quote that these answers make, or `null` where there is none without ticker or mark. Index and book, which entries alone need, are missing in it
 * where they could not be read: exits do not wait for them.
 */
export function quoteFrom({
  instrument,
  ticker,
  mark,
  index,
  book,
  askedAt,
  bookAskedAt,
  notedAt,
  history,
}: QuoteReports): NewQuote | null {
  if (ticker.kind !== 'ticker' || (mark !== null && mark.kind !== 'price')) return null;
  const { bid, ask, last, volume, at } = ticker.ticker;
  const quote: Quote = {
    instrument: instrument.id,
    bid,
    ask,
    last,
    mark: mark === null ? null : mark.price,
    index: index.kind === 'price' ? index.price : null,
    volume,
    book: book.kind === 'book' ? { bids: book.book.bids, asks: book.book.asks, at: book.book.at, receivedAt: bookAskedAt } : null,
    range: null,
    at,
    receivedAt: askedAt,
  };
  const reference = referencePrice(instrument, quote);
  const longer = reference === null ? history : noted(history, { price: reference, at: notedAt });
  return { quote: { ...quote, range: rangeOf(longer) }, history: longer };
}
