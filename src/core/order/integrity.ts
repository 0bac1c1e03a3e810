import { orderOf } from '../account/apply.ts';
import { intentKey, type PlannedOrder, type State } from '../account/state.ts';
import { get } from '../lang/table.ts';
import { add, compare, equals, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { ClientOrderId } from './identity.ts';
import type { Order, OrderTerms } from './order.ts';
import type { AttachedProtection, Write } from './request.ts';

/**
 * Whether a placement is what was decided: an order that was written down with exactly these terms and has not left yet, and with it no more orders and
 * no larger ones of its wish than the decision allowed. Asked once more of the journal's own fold in the moment in which the bytes would leave
 * (reference/risk.md P18): a router that sends more than was entered is how a day of trading ended a firm in 45 minutes.
 */
export function isAsDecided(state: State, { clientOrderId, terms, protection, expiresAt }: Extract<Write, { kind: 'place' }>): boolean {
  if (protection !== null && !isAttached(state, clientOrderId, protection)) return false;
  const order = orderOf(state, clientOrderId);
  if (order === undefined || order.life.kind !== 'submitting' || order.expiresAt !== expiresAt || !hasTerms(order, terms)) return false;
  const result = get(state.intents, intentKey(order.principal, order.intentId))?.result;
  switch (result?.kind) {
    case 'order':
      // One order is all that such a wish may ever come to.
      return result.clientOrderId === clientOrderId;
    case 'orders': {
      const sent = result.orders.map((id) => orderOf(state, id));
      return result.orders.includes(clientOrderId) && sent.every((child) => child !== undefined) && isWithin(sent, result.plan);
    }
    default:
      return false;
  }
}

/** Whether the stop order that travels with an order is the one that was written down with it. */
function isAttached(state: State, parent: ClientOrderId, { clientOrderId, stopLoss, takeProfit }: AttachedProtection): boolean {
  const stop = orderOf(state, clientOrderId)?.stop ?? null;
  return stop !== null && stop.parent === parent && isAt(stop.triggers.stopLoss, stopLoss) && isAt(stop.triggers.takeProfit, takeProfit);
}

function isAt(one: Price | null, other: Price | null): boolean {
  return one === null || other === null ? one === other : equals(one, other);
}

function hasTerms(order: Order, terms: OrderTerms): boolean {
  return (
    order.instrument === terms.instrument &&
    order.product === terms.product &&
    order.side === terms.side &&
    order.leg === terms.leg &&
    order.type === terms.type &&
    equals(order.size, terms.size) &&
    equals(order.price, terms.price) &&
    order.reduceOnly === terms.reduceOnly &&
    order.purpose === terms.purpose
  );
}

/** No more orders than planned, and on no side of an instrument more than planned, whatever became of them. */
function isWithin(children: readonly PlannedOrder[], plan: readonly PlannedOrder[]): boolean {
  if (children.length > plan.length) return false;
  return children.every((child) => compare(sum(children, child), sum(plan, child)) <= 0);
}

function sum(orders: readonly PlannedOrder[], { instrument, side }: PlannedOrder): Size {
  let whole: Size = zero;
  for (const order of orders) if (order.instrument === instrument && order.side === side) whole = add(whole, order.size);
  return whole;
}
