import { orderOf } from '../account/apply.ts';
import { acceptedBalance, isNewerBill, type Statement } from '../account/statement.ts';
import type { State } from '../account/state.ts';
import type { BillBody, DifferenceBody, Entry } from '../journal/entry.ts';
import { ordered } from '../lang/ordered.ts';
import { has } from '../lang/table.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  equals,
  formatDecimal,
  isNegative,
  isZero,
  multiply,
  negate,
  zero,
} from '../money/decimal.ts';
import type { ClientOrderId } from '../order/order.ts';
import type { BalanceReport, BillReport } from '../order/report.ts';
import { FILLS_LATE_MILLISECONDS } from '../verify/verify.ts';
import { otherWriter } from './writers.ts';

/** What the bills since the last statement say. */
export type BillsRead = {
  /** A statement as far as every bill is understood; none where nothing is new. */
  readonly entries: readonly Entry[];
  readonly differences: readonly DifferenceBody[];
  /** Orders that may have executed what is not booked: ask about each. */
  readonly asked: readonly ClientOrderId[];
  /** Whether every bill was understood, so that what money should have come to is known. */
  readonly isWhole: boolean;
  /** Whether a trade waits for its fill for longer than it should, and nobody has had the time to ask for that. */
  readonly isOverdue: boolean;
};

export type Asking = {
  readonly balance: BalanceReport;
  /** `null`: they could not be read. */
  readonly bills: readonly BillReport[] | null;
  readonly evidence: string;
  /** Nobody looks again: what is not understood now is a difference. */
  readonly isLast: boolean;
  /** A first look: after an outage or a pause of this process what is late may be what nobody could ask for. */
  readonly isFirst: boolean;
  /** UTC milliseconds, the exchange's clock. */
  readonly now: number;
};

/** Bills that one statement takes; the next has the rest, and each fits into one entry of the journal. */
const ITEMS_MAX = 1000;

/**
 * Follows the money of the account bill by bill (reference/risk.md T1, T2): each is the trade of a fill that is booked, funding, a transfer, or the doing
 * of somebody else, and each leads from the balance before it to the one that it names. A trade of ours whose fill is not booked yet waits.
 */
export function readBills(state: State, asking: Asking): BillsRead {
  const { bills, balance, evidence } = asking;
  const { statement } = state;
  if (bills === null) return { entries: [], differences: [unread], asked: [], isWhole: false, isOverdue: false };
  if (statement === null)
    return { entries: [opening(balance, bills, evidence)], differences: [], asked: [], isWhole: true, isOverdue: false };
  const walk = walkOf(state, statement, { ...asking, bills });
  const drift = walk.stopped ? [] : driftOf(state, statement, { balance, bills });
  const entries: readonly Entry[] =
    walk.through === statement.through
      ? []
      : [
          {
            kind: 'statement',
            through: walk.through,
            balances: textsOf(walk.balances),
            items: walk.items,
            trades: walk.trades,
            settled: textsOf(walk.settled),
            evidence,
          },
        ];
  const { asked, stopped, isOverdue } = walk;
  return { entries, differences: [...walk.differences, ...drift], asked, isWhole: !stopped, isOverdue };
}

const unread: DifferenceBody = { kind: 'balance', class: 'unread', subject: 'bills', books: '', exchange: 'could not be read' };

/** The first statement of a journal takes the account as it is. */
function opening({ currencies }: BalanceReport, bills: readonly BillReport[], evidence: string): Entry {
  const balances = new Map(currencies.map(({ currency, total }) => [currency, total]));
  return {
    kind: 'statement',
    through: bills.at(-1)?.billId ?? '',
    balances: textsOf(balances),
    items: [],
    trades: 0,
    settled: {},
    evidence,
  };
}

type Walk = {
  through: string;
  /** Those that changed. */
  readonly balances: Map<string, Decimal>;
  readonly items: BillBody[];
  trades: number;
  readonly settled: Map<string, Decimal>;
  readonly differences: DifferenceBody[];
  readonly asked: ClientOrderId[];
  /** A bill is not understood: what comes after it is not looked at. */
  stopped: boolean;
  isOverdue: boolean;
};

type Walking = Pick<Asking, 'isLast' | 'isFirst' | 'now'> & { readonly bills: readonly BillReport[] };

function walkOf(state: State, statement: Statement, { bills, isLast, isFirst, now }: Walking): Walk {
  const walk: Walk = {
    through: statement.through,
    balances: new Map(),
    items: [],
    trades: 0,
    settled: new Map(),
    differences: [],
    asked: [],
    stopped: false,
    isOverdue: false,
  };
  for (const bill of bills) {
    if (!isNewerBill(bill.billId, walk.through)) continue;
    if (walk.items.length >= ITEMS_MAX) {
      walk.stopped = true;
      break;
    }
    if (isInOpening(bill, { statement, walk, bills })) {
      walk.through = bill.billId;
      continue;
    }
    const before = walk.balances.get(bill.currency) ?? statement.balances.get(bill.currency) ?? zero;
    const after = add(before, bill.change);
    if (!equals(after, bill.balance)) {
      walk.stopped = true;
      const [books, exchange] = [formatDecimal(after), formatDecimal(bill.balance)];
      walk.differences.push({ kind: 'balance', class: 'balance_drift', subject: bill.currency, books, exchange });
      break;
    }
    const isOld = now - bill.at > FILLS_LATE_MILLISECONDS;
    const isLate = isLast || (isOld && !isFirst);
    const meaning = meaningOf(state, bill, isLate);
    if (meaning.kind === 'waits') {
      walk.stopped = true;
      walk.isOverdue = isOld && !isLate;
      walk.asked.push(...meaning.asked);
      if (isLate) walk.differences.push(missingFill(bill, meaning.asked));
      break;
    }
    walk.through = bill.billId;
    walk.balances.set(bill.currency, bill.balance);
    if (meaning.kind === 'own') settle(state, walk, bill);
    else {
      walk.items.push({ ...itemOf(bill), class: meaning.class });
      // On spot a trade is two bills and one difference.
      if (meaning.difference !== null && !walk.differences.some((known) => known.exchange === meaning.difference?.exchange))
        walk.differences.push(meaning.difference);
    }
  }
  return walk;
}

type Opened = { readonly statement: Statement; readonly walk: Walk; readonly bills: readonly BillReport[] };

/**
 * Whether the balance with which the account was opened has a bill in it already: the exchange lists bills later than it moves balances, and one from before
 * the opening leads to that balance.
 */
function isInOpening({ currency, billId, at }: BillReport, { statement, walk, bills }: Opened): boolean {
  if (at > statement.openedAt || statement.followed.has(currency) || walk.balances.has(currency)) return false;
  const opening = statement.balances.get(currency) ?? zero;
  return bills.some(
    (later) =>
      later.currency === currency && later.at <= statement.openedAt && !isNewerBill(billId, later.billId) && equals(later.balance, opening),
  );
}

type Meaning =
  | { readonly kind: 'own' }
  | { readonly kind: 'waits'; readonly asked: readonly ClientOrderId[] }
  | { readonly kind: 'item'; readonly class: BillBody['class']; readonly difference: DifferenceBody | null };

function meaningOf(state: State, bill: BillReport, isLast: boolean): Meaning {
  switch (bill.kind) {
    case 'movement':
      return { kind: 'item', class: 'movement', difference: null };
    case 'funding':
      return { kind: 'item', class: 'funding', difference: null };
    case 'other':
      return { kind: 'item', class: 'other', difference: null };
    case 'liquidation':
    case 'deleveraging': {
      const difference: DifferenceBody = { ...byOthers(bill), class: 'liquidation' };
      return { kind: 'item', class: 'liquidation', difference: bill.exchangeOrderId === '' ? null : difference };
    }
    case 'trade':
      return tradeOf(state, bill, isLast);
  }
}

function tradeOf(state: State, bill: BillReport, isLast: boolean): Meaning {
  const { instrument, tradeId, clientOrderId, exchangeOrderId } = bill;
  if (has(state.trades, `${instrument ?? ''}/${tradeId}`)) return { kind: 'own' };
  const other = otherWriter(state, { clientOrderId, exchangeOrderId, instrument: instrument ?? '', tag: bill.tag });
  if (other !== null) return { kind: 'item', class: 'other_writer', difference: other };
  const ours = orderOf(state, clientOrderId) ?? [...state.openOrders.values()].find((order) => order.exchangeOrderId === exchangeOrderId);
  if (ours !== undefined) return { kind: 'waits', asked: [ours.clientOrderId] };
  // What a stop of ours sent bears no id of ours, and is known when the stop was looked at.
  const stops = [...state.openOrders.values()].filter((order) => order.stop !== null && order.instrument === instrument);
  if (stops.length > 0 && !isLast) return { kind: 'waits', asked: stops.map((stop) => stop.clientOrderId) };
  return { kind: 'item', class: 'foreign_trade', difference: { ...byOthers(bill), class: 'foreign_trade' } };
}

function byOthers({ instrument, currency, exchangeOrderId }: BillReport): DifferenceBody {
  return { kind: 'order', subject: instrument ?? currency, books: '', exchange: `exchange order ${exchangeOrderId} traded` };
}

function missingFill({ instrument, currency, tradeId, exchangeOrderId }: BillReport, [order]: readonly ClientOrderId[]): DifferenceBody {
  const exchange = `trade ${tradeId} of exchange order ${exchangeOrderId}`;
  return { kind: 'order', class: 'missing_fill', subject: order ?? instrument ?? currency, books: 'not booked', exchange };
}

function itemOf(bill: BillReport): Omit<BillBody, 'class'> {
  return {
    bill_id: bill.billId,
    currency: bill.currency,
    change: formatDecimal(bill.change),
    instrument: bill.instrument ?? '',
    exchange_order_id: bill.exchangeOrderId,
    exchange_at: bill.at,
  };
}

/** What the bill of a fill of ours moved, as far as the fill says it too: all of it on spot, the fee of contracts. */
function settle(state: State, walk: Walk, bill: BillReport): void {
  const listing = bill.instrument === null ? undefined : state.instruments.get(bill.instrument);
  const isSpot = listing?.kind === 'spot';
  const amount = isSpot ? bill.change : bill.fee;
  if (!isZero(amount)) walk.settled.set(bill.currency, add(walk.settled.get(bill.currency) ?? zero, amount));
  // Two bills of one trade on spot, and one of them counts it.
  if (!isSpot || bill.currency === listing.quote) walk.trades += 1;
}

/**
 * Currencies at which the exchange holds something else than its bills lead to. The balance was asked first, so that it is one that the bills lead
 * through; of the bases of spot pairs positions tell it.
 */
function driftOf(
  state: State,
  statement: Statement,
  { balance, bills }: Pick<Asking, 'balance'> & { readonly bills: readonly BillReport[] },
): readonly DifferenceBody[] {
  const bases = new Set([...state.instruments.values()].flatMap((each) => (each.kind === 'spot' ? [each.base] : [])));
  const totals = new Map(balance.currencies.map(({ currency, total }) => [currency, total]));
  const differences: DifferenceBody[] = [];
  for (const currency of new Set([...statement.balances.keys(), ...totals.keys(), ...bills.map((bill) => bill.currency)])) {
    if (bases.has(currency)) continue;
    const total = totals.get(currency) ?? zero;
    const before = statement.balances.get(currency) ?? zero;
    // Those that a statement took meanwhile count as well: the balance may be older than it.
    const led = bills.filter((bill) => bill.currency === currency).map((bill) => bill.balance);
    const books = led.at(-1) ?? before;
    if (![before, ...led].some((amount) => equals(amount, total)))
      differences.push({
        kind: 'balance',
        class: 'balance_drift',
        subject: currency,
        books: formatDecimal(books),
        exchange: formatDecimal(total),
      });
  }
  return differences;
}

/** Money that came or went without a trade, and that nobody has accepted yet. Of the bases of spot pairs positions tell it. */
export function movedDifferences({ statement, instruments }: State): readonly DifferenceBody[] {
  if (statement === null) return [];
  const bases = new Set([...instruments.values()].flatMap((each) => (each.kind === 'spot' ? [each.base] : [])));
  return [...statement.moved.keys()].flatMap((currency): readonly DifferenceBody[] => {
    if (bases.has(currency)) return [];
    const books = formatDecimal(acceptedBalance(statement, currency));
    const exchange = formatDecimal(statement.balances.get(currency) ?? zero);
    return [{ kind: 'balance', class: 'movement', subject: currency, books, exchange }];
  });
}

/** Amounts of fees are cut to the last digit of their currency, once a trade. */
const CUT = decimal('0.00000001');

/** Fills and bills of the same trades that moved different sums (T2): one of them is not what happened. */
export function settlementDifferences({ statement }: State): readonly DifferenceBody[] {
  if (statement === null || statement.unbilled !== 0) return [];
  const most = multiply(CUT, { coefficient: BigInt(statement.trades), scale: 0 });
  return [...statement.unsettled].flatMap(([currency, amount]): readonly DifferenceBody[] => {
    if (compare(isNegative(amount) ? negate(amount) : amount, most) <= 0) return [];
    const exchange = statement.balances.get(currency) ?? zero;
    const books = formatDecimal(add(exchange, amount));
    return [{ kind: 'balance', class: 'settlement_drift', subject: currency, books, exchange: formatDecimal(exchange) }];
  });
}

function textsOf(amounts: ReadonlyMap<string, Decimal>): Readonly<Record<string, string>> {
  return ordered([...amounts].map(([currency, amount]) => [currency, formatDecimal(amount)] as const));
}
