import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { DifferenceBody } from '../journal/entry.ts';
import { equals, formatDecimal } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';
import type { AlgoOrderReport, OrderReport } from '../order/report.ts';
import { otherWriter } from './writers.ts';

type Listed = {
  readonly pending: readonly OrderReport[];
  readonly algos: readonly AlgoOrderReport[];
  readonly recent: readonly OrderReport[] | null;
};

/** Orders of others that rest, orders of ours that are not as they were sent, and every sign of a second writer. */
export function orderDifferences(state: State, { pending, algos, recent }: Listed): readonly DifferenceBody[] {
  return [
    ...pending.flatMap((report) => restingDifference(state, report)),
    ...algos.flatMap((report) => waitingDifference(state, report)),
    ...(recent ?? []).flatMap((report) => otherWriter(state, report) ?? []),
    ...(recent === null ? [unread] : []),
  ];
}

const unread: DifferenceBody = { kind: 'order', class: 'unread', subject: 'orders that ended', books: '', exchange: 'could not be read' };

/** Whether it bears an id of this journal. */
export function isOurs(state: State, report: Pick<OrderReport, 'clientOrderId'>): boolean {
  return state.journal !== '' && report.clientOrderId.startsWith(`t${state.journal}`);
}

function restingDifference(state: State, report: OrderReport): readonly DifferenceBody[] {
  // The order that a stop of ours sent is its own end, and asked about there.
  const sender = orderOf(state, report.algoClientOrderId);
  if (sender !== undefined && sender.stop !== null) return [];
  const other = otherWriter(state, report);
  if (other !== null) return [other];
  const order = isOurs(state, report) ? orderOf(state, report.clientOrderId) : undefined;
  if (order !== undefined && isAsMeant(order, report)) return [];
  const number = `(exchange order ${report.exchangeOrderId})`;
  const subject = report.instrument;
  if (order !== undefined)
    return [{ kind: 'order', class: 'changed_order', subject, books: told(order), exchange: `${told(report)} ${number}` }];
  const exchange = `${report.side} ${formatDecimal(report.size)} ${number}`;
  return [{ kind: 'order', class: report.category === 'liquidation' ? 'liquidation' : 'foreign_order', subject, books: '', exchange }];
}

/** A stop or algo order of somebody else opens or closes by itself one day. */
function waitingDifference(state: State, report: AlgoOrderReport): readonly DifferenceBody[] {
  const other = otherWriter(state, report);
  if (other !== null) return [other];
  if (isOurs(state, report)) return [];
  const exchange = `${report.side}, ${report.type} (exchange order ${report.exchangeOrderId})`;
  return [{ kind: 'order', class: 'foreign_order', subject: report.instrument, books: '', exchange }];
}

/** Whether the exchange holds the order that was sent: somebody may have changed it there, and books of the old one count too little. */
function isAsMeant(order: Order, report: OrderReport): boolean {
  if (report.instrument !== order.instrument || report.side !== order.side || !equals(report.size, order.size)) return false;
  // The price of an exit may have been clipped to the exchange's limit (docs/decisions/0011).
  return order.purpose === 'exit' || (report.price !== null && equals(report.price, order.price));
}

function told({ side, size, price }: Pick<OrderReport, 'side' | 'size' | 'price'>): string {
  return price === null ? `${side} ${formatDecimal(size)}` : `${side} ${formatDecimal(size)} at ${formatDecimal(price)}`;
}
