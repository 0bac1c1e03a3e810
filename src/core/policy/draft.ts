import { emptyHolding } from '../exposure/holding.ts';
import { survey } from '../exposure/survey.ts';
import { withOrder, worstCase } from '../exposure/worst-case.ts';
import { openOrdersOf, positionsOf } from '../account/position.ts';
import { type Book, touchOf, withoutOwn } from '../market/book.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import { highestPrice, notionalUsd, referencePrice, sizeFromWish, valuationPrice } from '../market/valuation.ts';
import {
  add,
  compare,
  divideUp,
  isNegative,
  isPositive,
  maximum,
  minimum,
  multiply,
  negate,
  one,
  roundDownToStep,
  roundUpToStep,
  subtract,
  zero,
} from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
import type { CloseIntent, PlaceIntent, Side } from '../order/intent.ts';
import { type Leg, legFor, positionKey } from '../order/leg.ts';
import { highestLimitOf, isUnreached, leaves, type Order, type OrderTerms } from '../order/order.ts';
import { isOperator, type Proposal, type Question, type Reducible, type Situation, type Wish } from './control.ts';
import { lossesOf } from './losses.ts';
import { besideOf, equityOf, heldAgeMax, rateOf } from './others.ts';

/** What would be traded, before anything is refused. */
export function wishOf(question: Question): Wish {
  const { books, circumstances, intent } = question;
  const instrument = books.instruments.get(intent.instrument);
  const quote = circumstances.quotes.get(intent.instrument);
  const purpose = purposeOf(intent, instrument);
  const shown = purpose === 'entry' ? (quote?.book ?? null) : null;
  const openOrders = openOrdersOf(books, intent.instrument);
  // What an amendment replaces still rests there.
  const own = question.replaces === null ? openOrders : [...openOrders, question.replaces];
  const book = shown === null ? null : withoutOwn(shown, own);
  const reference = instrument === undefined || quote === undefined ? null : referencePrice(instrument, quote, touchOf(book));
  return { question, instrument, quote, openOrders, book, reference, purpose };
}

/** A spot sell is always an exit: there is nothing else to sell than what twokey manages, without borrowing (law 4). */
export function purposeOf(intent: PlaceIntent | CloseIntent, instrument: Instrument | undefined): 'entry' | 'exit' {
  if (intent.kind === 'close' || intent.reduceOnly) return 'exit';
  return instrument?.kind === 'spot' && intent.side === 'sell' ? 'exit' : 'entry';
}

export type Drafting = {
  readonly question: Question;
  readonly instrument: Instrument;
  readonly quote: Quote;
  readonly openOrders: readonly Order[];
  readonly book: Book | null;
  readonly reference: Price;
};

/** The order that a wish means. Total: whatever is wrong with it is for the controls to say. */
export function draft({ question, instrument, quote, openOrders, book, reference }: Drafting): Proposal {
  const { approved, books, circumstances, intent, policy } = question;
  const holdings = survey(books);
  const purpose = purposeOf(intent, instrument);
  const side = sideOf(question, instrument);
  const leg = legFor({ product: instrument.kind, mode: books.positionMode, side, purpose });
  const holding = holdings.get(positionKey(instrument.id, leg)) ?? emptyHolding(books, { instrument: instrument.id, leg });
  const other = leg === 'net' ? undefined : holdings.get(positionKey(instrument.id, leg === 'long' ? 'short' : 'long'));
  const reducible = purpose === 'exit' ? reducibleOf({ question, instrument, openOrders, side, leg }) : notAsked;
  const asked = intent.kind === 'close' ? null : intent.price;
  const named = asked ?? collarPrice({ instrument, side, reference, collar: purpose === 'exit' ? policy.exitCollar : policy.priceCollar });
  // What a person agreed to becomes cheaper with the market, and never dearer.
  const price = approved === null ? named : side === 'buy' ? minimum(named, approved.price) : maximum(named, approved.price);
  // Until the exchange has amended an order it may still execute as it was: the larger size and the higher price count (reference/risk.md §4.6).
  const { replaces } = question;
  const counted = replaces === null ? price : maximum(price, highestLimitOf(replaces));
  // Without it an entry is refused before it is drafted, and an exit must not wait for it.
  const rate = rateOf(instrument, circumstances) ?? one;
  const valuation = valuationPrice({ quote, limit: counted, margin: policy.priceCollar, rate });
  const wished =
    approved !== null
      ? approved.size
      : intent.kind === 'close'
        ? (intent.quantity ?? reducible.most)
        : sizeFromWish({
            instrument,
            quantity: intent.quantity,
            unit: intent.quantityUnit,
            highest: highestPrice(quote, price),
            valuation,
          });
  const size = replaces === null ? wished : maximum(wished, leaves(replaces));
  const terms: OrderTerms = {
    instrument: instrument.id,
    product: instrument.kind,
    side,
    leg,
    type: intent.kind === 'close' || intent.type === 'market' ? 'ioc' : intent.type,
    size,
    price,
    reduceOnly: purpose === 'exit' && instrument.kind !== 'spot',
    purpose,
  };
  const open = highestOf(holding.highestLimit, other?.highestLimit ?? null);
  const limit = highestOf(open, purpose === 'entry' ? counted : null);
  const instrumentValuation = valuationPrice({ quote, limit, margin: policy.priceCollar, rate });
  const beside = other === undefined ? zero : other.worst;
  const { worth, margin } = besideOf({ circumstances, policy, holdings, except: instrument.id });
  const situation: Situation = {
    holding,
    beside,
    holdings,
    valuation: instrumentValuation,
    worstCaseUsd: notionalUsd({ instrument, size: add(holding.worst, beside), price: instrumentValuation }),
    others: worth,
    margin,
    reducible,
    equityUsd: equityOf(instrument, circumstances),
    losses: purpose === 'exit' ? noLosses : lossesOf({ books, circumstances, holdings, ageMaxMilliseconds: heldAgeMax(policy) }),
  };
  return sized({ question, instrument, quote, openOrders, book, terms, reference, valuation, situation });
}

/** The same order with another size. */
export function resized(proposal: Proposal, size: Size): Proposal {
  return sized({ ...proposal, terms: { ...proposal.terms, size } });
}

function sized(proposal: Omit<Proposal, 'notionalUsd' | 'worstCaseUsd'>): Proposal {
  const { instrument, terms, valuation, situation } = proposal;
  const { holding, beside } = situation;
  const worst = add(worstCase(withOrder(holding, terms)), beside);
  return {
    ...proposal,
    notionalUsd: writable(notionalUsd({ instrument, size: terms.size, price: valuation })),
    worstCaseUsd: {
      before: situation.worstCaseUsd,
      after: notionalUsd({ instrument, size: worst, price: situation.valuation }),
    },
  };
}

const WRITTEN_DIGITS = 12;

/**
 * An amount that can be journaled and read again. Prices that the exchange computes may have thirty decimals, and a product of them more
 * than a decimal of ours may have. Rounded up, so that nothing counts as less than it is.
 */
function writable(exact: Usd): Usd {
  return exact.scale <= WRITTEN_DIGITS ? exact : divideUp({ dividend: exact, divisor: one, digits: WRITTEN_DIGITS });
}

/** The furthest price a collar allows, rounded inward to the tick: for a wish that named no price. */
export function collarPrice({ instrument, side, reference, collar }: Collaring): Price {
  const edge = collarEdge({ side, reference, collar });
  return side === 'buy' ? roundDownToStep({ value: edge, step: instrument.tick }) : roundUpToStep({ value: edge, step: instrument.tick });
}

export type Collaring = { readonly instrument: Instrument; readonly side: Side; readonly reference: Price; readonly collar: Ratio };

/** The last price that is inside the collar: reference × (1 + collar) for buys, × (1 − collar) for sells. */
export function collarEdge({ side, reference, collar }: Omit<Collaring, 'instrument'>): Price {
  return multiply(reference, side === 'buy' ? add(one, collar) : subtract(one, collar));
}

/** A close is on the side that closes what is held; where both legs are, a control asks which one is meant. */
function sideOf({ books, intent }: Question, instrument: Instrument): Side {
  if (intent.kind === 'place') return intent.side;
  const positions = positionsOf(books, instrument.id);
  const held = intent.leg === undefined ? positions[0] : positions.find(({ leg }) => leg === intent.leg);
  return held !== undefined && isNegative(held.size) ? 'buy' : 'sell';
}

function highestOf(left: Price | null, right: Price | null): Price | null {
  if (left === null || right === null) return left ?? right;
  return maximum(left, right);
}

type Reducing = {
  readonly question: Question;
  readonly instrument: Instrument;
  readonly openOrders: readonly Order[];
  readonly side: Side;
  readonly leg: Leg;
};

/** How much may still be closed (reference/risk.md §4.2): what the asker may close, less what other exits may still do. */
function reducibleOf({ question, instrument, openOrders, side, leg }: Reducing): Reducible {
  const { books, intent, sharedPositions } = question;
  const position = books.positions.get(positionKey(instrument.id, leg));
  const held = position === undefined ? zero : against(position.size, side);
  const everything = sharedPositions || isOperator(intent.principal);
  const owned = everything ? held : minimum(against(position?.owners.get(intent.principal) ?? zero, side), held);
  let inFlight: Size = zero;
  let ownInFlight: Size = zero;
  let clouded = false;
  for (const order of openOrders) {
    if (order.side !== side || order.leg !== leg) continue;
    // A stop that was not reached is no close on its way: when this one has closed, it finds nothing, and on derivatives the exchange sees to that. On spot
    // one of unknown outcome may have sold already, and what is left in the wallet need not be ours to sell.
    if (isUnreached(order) && (order.reduceOnly || order.life.kind !== 'unknown')) continue;
    const rest = leaves(order);
    if (!isPositive(rest)) continue;
    if (order.life.kind === 'unknown') clouded = true;
    if (order.purpose !== 'exit') continue;
    inFlight = add(inFlight, rest);
    if (everything || order.principal === intent.principal) ownInFlight = add(ownInFlight, rest);
  }
  const free = maximum(minimum(subtract(owned, ownInFlight), subtract(held, inFlight)), zero);
  return { held, owned, inFlight, most: roundDownToStep({ value: free, step: instrument.lot }), clouded };
}

const noLosses: Situation['losses'] = { kind: 'known', daily: zero, drawdown: zero, openOrdersCost: zero };

const notAsked: Reducible = { held: zero, owned: zero, inFlight: zero, most: zero, clouded: false };

/** The part of a position that orders on this side bring nearer to zero. */
function against(size: Size, side: Side): Size {
  const facing = side === 'sell' ? size : negate(size);
  return compare(facing, zero) > 0 ? facing : zero;
}
