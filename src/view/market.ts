import type { State } from '../core/account/state.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import { formatDecimal } from '../core/money/decimal.ts';
import type { Price, Size } from '../core/money/units.ts';
import type { ReadReport } from '../core/order/report.ts';
import { type Document, isoTime, priceUnit, sizeUnit } from './head.ts';

export type Published = { readonly state: State; readonly instrument: InstrumentId; readonly report: ReadReport };

/** Prices of one instrument as an agent asks for them: ticker, book or candles, whichever the report is. Numbers and our own words alone. */
export function marketView(head: Document, { state, instrument, report }: Published): Document {
  const known = state.instruments.get(instrument);
  const common = {
    ...head,
    instrument,
    price_unit: priceUnit(state, instrument),
    size_unit: sizeUnit(known),
    ...(known === undefined ? {} : tradingRules(known)),
  };
  switch (report.kind) {
    case 'ticker': {
      const { bid, ask, last, at } = report.ticker;
      return { ...common, exchange_time: isoTime(at), bid: formatDecimal(bid), ask: formatDecimal(ask), last: formatDecimal(last) };
    }
    case 'book':
      return { ...common, exchange_time: isoTime(report.book.at), bids: levels(report.book.bids), asks: levels(report.book.asks) };
    case 'candles':
      return {
        ...common,
        candles: report.candles.map(({ at, open, high, low, close, volume }) => ({
          at: isoTime(at),
          open: formatDecimal(open),
          high: formatDecimal(high),
          low: formatDecimal(low),
          close: formatDecimal(close),
          volume: formatDecimal(volume),
        })),
      };
    default:
      return common;
  }
}

/** What an order has to fit, so that nobody has to learn it from refusals. */
function tradingRules({ tick, lot, minimum }: { readonly tick: Price; readonly lot: Size; readonly minimum: Size }): Document {
  return { tick: formatDecimal(tick), lot: formatDecimal(lot), minimum_size: formatDecimal(minimum) };
}

function levels(side: readonly (readonly [Price, Size])[]): readonly Document[] {
  return side.map(([price, size]) => ({ price: formatDecimal(price), size: formatDecimal(size) }));
}
