import {
  absolute,
  add,
  compare,
  type Decimal,
  divideDown,
  isNegative,
  isZero,
  maximum,
  minimum,
  multiply,
  negate,
  one,
  subtract,
  zero,
} from '../core/money/decimal.ts';
import { DIGITS, familyOf, type Instrument, valueOf } from './instruments.ts';
import { isClosing, isolatedOf, positionsOn } from './position-side.ts';
import { type Account, balanceOf, type Order, type Position, positionName } from './state.ts';
import { instrumentOfOrder, listed, markOf, type World } from './world.ts';

// @rule leverage-default
export const LEVER_DEFAULT = '3';

export function leverOf(account: Account, instrument: Instrument, of: LeverOf = anyCross): string {
  return account.levers.get(leverName(instrument, of)) ?? LEVER_DEFAULT;
}

/** What besides the instrument decides its leverage. */
export type LeverOf = Pick<Order, 'tdMode' | 'posSide'>;
const anyCross: LeverOf = { tdMode: 'cross', posSide: 'net' };

/** Under what name a leverage is kept: dated contracts of one family share theirs, isolated legs have their own. */
export function leverName(instrument: Instrument, { tdMode, posSide }: LeverOf = anyCross): string {
  // @rule leverage-isolated
  if (tdMode === 'isolated') return `${positionName({ instId: instrument.instId, posSide, tdMode })}`;
  // @rule leverage-of-futures
  return instrument.instType === 'FUTURES' ? `FUTURES ${familyOf(instrument)}` : instrument.instId;
}

export function leverNumber(lever: string): Decimal {
  return { coefficient: BigInt(Math.round(Number(lever) * 100)), scale: 2 };
}

/** Unrealised profit in the settle currency: linear by difference, inverse by difference of reciprocals. */
export function profitOf({ instrument, size, entry, price }: Profit): Decimal {
  // @rule profit
  const moved = multiply(multiply(size, instrument.ctVal), subtract(price, entry));
  if (instrument.ctType !== 'inverse') return divideDown({ dividend: moved, divisor: one, digits: DIGITS });
  return divideDown({ dividend: moved, divisor: multiply(entry, price), digits: DIGITS });
}

/** `size` is signed as a position is. */
export type Profit = { readonly instrument: Instrument; readonly size: Decimal; readonly entry: Decimal; readonly price: Decimal };

export function unrealised(world: World, instrument: Instrument, position: Position): Decimal {
  if (isZero(position.pos)) return zero;
  return profitOf({ instrument, size: position.pos, entry: position.avgPx, price: markOf(world, instrument) });
}

/** Initial margin: value at mark over leverage. */
export function initialMargin({ world, account, instrument, size, of = anyCross }: MarginOf): Decimal {
  // @rule initial-margin
  const value = valueOf({ instrument, size: absolute(size), price: markOf(world, instrument) });
  return divideDown({ dividend: value, divisor: leverNumber(leverOf(account, instrument, of)), digits: DIGITS });
}

type MarginOf = {
  readonly world: World;
  readonly account: Account;
  readonly instrument: Instrument;
  readonly size: Decimal;
  readonly of?: LeverOf | undefined;
};

/** Contracts that pending orders could open beyond the position, on the worse side; orders that only close open nothing. */
export function openingContracts({ account, instrument, tdMode, extra }: Opening): Decimal {
  const position = account.positions.get(positionName({ instId: instrument.instId, posSide: 'net', tdMode }))?.pos ?? zero;
  let [buys, sells] = [zero, zero];
  for (const order of account.pending.values()) {
    if (order.instId !== instrument.instId || order.tdMode !== tdMode || isClosing(order) || order.ordId === extra?.except) continue;
    const left = subtract(order.sz, order.filled);
    if (order.side === 'buy') buys = add(buys, left);
    else sells = add(sells, left);
  }
  const opens = extra !== undefined && !isClosing({ ...extra, reduceOnly: false });
  if (opens && extra.side === 'buy') buys = add(buys, extra.size);
  if (opens && extra.side === 'sell') sells = add(sells, extra.size);
  // Legs are kept apart, so that what opens one closes nothing of the other.
  // @rule order-margin-of-legs
  if (account.posMode === 'long_short_mode') return add(buys, sells);
  // @rule order-margin
  const long = isZero(buys) ? zero : subtract(maximum(add(position, buys), zero), maximum(position, zero));
  const short = isZero(sells) ? zero : subtract(maximum(subtract(sells, position), zero), maximum(negate(position), zero));
  return maximum(long, short);
}

export type Opening = {
  readonly account: Account;
  readonly instrument: Instrument;
  readonly tdMode: string;
  /** A further order that is being considered; `except` is the pending order that it replaces. */
  readonly extra: (Pick<Order, 'side' | 'posSide'> & { readonly size: Decimal; readonly except: string }) | undefined;
};

export type Funds = {
  readonly cash: Decimal;
  /** Set aside for resting spot orders. */
  readonly frozen: Decimal;
  readonly unrealised: Decimal;
  /** Initial margin of positions, and of what pending orders could open. */
  readonly positionMargin: Decimal;
  readonly orderMargin: Decimal;
  readonly equity: Decimal;
  /** What isolated positions are worth by themselves, and what of that is unrealised. */
  readonly isolated: Decimal;
  readonly isolatedProfit: Decimal;
  /** What may be traded away in cash. */
  readonly available: Decimal;
  /** What may back a further contract. */
  readonly availableEquity: Decimal;
};

/** The funds of one currency in futures mode: cash, what positions settled in it earn, and what is tied up. */
export function fundsOf({ world, account, ccy }: { readonly world: World; readonly account: Account; readonly ccy: string }): Funds {
  const balance = balanceOf(account, ccy);
  let [profit, positionMargin, orderMargin] = [zero, zero, zero];
  let [isolatedMargin, isolatedProfit] = [zero, zero];
  for (const position of isolatedOf(account)) {
    const instrument = instrumentOfOrder(position.instId);
    if (instrument.settle !== ccy) continue;
    isolatedMargin = add(isolatedMargin, position.margin);
    isolatedProfit = add(isolatedProfit, unrealised(world, instrument, position));
  }
  for (const instrument of listed(world)) {
    if (instrument.settle !== ccy) continue;
    for (const position of positionsOn(account, instrument.instId)) {
      profit = add(profit, unrealised(world, instrument, position));
      positionMargin = add(positionMargin, initialMargin({ world, account, instrument, size: position.pos }));
    }
    if (account.pending.size === 0) continue;
    const opening = openingContracts({ account, instrument, tdMode: 'cross', extra: undefined });
    if (!isZero(opening)) orderMargin = add(orderMargin, initialMargin({ world, account, instrument, size: opening }));
  }
  for (const order of account.pending.values()) {
    if (order.tdMode !== 'isolated' || isClosing(order)) continue;
    const instrument = instrumentOfOrder(order.instId);
    // @rule isolated-order-margin
    const size = subtract(order.sz, order.filled);
    if (instrument.settle === ccy) orderMargin = add(orderMargin, initialMargin({ world, account, instrument, size, of: order }));
  }
  // @rule isolated-margin
  const tied = add(balance.frozen, add(isolatedMargin, add(positionMargin, orderMargin)));
  const backed = add(balance.cash, profit);
  // @rule available-funds
  const free = subtract(backed, tied);
  const cashFree = subtract(balance.cash, tied);
  return {
    cash: balance.cash,
    frozen: balance.frozen,
    unrealised: add(profit, isolatedProfit),
    positionMargin,
    orderMargin,
    equity: add(backed, isolatedProfit),
    isolated: add(isolatedMargin, isolatedProfit),
    isolatedProfit,
    available: floor(minimum(free, cashFree)),
    availableEquity: floor(free),
  };
}

function floor(value: Decimal): Decimal {
  return isNegative(value) ? zero : value;
}

/** True when the margin of positions and orders of one currency, and `extra` more, is covered. */
export function isCovered({ funds, extra }: { readonly funds: Funds; readonly extra: Decimal }): boolean {
  return compare(extra, funds.availableEquity) <= 0;
}
