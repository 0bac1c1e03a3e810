import type { Brand } from '../lang/brand.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Side } from './intent.ts';

/** How the account counts derivatives: one signed position an instrument, or a long and a short one beside each other. */
export type PositionMode = 'net' | 'long_short';

/** The part of an instrument that an order moves. Spot is always `net`. */
export type Leg = 'net' | 'long' | 'short';

/** The name of one position: the instrument in net mode, `INSTRUMENT/long` or `INSTRUMENT/short` otherwise. */
export type PositionKey = Brand<string, 'PositionKey'>;

export function positionKey(instrument: InstrumentId, leg: Leg): PositionKey {
  const name: string = leg === 'net' ? instrument : `${instrument}/${leg}`;
  return name as PositionKey;
}

/** The instrument of a position's name. */
export function instrumentIn(key: PositionKey): InstrumentId {
  return (key.split('/')[0] ?? key) as InstrumentId;
}

/** The legs that an instrument may have. */
export function legsOf(product: 'spot' | 'linear' | 'inverse', mode: PositionMode): readonly Leg[] {
  return product === 'spot' || mode === 'net' ? ['net'] : ['long', 'short'];
}

export type Direction = {
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly mode: PositionMode;
  readonly side: Side;
  readonly purpose: 'entry' | 'exit';
};

/**
 * The leg that an order of this side means. In long/short mode a buy opens the long leg or closes the short one, and the exchange lets
 * no closing order do more than close, whatever its reduce-only flag (reference/risk.md §4.2, okx-orders.md).
 */
export function legFor({ product, mode, side, purpose }: Direction): Leg {
  if (product === 'spot' || mode === 'net') return 'net';
  return (side === 'buy') === (purpose === 'entry') ? 'long' : 'short';
}
