import type { Funds } from '../core/account/books.ts';
import { coinOf, type CoinPrice, type CoinPrices } from '../core/market/dollar-coins.ts';
import { type Instrument, type InstrumentId, paysFunding } from '../core/market/instrument.ts';
import type { PriceHistory } from '../core/market/price-history.ts';
import { quoteFrom } from '../core/market/quote-from.ts';
import type { Funding, Quote } from '../core/market/quote.ts';
import type { Decimal } from '../core/money/decimal.ts';
import type { BalanceReport } from '../core/order/report.ts';
import type { Answered, Inquiry } from './inquiry.ts';

/** Levels a side that a decision sees. Deeper ones are far away in a liquid market, and where they are not, the limits on the book are stricter. */
const BOOK_DEPTH = 50;

/** The latest of what the exchange publishes. Not part of the state: a decision carries the values it used. */
export class Market {
  readonly #inquiry: Inquiry;
  readonly #now: () => number;
  readonly #quotes = new Map<InstrumentId, Quote>();
  readonly #leverage = new Map<InstrumentId, Decimal>();
  readonly #funding = new Map<InstrumentId, Funding>();
  readonly #coinPrices = new Map<string, CoinPrice>();
  readonly #history = new Map<InstrumentId, PriceHistory>();
  readonly #indexes = new Map<string, Asking>();
  readonly #refreshing = new Set<InstrumentId>();
  #funds: Funds | null = null;

  constructor({ inquiry, now }: { readonly inquiry: Inquiry; readonly now: () => number }) {
    this.#inquiry = inquiry;
    this.#now = now;
  }

  get quotes(): ReadonlyMap<InstrumentId, Quote> {
    return this.#quotes;
  }

  get leverage(): ReadonlyMap<InstrumentId, Decimal> {
    return this.#leverage;
  }

  get funding(): ReadonlyMap<InstrumentId, Funding> {
    return this.#funding;
  }

  get coinPrices(): CoinPrices {
    return this.#coinPrices;
  }

  get funds(): Funds | null {
    return this.#funds;
  }

  /**
   * Reads ticker, mark, index and order book of one instrument. A quote is replaced whole or not at all, so that its parts are of one time.
   */
  async refreshQuote(instrument: Instrument): Promise<void> {
    if (this.#refreshing.has(instrument.id)) return;
    this.#refreshing.add(instrument.id);
    try {
      const askedAt = this.#now();
      const indexed = this.#askIndex(`${instrument.base}-${instrument.quote}`, askedAt);
      const [ticker, mark, index, book] = await Promise.all([
        this.#inquiry.ask({ kind: 'ticker', instrument: instrument.id }),
        instrument.kind === 'spot' ? null : this.#inquiry.ask({ kind: 'mark_price', instrument: instrument.id }),
        indexed.answer,
        this.#inquiry.ask({ kind: 'book', instrument: instrument.id, depth: BOOK_DEPTH }),
      ]);
      const made = quoteFrom({
        instrument,
        ticker: ticker.report,
        mark: mark === null ? null : mark.report,
        index: index.report,
        book: book.report,
        askedAt: Math.min(askedAt, indexed.askedAt),
        history: this.#history.get(instrument.id) ?? [],
      });
      if (made === null) return;
      this.#quotes.set(instrument.id, made.quote);
      this.#history.set(instrument.id, made.history);
    } finally {
      this.#refreshing.delete(instrument.id);
    }
  }

  async refreshLeverage(instrument: Instrument): Promise<void> {
    if (instrument.kind === 'spot') return;
    const { report } = await this.#inquiry.ask({ kind: 'leverage', instrument: instrument.id });
    if (report.kind === 'leverage') this.#leverage.set(instrument.id, report.leverage);
  }

  /** Instruments of one pair share its index: the exchange counts questions by address, and there are few to spend. */
  #askIndex(pair: string, askedAt: number): Asking {
    const under = this.#indexes.get(pair);
    if (under !== undefined) return under;
    const answer = this.#inquiry.ask({ kind: 'index', pair }).finally(() => this.#indexes.delete(pair));
    const asking: Asking = { askedAt, answer };
    this.#indexes.set(pair, asking);
    return asking;
  }

  /** When and how much longs and shorts of a swap pay each other next. */
  async refreshFunding(instrument: Instrument): Promise<void> {
    if (!paysFunding(instrument)) return;
    const askedAt = this.#now();
    const { report } = await this.#inquiry.ask({ kind: 'funding_rate', instrument: instrument.id });
    if (report.kind !== 'funding_rate') return;
    const { rate, paidAt, at } = report;
    this.#funding.set(instrument.id, { rate, paidAt, at: Math.min(at, askedAt) });
  }

  /** What the coins that these instruments are quoted in cost in US dollars. */
  async refreshCoins(instruments: readonly Instrument[]): Promise<void> {
    const coins = new Set(instruments.flatMap((instrument) => coinOf(instrument) ?? []));
    await Promise.all([...coins].map((coin) => this.#refreshCoin(coin)));
  }

  async #refreshCoin(coin: string): Promise<void> {
    const { askedAt, answer } = this.#askIndex(`${coin}-USD`, this.#now());
    const { report } = await answer;
    if (report.kind === 'price') this.#coinPrices.set(coin, { price: report.price, at: Math.min(report.at, askedAt) });
  }

  async refreshFunds(): Promise<void> {
    const askedAt = this.#now();
    const { report } = await this.#inquiry.ask({ kind: 'balance' });
    if (report.kind === 'balance') this.takeBalance(report.balance, askedAt);
  }

  takeBalance(balance: BalanceReport, askedAt: number): void {
    if (this.#funds !== null && this.#funds.at > askedAt) return;
    const available = new Map(balance.currencies.map((row) => [row.currency, row.available]));
    this.#funds = { equityUsd: balance.equityUsd, available, at: askedAt };
  }
}

/** A question that is under way, and when it left. */
type Asking = { readonly askedAt: number; readonly answer: Promise<Answered> };
