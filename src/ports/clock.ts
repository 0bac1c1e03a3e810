/** Time as an argument. `now` is UTC milliseconds; `monotonic` milliseconds since some start, never backwards. */
export type Clock = {
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Calls `act` when everything that has arrived by now was handed over. */
  readonly turn: (act: () => void) => void;
  /** Calls `ring` once, at `delayMilliseconds` from now or a little later; `cancel` before that means never. */
  readonly alarm: (delayMilliseconds: number, ring: () => void) => { readonly cancel: () => void };
};
