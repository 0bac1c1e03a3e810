import type { State } from '../core/account/state.ts';
import { formatDecimal, isZero } from '../core/money/decimal.ts';
import type { Order } from '../core/order/order.ts';
import type { Code } from '../core/policy/codes.ts';
import { averagePrice, orderState } from './order-row.ts';
import { type Document, sizeUnit } from './head.ts';

/** One order of a list, with what an order of its own would be answered as. */
export type Part = { readonly order: Order; readonly status: Status };
type Status = 'filled' | 'working' | 'accepted' | 'denied' | 'pending_approval' | 'rejected' | 'unknown' | 'cancelled' | 'allowed';

type ListOutcome = {
  readonly status: Status;
  readonly code?: Code;
  readonly message: string;
  readonly sent: 'no' | 'yes' | 'unknown';
  readonly more: Document;
};

/**
 * What several orders that were decided as one have come to, as it is: decided all or nothing, executed each by itself. One whose outcome is not known
 * makes that of the whole not known.
 */
export function outcomeOfList(
  state: State,
  { parts, turns }: { readonly parts: readonly Part[]; readonly turns: readonly string[] },
): ListOutcome {
  const more = { orders: parts.map((part) => rowOf(state, part)), ...verificationOf(parts) };
  const told = `${inWords(parts)}${turnsInWords(turns)}`;
  const has = (status: Status) => parts.some((part) => part.status === status);
  const wasSent = parts.some(({ order }) => !(order.life.kind === 'done' && order.life.outcome === 'absent'));
  const sent = wasSent ? 'yes' : 'no';
  if (has('unknown')) {
    const message = `${told}; what is not known is being looked up, and get_intent with the same intent_id follows all of them`;
    return { status: 'unknown', code: 'OUTCOME_UNKNOWN', message, sent: 'unknown', more };
  }
  if (has('working')) return { status: 'working', message: told, sent, more };
  if (has('accepted')) return { status: 'accepted', message: `${told}; get_intent has the rest`, sent, more };
  if (parts.every(({ status }) => status === 'filled')) return { status: 'filled', message: told, sent, more };
  const refused = has('rejected') ? ({ code: wasSent ? 'EXCHANGE_REJECTED' : 'UNAVAILABLE' } as const) : {};
  const nothing = parts.every(({ status, order }) => status === 'rejected' && isZero(order.filled));
  return { status: nothing ? 'rejected' : 'cancelled', ...refused, message: `${told}; nothing more of it can fill`, sent, more };
}

/** What stands for an instrument that is only closed: `; BTC-USDT-SWAP is only closed …`. Empty where there is none. */
export function turnsInWords(turns: readonly string[]): string {
  if (turns.length === 0) return '';
  return `; ${turns.join(', ')}: only closed, because what was asked lies on the other side, which is a wish of its own once this one has filled`;
}

const words: readonly (readonly [Status, string])[] = [
  ['filled', 'filled'],
  ['working', 'at the exchange'],
  ['accepted', 'ended, with fills still being booked'],
  ['cancelled', 'ended before all of it had filled'],
  ['rejected', 'not taken'],
  ['unknown', 'of unknown outcome'],
];

function inWords(parts: readonly Part[]): string {
  if (parts.length === 0) return 'everything is as it shall be already, and no order was needed';
  const counts = words.flatMap(([status, text]) => {
    const count = parts.filter((part) => part.status === status).length;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  return `of ${parts.length} ${parts.length === 1 ? 'order' : 'orders'}: ${counts.join(', ')}`;
}

function rowOf(state: State, { order, status }: Part): Document {
  const average = averagePrice(order);
  return {
    client_order_id: order.clientOrderId,
    ...(order.exchangeOrderId === '' ? {} : { exchange_order_id: order.exchangeOrderId }),
    instrument: order.instrument,
    side: order.side,
    purpose: order.purpose,
    size: formatDecimal(order.size),
    size_unit: sizeUnit(state.instruments.get(order.instrument)),
    filled: formatDecimal(order.filled),
    ...(average === null ? {} : { average_price: average }),
    status,
    state: orderState(order),
    ...(order.verification === 'none' ? {} : { verification: order.verification }),
  };
}

/** The worst of what was found: one that does not agree outweighs all that do. */
function verificationOf(parts: readonly Part[]): Document {
  const found = new Set(parts.map(({ order }) => order.verification));
  const worst = (['divergent', 'pending', 'matched'] as const).find((verification) => found.has(verification));
  return worst === undefined ? {} : { verification: worst };
}
