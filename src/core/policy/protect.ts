import { positionsOf } from '../account/position.ts';
import type { Position } from '../account/books.ts';
import { survey } from '../exposure/survey.ts';
import { type Reach, withOrder, worstCase } from '../exposure/worst-case.ts';
import type { Quote } from '../market/quote.ts';
import { notionalUsd, referencePrice, valuationPrice } from '../market/valuation.ts';
import { absolute, add, compare, type Decimal, isNegative, maximum, minimum, roundDownToStep, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import { leaves, type ProtectionTerms, type Triggers } from '../order/order.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import { isOperator, type ProtectionWish, type ProtectQuestion, type Refusal, refusal, type StopOrder } from './control.ts';
import { protectionControls } from './controls.ts';
import type { Denial } from './decision.ts';
import { besideOf, rateOf } from './others.ts';
import { inSize } from './words.ts';

export type Protection =
  | {
      readonly kind: 'allow';
      readonly moves: readonly { readonly order: StopOrder; readonly triggers: Triggers }[];
      readonly places: readonly ProtectionTerms[];
    }
  | Denial;

/**
 * What becomes of a wish for stop orders: those that wait are moved, and what none of them covers gets one of its own. A stop may come nearer to
 * the market and never go away from it; nothing here takes one away, since an agent that wants to wait longer always finds a reason.
 */
export function decideProtection(question: ProtectQuestion): Protection {
  const found = wishOf(question);
  if ('code' in found) return denial(found);
  const { wish, position } = found;
  for (const { name, inFile, check } of protectionControls) {
    const refused = check(wish);
    if (refused !== null) return denial(refused, inFile ? name : null);
  }
  const { takeProfit, stopLoss } = question.intent;
  const moves = wish.stops.flatMap((order) => {
    const { triggers } = order.stop;
    const moved: Triggers = {
      stopLoss: triggers.stopLoss === null ? null : (stopLoss ?? triggers.stopLoss),
      takeProfit: triggers.takeProfit === null ? null : (takeProfit ?? triggers.takeProfit),
    };
    return same(moved, triggers) ? [] : [{ order, triggers: moved }];
  });
  const places = missing(wish, { leg: position.leg, held: owned(question, position) });
  if (moves.length === 0 && places.length === 0)
    return denial(refusal('NOT_ALLOWED', `${question.intent.instrument} is protected at these prices already`));
  const turning = turns(wish, places, position.leg);
  if (turning !== null) return denial(turning);
  return { kind: 'allow', moves, places };
}

/**
 * Refuses new stop orders beside plain orders on the same side that had counted on the position: reached first, they flatten, and then the plain ones
 * open the other way from there. The limits on exits are the same (reference/risk.md §4.1).
 */
function turns({ question, instrument, side }: ProtectionWish, places: readonly ProtectionTerms[], leg: Leg): Refusal | null {
  const { books, circumstances, policy } = question;
  const holdings = survey(books);
  const holding = holdings.get(positionKey(instrument.id, leg));
  const quote = circumstances.quotes.get(instrument.id);
  if (holding === undefined || quote === undefined) return null;
  const reduceOnly = instrument.kind !== 'spot';
  const reached = places.reduce<Reach>((reach, { size }) => withOrder(reach, { side, size, reduceOnly }), holding);
  const after = worstCase(reached);
  if (compare(after, holding.worst) <= 0) return null;
  const rate = rateOf(instrument, circumstances);
  const { worth: others } = besideOf({ circumstances, policy, holdings, except: instrument.id });
  const limit = holding.highestLimit;
  const worth =
    rate === null
      ? null
      : notionalUsd({ instrument, size: after, price: valuationPrice({ quote, limit, margin: policy.priceCollar, rate }) });
  const fits =
    worth !== null &&
    others.kind === 'known' &&
    compare(worth, policy.maxPositionSize) <= 0 &&
    compare(add(others.usd, worth), policy.maxTotalExposure) <= 0;
  if (books.mode === 'ACTIVE' && fits) return null;
  return refusal(
    'NOT_ALLOWED',
    `with open plain orders this stop could turn ${instrument.id} to the other side, ${inSize(instrument, after)} at worst; cancel those first`,
  );
}

type Found = { readonly wish: ProtectionWish; readonly position: Position };

/** What may be asked of the wish as a whole: somebody who may, something that is held, and a price to judge by. */
function wishOf(question: ProtectQuestion): Found | Refusal {
  const { books, circumstances, intent, policy } = question;
  const id = intent.instrument;
  if (books.booting) return refusal('BOOTING', 'nothing is changed before the first clean comparison with the exchange');
  if (books.mode === 'HALTED' && !isOperator(intent.principal))
    return refusal('HALTED', 'the account is HALTED; its stops stay as they are');
  if (policy.requireReason && intent.reason.trim() === '') return refusal('REASON_REQUIRED', 'say in reason why you want this');
  const instrument = books.instruments.get(id);
  const positions = positionsOf(books, id);
  const [position] = positions;
  // On spot nobody is short: where the books say so, a sale was booked before the purchase that it sold.
  if (instrument === undefined || position === undefined || (instrument.kind === 'spot' && isNegative(position.size)))
    return refusal('NOT_FOUND', `you hold nothing of ${id} that a stop could protect`);
  if (positions.length > 1) return refusal('NOT_ALLOWED', `${id} is held long and short; give each entry its stop_loss when you place it`);
  if (compare(owned(question, position), instrument.minimum) < 0)
    return refusal('NOT_FOUND', `you hold nothing of ${id} that the exchange would close for you`);
  const quote: Quote | undefined = circumstances.quotes.get(id);
  const reference = quote === undefined ? null : referencePrice(instrument, quote);
  if (quote === undefined || reference === null || circumstances.now - Math.min(quote.at, quote.receivedAt) > policy.maxDataAgeMilliseconds)
    return refusal('STALE_DATA', `the price of ${id} is missing or old, so no stop can be judged`);
  const side: Side = isNegative(position.size) ? 'buy' : 'sell';
  return { position, wish: { question, instrument, reference, side, stops: stopsOf(question, side) } };
}

/** The stop orders of the asker on the side that closes. */
function stopsOf({ books, intent, sharedPositions }: ProtectQuestion, side: Side): readonly StopOrder[] {
  const everything = sharedPositions || isOperator(intent.principal);
  return [...books.openOrders.values()].filter(
    (order): order is StopOrder =>
      order.stop !== null &&
      order.instrument === intent.instrument &&
      order.side === side &&
      (everything || order.principal === intent.principal),
  );
}

/** How much of the position is the asker's to protect. */
function owned({ intent, sharedPositions }: ProtectQuestion, position: Position): Size {
  const all = absolute(position.size);
  if (sharedPositions || isOperator(intent.principal)) return all;
  const share: Decimal = position.owners.get(intent.principal) ?? zero;
  return isNegative(share) === isNegative(position.size) ? minimum(absolute(share), all) : zero;
}

/** Stop orders for what no waiting one covers: one for both triggers where the same size lacks both. */
function missing(
  { question: { intent }, instrument, side, stops }: ProtectionWish,
  { leg, held }: { readonly leg: Leg; readonly held: Size },
): readonly ProtectionTerms[] {
  const lacks = (covers: (triggers: Triggers) => boolean): Size => {
    const covered = stops.filter(({ stop }) => covers(stop.triggers)).reduce((sum: Size, order) => add(sum, leaves(order)), zero);
    return roundDownToStep({ value: maximum(subtract(held, covered), zero), step: instrument.lot });
  };
  const stopLoss = intent.stopLoss === null ? zero : lacks((triggers) => triggers.stopLoss !== null);
  const takeProfit = intent.takeProfit === null ? zero : lacks((triggers) => triggers.takeProfit !== null);
  const common = { instrument: instrument.id, product: instrument.kind, side, leg } as const;
  const wanted: readonly ProtectionTerms[] =
    compare(stopLoss, takeProfit) === 0
      ? [{ ...common, size: stopLoss, stopLoss: intent.stopLoss, takeProfit: intent.takeProfit }]
      : [
          { ...common, size: stopLoss, stopLoss: intent.stopLoss, takeProfit: null },
          { ...common, size: takeProfit, stopLoss: null, takeProfit: intent.takeProfit },
        ];
  return wanted.filter((terms) => compare(terms.size, instrument.minimum) >= 0 && (terms.stopLoss !== null || terms.takeProfit !== null));
}

function same(one: Triggers, other: Triggers): boolean {
  return equal(one.stopLoss, other.stopLoss) && equal(one.takeProfit, other.takeProfit);
}

function equal(one: Price | null, other: Price | null): boolean {
  return one === null || other === null ? one === other : compare(one, other) === 0;
}

function denial({ code, text, limit }: Refusal, control: string | null = null): Denial {
  const name = limit?.name ?? control;
  return { kind: 'deny', code, message: `refused: ${text}${name === null ? '' : ` (${name})`}`, limit, wouldBeAllowed: null };
}
