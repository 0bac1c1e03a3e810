import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { add, compare, type Decimal, isNegative, isZero, minimum, negate, subtract, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import type { Principal, Side } from '../order/intent.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import type { Order } from '../order/order.ts';
import type { Books, Position } from './books.ts';

export type Execution = { readonly side: Side; readonly size: Size; readonly fee: Decimal; readonly feeCurrency: string };

/** How a fill changes what is held: contracts on derivatives; on spot the base currency, from which a fee in base is taken. */
export function changeOf(instrument: Instrument, execution: Execution): Size {
  const signed = execution.side === 'buy' ? execution.size : negate(execution.size);
  return instrument.kind === 'spot' && execution.feeCurrency === instrument.base ? add(signed, execution.fee) : signed;
}

export type Change = {
  readonly instrument: InstrumentId;
  readonly leg: Leg;
  readonly by: Principal;
  readonly change: Size;
  readonly at: number;
};

/**
 * Adds a change to a position and to its owners. What reduces is taken from the share of whoever traded, then from the others in
 * order of name; what goes beyond flat belongs to whoever traded.
 */
export function changed(position: Position | undefined, { instrument, leg, by, change, at }: Change): Position {
  const before: Size = position?.size ?? zero;
  const owners = new Map(position?.owners ?? []);
  let rest: Decimal = change;
  const reduces = !isZero(before) && isNegative(before) !== isNegative(change);
  if (reduces) {
    const order = [by, ...[...owners.keys()].filter((name) => name !== by).toSorted()];
    for (const name of order) {
      const share: Decimal = owners.get(name) ?? zero;
      if (isZero(share) || isNegative(share) === isNegative(rest) || isZero(rest)) continue;
      const taken = isNegative(share) ? negate(minimum(negate(share), rest)) : minimum(share, negate(rest));
      owners.set(name, subtract(share, taken));
      rest = add(rest, taken);
    }
  }
  if (!isZero(rest)) owners.set(by, add(owners.get(by) ?? zero, rest));
  for (const [name, share] of owners) if (isZero(share)) owners.delete(name);
  const size = add(before, change);
  const opened = isZero(before) || (!isZero(size) && isNegative(size) !== isNegative(before));
  return { instrument, leg, size, owners, openedAt: opened || position === undefined ? at : position.openedAt };
}

const everyLeg: readonly Leg[] = ['net', 'long', 'short'];

/** What twokey holds of an instrument: at most one position in net mode, at most two in long/short mode. */
export function positionsOf({ positions }: Pick<Books, 'positions'>, instrument: InstrumentId): readonly Position[] {
  return everyLeg.flatMap((leg) => positions.get(positionKey(instrument, leg)) ?? []);
}

/** The orders of an instrument without evidence of their end. */
export function openOrdersOf({ openOrders }: Pick<Books, 'openOrders'>, instrument: InstrumentId): readonly Order[] {
  const found: Order[] = [];
  for (const order of openOrders.values()) if (order.instrument === instrument) found.push(order);
  return found;
}

/** What is left of a position when it is smaller than the exchange would trade: listed, not counted, not a difference (DESIGN §3.6). */
export function isDust(size: Size, instrument: Instrument): boolean {
  return !isZero(size) && compare(isNegative(size) ? negate(size) : size, instrument.minimum) < 0;
}
