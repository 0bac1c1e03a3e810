import type { Json } from '../core/lang/canonical.ts';
import type { Decimal } from '../core/money/decimal.ts';
import type { Answer, Facts } from './answer.ts';
import type { Flaws } from './flaws.ts';

/** The two instruments that the probe trades; it knows no others. */
export type Market = 'spot' | 'swap';
export const instrumentOf: Readonly<Record<Market, string>> = { spot: 'BTC-USDT', swap: 'BTC-USDT-SWAP' };

/** What an exchange says of an instrument. */
export type Terms = { readonly tick: Decimal; readonly lot: Decimal; readonly min: Decimal; readonly contract: Decimal };

export type Question = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** What is wrong with the signed request on purpose. */
  readonly flaws?: Flaws;
  /** A refusal for too many requests is the answer, and not a reason to ask again. */
  readonly once?: boolean;
};

/** One thing that was seen on one exchange. */
export type Step = { readonly what: string; readonly facts: Facts; readonly answer: Answer };

/**
 * An exchange as a case sees it. A case is run once on the exchange that is probed and once on the reference, so that what it asks depends
 * on nothing but what the same side answered.
 */
export type Side = {
  readonly ask: (question: Question) => Promise<Answer>;
  /** Best bid and ask now. */
  readonly quote: (market: Market) => Promise<{ readonly bid: Decimal; readonly ask: Decimal }>;
  readonly terms: (market: Market) => Promise<Terms>;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Gives balances and lists the time that this exchange needs to follow an order. */
  readonly settled: () => Promise<void>;
  /** A client id that nobody used, by which what the probe leaves is found again. */
  readonly newId: () => string;
  /** Keeps what has to be the same on both sides. */
  readonly saw: (what: string, facts: Facts, answer: Answer) => void;
};

export type Halt =
  /** The exchange did not answer. */
  | { readonly kind: 'no_answer'; readonly why: string }
  /** The account does not have what the case needs. */
  | { readonly kind: 'lacks'; readonly why: string }
  /** What was seen says enough, and the rest of the case makes no sense. */
  | { readonly kind: 'enough' }
  | { readonly kind: 'stopped' };

/** Ends a case before its end, from however deep in it. Not a failure: what it means is in `halt`. */
export class CaseEnds extends Error {
  readonly halt: Halt;

  constructor(halt: Halt) {
    super(halt.kind);
    this.halt = halt;
  }
}
