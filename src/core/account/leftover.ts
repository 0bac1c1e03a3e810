import type { Size } from '../money/units.ts';
import type { PositionKey } from '../order/leg.ts';
import type { ClientOrderId } from '../order/order.ts';

/** What a close has left of what it was to close, while it is to be closed as well. */
export type Leftover = {
  /** The close that left it. */
  readonly clientOrderId: ClientOrderId;
  readonly size: Size;
  /** How many closes were to follow already. */
  readonly attempt: number;
  /** UTC milliseconds. */
  readonly at: number;
  readonly seq: number;
};

export type Leftovers = ReadonlyMap<PositionKey, Leftover>;

/** `null` where nothing of it is followed any more: it is closed, or somebody asked for another close, or it is given up. */
export function withLeftover(leftovers: Leftovers, key: PositionKey, leftover: Leftover | null): Leftovers {
  if (leftover === null && !leftovers.has(key)) return leftovers;
  const after = new Map(leftovers);
  if (leftover === null) after.delete(key);
  else after.set(key, leftover);
  return after;
}
