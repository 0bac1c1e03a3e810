import type { Books, Circumstances } from '../account/books.ts';
import { openOrdersOf } from '../account/position.ts';
import { type Book, depthWithin, middleOf, touchOf, withoutOwn } from '../market/book.ts';
import { type Instrument, paysFunding } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import { referencePrice } from '../market/valuation.ts';
import {
  absolute,
  type Decimal,
  divideUp,
  formatDecimal,
  isPositive,
  maximum,
  multiply,
  roundDownToStep,
  subtract,
  zero,
} from '../money/decimal.ts';
import type { Price, Ratio, Size } from '../money/units.ts';
import { sides } from '../order/bounds.ts';
import type { LimitUse } from './decision.ts';
import { collarEdge } from './draft.ts';
import type { Policy } from './policy.ts';
import { percent, percentOf, sizeUnit, unitName } from './words.ts';

/** A limit on what a market is like, with how it is now; `null` where that is not known, which refuses entries. */
export type MarketLimit = Omit<LimitUse, 'used'> & {
  readonly scope: string;
  readonly used: string | null;
  readonly headroom: string | null;
};

export type MarketQuestion = { readonly books: Books; readonly circumstances: Circumstances; readonly policy: Policy };

/** The limits on the market of every instrument of the policy. Those on book and volume are told as the largest order that passes them now. */
export function marketLimits(question: MarketQuestion): readonly MarketLimit[] {
  return question.policy.instruments.flatMap((id) => {
    const instrument = question.books.instruments.get(id);
    return instrument === undefined ? [] : limitsOf(question, instrument);
  });
}

function limitsOf(question: MarketQuestion, instrument: Instrument): readonly MarketLimit[] {
  const { circumstances, policy } = question;
  const { id } = instrument;
  const view = viewOf(question, instrument);
  const rows = [
    inPercent({ name: 'max_spread', scope: id, max: policy.maxSpread, used: spreadOf(view) }),
    inPercent({ name: 'max_divergence', scope: id, max: policy.maxDivergence, used: divergenceOf(view) }),
    inPercent({ name: 'max_price_move', scope: id, max: policy.maxPriceMove, used: moveOf(view) }),
    inSize(instrument, { name: 'max_volume_share', scope: id, share: policy.maxVolumeShare, of: view?.quote.volume ?? null }),
  ];
  for (const side of sides) {
    // A spot sell is an exit, which is asked nothing of the kind.
    if (instrument.kind === 'spot' && side === 'sell') continue;
    const edge = view === null ? null : collarEdge({ side, reference: view.reference, collar: policy.priceCollar });
    const depth = view === null || view.book === null || edge === null ? null : depthWithin(view.book, { side, edge });
    rows.push(inSize(instrument, { name: 'max_book_share', scope: `${id} ${side}`, share: policy.maxBookShare, of: depth }));
  }
  if (!paysFunding(instrument)) return rows;
  const funding = circumstances.funding.get(id);
  const rate = funding === undefined ? null : absolute(funding.rate);
  return [...rows, inPercent({ name: 'max_funding_rate', scope: id, max: policy.maxFundingRate, used: rate })];
}

type View = { readonly quote: Quote; readonly book: Book | null; readonly reference: Price };

/** The market as an entry would see it; `null` where it is not known or old. */
function viewOf({ books, circumstances, policy }: MarketQuestion, instrument: Instrument): View | null {
  const quote = circumstances.quotes.get(instrument.id);
  if (quote === undefined) return null;
  const age = circumstances.now - Math.min(quote.at, quote.receivedAt, quote.book?.at ?? quote.at);
  const book = quote.book === null ? null : withoutOwn(quote.book, openOrdersOf(books, instrument.id));
  const reference = referencePrice(instrument, quote, touchOf(book));
  return age <= policy.maxDataAgeMilliseconds && reference !== null && isPositive(reference) ? { quote, book, reference } : null;
}

function spreadOf(view: View | null): Ratio | null {
  const touch = touchOf(view?.book ?? null);
  return touch === null ? null : shareOf(subtract(touch.ask, touch.bid), middleOf(touch));
}

function divergenceOf(view: View | null): Ratio | null {
  const index = view?.quote.index ?? null;
  if (view === null || index === null) return null;
  const { quote, reference } = view;
  return maximum(shareOf(absolute(subtract(quote.last, reference)), reference), shareOf(absolute(subtract(reference, index)), index));
}

function moveOf(view: View | null): Ratio | null {
  if (view === null || view.quote.range === null) return null;
  const { range } = view.quote;
  return shareOf(maximum(subtract(range.highest, view.reference), subtract(view.reference, range.lowest)), view.reference);
}

const SHARE_DIGITS = 8;

function shareOf(part: Decimal, whole: Decimal): Ratio {
  return divideUp({ dividend: part, divisor: whole, digits: SHARE_DIGITS });
}

type Share = { readonly name: string; readonly scope: string; readonly max: Ratio; readonly used: Ratio | null };

function inPercent({ name, scope, max, used }: Share): MarketLimit {
  // Of what is told, so that use and headroom make up the limit.
  const headroom = used === null ? null : formatDecimal(maximum(subtract(percentOf(max), percentOf(used)), zero));
  return { name, scope, max: percent(max), used: used === null ? null : percent(used), headroom, unit: '%' };
}

type Part = { readonly name: string; readonly scope: string; readonly share: Ratio; readonly of: Size | null };

/** Of every order anew, so that nothing of it is ever in use. What is not known has no largest size: the share itself is told. */
function inSize(instrument: Instrument, { name, scope, share, of }: Part): MarketLimit {
  if (of === null) return { name, scope, max: percent(share), used: null, headroom: null, unit: '%' };
  const most = formatDecimal(roundDownToStep({ value: multiply(of, share), step: instrument.lot }));
  return { name, scope, max: most, used: '0', headroom: most, unit: unitName(instrument, sizeUnit(instrument)) };
}
