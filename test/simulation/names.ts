/** Whether an account has one position an instrument, or a leg for each direction. */
type Named = { readonly instId: string; readonly posSide?: string };

/** The name of one position: the instrument, or `INSTRUMENT/long` and `INSTRUMENT/short`. */
export function nameOf({ instId, posSide = 'net' }: Named): string {
  return posSide === 'net' || posSide === '' ? instId : `${instId}/${posSide}`;
}

export function instrumentIn(name: string): string {
  return name.split('/')[0] ?? name;
}

/** The positions that an instrument may have. */
export function namesOf(instId: string, legs: boolean): readonly string[] {
  return legs && !isSpot(instId) ? [`${instId}/long`, `${instId}/short`] : [instId];
}

export function isSpot(name: string): boolean {
  return !instrumentIn(name).endsWith('-SWAP');
}

/** Whether an order can do no more than close: it says so, or it lies against its leg. */
export function closesOnly({
  posSide,
  side,
  reduceOnly,
}: {
  readonly posSide?: string;
  readonly side: string;
  readonly reduceOnly: boolean;
}): boolean {
  if (posSide === 'long') return side === 'sell';
  return posSide === 'short' ? side === 'buy' : reduceOnly;
}
