import { orderOf } from '../core/account/apply.ts';
import type { IntentRecord, State } from '../core/account/state.ts';
import { assert, unreachable } from '../core/lang/assert.ts';
import type { Json } from '../core/lang/canonical.ts';
import { formatDecimal, isZero } from '../core/money/decimal.ts';
import type { DoneOutcome, Order, OrderTerms } from '../core/order/order.ts';
import type { Code } from '../core/policy/codes.ts';
import { type Decision, type Denial, nextAllowedAt } from '../core/policy/decision.ts';
import { type Document, isoTime, modeOf, priceUnit, sizeUnit } from './head.ts';
import { outcomeOfList } from './list-outcome.ts';
import { averagePrice, executedInWords, orderState } from './order-row.ts';

/** What an agent is told of one wish (DESIGN §4.3); `failed` becomes `isError`. Keys that do not apply are left out. */
export type Answered = { readonly failed: boolean; readonly answer: Json };

type Status = 'filled' | 'working' | 'accepted' | 'denied' | 'pending_approval' | 'rejected' | 'unknown' | 'cancelled' | 'allowed';
type Sent = 'no' | 'yes' | 'unknown';

/** What one record comes to, before the parts that every answer has. */
type Outcome = {
  readonly status: Status;
  readonly code?: Code;
  readonly message: string;
  readonly sent: Sent;
  readonly more?: Document;
};

export type Asked = {
  readonly state: State;
  readonly record: IntentRecord;
  /** UTC milliseconds. */
  readonly now: number;
};

/**
 * The answer to a wish as it stands now; a repeated call gets the same from the same record. No sentence holds text of the exchange or
 * asks for the same thing to be sent again: an unknown outcome is asked about with `get_intent`.
 */
export function answerOf({ state, record, now }: Asked): Answered {
  const { status, code, message, sent, more } = outcomeOf({ state, record, now });
  return {
    failed: status === 'denied' || status === 'rejected',
    answer: {
      status,
      ...(code === undefined ? {} : { code }),
      message,
      intent_id: record.intentId,
      sent_to_exchange: sent,
      ...more,
      ...tail({ state, now }),
      log_seq: record.seq,
    },
  };
}

/** The answer to an `intent_id` that already stands for another request. The first one is untouched. */
export function conflictAnswer({ state, record, now }: Asked): Answered {
  const message = `intent_id ${record.intentId} already stands for another request of ${isoTime(record.at)} (log ${record.seq}); a new wish needs an intent_id of its own`;
  return errorAnswer({ state, now, code: 'INTENT_CONFLICT', message, intentId: record.intentId });
}

export type Failure = {
  readonly state: State;
  readonly now: number;
  readonly code: Code;
  /** Empty for the sentence that the code has by itself. */
  readonly message: string;
  /** Empty where the call has none. */
  readonly intentId: string;
};

/** The answer to a call that came to nothing before it was decided: certainly not sent. */
export function errorAnswer({ state, now, code, message, intentId }: Failure): Answered {
  return {
    failed: true,
    answer: {
      status: 'denied',
      code,
      message: message === '' ? (plainSentences.get(code) ?? 'the request was refused; nothing was sent') : message,
      ...(intentId === '' ? {} : { intent_id: intentId }),
      sent_to_exchange: 'no',
      ...tail({ state, now }),
    },
  };
}

/** For a failure of our own in the middle of a call: whether anything was sent is not known, and the answer says so. */
export function uncertainAnswer({ state, now, intentId }: Omit<Failure, 'code' | 'message'>): Answered {
  return {
    failed: true,
    answer: {
      status: 'unknown',
      code: 'INTERNAL',
      message: 'an internal failure; the outcome is not known; ask get_intent with the same intent_id',
      ...(intentId === '' ? {} : { intent_id: intentId }),
      sent_to_exchange: 'unknown',
      ...tail({ state, now }),
    },
  };
}

/** What is said where a refusal has no numbers of its own. */
const plainSentences: ReadonlyMap<Code, string> = new Map<Code, string>([
  ['BOOTING', 'the gateway has just started and compares its books with the exchange first; nothing was sent'],
  ['HALTED', 'trading is halted; only a human can resume; nothing was sent'],
  ['REDUCE_ONLY', 'only orders that reduce a position pass now; only a human can resume; nothing was sent'],
  ['NOT_FOUND', 'no such intent_id is known from you; nothing was ever sent for it'],
  ['UNAVAILABLE', 'the gateway cannot do this now; nothing was sent'],
  ['RATE_LIMIT', 'more calls came than one agent may make; nothing was sent'],
]);

export type Previewed = {
  readonly state: State;
  readonly now: number;
  readonly decision: Decision;
  readonly intentId: string;
};

/** What `place_order` would decide now. Nothing is reserved or sent, so that a later call may be decided otherwise. */
export function previewAnswer({ state, now, decision, intentId }: Previewed): Answered {
  const common = { intent_id: intentId, sent_to_exchange: 'no', preview: true, ...tail({ state, now }) } as const;
  if (decision.kind === 'deny') return { failed: true, answer: { ...denied(decision, now), ...common } };
  const { terms } = decision;
  const size = `${formatDecimal(terms.size)} ${sizeUnit(state.instruments.get(terms.instrument))}`;
  const price = `${formatDecimal(terms.price)} ${priceUnit(state, terms.instrument)}`;
  const order = `${terms.side} ${size} on ${terms.instrument} at ${price} or better`;
  const would =
    decision.kind === 'allow'
      ? ({ status: 'allowed', message: `place_order would pass now: ${order}; nothing was sent` } as const)
      : ({ status: 'pending_approval', message: `place_order would wait for a person: ${decision.message}; nothing was sent` } as const);
  return {
    failed: false,
    answer: {
      ...(would satisfies { readonly status: Status }),
      ...(decision.kind === 'allow' || decision.limit === null ? {} : { limit: decision.limit }),
      ...common,
      would_send: termsPart(state, terms),
      notional_usd: formatDecimal(decision.notionalUsd),
      worst_case_after_usd: formatDecimal(decision.worstCaseAfterUsd),
    },
  };
}

/** An order as it would leave. */
export function termsPart(state: State, { instrument, side, type, size, price, reduceOnly, purpose }: OrderTerms): Document {
  return {
    instrument,
    side,
    type,
    size: formatDecimal(size),
    size_unit: sizeUnit(state.instruments.get(instrument)),
    price: formatDecimal(price),
    price_unit: priceUnit(state, instrument),
    reduce_only: reduceOnly,
    purpose,
  };
}

/** What every answer ends with: whose account this is, and how much it may do. */
export function tail({ state, now }: { readonly state: State; readonly now: number }): Document {
  return { environment: state.environment, account: state.account, mode: modeOf(state), as_of: isoTime(now) };
}

function outcomeOf({ state, record, now }: Asked): Outcome {
  const { result } = record;
  switch (result.kind) {
    case 'denied': {
      const { code, message } = result.denial;
      return { status: 'denied', code, message, sent: 'no', more: bindingPart(result.denial, now) };
    }
    case 'pending':
      return {
        status: 'pending_approval',
        message: `a person has to agree to this order, and may until ${isoTime(result.expiresAt)}; nothing was sent; get_intent has the outcome`,
        sent: 'no',
        more: { approval: { id: result.approval, expires_at: isoTime(result.expiresAt) } },
      };
    case 'order': {
      const order = orderOf(state, result.clientOrderId);
      assert(order !== undefined, 'a record of an order names an order of the state');
      return { ...outcomeOfOrder(state, order), more: orderPart(order) };
    }
    case 'orders': {
      const parts = result.orders.map((id) => {
        const order = orderOf(state, id);
        assert(order !== undefined, 'a record of orders names orders of the state');
        return { order, status: outcomeOfOrder(state, order).status };
      });
      return outcomeOfList(state, { parts, turns: result.turns });
    }
    case 'cancelling':
      return outcomeOfCancels(
        state,
        result.orders.map((id) => {
          const order = orderOf(state, id);
          assert(order !== undefined, 'a record of cancels names orders of the state');
          return order;
        }),
      );
    case 'protecting':
      return outcomeOfStops(result.orders.flatMap((id) => orderOf(state, id) ?? []));
    case 'halted':
      return {
        status: 'accepted',
        message: `new risk is stopped for the whole account (now ${modeOf(state)}); only a human can resume`,
        sent: 'no',
      };
    default:
      return unreachable(result);
  }
}

/** A refusal as it is told. */
export function denied(denial: Denial, now: number): Document {
  return { status: 'denied', code: denial.code, message: denial.message, ...bindingPart(denial, now) };
}

function bindingPart(denial: Denial, now: number): Document {
  const { limit, wouldBeAllowed } = denial;
  const at = nextAllowedAt(denial);
  return {
    // Rounded up: whoever waits so long is past the moment, whatever the fraction.
    ...(at === null || at <= now ? {} : { retry_after_s: Math.ceil((at - now) / 1000) }),
    ...(limit === null ? {} : { limit: { name: limit.name, max: limit.max, used: limit.used, unit: limit.unit } }),
    ...(wouldBeAllowed === null || isZero(wouldBeAllowed) ? {} : { would_be_allowed: { quantity: formatDecimal(wouldBeAllowed) } }),
  };
}

function outcomeOfOrder(state: State, order: Order): Outcome {
  const executed = executedInWords(state, order);
  const { life } = order;
  switch (life.kind) {
    case 'submitting':
    case 'unknown':
      return {
        status: 'unknown',
        code: 'OUTCOME_UNKNOWN',
        message: `it is not known yet whether the exchange took this order; twokey is looking it up, so do not send it again: ask get_intent with the same intent_id`,
        sent: 'unknown',
      };
    case 'armed':
      return { status: 'working', message: `a stop order waits at the exchange${triggersInWords(order)}`, sent: 'yes' };
    case 'working': {
      const message = isZero(order.filled)
        ? `the order is at the exchange; ${executed} so far`
        : `the order is at the exchange and partly filled: ${executed} so far`;
      return { status: 'working', message, sent: 'yes' };
    }
    case 'settling':
      return {
        status: 'accepted',
        message: `the exchange ended this order (${life.outcome}) and its fills are still being booked: ${executed} so far; get_intent has the rest`,
        sent: 'yes',
      };
    case 'done':
      // Proven gone, of an order that the exchange had taken: it was cancelled while nobody looked.
      return outcomeOfEnd(executed, life.outcome === 'absent' && order.exchangeOrderId !== '' ? 'cancelled' : life.outcome);
    default:
      return unreachable(life);
  }
}

function outcomeOfEnd(executed: string, outcome: DoneOutcome): Outcome {
  switch (outcome) {
    case 'filled':
      return { status: 'filled', message: executed, sent: 'yes' };
    case 'cancelled':
      return { status: 'cancelled', message: `the order has ended and nothing more of it can fill: ${executed}`, sent: 'yes' };
    case 'rejected':
      return { status: 'rejected', code: 'EXCHANGE_REJECTED', message: `the exchange refused this order: ${executed}`, sent: 'yes' };
    case 'absent':
      return {
        status: 'rejected',
        code: 'UNAVAILABLE',
        message: `this order never reached the exchange and never will: ${executed}`,
        sent: 'no',
      };
    default:
      return unreachable(outcome);
  }
}

function orderPart(order: Order): Document {
  const average = averagePrice(order);
  return {
    order: {
      client_order_id: order.clientOrderId,
      ...(order.exchangeOrderId === '' ? {} : { exchange_order_id: order.exchangeOrderId }),
      filled: formatDecimal(order.filled),
      ...(average === null ? {} : { average_price: average }),
      state: orderState(order),
    },
    ...(order.verification === 'none' ? {} : { verification: order.verification }),
  };
}

/** Stop orders are told by the exchange's own word of where they are; that a change was asked for proves nothing. */
function outcomeOfStops(orders: readonly Order[]): Outcome {
  const more = { orders: orders.map((order) => ({ ...orderPart(order), instrument: order.instrument })) };
  const open = orders.filter(({ life, stop }) => life.kind === 'submitting' || life.kind === 'unknown' || stop?.moving !== null);
  if (open.length > 0) {
    const message = `the exchange has not confirmed ${counted(open.length)} of this protection; twokey is looking it up: ask get_intent with the same intent_id`;
    return { status: 'unknown', code: 'OUTCOME_UNKNOWN', message, sent: 'unknown', more };
  }
  const gone = orders.filter(({ life }) => life.kind === 'done');
  if (gone.length > 0) {
    const message = `${counted(gone.length)} of ${orders.length} of this protection ended or was refused by the exchange; get_portfolio lists the stops that wait`;
    return { status: 'rejected', code: 'EXCHANGE_REJECTED', message, sent: 'yes', more };
  }
  return { status: 'working', message: `protected${orders.map(triggersInWords).join(' and')}`, sent: 'yes', more };
}

function triggersInWords({ stop }: Order): string {
  const { stopLoss = null, takeProfit = null } = stop?.triggers ?? {};
  const parts = [
    stopLoss === null ? '' : ` with a stop at ${formatDecimal(stopLoss)}`,
    takeProfit === null ? '' : ` with a take-profit at ${formatDecimal(takeProfit)}`,
  ];
  return parts.filter((part) => part !== '').join(' and');
}

/** A cancel is over when every order it named has ended, however it did; that it was asked for proves nothing. */
function outcomeOfCancels(state: State, orders: readonly Order[]): Outcome {
  if (orders.length === 0) return { status: 'cancelled', message: 'you had no such open order; nothing was sent', sent: 'no' };
  const more = { orders: orders.map((order) => ({ ...orderPart(order), instrument: order.instrument })) };
  const open = orders.filter((order) => order.life.kind !== 'done');
  const unanswered = open.filter((order) => order.cancel === 'none').length;
  const ended = `${orders.length - open.length} of ${counted(orders.length)} ended`;
  if (open.length === 0) {
    const only = orders.length === 1 ? orders[0] : undefined;
    return {
      status: 'cancelled',
      message: only === undefined ? `${ended}; see each for what filled before` : executedBefore(state, only),
      sent: 'yes',
      more,
    };
  }
  if (unanswered === 0) {
    return {
      status: 'accepted',
      message: `${ended}, the cancel of ${open.length} is under way; get_intent has the outcome`,
      sent: 'yes',
      more,
    };
  }
  return {
    status: 'unknown',
    code: 'OUTCOME_UNKNOWN',
    message: `${ended}; the exchange has not confirmed the cancel of ${unanswered}, which may still fill; get_intent follows them, and a new cancel_orders with its own intent_id may cancel them`,
    sent: 'unknown',
    more,
  };
}

function executedBefore(state: State, order: Order): string {
  return `the order has ended and nothing more of it can fill: ${executedInWords(state, order)}`;
}

function counted(orders: number): string {
  return orders === 1 ? '1 order' : `${orders} orders`;
}
