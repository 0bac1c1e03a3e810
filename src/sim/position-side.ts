import { absolute, add, type Decimal, isPositive, isZero, subtract, zero } from '../core/money/decimal.ts';
import {
  type Account,
  type Order,
  type PosMode,
  type Position,
  type PositionName,
  positionName,
  type PosSide,
  type Side,
} from './state.ts';

/** What of an order says which position it is about, and in which direction it moves it. */
export type Aim = PositionName & { readonly side: Side };

export function positionAt(account: Account, named: PositionName): Position | undefined {
  return account.positions.get(positionName(named));
}

/** The open cross positions of an instrument: none, one, or both legs. */
export function positionsOn(account: Account, instId: string): readonly Position[] {
  if (account.positions.size === 0) return [];
  return (['net', 'long', 'short'] as const).flatMap((posSide) => {
    const position = positionAt(account, { instId, posSide, tdMode: 'cross' });
    return position === undefined || isZero(position.pos) ? [] : [position];
  });
}

/** Open positions that have a margin of their own. */
export function isolatedOf(account: Account): readonly Position[] {
  return [...account.positions.values()].filter(({ tdMode, pos }) => tdMode === 'isolated' && !isZero(pos));
}

/** All open positions of an instrument. */
export function everyPositionOn(account: Account, instId: string): readonly Position[] {
  return [...positionsOn(account, instId), ...isolatedOf(account).filter((position) => position.instId === instId)];
}

/** The leg that a client names, or the only position; undefined where the mode of the account wants another. */
export function readPosSide({ text, mode, isContract }: Naming): PosSide | undefined {
  // @rule position-side
  if (mode === 'net_mode' || !isContract) return text === '' || text === 'net' ? 'net' : undefined;
  return text === 'long' || text === 'short' ? text : undefined;
}

type Naming = { readonly text: string; readonly mode: PosMode; readonly isContract: boolean };

/** Whether an order can only ever close: reduce-only on the only position, or against its leg. */
export function isClosing({ posSide, side, reduceOnly }: Pick<Order, 'posSide' | 'side' | 'reduceOnly'>): boolean {
  // @rule leg-closes-only
  return posSide === 'net' ? reduceOnly : (posSide === 'long') === (side === 'sell');
}

/** Contracts that an order on this side could close; zero where the position lies the same way, or there is none. */
export function closable(account: Account, { instId, posSide, tdMode, side }: Aim): Decimal {
  const pos = positionAt(account, { instId, posSide, tdMode })?.pos ?? zero;
  if (isZero(pos)) return zero;
  return isPositive(pos) === (side === 'sell') ? absolute(pos) : zero;
}

/** What pending orders may already close of the same position. */
export function pendingClose(account: Account, { instId, posSide, tdMode, side }: Aim): Decimal {
  let sum = zero;
  for (const order of account.pending.values()) {
    const same = order.instId === instId && order.posSide === posSide && order.tdMode === tdMode && order.side === side;
    if (same && isClosing(order)) sum = add(sum, subtract(order.sz, order.filled));
  }
  return sum;
}
