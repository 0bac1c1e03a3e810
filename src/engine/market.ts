import type { Funds } from '../core/account/books.ts';
import { coinOf, type CoinPrice, type CoinPrices } from '../core/market/dollar-coins.ts';
import { type Instrument, type InstrumentId, paysFunding } from '../core/market/instrument.ts';
import type { PriceHistory } from '../core/market/price-history.ts';
import { quoteFrom } from '../core/market/quote-from.ts';
import type { Funding, Quote } from '../core/market/quote.ts';
import type { Decimal } from '../core/money/decimal.ts';
import type { Push } from '../core/order/feed.ts';
import type { BalanceReport, ReadReport } from '../core/order/report.ts';
import type { Answered, Inquiry } from './inquiry.ts';

/** Levels a side that a decision sees. Deeper ones are far away in a liquid market, and where they are not, the limits on the book are stricter. */
const BOOK_DEPTH = 50;
/** Pushes that are older than this do not spare a question: decisions want prices younger than twice that. */
const PUSHED_MILLISECONDS = 1000;
/** How often a quote is asked for that pushes keep young. */
const ASKED_MILLISECONDS = 5000;
/** A pushed index that is older is none. */
const INDEX_AGE_MAX_MILLISECONDS = 10_000;

/** The latest of what the exchange publishes. Not part of the state: a decision carries the values it used. */
export class Market {
  readonly #inquiry: Inquiry;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #quotes = new Map<InstrumentId, Quote>();
  readonly #leverage = new Map<InstrumentId, Decimal>();
  readonly #funding = new Map<InstrumentId, Funding>();
  readonly #coinPrices = new Map<string, CoinPrice>();
  readonly #history = new Map<InstrumentId, PriceHistory>();
  readonly #parts = new Map<InstrumentId, Parts>();
  readonly #askedAt = new Map<InstrumentId, number>();
  readonly #indexes = new Map<string, Asking>();
  readonly #refreshing = new Set<InstrumentId>();
  #funds: Funds | null = null;
  #isFed = false;
  #pricedAt = 0;

  constructor({ inquiry, now, monotonic }: { readonly inquiry: Inquiry; readonly now: () => number; readonly monotonic: () => number }) {
    this.#inquiry = inquiry;
    this.#now = now;
    this.#monotonic = monotonic;
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
   * Reads ticker, mark, index and order book of one instrument. A quote is replaced whole or not at all, so that its parts are of one time; what was
   * pushed since stays.
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
      const asked = (answered: Answered): Part => ({
        report: answered.report,
        receivedAt: Math.min(askedAt, indexed.askedAt),
        pushed: false,
      });
      const held = this.#parts.get(instrument.id);
      const parts: Parts = {
        ticker: later(held?.ticker, asked(ticker)),
        mark: mark === null ? null : later(held?.mark ?? undefined, asked(mark)),
        index: later(held?.index, asked(index)),
        book: asked(book),
      };
      if (this.#compose(instrument, parts)) this.#askedAt.set(instrument.id, askedAt);
    } finally {
      this.#refreshing.delete(instrument.id);
    }
  }

  /** Reads the order book alone: what else a quote is made of is pushed. */
  async refreshBook(instrument: Instrument): Promise<void> {
    if (this.#refreshing.has(instrument.id)) return;
    this.#refreshing.add(instrument.id);
    try {
      const receivedAt = this.#now();
      const { report } = await this.#inquiry.ask({ kind: 'book', instrument: instrument.id, depth: BOOK_DEPTH });
      const held = this.#parts.get(instrument.id);
      if (held !== undefined) this.#compose(instrument, { ...held, book: { report, receivedAt, pushed: false } });
    } finally {
      this.#refreshing.delete(instrument.id);
    }
  }

  /** Takes a pushed part of quotes. What is not newer by the exchange's own time changes nothing: it came twice, or late. */
  takePrice({ part, name, report }: Extract<Push, { kind: 'price' }>, instruments: readonly Instrument[]): void {
    this.#isFed = true;
    const fresh: Part = { report, receivedAt: this.#now(), pushed: true };
    if (part === 'funding') return this.#takeFunding(name, report, fresh.receivedAt);
    if (part === 'index') this.#takeCoin(name, report, fresh.receivedAt);
    for (const instrument of instruments) {
      const held = this.#parts.get(instrument.id);
      const isMeant = part === 'index' ? `${instrument.base}-${instrument.quote}` === name : instrument.id === name;
      if (!isMeant || held === undefined || !isNewer(fresh, held[part])) continue;
      this.#compose(instrument, { ...held, [part]: fresh });
    }
  }

  /** Whether pushes keep a quote so young that, but for its book, it need not be asked for; asked for it is all the same, now and then, since a push may be the last one. */
  isPushed({ id }: Instrument): boolean {
    const parts = this.#parts.get(id);
    const now = this.#now();
    if (parts === undefined || Math.abs(now - (this.#askedAt.get(id) ?? 0)) >= ASKED_MILLISECONDS) return false;
    const isYoung = (part: Part | null): boolean =>
      part === null || Math.abs(now - Math.min(part.receivedAt, timeOf(part))) <= PUSHED_MILLISECONDS;
    return parts.ticker.pushed && [parts.ticker, parts.mark, parts.index].every(isYoung);
  }

  /** When a ticker last made a quote, on the monotonic clock: what else comes is no price. */
  get pricedAt(): number {
    return this.#pricedAt;
  }

  #compose(instrument: Instrument, parts: Parts): boolean {
    const { ticker, mark, index, book } = parts;
    const now = this.#now();
    const isOld = index.pushed && now - Math.min(index.receivedAt, timeOf(index)) > INDEX_AGE_MAX_MILLISECONDS;
    const askedAt = Math.min(ticker.receivedAt, mark?.receivedAt ?? ticker.receivedAt);
    const made = quoteFrom({
      instrument,
      ticker: ticker.report,
      mark: mark === null ? null : mark.report,
      index: isOld ? { kind: 'failed', cause: 'too old' } : index.report,
      book: book.report,
      askedAt,
      bookAskedAt: book.receivedAt,
      // With pushes between them, answers do not come in the sequence in which they were asked for.
      notedAt: this.#isFed ? now : askedAt,
      history: this.#history.get(instrument.id) ?? [],
    });
    if (made === null) return false;
    if (ticker !== this.#parts.get(instrument.id)?.ticker) this.#pricedAt = this.#monotonic();
    this.#parts.set(instrument.id, parts);
    // A mark that was pushed has a time of its own, and the quote is as old as its oldest part.
    const at = mark?.pushed === true ? Math.min(made.quote.at, timeOf(mark)) : made.quote.at;
    this.#quotes.set(instrument.id, { ...made.quote, at });
    this.#history.set(instrument.id, made.history);
    return true;
  }

  #takeFunding(name: string, report: ReadReport, receivedAt: number): void {
    if (report.kind !== 'funding_rate') return;
    const { rate, paidAt, at } = report;
    const held = this.#funding.get(name as InstrumentId);
    if (held !== undefined && held.at < at) this.#funding.set(name as InstrumentId, { rate, paidAt, at: Math.min(at, receivedAt) });
  }

  #takeCoin(pair: string, report: ReadReport, receivedAt: number): void {
    const coin = pair.endsWith('-USD') ? pair.slice(0, -'-USD'.length) : '';
    const held = this.#coinPrices.get(coin);
    if (held !== undefined && report.kind === 'price' && held.at < report.at)
      this.#coinPrices.set(coin, { price: report.price, at: Math.min(report.at, receivedAt) });
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
    // One from a time that has not come was read by a clock that was set back since.
    if (this.#funds !== null && this.#funds.at > askedAt && this.#funds.at <= this.#now()) return;
    const available = new Map(balance.currencies.map((row) => [row.currency, row.available]));
    this.#funds = { equityUsd: balance.equityUsd, available, at: askedAt };
  }
}

/** One part of a quote: what was said of it, and when it was asked for or came. */
type Part = { readonly report: ReadReport; readonly receivedAt: number; readonly pushed: boolean };
type Parts = { readonly ticker: Part; readonly mark: Part | null; readonly index: Part; readonly book: Part };

/** The exchange's own time of it; what could not be read is older than everything. */
function timeOf({ report }: Part): number {
  switch (report.kind) {
    case 'ticker':
      return report.ticker.at;
    case 'price':
      return report.at;
    default:
      return Number.NEGATIVE_INFINITY;
  }
}

/**
 * An answer replaces what was held before, but no push that is newer than it: answers lag too. For a while only, since a push with a time that is wrong would
 * be the newest for ever, and exits need a price; nor where the clock was set back since.
 */
function later(held: Part | undefined, asked: Part): Part {
  if (held === undefined || !held.pushed || Math.abs(asked.receivedAt - held.receivedAt) > ASKED_MILLISECONDS) return asked;
  return timeOf(asked) >= timeOf(held) ? asked : held;
}

function isNewer(fresh: Part, held: Part | null): boolean {
  return held !== null && timeOf(fresh) > timeOf(held);
}

/** A question that is under way, and when it left. */
type Asking = { readonly askedAt: number; readonly answer: Promise<Answered> };
