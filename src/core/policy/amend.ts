import { err, ok, type Result } from '../lang/result.ts';
import { compare, isPositive, maximum, subtract } from '../money/decimal.ts';
import type { AmendIntent, PlaceIntent } from '../order/intent.ts';
import { type Amend, mostOf, type Order } from '../order/order.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';
import type { Decision, Denial } from './decision.ts';
import { sizeUnit } from './words.ts';

export type AmendQuestion = Omit<Question, 'intent' | 'replaces'> & { readonly intent: AmendIntent };

/** What may be asked of the exchange, and whether more of an entry may execute afterwards than before: that is one more of the day (§4.8). */
export type Amendment = { readonly order: Order; readonly amend: Amend; readonly increases: boolean; readonly decision: Decision };

/**
 * An amendment is new exposure (reference/risk.md §4.6, D2). It is decided as the order that it may become, in books without the old one: at the
 * larger of both sizes and the higher of both prices, since until the exchange has answered it may execute as either. Every control of an entry
 * holds for it but the one that recognises a repeated order. An amendment of an exit is asked whether it really reduces, as every exit is.
 */
export function decideAmend(question: AmendQuestion): Result<Amendment, Denial> {
  const { books, intent } = question;
  const order = books.openOrders.get(intent.clientOrderId);
  if (order === undefined || order.principal !== intent.principal)
    return err(denied('NOT_FOUND', 'you have no open order that this names; nothing was sent'));
  if (order.type === 'stop' || order.life.kind !== 'working' || order.amend !== null || order.cancel !== 'none')
    return err(denied('NOT_ALLOWED', 'refused: only an order that rests, and that nothing was asked of yet, can be amended'));
  const instrument = books.instruments.get(order.instrument);
  if (instrument === undefined) return err(denied('NOT_ALLOWED', `refused: ${order.instrument} is not known at the exchange`));
  const amend: Amend = { size: intent.size ?? order.size, price: intent.price ?? order.price };
  const executed = maximum(order.filled, order.reportedFilled);
  // The exchange counts the total: at or below what has executed it would end the order and call it filled.
  if (!isPositive(subtract(amend.size, executed)))
    return err(denied('NOT_ALLOWED', 'refused: the new size is no more than what has executed already; cancel the rest instead'));
  const placed: PlaceIntent = {
    kind: 'place',
    principal: intent.principal,
    intentId: intent.intentId,
    reason: intent.reason,
    evidence: intent.evidence,
    strategy: intent.strategy,
    instrument: order.instrument,
    side: order.side,
    type: order.type,
    quantity: subtract(amend.size, order.filled),
    quantityUnit: sizeUnit(instrument),
    price: amend.price,
    reduceOnly: order.purpose === 'exit',
    takeProfit: null,
    stopLoss: null,
    expectedNotionalUsd: intent.expectedNotionalUsd,
  };
  const decision = decide({
    ...question,
    books: { ...books, openOrders: without(books.openOrders, order) },
    intent: placed,
    replaces: order,
  });
  // What closes counts as no trade, however much of it there is.
  const increases = order.purpose === 'entry' && compare(amend.size, mostOf(order)) > 0;
  return ok({ order, amend, increases, decision });
}

function without(orders: Question['books']['openOrders'], order: Order): Question['books']['openOrders'] {
  const rest = new Map(orders);
  rest.delete(order.clientOrderId);
  return rest;
}

function denied(code: Denial['code'], message: string): Denial {
  return { kind: 'deny', code, message, limit: null, wouldBeAllowed: null };
}
