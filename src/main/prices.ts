import { bounds } from '../core/order/bounds.ts';
import type { MarketView } from '../core/order/parse-intent.ts';
import type { ReadReport } from '../core/order/report.ts';
import type { Read } from '../core/order/request.ts';
import { unreachable } from '../core/lang/assert.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import type { Quote } from '../core/market/quote.ts';

/** How old a price may be that an agent is shown. Decisions do not use it: they have quotes of their own. */
export const SHARED_MILLISECONDS = 1000;

export type Sources = {
  readonly ask: (request: Read) => Promise<ReadReport>;
  readonly quotes: () => ReadonlyMap<InstrumentId, Quote>;
  /** UTC milliseconds. */
  readonly now: () => number;
};

export type Prices = (instrument: InstrumentId, view: MarketView) => Promise<ReadReport>;

/**
 * Prices for agents, asked for at most once a second however many ask: the exchange counts our questions, and an agent that looks all the
 * time would use up those that orders and exits are decided on. Every depth and length is cut out of one answer for the same reason.
 */
export function sharedPrices({ ask, quotes, now }: Sources): Prices {
  const shared = new Map<string, { readonly at: number; readonly report: Promise<ReadReport> }>();

  function once(key: string, request: Read): Promise<ReadReport> {
    const found = shared.get(key);
    // A clock that was set back makes nothing young.
    if (found !== undefined && Math.abs(now() - found.at) < SHARED_MILLISECONDS) return found.report;
    const report = ask(request);
    shared.set(key, { at: now(), report });
    return report;
  }

  return async (instrument, view) => {
    switch (view.kind) {
      case 'ticker': {
        const quote = quotes().get(instrument);
        const fresh = quote !== undefined && now() - quote.receivedAt < SHARED_MILLISECONDS;
        return fresh ? { kind: 'ticker', ticker: quote } : once(`ticker ${instrument}`, { kind: 'ticker', instrument });
      }
      case 'book': {
        const report = await once(`book ${instrument}`, { kind: 'book', instrument, depth: bounds.depthMax });
        if (report.kind !== 'book') return report;
        const { bids, asks } = report.book;
        return { kind: 'book', book: { ...report.book, bids: bids.slice(0, view.depth), asks: asks.slice(0, view.depth) } };
      }
      case 'candles': {
        const { bar, count } = view;
        const report = await once(`candles ${bar} ${instrument}`, { kind: 'candles', instrument, bar, count: bounds.candlesMax });
        // The newest come first.
        return report.kind === 'candles' ? { kind: 'candles', candles: report.candles.slice(0, count) } : report;
      }
      default:
        return unreachable(view);
    }
  };
}
