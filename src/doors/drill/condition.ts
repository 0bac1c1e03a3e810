import { unreachable } from '../../core/lang/assert.ts';
import { isZero, parseDecimal } from '../../core/money/decimal.ts';
import type { Ledger } from '../try/facts.ts';

/** What a step may wait for. All of it stands in the exchange's own ledger, so that an exchange alone can wait for it too. */
export const conditions = ['an order rests', 'an order is filled', 'a position is open', 'a request is refused'] as const;
export type Condition = (typeof conditions)[number];

/** Whether it is so at the exchange now. Orders are those of a client of the API; what was filled or refused stays so. */
export function holds(condition: Condition, { orders, positions, refused }: Pick<Ledger, 'orders' | 'positions' | 'refused'>): boolean {
  const own = orders.filter(({ origin }) => origin === 'api');
  switch (condition) {
    case 'an order rests':
      return own.some(({ state }) => state === 'live' || state === 'partially_filled');
    case 'an order is filled':
      return own.some(({ state }) => state === 'filled');
    case 'a position is open':
      return positions.some(({ pos }) => isOpen(pos));
    case 'a request is refused':
      return refused.length > 0;
    default:
      return unreachable(condition);
  }
}

function isOpen(pos: string): boolean {
  const size = parseDecimal(pos);
  return size.ok && !isZero(size.value);
}
