import type { State } from '../core/account/state.ts';
import { divideDown, formatDecimal, isZero } from '../core/money/decimal.ts';
import { leaves, type Order, type Triggers } from '../core/order/order.ts';
import { type Document, isoTime, priceUnit, sizeUnit } from './head.ts';

/** Digits of an average price, which is a quotient and rounded down. */
export const AVERAGE_PRICE_DIGITS = 10;

/** Where an order is, in one word: the kind of its life, or how it ended. */
export function orderState(order: Order): string {
  return order.life.kind === 'done' ? order.life.outcome : order.life.kind;
}

/** The average price of what is booked as filled, in quote currency; `null` while nothing is. */
export function averagePrice(order: Order): string | null {
  if (isZero(order.filled)) return null;
  return formatDecimal(divideDown({ dividend: order.filledValue, divisor: order.filled, digits: AVERAGE_PRICE_DIGITS }));
}

/** What was executed of what was ordered, in words: `bought 0.0002 of 0.0004 BTC on BTC-USDT at 95000 USDT on average`. */
export function executedInWords(state: State, order: Order): string {
  const verb = order.side === 'buy' ? 'bought' : 'sold';
  const unit = sizeUnit(state.instruments.get(order.instrument));
  const average = averagePrice(order);
  if (average === null) return `nothing of ${formatDecimal(order.size)} ${unit} was ${verb} on ${order.instrument}`;
  const price = `${average} ${priceUnit(state, order.instrument)} on average`;
  return `${verb} ${formatDecimal(order.filled)} of ${formatDecimal(order.size)} ${unit} on ${order.instrument} at ${price}`;
}

function triggersPart({ stopLoss, takeProfit }: Triggers): Document {
  return {
    ...(stopLoss === null ? {} : { stop_loss: formatDecimal(stopLoss) }),
    ...(takeProfit === null ? {} : { take_profit: formatDecimal(takeProfit) }),
  };
}

/** One order as commands and portfolios list it. */
export function orderRow(state: State, order: Order): Document {
  const average = averagePrice(order);
  return {
    client_order_id: order.clientOrderId,
    ...(order.exchangeOrderId === '' ? {} : { exchange_order_id: order.exchangeOrderId }),
    agent: order.principal,
    intent_id: order.intentId,
    instrument: order.instrument,
    side: order.side,
    type: order.type,
    purpose: order.purpose,
    reduce_only: order.reduceOnly,
    size: formatDecimal(order.size),
    filled: formatDecimal(order.filled),
    may_still_fill: formatDecimal(leaves(order)),
    size_unit: sizeUnit(state.instruments.get(order.instrument)),
    price: formatDecimal(order.price),
    ...(order.stop === null ? {} : triggersPart(order.stop.triggers)),
    ...(average === null ? {} : { average_price: average }),
    price_unit: priceUnit(state, order.instrument),
    state: orderState(order),
    cancel_requested: order.cancel === 'requested',
    ...(order.verification === 'none' ? {} : { verification: order.verification }),
    submitted_at: isoTime(order.submittedAt),
  };
}
