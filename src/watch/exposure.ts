import {
  absolute,
  add,
  type Decimal,
  isNegative,
  isPositive,
  maximum,
  minimum,
  multiply,
  negate,
  subtract,
  zero,
} from '../core/money/decimal.ts';

/** An order that may still execute, a waiting stop order among them. */
export type Working = {
  readonly side: 'buy' | 'sell';
  /** What may still execute, in the trading unit. */
  readonly size: Decimal;
  readonly reduceOnly: boolean;
  /** US dollars for one unit at its limit; `null` where it has none. */
  readonly unitUsd: Decimal | null;
};

/** Everything on one instrument, or on one currency where it is held itself. */
export type Line = {
  readonly name: string;
  /** Signed: short below zero. */
  readonly position: Decimal;
  readonly orders: readonly Working[];
  /** US dollars for one unit now. */
  readonly unitUsd: Decimal;
  /** What is bought and held cannot be sold below nothing. */
  readonly canBeShort: boolean;
};

/**
 * The most US dollars that a line can come to, long or short, whichever of its orders execute (risk.md §4.1), told apart from the gateway's own
 * arithmetic: each direction is played through on its own, first what may only reduce, up to zero, and then everything else.
 */
export function worstUsd(line: Line): Decimal {
  const long = maximum(played(line, 'buy'), zero);
  const short = line.canBeShort ? maximum(negate(played(line, 'sell')), zero) : minimumShort(line);
  return maximum(multiply(long, highest(line, 'buy')), multiply(short, highest(line, 'sell')));
}

/** The position after every order of one side. */
function played({ position, orders }: Line, side: Working['side']): Decimal {
  const mine = orders.filter((order) => order.side === side);
  let reached = position;
  for (const { size } of mine.filter(({ reduceOnly }) => reduceOnly)) {
    if (side === 'buy' && isNegative(reached)) reached = minimum(add(reached, size), zero);
    if (side === 'sell' && isPositive(reached)) reached = maximum(subtract(reached, size), zero);
  }
  for (const { size } of mine.filter(({ reduceOnly }) => !reduceOnly))
    reached = side === 'buy' ? add(reached, size) : subtract(reached, size);
  return reached;
}

/** A currency below zero is a debt, and no order of ours made it. */
function minimumShort({ position }: Line): Decimal {
  return isNegative(position) ? absolute(position) : zero;
}

/** An order may execute at its limit, and then that is what a unit is worth. */
function highest({ orders, unitUsd }: Line, side: Working['side']): Decimal {
  return orders
    .filter((order) => order.side === side && !order.reduceOnly)
    .reduce((most, order) => (order.unitUsd === null ? most : maximum(most, order.unitUsd)), unitUsd);
}

/** The sum over all lines; nothing is set off against anything. */
export function totalUsd(lines: readonly Line[]): Decimal {
  return lines.reduce((sum, line) => add(sum, worstUsd(line)), zero);
}
