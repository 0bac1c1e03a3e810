import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { AlgoOrderReport, BalanceReport, FillReport, OrderReport, PositionReport, ProtectionReport, ReadReport } from './report.ts';

/** Where the exchange speaks unasked: prices of everybody, the account, and stop orders with what else it keeps apart from the account. */
export type Line = 'public' | 'private' | 'business';

/**
 * What the exchange said without being asked. Each is a reason to look and never more (docs/decisions/0021): it may come twice, late, in another
 * sequence or not at all. Prices alone are used as they are, each with its own two ages.
 */
export type Push =
  /** `fills` are those of the orders' last changes; they carry no `billId`. */
  | { readonly kind: 'orders'; readonly orders: readonly OrderReport[]; readonly fills: readonly FillReport[] }
  /** `others` are of kinds that twokey does not place. */
  | { readonly kind: 'stops'; readonly stops: readonly ProtectionReport[]; readonly others: readonly Omit<AlgoOrderReport, 'type'>[] }
  /** Those that changed, and regularly all of them; one that was closed has the size zero. */
  | { readonly kind: 'positions'; readonly positions: readonly PositionReport[] }
  /** Currencies that changed, and regularly all of them. */
  | { readonly kind: 'balance'; readonly balance: BalanceReport }
  /** A part of a quote: what was asked for as such would answer the same. */
  | { readonly kind: 'price'; readonly part: PricePart; readonly name: string; readonly report: ReadReport }
  | { readonly kind: 'instruments'; readonly ids: readonly InstrumentId[] }
  /** The exchange has told of maintenance. */
  | { readonly kind: 'maintenance'; readonly state: 'scheduled' | 'ongoing' | 'other'; readonly beginsAt: number };

/** `name` is an instrument, and of an index a pair. */
export type PricePart = 'ticker' | 'mark' | 'index' | 'funding';

export type News =
  /** Logged in and subscribed. What happened before is not told again: whoever hears this compares everything. */
  | { readonly kind: 'up'; readonly line: Line }
  /** `since` is when the line last said anything, on the monotonic clock. */
  | { readonly kind: 'down'; readonly line: Line; readonly since: number; readonly cause: string }
  | { readonly kind: 'pushed'; readonly push: Push }
  /** Something came that was not understood. It is no crash and no evidence, and a reason to look like any other. */
  | { readonly kind: 'unreadable'; readonly line: Line; readonly channel: string; readonly cause: string }
  /** A channel that speaks at regular times has not, and was subscribed anew. */
  | { readonly kind: 'stale'; readonly line: Line; readonly channel: string; readonly name: string; readonly silentMilliseconds: number }
  /** The exchange does not let us listen. `code` is its own. The account's lines are tried again after a while, a public channel with the next connection. */
  | { readonly kind: 'refused'; readonly line: Line; readonly channel: string; readonly code: string };

/** Whose prices are wanted. */
export type Interest = readonly Instrument[];
