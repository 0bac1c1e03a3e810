import type { Books, Circumstances } from '../account/books.ts';
import type { Holding } from '../exposure/holding.ts';
import type { Book } from '../market/book.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import type { Price, Size, Usd } from '../money/units.ts';
import type { CloseIntent, PlaceIntent, Principal, ProtectIntent, Side } from '../order/intent.ts';
import type { PositionKey } from '../order/leg.ts';
import type { Order, OrderTerms, Stop } from '../order/order.ts';
import type { Code } from './codes.ts';
import type { LimitUse } from './decision.ts';
import type { Losses } from './losses.ts';
import type { Margin, Worth } from './others.ts';
import type { Policy } from './policy.ts';

/** Everything that a decision rests on. */
export type Question = {
  readonly books: Books;
  readonly intent: PlaceIntent | CloseIntent;
  readonly circumstances: Circumstances;
  /** The limits that hold for whoever asks (`policyFor`). */
  readonly policy: Policy;
  /** Entries above this, summed per underlying over all agents and 10 minutes, need a person; `null`: none does. */
  readonly approvalAbove: Usd | null;
  /** Whether the first entry on an instrument, and one larger than any before it there, needs a person. */
  readonly firstOfKind: boolean;
  /** What a person has agreed to, which is all that may become of this wish; `null`: nobody was asked. */
  readonly approved: ApprovedTerms | null;
  /** Whether the asker may close what another one opened. The operator always may. */
  readonly sharedPositions: boolean;
  /** The order that this one would be amended from, which is left out of `books`; `null` for a new one (`decideAmend`). */
  readonly replaces: Order | null;
};

/** The order that a person was shown. It is decided anew with exactly this size, and at this price or a better one for us. */
export type ApprovedTerms = { readonly size: Size; readonly price: Price };

/** A question before it has become an order. `purpose` is what it would be: whether it really reduces is seen later. */
export type Wish = {
  readonly question: Question;
  readonly instrument: Instrument | undefined;
  readonly quote: Quote | undefined;
  /** What is open on the instrument. */
  readonly openOrders: readonly Order[];
  /** Of an entry: the order book as all others make it. `null` where there is none, and of an exit, which must not depend on it. */
  readonly book: Book | null;
  /** What collars are measured from; `null` where there is no such price. */
  readonly reference: Price | null;
  readonly purpose: 'entry' | 'exit';
};

/** A wish that has become an order, with everything that the controls look at, added up once. */
export type Proposal = {
  readonly question: Question;
  readonly instrument: Instrument;
  readonly quote: Quote;
  readonly openOrders: readonly Order[];
  readonly book: Book | null;
  readonly terms: OrderTerms;
  /** What collars are measured from: mark on derivatives, middle of the book on spot. */
  readonly reference: Price;
  /** What the order itself is counted at. */
  readonly valuation: Price;
  readonly notionalUsd: Usd;
  /** The worst case of the instrument in US dollars, without and with the order. */
  readonly worstCaseUsd: { readonly before: Usd; readonly after: Usd };
  readonly situation: Situation;
};

/** What does not depend on the size that was asked. */
export type Situation = {
  /** The position that the order moves, before it. */
  readonly holding: Holding;
  /** The worst case of the other leg of the instrument; zero where there is none. */
  readonly beside: Size;
  /** What this instrument is counted at: the order's valuation, or higher where an open entry may fill higher. */
  readonly valuation: Price;
  /** The worst case of this instrument before the order. */
  readonly worstCaseUsd: Usd;
  readonly holdings: ReadonlyMap<PositionKey, Holding>;
  /** Worst case of all other instruments; or the first of them whose value is not known. */
  readonly others: Worth;
  /** What the derivatives among them tie up. */
  readonly margin: Margin;
  readonly reducible: Reducible;
  /** The account's equity with the coin of this instrument valued against us; `null` where equity or coin is not known. */
  readonly equityUsd: Usd | null;
  /** What was lost, and what open orders may still cost. Of exits nothing is asked. */
  readonly losses: Losses;
};

/** How much of a position the asker may still close with orders on one side. Of entries nothing is asked, and all is zero. */
export type Reducible = {
  /** What is held against that side, by anybody. */
  readonly held: Size;
  /** The part of it that the asker may close. */
  readonly owned: Size;
  /** What exits on that side may still execute. */
  readonly inFlight: Size;
  /** The largest size that may still be closed, in whole lots. */
  readonly most: Size;
  /** Whether the outcome of an order on that side is not known: it could already have reduced. */
  readonly clouded: boolean;
};

/** Why not. `text` is the sentence without its ending; the ending names the control and what would pass. */
export type Refusal = Why | (Why & { readonly nextAllowedAt: number });

type Why = { readonly code: Code; readonly text: string; readonly limit: LimitUse | null };

/** Why not, in one line. */
export function refusal(code: Code, text: string, limit: LimitUse | null = null): Refusal {
  return { code, text, limit };
}

/** Why not, where time alone undoes it: UTC milliseconds before which nothing but the same answer can be given. */
export function refusalUntil(nextAllowedAt: number, why: Refusal): Refusal {
  return { ...why, nextAllowedAt };
}

export type ProtectQuestion = {
  readonly books: Books;
  readonly intent: ProtectIntent;
  readonly circumstances: Circumstances;
  readonly policy: Policy;
  readonly sharedPositions: boolean;
};

/** A wish for stop orders, with everything that its controls look at. */
export type ProtectionWish = {
  readonly question: ProtectQuestion;
  readonly instrument: Instrument;
  readonly reference: Price;
  /** The side that closes what is held. */
  readonly side: Side;
  /** Stop orders of the asker that wait for this position. */
  readonly stops: readonly StopOrder[];
};

export type StopOrder = Order & { readonly stop: Stop };

type Facts = {
  /** As in reference/risk.md §3.1, or a letter of our own. */
  readonly id: string;
  readonly name: string;
  /** Whether `name` is a key of `twokey.toml` that sets it. */
  readonly inFile: boolean;
  readonly applies: 'entries' | 'exits' | 'both';
  /** Where the control comes from: a rule, or a section of reference/risk.md. */
  readonly source: string;
};

/** A control that needs no order yet. */
export type WishControl = Facts & { readonly check: (wish: Wish) => Refusal | null };

export type OrderControl = Facts & {
  /**
   * `monotone`: what refuses a size refuses every larger one (a minimum aside), so that the largest size that passes can be searched for.
   * `sizeless`: the size does not matter. `exact`: it matters, and larger is no worse. `aside`: left out of that search, because asking for less
   * means asking anew.
   */
  readonly bySize: 'monotone' | 'sizeless' | 'exact' | 'aside';
  readonly check: (proposal: Proposal) => Refusal | null;
};

/** A rule for stop orders that are placed or moved by themselves. */
export type ProtectionControl = Omit<Facts, 'applies'> & { readonly check: (wish: ProtectionWish) => Refusal | null };

/** One rule of the policy. */
export type Control = WishControl | OrderControl;

/** Whether a control has a say. */
export function appliesTo({ applies }: Facts, purpose: 'entry' | 'exit'): boolean {
  return applies === 'both' || applies === (purpose === 'entry' ? 'entries' : 'exits');
}

/** Principals that are not agents: twokey itself and the person at the command line. */
export const OPERATOR = 'operator';

/** Whether somebody closes with the operator's right: everybody's positions, and in HALTED too. */
export function isOperator(principal: Principal): boolean {
  return principal === OPERATOR;
}
