import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { add, type Decimal, equals, formatDecimal, isNegative, isZero, zero } from '../money/decimal.ts';
import { isDust, positionsOf } from '../account/position.ts';
import { positionKey } from '../order/leg.ts';
import { leaves } from '../order/order.ts';

/** What the exchange said it holds of one instrument: contracts, or the whole balance of the base currency on spot. */
export type Observation = {
  readonly instrument: InstrumentId;
  readonly exchange: Decimal;
  /** SHA-256 of the exchange's answer. */
  readonly evidence: string;
  /** The last row when the question was asked: fills booked since make the answer old. */
  readonly askedAtSeq: number;
  readonly at: number;
};

/** Two answers this far apart must agree before a mismatch is believed; fills and queries may overtake each other. Milliseconds. */
export const MISMATCH_GRACE_MILLISECONDS = 2000;

/** So long fills may follow the end of their order. After that what the exchange says of order and fills does not add up. Milliseconds. */
export const FILLS_LATE_MILLISECONDS = 60_000;

export type Verdict =
  | { readonly kind: 'matched'; readonly entries: readonly Entry[] }
  /** Not conclusive: orders may have executed that are not booked yet. Ask about them, then ask again. */
  | { readonly kind: 'open'; readonly entries: readonly Entry[] }
  | { readonly kind: 'divergent'; readonly reversed: boolean; readonly books: string; readonly entries: readonly Entry[] };

/** What twokey believes the exchange holds: what it found at the first start and what it traded since. */
export function expectedHolding(state: State, instrument: Instrument): Decimal {
  if (instrument.kind !== 'spot')
    return positionsOf(state, instrument.id).reduce((sum: Decimal, { size }) => add(sum, size), heldBefore(state, instrument.id));
  let expected = state.baseline.currencies.get(instrument.base) ?? zero;
  for (const position of state.positions.values()) {
    const other = state.instruments.get(position.instrument);
    if (other?.kind === 'spot' && other.base === instrument.base) expected = add(expected, position.size);
  }
  return expected;
}

/** Contracts that were there before twokey, all legs together. */
function heldBefore({ baseline }: State, id: InstrumentId): Decimal {
  const legs = (['net', 'long', 'short'] as const).map((leg) => baseline.contracts.get(positionKey(id, leg)) ?? zero);
  return legs.reduce((sum: Decimal, size) => add(sum, size), zero);
}

/** Instruments whose trades move the same holding: on spot every pair of the same base currency. */
function sharesHolding(state: State, { id, instrument }: { readonly id: InstrumentId; readonly instrument: Instrument }): boolean {
  if (id === instrument.id) return true;
  const other = state.instruments.get(id);
  return instrument.kind === 'spot' && other?.kind === 'spot' && other.base === instrument.base;
}

/** Compares what the exchange says with the books. A mismatch is believed only when it lasted and nothing in flight explains it. */
export function verify(state: State, instrument: Instrument, seen: Observation): Verdict {
  const expected = expectedHolding(state, instrument);
  const texts = { books: formatDecimal(expected), exchange: formatDecimal(seen.exchange) };
  const orders = [...state.unverified].filter(([, id]) => sharesHolding(state, { id, instrument })).map(([order]) => order);
  const check = state.checks.get(instrument.id);
  const old = [...state.checks].some(
    ([id, { lastFillSeq }]) => lastFillSeq > seen.askedAtSeq && sharesHolding(state, { id: id as InstrumentId, instrument }),
  );
  const common = { kind: 'verified', instrument: instrument.id, orders, evidence: seen.evidence, ...texts } as const;
  if (old) return { kind: 'open', entries: [] };
  if (equals(expected, seen.exchange)) {
    const news = orders.length > 0 || (check !== undefined && check.mismatch !== null);
    return { kind: 'matched', entries: news ? [{ ...common, outcome: 'matched' }] : [] };
  }
  const mismatch = check?.mismatch ?? null;
  const same = mismatch !== null && mismatch.exchange === texts.exchange;
  if (same && mismatch.confirmed) return { kind: 'divergent', reversed: false, books: texts.books, entries: [] };
  if (!same) return { kind: 'open', entries: [{ kind: 'mismatch', instrument: instrument.id, evidence: seen.evidence, ...texts }] };
  const late = seen.at - mismatch.at >= FILLS_LATE_MILLISECONDS;
  const inFlight = [...state.openOrders.values()].some(
    (order) =>
      sharesHolding(state, { id: order.instrument, instrument }) &&
      // A stop that waits was looked at with the others: it explains nothing as long as it is not seen to have been reached.
      order.life.kind !== 'armed' &&
      // Its end is known, and its fills would be there by now: they explain nothing any more.
      !(late && order.life.kind === 'settling') &&
      (order.life.kind !== 'working' || !equals(order.reportedFilled, order.filled)) &&
      !isZero(leaves(order)),
  );
  if (inFlight || seen.at - mismatch.at < MISMATCH_GRACE_MILLISECONDS) return { kind: 'open', entries: [] };
  return {
    kind: 'divergent',
    reversed: reversed(expected, seen.exchange, instrument),
    books: texts.books,
    entries: [{ ...common, outcome: 'divergent' }],
  };
}

/** The opposite of what was meant: other sign, or a position where the books are flat. */
function reversed(expected: Decimal, exchange: Decimal, instrument: Instrument): boolean {
  if (instrument.kind === 'spot' || isZero(exchange)) return false;
  if (isZero(expected) || isDust(expected, instrument)) return true;
  return isNegative(expected) !== isNegative(exchange);
}
