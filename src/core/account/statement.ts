import type { Entry } from '../journal/entry.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { add, compare, type Decimal, decimal, isZero, multiply, negate, subtract, zero } from '../money/decimal.ts';
import type { Price, Size } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import { positionKey } from '../order/leg.ts';
import type { Books } from './books.ts';
import type { Earnings } from './earnings.ts';

/** How far the exchange's bills were read, and what they led to. Everything here is true at the bill `through`. */
export type Statement = {
  /** The exchange's number of the newest bill that was taken; empty where there was none. */
  readonly through: string;
  /** UTC milliseconds. */
  readonly at: number;
  readonly balances: ReadonlyMap<string, Decimal>;
  /** What came (positive) or went without a trade, by currency, and nobody has accepted. */
  readonly moved: ReadonlyMap<string, Decimal>;
  /** What fills say that they moved, less what bills say, by currency: zero as soon as `unbilled` is. */
  readonly unsettled: ReadonlyMap<string, Decimal>;
  /** Fills that are booked and whose bills were not read yet. */
  readonly unbilled: number;
  readonly trades: number;
  /** When the account was opened at the balances that it had (UTC milliseconds), and the currencies of which a bill was taken since. */
  readonly openedAt: number;
  readonly followed: ReadonlySet<string>;
};

/** Whether one bill is newer than another: the exchange numbers them upwards, and they are of any length. */
export function isNewerBill(id: string, than: string): boolean {
  return id.length === than.length ? id > than : id.length > than.length;
}

type StatementEntry = Extract<Entry, { kind: 'statement' }>;

/** Adds a statement to what was read before; the first opens the account. */
export function withStatement(before: Statement | null, entry: StatementEntry, at: number): Statement {
  const { through } = entry;
  const balances = new Map(before?.balances);
  for (const [currency, amount] of Object.entries(entry.balances)) balances.set(currency, decimal(amount));
  if (before === null)
    return { through, at, balances, moved: new Map(), unsettled: new Map(), unbilled: 0, trades: 0, openedAt: at, followed: new Set() };
  const moved = new Map(before.moved);
  for (const item of entry.items)
    if (item.class === 'movement' || item.class === 'other') credit(moved, item.currency, decimal(item.change));
  const unsettled = new Map(before.unsettled);
  for (const [currency, amount] of Object.entries(entry.settled)) credit(unsettled, currency, negate(decimal(amount)));
  const unbilled = before.unbilled - entry.trades;
  const followed = new Set([...before.followed, ...Object.keys(entry.balances)]);
  return { through, at, balances, moved, unsettled, unbilled, trades: before.trades + entry.trades, openedAt: before.openedAt, followed };
}

export type Settlement = {
  readonly instrument: Instrument;
  readonly billId: string;
  readonly side: Side;
  readonly size: Size;
  readonly price: Price;
  /** Negative: paid. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
};

/**
 * Notes a booked fill whose bill is still to come. On spot both currencies move by what the fill says; of contracts the profit depends on the
 * average price that the exchange keeps, so that the fee alone is compared.
 */
export function withSettlement(statement: Statement | null, fill: Settlement): Statement | null {
  if (statement === null || !isNewerBill(fill.billId, statement.through)) return statement;
  const unsettled = new Map(statement.unsettled);
  if (fill.instrument.kind === 'spot') {
    const sign = fill.side === 'buy' ? fill.size : negate(fill.size);
    credit(unsettled, fill.instrument.base, sign);
    credit(unsettled, fill.instrument.quote, negate(multiply(sign, fill.price)));
  }
  credit(unsettled, fill.feeCurrency, fill.fee);
  return { ...statement, unsettled, unbilled: statement.unbilled + 1 };
}

/** Adds what funding paid or took to what twokey's own trading came to, where the position is all its own; where others held it too, what it took. */
export function withFunding(
  earnings: Earnings,
  { items }: StatementEntry,
  books: Pick<Books, 'baseline' | 'instruments' | 'positions'>,
): Earnings {
  let after = earnings;
  for (const item of items) {
    if (item.class !== 'funding' || !earnings.begun) continue;
    const id = item.instrument as InstrumentId;
    const change = decimal(item.change);
    const isShared = ['net', 'long', 'short'].some((leg) => !isZero(books.baseline.contracts.get(positionKey(id, leg as 'net')) ?? zero));
    if (isShared && compare(change, zero) > 0) continue;
    after = paid(after, { id, change, currency: item.currency, books });
  }
  return after;
}

type Paid = {
  readonly id: InstrumentId;
  readonly change: Decimal;
  readonly currency: string;
  readonly books: Pick<Books, 'positions' | 'instruments'>;
};

/** Of an inverse contract that is held it is coin like its profit, and valued with it; else it is cash. */
function paid(earnings: Earnings, { id, change, currency, books }: Paid): Earnings {
  const held = (['net', 'long', 'short'] as const).map((leg) => positionKey(id, leg)).find((key) => books.positions.has(key));
  if (books.instruments.get(id)?.kind === 'inverse' && held !== undefined) {
    const coins = new Map(earnings.coins);
    credit(coins, held, change);
    return { ...earnings, coins };
  }
  const cash = new Map(earnings.cash);
  credit(cash, currency, change);
  return { ...earnings, cash };
}

/** Adds an amount to what stands under a key; what comes to nothing does not stand there. */
export function credit<Key>(amounts: Map<Key, Decimal>, key: Key, amount: Decimal): void {
  const sum = add(amounts.get(key) ?? zero, amount);
  if (isZero(sum)) amounts.delete(key);
  else amounts.set(key, sum);
}

/** What a currency should stand at, less what came without a trade and nobody has accepted. */
export function acceptedBalance({ balances, moved }: Statement, currency: string): Decimal {
  return subtract(balances.get(currency) ?? zero, moved.get(currency) ?? zero);
}
