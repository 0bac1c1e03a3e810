import { orderOf } from '../account/apply.ts';
import type { Mismatch, State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { absolute, add, compare, type Decimal, equals, formatDecimal, isNegative, isZero, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import { isDust, positionsOf } from '../account/position.ts';
import { type Leg, type PositionKey, positionKey } from '../order/leg.ts';
import { type ClientOrderId, leaves } from '../order/order.ts';

/** What the exchange said it holds of one instrument: contracts, or the whole balance of the base currency on spot. */
export type Observation = {
  readonly instrument: InstrumentId;
  readonly exchange: Decimal;
  /** What of it each leg is, where the account is in long/short mode: two legs are two positions, and their sum proves neither. */
  readonly legs?: ReadonlyMap<Leg, Decimal>;
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
  /** `differences` are the positions that are news, and where none is the first that differs; then `entries` are empty: it was told before. */
  | {
      readonly kind: 'divergent';
      readonly reversed: boolean;
      readonly differences: readonly [Compared, ...Compared[]];
      readonly entries: readonly Entry[];
    };

/** One position by the books and by the exchange: `name` is the instrument, or `INSTRUMENT/long` where legs are counted apart. */
export type Compared = { readonly name: PositionKey; readonly leg: Leg; readonly books: Decimal; readonly exchange: Decimal };

const everyLeg: readonly Leg[] = ['net', 'long', 'short'];

/** What the exchange should say of one position: what was there before twokey, and what twokey manages. */
export function expectedPosition(state: Pick<State, 'positions' | 'baseline'>, instrument: InstrumentId, leg: Leg): Size {
  const managed = positionsOf(state, instrument).find((position) => position.leg === leg)?.size ?? zero;
  return add(managed, state.baseline.contracts.get(positionKey(instrument, leg)) ?? zero);
}

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
  const legs = everyLeg.map((leg) => baseline.contracts.get(positionKey(id, leg)) ?? zero);
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
  const old = [...state.checks].some(
    ([id, { lastFillSeq }]) => lastFillSeq > seen.askedAtSeq && sharesHolding(state, { id: id as InstrumentId, instrument }),
  );
  if (old) return { kind: 'open', entries: [] };
  const positions = comparedOf(state, instrument, seen);
  const differing = positions.filter(({ books, exchange }) => !equals(books, exchange));
  const [first] = differing;
  if (first === undefined) return { kind: 'matched', entries: agreement(state, instrument, { positions, seen }) };
  const judged = differing.map((position) => judge(state, instrument, { position, seen }));
  const entries = judged.flatMap((each) => each.entries);
  const isKnown = judged.every(({ kind }) => kind === 'known');
  const [news, ...more] = judged.flatMap(({ kind, position }) => (kind === 'divergent' ? [position] : []));
  if (news === undefined && !isKnown) return { kind: 'open', entries };
  return { kind: 'divergent', reversed: judged.some((each) => each.reversed), differences: [news ?? first, ...more], entries };
}

/** The positions that one answer tells of: the whole of an instrument, or each of its legs. */
function comparedOf(state: State, instrument: Instrument, { exchange, legs }: Observation): readonly Compared[] {
  if (legs === undefined) {
    const books = expectedHolding(state, instrument);
    return [{ name: positionKey(instrument.id, 'net'), leg: 'net', books, exchange }];
  }
  return everyLeg.flatMap((leg) => {
    const books = expectedPosition(state, instrument.id, leg);
    const said = legs.get(leg) ?? zero;
    return leg === 'net' && equals(books, said) ? [] : [{ name: positionKey(instrument.id, leg), leg, books, exchange: said }];
  });
}

type Answered = { readonly positions: readonly Compared[]; readonly seen: Observation };

/** All of it agrees: what was not proven is, and what had differed does no more. */
function agreement(state: State, instrument: Instrument, { positions, seen }: Answered): readonly Entry[] {
  const orders = unverifiedOf(state, instrument);
  const whole = { name: positionKey(instrument.id, 'net'), books: expectedHolding(state, instrument), exchange: seen.exchange };
  const news = orders.length === 0 ? [] : [verified('matched', { orders, position: whole, seen })];
  const over = positions.filter(({ name }) => (name !== whole.name || orders.length === 0) && mismatchOf(state, name) !== null);
  return [...news, ...over.map((position) => verified('matched', { orders: [], position, seen }))];
}

type Judged = {
  readonly kind: 'known' | 'open' | 'divergent';
  readonly position: Compared;
  readonly reversed: boolean;
  readonly entries: readonly Entry[];
};

function judge(
  state: State,
  instrument: Instrument,
  { position, seen }: { readonly position: Compared; readonly seen: Observation },
): Judged {
  const { name, leg } = position;
  const open = { kind: 'open', position, reversed: false, entries: [] } as const;
  const mismatch = mismatchOf(state, name);
  const texts = textsOf(position);
  if (mismatch === null || mismatch.exchange !== texts.exchange)
    return { ...open, entries: [{ kind: 'mismatch', instrument: name, evidence: seen.evidence, ...texts }] };
  if (mismatch.confirmed) return { ...open, kind: 'known' };
  const late = seen.at - mismatch.at >= FILLS_LATE_MILLISECONDS;
  const inFlight = [...state.openOrders.values()].some(
    (order) =>
      sharesHolding(state, { id: order.instrument, instrument }) &&
      // An order of the other leg explains nothing.
      (seen.legs === undefined || order.leg === leg) &&
      // A stop that waits was looked at with the others: it explains nothing as long as it is not seen to have been reached.
      order.life.kind !== 'armed' &&
      // Its end is known, and its fills would be there by now: they explain nothing any more.
      !(late && order.life.kind === 'settling') &&
      (order.life.kind !== 'working' || !equals(order.reportedFilled, order.filled)) &&
      !isZero(leaves(order)),
  );
  if (inFlight || seen.at - mismatch.at < MISMATCH_GRACE_MILLISECONDS) return open;
  const orders = unverifiedOf(state, instrument).filter((id) => seen.legs === undefined || orderOf(state, id)?.leg === leg);
  const reversed = isReversed(position, instrument);
  return { kind: 'divergent', position, reversed, entries: [verified('divergent', { orders, position, seen })] };
}

/** Orders whose fills no answer has confirmed yet. */
function unverifiedOf(state: State, instrument: Instrument): readonly ClientOrderId[] {
  return [...state.unverified].filter(([, id]) => sharesHolding(state, { id, instrument })).map(([order]) => order);
}

function mismatchOf({ checks }: State, name: PositionKey): Mismatch | null {
  return checks.get(name)?.mismatch ?? null;
}

type Proof = {
  readonly orders: readonly ClientOrderId[];
  readonly position: Pick<Compared, 'name' | 'books' | 'exchange'>;
  readonly seen: Observation;
};

function verified(outcome: 'matched' | 'divergent', { orders, position, seen }: Proof): Entry {
  return { kind: 'verified', instrument: position.name, orders, evidence: seen.evidence, outcome, ...textsOf(position) };
}

function textsOf({ books, exchange }: Pick<Compared, 'books' | 'exchange'>): { readonly books: string; readonly exchange: string } {
  return { books: formatDecimal(books), exchange: formatDecimal(exchange) };
}

/** The opposite of what was meant: other sign, or a position where the books are flat. */
function isReversed({ books, exchange }: Compared, instrument: Instrument): boolean {
  if (instrument.kind === 'spot' || isZero(exchange)) return false;
  if (isZero(books) || isDust(books, instrument)) return true;
  return isNegative(books) !== isNegative(exchange);
}

/**
 * Whether what was to close has opened the other way, and the books followed it: the bot that sold to close and went short. Executions that are not
 * proven yet are looked at, since books and exchange agree about what is proven; what plain orders on the same side executed explains as much. A leg cannot be
 * turned, and spot has nothing below zero.
 */
export function isTurnedOver(state: State, instrument: Instrument): boolean {
  const position = positionsOf(state, instrument.id).find(({ leg }) => leg === 'net');
  if (instrument.kind === 'spot' || position === undefined || isZero(position.size) || isDust(position.size, instrument)) return false;
  const side = isNegative(position.size) ? 'sell' : 'buy';
  const orders = unverifiedOf(state, instrument).flatMap((id) => orderOf(state, id) ?? []);
  const facing = orders.filter((order) => order.side === side && order.leg === 'net');
  if (!facing.some(({ purpose }) => purpose === 'exit')) return false;
  const opened = facing.reduce((sum: Decimal, { purpose, filled }) => (purpose === 'entry' ? add(sum, filled) : sum), zero);
  return compare(absolute(position.size), opened) > 0;
}
