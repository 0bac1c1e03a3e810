import type { Decimal } from '../core/money/decimal.ts';

/** A price that the public data shows and at which nothing trades. `path` is where it is shown; empty: everywhere. */
export type Ghost = {
  readonly base: string;
  readonly price: Decimal;
  readonly path: string;
  readonly since: number;
  readonly until: number;
};

/** When the exchange serves no account. One that was taken back before it began ends before it begins. */
export type Maintenance = { readonly begin: number; readonly end: number; readonly isScheduled: boolean };

/** What is wrong with the exchange as a whole, for as long as the desk said; faults strike one request. */
export type Conditions = {
  /** `path` is under what it counts; empty: everywhere. */
  readonly throttle: { readonly divisor: number; readonly until: number; readonly path: string } | undefined;
  readonly frozen: ReadonlySet<string>;
  /** How far the clock by which requests are judged, and which is told, is from the time at which things happen. */
  readonly skewMilliseconds: number;
  readonly ghosts: readonly Ghost[];
  readonly maintenance: Maintenance | undefined;
};

export const fair: Conditions = { throttle: undefined, frozen: new Set(), skewMilliseconds: 0, ghosts: [], maintenance: undefined };
