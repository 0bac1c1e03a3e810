/** Time as an argument. `now` is UTC milliseconds; `monotonic` milliseconds since some start, never backwards. */
export type Clock = {
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Calls `ring` once, at `delayMilliseconds` from now or a little later; `cancel` before that means never. */
  readonly alarm: (delayMilliseconds: number, ring: () => void) => { readonly cancel: () => void };
};
