import type { State } from '../account/state.ts';
import type { DifferenceBody } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { add, type Decimal, equals, formatDecimal, zero } from '../money/decimal.ts';
import type { ClientOrderId } from '../order/identity.ts';
import type { Order } from '../order/order.ts';
import type { AccountConfigReport, BalanceReport, OrderReport, PositionReport } from '../order/report.ts';
import { orderOf } from '../account/apply.ts';
import { positionsOf } from '../account/position.ts';
import { expectedHolding } from '../verify/verify.ts';

/** Everything the exchange says of the account, asked while nothing of ours was in flight. */
export type Snapshot = {
  readonly positions: readonly PositionReport[];
  readonly balance: BalanceReport;
  readonly pending: readonly OrderReport[];
  readonly config: AccountConfigReport;
  /** SHA-256 over the hashes of the answers. */
  readonly evidence: string;
  readonly askedAtSeq: number;
};

export type Comparison = {
  readonly differences: readonly DifferenceBody[];
  /** Open orders of ours that the exchange does not list: ask about each. */
  readonly missing: readonly ClientOrderId[];
  /** Orders of ours that the exchange lists and the books do not hold open. */
  readonly reopened: readonly ClientOrderId[];
};

/** Compares the union of both books: nothing that only one side knows is left out (DESIGN §3.9). */
export function compare(state: State, snapshot: Snapshot): Comparison {
  return {
    differences: [
      ...positionDifferences(state, snapshot),
      ...balanceDifferences(state, snapshot),
      ...orderDifferences(state, snapshot),
      ...accountDifferences(snapshot),
    ],
    missing: missingOrders(state, snapshot),
    reopened: snapshot.pending.flatMap((report) => {
      const order = isOurs(state, report) ? orderOf(state, report.clientOrderId) : undefined;
      return order?.life.kind === 'done' ? [order.clientOrderId] : [];
    }),
  };
}

function positionDifferences(state: State, snapshot: Snapshot): readonly DifferenceBody[] {
  const said = new Map<InstrumentId, Decimal>();
  // Two legs of one instrument are added up, as those of the books are.
  for (const { instrument, size } of snapshot.positions) said.set(instrument, add(said.get(instrument) ?? zero, size));
  const known = [...[...state.positions.values()].map(({ instrument }) => instrument), ...state.baseline.contracts.keys()].filter(
    (id) => state.instruments.get(id)?.kind !== 'spot',
  );
  const differences: DifferenceBody[] = [];
  for (const id of new Set([...said.keys(), ...known])) {
    const books = positionsOf(state, id).reduce((sum: Decimal, { size }) => add(sum, size), state.baseline.contracts.get(id) ?? zero);
    const exchange = said.get(id) ?? zero;
    if (!equals(books, exchange))
      differences.push({ kind: 'position', subject: id, books: formatDecimal(books), exchange: formatDecimal(exchange) });
  }
  return differences;
}

/** Currencies that twokey trades as the base of a spot pair must agree to the last digit; the quote currency moves with fees and funding. */
function balanceDifferences(state: State, snapshot: Snapshot): readonly DifferenceBody[] {
  const said = new Map(snapshot.balance.currencies.map(({ currency, total }) => [currency, total]));
  const differences: DifferenceBody[] = [];
  const seen = new Set<string>();
  for (const instrument of state.instruments.values()) {
    if (instrument.kind !== 'spot' || seen.has(instrument.base)) continue;
    seen.add(instrument.base);
    const books = expectedHolding(state, instrument);
    const exchange = said.get(instrument.base) ?? zero;
    if (!equals(books, exchange))
      differences.push({ kind: 'balance', subject: instrument.base, books: formatDecimal(books), exchange: formatDecimal(exchange) });
  }
  return differences;
}

function isOurs(state: State, report: OrderReport): boolean {
  return state.journal !== '' && report.clientOrderId.startsWith(`t${state.journal}`);
}

function orderDifferences(state: State, snapshot: Snapshot): readonly DifferenceBody[] {
  return snapshot.pending.flatMap((report): readonly DifferenceBody[] => {
    // The order that a stop of ours sent is its own end, and asked about there.
    const sender = orderOf(state, report.algoClientOrderId);
    if (sender !== undefined && sender.stop !== null) return [];
    const order = isOurs(state, report) ? orderOf(state, report.clientOrderId) : undefined;
    if (order !== undefined && isAsMeant(order, report)) return [];
    const number = `(exchange order ${report.exchangeOrderId})`;
    if (order === undefined)
      return [{ kind: 'order', subject: report.instrument, books: '', exchange: `${report.side} ${formatDecimal(report.size)} ${number}` }];
    return [{ kind: 'order', subject: report.instrument, books: told(order), exchange: `${told(report)} ${number}` }];
  });
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

function missingOrders(state: State, snapshot: Snapshot): readonly ClientOrderId[] {
  const listed = new Set(snapshot.pending.map((report) => report.clientOrderId));
  // Stop orders stand on lists of their own, and each that may be there is asked about by itself.
  return [...state.openOrders.values()].flatMap(({ clientOrderId, stop }) =>
    stop === null && !listed.has(clientOrderId) ? [clientOrderId] : [],
  );
}

const PORTFOLIO_MARGIN = '4';

/** What the design relies on and somebody may change behind its back: net mode, and a key that cannot withdraw. */
function accountDifferences({ config }: Snapshot): readonly DifferenceBody[] {
  const differences: DifferenceBody[] = [];
  if (config.positionMode !== 'net_mode')
    differences.push({ kind: 'account', subject: 'position mode', books: 'net_mode', exchange: config.positionMode });
  if (config.permissions.includes('withdraw'))
    differences.push({ kind: 'account', subject: 'key rights', books: 'read and trade', exchange: 'may withdraw' });
  // Elsewhere the exchange enforces reduce-only; in portfolio margin an exit could turn a position over (reference/risk.md §4.2).
  if (config.accountLevel === PORTFOLIO_MARGIN)
    differences.push({ kind: 'account', subject: 'account mode', books: 'spot, futures or multi-currency', exchange: 'portfolio margin' });
  if (config.autoLoan || config.spotBorrow) differences.push({ kind: 'account', subject: 'borrowing', books: 'off', exchange: 'on' });
  return differences;
}
