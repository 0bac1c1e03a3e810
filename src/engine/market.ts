import type { Funds } from '../core/account/books.ts';
import type { Instrument, InstrumentId } from '../core/market/instrument.ts';
import type { Quote } from '../core/market/quote.ts';
import type { Decimal } from '../core/money/decimal.ts';
import type { Price } from '../core/money/units.ts';
import type { BalanceReport } from '../core/order/report.ts';
import type { Inquiry } from './inquiry.ts';

/** The latest of what the exchange publishes. Not part of the state: a decision carries the values it used. */
export class Market {
  readonly #inquiry: Inquiry;
  readonly #now: () => number;
  readonly #quotes = new Map<InstrumentId, Quote>();
  readonly #leverage = new Map<InstrumentId, Decimal>();
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

  get funds(): Funds | null {
    return this.#funds;
  }

  /** Reads ticker, mark and index of one instrument. A quote is replaced whole or not at all, so that its parts are of one time. */
  async refreshQuote(instrument: Instrument): Promise<void> {
    if (this.#refreshing.has(instrument.id)) return;
    this.#refreshing.add(instrument.id);
    try {
      const askedAt = this.#now();
      const [ticker, mark, index] = await Promise.all([
        this.#inquiry.ask({ kind: 'ticker', instrument: instrument.id }),
        instrument.kind === 'spot' ? null : this.#inquiry.ask({ kind: 'mark_price', instrument: instrument.id }),
        this.#inquiry.ask({ kind: 'index', pair: `${instrument.base}-${instrument.quote}` }),
      ]);
      if (ticker.report.kind !== 'ticker' || (mark !== null && mark.report.kind !== 'price')) return;
      const markPrice: Price | null = mark !== null && mark.report.kind === 'price' ? mark.report.price : null;
      const { bid, ask, last, at } = ticker.report.ticker;
      // Age counts from when the question left: what happened since is not in the answer.
      const quote: Quote = {
        instrument: instrument.id,
        bid,
        ask,
        last,
        mark: markPrice,
        index: index.report.kind === 'price' ? index.report.price : null,
        at,
        receivedAt: askedAt,
      };
      this.#quotes.set(instrument.id, quote);
    } finally {
      this.#refreshing.delete(instrument.id);
    }
  }

  async refreshLeverage(instrument: Instrument): Promise<void> {
    if (instrument.kind === 'spot') return;
    const { report } = await this.#inquiry.ask({ kind: 'leverage', instrument: instrument.id });
    if (report.kind === 'leverage') this.#leverage.set(instrument.id, report.leverage);
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
