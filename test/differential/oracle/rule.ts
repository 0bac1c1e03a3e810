import { type Fraction, isAbove, plus } from './fraction.ts';
import type { Asking, Meant } from './wish.ts';

/**
 * What a rule says. `rounding`: it hangs on how an amount is rounded or a window is cut, which is not for the oracle to know; either answer is taken,
 * and how often that happens is counted.
 */
export type Says = 'passes' | 'refuses' | 'rounding';

export type Rule<Case> = {
  /** As on the page of controls. */
  readonly name: string;
  readonly applies: 'entries' | 'exits' | 'all';
  readonly says: (of: Case) => Says;
};

/** Rules that need no order yet, and rules of an order. */
export type EarlyRule = Rule<Asking>;
export type OrderRule = Rule<Meant>;

export function refusesIf(refuses: boolean): Says {
  return refuses ? 'refuses' : 'passes';
}

/** Refuses what is above a limit. What is counted may be more than it is by `slack`, where it is rounded up. */
export function atMost(amount: Fraction, limit: Fraction, slack: Fraction): Says {
  if (isAbove(amount, limit)) return 'refuses';
  return isAbove(plus(amount, slack), limit) ? 'rounding' : 'passes';
}

/** Refuses a count that reaches a limit; between the least and the most that it can be, either may be said. */
export function below({ least, most }: Counted, limit: number): Says {
  if (least >= limit) return 'refuses';
  return most >= limit ? 'rounding' : 'passes';
}

/** `least` certainly count; `most` do where a window is cut into slots that count whole. */
export type Counted = { readonly least: number; readonly most: number };

/** The first of several answers that is not "passes", a certain one before an uncertain one. */
export function anyOf(...said: readonly Says[]): Says {
  if (said.includes('refuses')) return 'refuses';
  return said.includes('rounding') ? 'rounding' : 'passes';
}
