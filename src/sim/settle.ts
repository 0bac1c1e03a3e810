import {
  absolute,
  add,
  compare,
  type Decimal,
  divideDown,
  isNegative,
  isZero,
  minimum,
  multiply,
  negate,
  subtract,
  zero,
} from '../core/money/decimal.ts';
import { bookCash } from './cash.ts';
import { ratesOf } from './fees.ts';
import { DIGITS, type Instrument, valueOf } from './instruments.ts';
import { leverNumber, profitOf } from './margin.ts';
import { positionAt } from './position-side.ts';
import {
  type Account,
  accountOf,
  addFill,
  balanceOf,
  type FailedAmendment,
  type Fill,
  nextId,
  nextSequence,
  type Order,
  type Position,
  putBalance,
  putOrder,
  putPosition,
  type State,
} from './state.ts';
import { instrumentOfOrder } from './world.ts';

export type Match = {
  readonly order: Order;
  readonly px: Decimal;
  readonly sz: Decimal;
  readonly liquidity: 'T' | 'M';
  readonly isLast: boolean;
  /** The share that is taken as fee where it is not the instrument's. */
  readonly rate?: Decimal;
};

/** Books one match of an order: cash or position, fee, fill, bill, and the order itself. Returns the order as it now stands. */
export function settleMatch(state: State, match: Match): Order {
  const { order, px, sz, liquidity } = match;
  const instrument = instrumentOfOrder(order.instId);
  const account = accountOf(state, order.account);
  const rates = ratesOf(account, instrument);
  const rate = match.rate ?? (liquidity === 'M' ? rates.maker : rates.taker);
  const booking: Booking = { state, account, instrument, match, rate };
  const { fill, released } = instrument.instType === 'SPOT' ? settleSpot(booking) : settleContract(booking);
  addFill({ state, account, fill });
  state.lastTrades.set(order.instId, { px, at: state.now });
  const filled = add(order.filled, sz);
  const next: Order = {
    ...order,
    filled,
    avgPx: averagePrice({ instrument, held: order.filled, average: order.avgPx, size: sz, price: px }),
    lastFill: fill,
    fee: subtract(order.fee, absolute(fill.fee)),
    feeCcy: fill.feeCcy,
    pnl: add(order.pnl, fill.pnl),
    frozen: subtract(order.frozen, released),
    state: match.isLast ? 'filled' : 'partially_filled',
    uTime: state.now,
  };
  const settled = match.isLast ? releaseFrozen(state, next) : next;
  putOrder(state, settled);
  return settled;
}

type Booking = {
  readonly state: State;
  readonly account: Account;
  readonly instrument: Instrument;
  readonly match: Match;
  readonly rate: Decimal;
};
type Settled = { readonly fill: Fill; readonly released: Decimal };

function settleSpot({ state, account, instrument, match, rate }: Booking): Settled {
  const { order, px, sz } = match;
  const value = multiply(px, sz);
  const isBuy = order.side === 'buy';
  // A resting order set its own price aside; what it set aside for this part is freed as the money leaves.
  const reserved = isBuy ? multiply(order.px ?? px, sz) : sz;
  const released = minimum(order.frozen, reserved);
  // @rule spot-fee-currency
  const fee = negate(multiply(rate, isBuy ? sz : value));
  const feeCcy = isBuy ? instrument.base : instrument.quote;
  const fill = makeFill({ state, match, rate, fee, feeCcy, pnl: zero, subType: isBuy ? '1' : '2' });
  const given = isBuy ? { ccy: instrument.quote, change: negate(value) } : { ccy: instrument.base, change: negate(sz) };
  const gotten = isBuy ? { ccy: instrument.base, change: add(sz, fee) } : { ccy: instrument.quote, change: add(value, fee) };
  moveCash({ state, account, ...given, freed: released, fill, fee: zero, billId: fill.billId });
  moveCash({ state, account, ...gotten, freed: zero, fill, fee, billId: nextId(state) });
  return { fill, released };
}

function settleContract({ state, account, instrument, match, rate }: Booking): Settled {
  const { order, px, sz } = match;
  const before = positionAt(account, order) ?? emptyPosition(state, order);
  const signed = order.side === 'buy' ? sz : negate(sz);
  const isOpposite = !isZero(before.pos) && isNegative(before.pos) !== isNegative(signed);
  const closing = isOpposite ? minimum(absolute(before.pos), sz) : zero;
  const pnl = isZero(closing)
    ? zero
    : profitOf({ instrument, size: isNegative(before.pos) ? negate(closing) : closing, entry: before.avgPx, price: px });
  // @rule contract-fee
  const fee = negate(multiply(rate, valueOf({ instrument, size: sz, price: px })));
  const subType = subTypeOf(order, isOpposite);
  const fill = makeFill({ state, match, rate, fee, feeCcy: instrument.settle, pnl, subType });
  const opensAnew = isZero(before.pos);
  const pos = add(before.pos, signed);
  putPosition({
    state,
    account,
    position: {
      ...before,
      pos,
      avgPx: nextAverage({ instrument, before, match, closing, pos }),
      margin: before.tdMode === 'isolated' ? nextMargin({ instrument, before, match, closing, pos }) : zero,
      pnl: opensAnew ? pnl : add(before.pnl, pnl),
      fee: opensAnew ? fee : add(before.fee, fee),
      fundingFee: opensAnew ? zero : before.fundingFee,
      tradeId: fill.tradeId,
      cTime: opensAnew ? state.now : before.cTime,
      uTime: state.now,
    },
  });
  moveCash({ state, account, ccy: instrument.settle, change: add(pnl, fee), freed: zero, fill, fee, billId: fill.billId });
  return { fill, released: zero };
}

type NextAverage = {
  readonly instrument: Instrument;
  readonly before: Position;
  readonly match: Match;
  readonly closing: Decimal;
  readonly pos: Decimal;
};

/** A reduced position keeps its entry; a flipped one starts at the price of the flip; a larger one averages. */
function nextAverage({ instrument, before, match, closing, pos }: NextAverage): Decimal {
  if (isZero(pos)) return before.avgPx;
  if (!isZero(closing)) return compare(closing, match.sz) === 0 ? before.avgPx : match.px;
  return averagePrice({ instrument, held: absolute(before.pos), average: before.avgPx, size: match.sz, price: match.px });
}

/** The margin of an isolated position: what closes frees its part, what opens brings the value at its price over the leverage of its order. */
function nextMargin({ instrument, before, match, closing, pos }: NextAverage): Decimal {
  // @rule isolated-margin
  if (isZero(pos)) return zero;
  const [held, left] = [absolute(before.pos), subtract(absolute(before.pos), closing)];
  const kept = isZero(closing) ? before.margin : divideDown({ dividend: multiply(before.margin, left), divisor: held, digits: DIGITS });
  const value = valueOf({ instrument, size: subtract(match.sz, closing), price: match.px });
  return add(kept, divideDown({ dividend: value, divisor: leverNumber(match.order.lever), digits: DIGITS }));
}

export type Averaging = {
  readonly instrument: Instrument;
  readonly held: Decimal;
  readonly average: Decimal;
  readonly size: Decimal;
  readonly price: Decimal;
};

/** The mean price weighted by size: arithmetic, and harmonic on inverse contracts, where a contract is a fixed sum of dollars. */
export function averagePrice({ instrument, held, average, size, price }: Averaging): Decimal {
  if (isZero(held)) return price;
  const total = add(held, size);
  // @rule average-price
  if (instrument.ctType === 'inverse') {
    // (h + s) / (h/a + s/p) = (h + s)·a·p / (h·p + s·a): one division, one rounding.
    const dividend = multiply(total, multiply(average, price));
    return divideDown({ dividend, divisor: add(multiply(held, price), multiply(size, average)), digits: DIGITS });
  }
  return divideDown({ dividend: add(multiply(held, average), multiply(size, price)), divisor: total, digits: DIGITS });
}

type Leg = 'long' | 'short';

/** How the exchange numbers what a trade of contracts did. Liquidations are told by leg, or by side where there is one position. */
function subTypeOf({ category, posSide, side }: Order, isOpposite: boolean): string {
  // @rule bill-types
  const leg: Leg = (side === 'buy') === isOpposite ? 'short' : 'long';
  if (category === 'normal') return isOpposite ? { long: '5', short: '6' }[leg] : { long: '3', short: '4' }[leg];
  if (category === 'delivery') return { long: '112', short: '113' }[leg];
  if (category === 'adl') return posSide === 'net' ? { buy: '127', sell: '128' }[side] : { long: '125', short: '126' }[leg];
  const isPartial = category === 'partial_liquidation';
  if (posSide === 'net') return isPartial ? { buy: '102', sell: '103' }[side] : { buy: '106', sell: '107' }[side];
  return isPartial ? { long: '100', short: '101' }[leg] : { long: '104', short: '105' }[leg];
}

function emptyPosition(state: State, { instId, posSide, tdMode }: Order): Position {
  const born = { cTime: state.now, uTime: state.now, margin: zero, tdMode: tdMode === 'isolated' ? tdMode : 'cross' } as const;
  return { instId, posSide, posId: nextId(state), pos: zero, avgPx: zero, pnl: zero, fee: zero, fundingFee: zero, tradeId: '', ...born };
}

type FillParts = {
  readonly state: State;
  readonly match: Match;
  readonly rate: Decimal;
  readonly fee: Decimal;
  readonly feeCcy: string;
  readonly pnl: Decimal;
  readonly subType: string;
};

function makeFill({ state, match, rate, fee, feeCcy, pnl, subType }: FillParts): Fill {
  const { order, px, sz, liquidity } = match;
  const { account, ordId, clOrdId, tag, instId, side, posSide, tdMode } = order;
  const parts = {
    account,
    ordId,
    clOrdId,
    tag,
    instId,
    side,
    posSide,
    tdMode,
    px,
    sz,
    fee,
    feeCcy,
    pnl,
    liquidity,
    subType,
    feeRate: negate(rate),
  };
  const seq = nextSequence(state);
  // @rule liquidation-trade-id
  const sign = order.category.endsWith('liquidation') || order.category === 'adl' ? '-' : '';
  return { ...parts, seq, tradeId: `${sign}${1_000_000 + seq}`, billId: nextId(state), at: state.now };
}

/** Whether a trade paid for the losses of others. */
export function isDeleveraging({ subType }: Fill): boolean {
  return ['125', '126', '127', '128'].includes(subType);
}

type CashMove = {
  readonly state: State;
  readonly account: Account;
  readonly ccy: string;
  readonly change: Decimal;
  readonly freed: Decimal;
  readonly fill: Fill;
  readonly fee: Decimal;
  readonly billId: string;
};

function moveCash({ state, account, ccy, change, freed, fill, fee, billId }: CashMove): void {
  const { instId, pnl, subType, px, sz, at } = fill;
  const forced = isDeleveraging(fill) ? '9' : '5';
  const type = fill.tradeId.startsWith('-') ? forced : subType === '112' || subType === '113' ? '3' : '2';
  const cause = { billId, type, subType, fee, pnl, fill, instId, px, sz, from: '', to: '', at };
  bookCash({ state, account, ccy, change, freed, cause });
}

/** Sets spot money aside for what is left of a resting order. */
export function freezeFor(state: State, order: Order): Order {
  const instrument = instrumentOfOrder(order.instId);
  if (instrument.instType !== 'SPOT' || order.px === undefined) return order;
  const left = subtract(order.sz, order.filled);
  const frozen = order.side === 'buy' ? multiply(order.px, left) : left;
  changeFrozen(state, order, frozen);
  return { ...order, frozen };
}

/** Frees whatever an order still holds aside. */
export function releaseFrozen(state: State, order: Order): Order {
  if (isZero(order.frozen)) return order;
  changeFrozen(state, order, negate(order.frozen));
  return { ...order, frozen: zero };
}

function changeFrozen(state: State, order: Order, change: Decimal): void {
  const instrument = instrumentOfOrder(order.instId);
  const account = accountOf(state, order.account);
  const ccy = order.side === 'buy' ? instrument.quote : instrument.base;
  const before = balanceOf(account, ccy);
  putBalance({ state, account, ccy, balance: { ...before, frozen: add(before.frozen, change), uTime: state.now } });
}

/** Ends an order that was not filled to the end; `source` is the exchange's number for why. */
export function cancelOrder(state: State, { order, source, failed }: Cancelling): Order {
  const canceled: Order = { ...releaseFrozen(state, order), state: 'canceled', cancelSource: source, uTime: state.now };
  putOrder(state, canceled, failed);
  return canceled;
}

type Cancelling = { readonly order: Order; readonly source: string; readonly failed?: FailedAmendment };
