import type { Decimal } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { OrderTerms } from '../order/order.ts';
import type { Marks } from './activity.ts';
import type { Code } from './codes.ts';

/** The first limit that binds: amounts are decimal texts in `unit`. `used` is what is in use without the order that was asked for. */
export type LimitUse = { readonly name: string; readonly max: string; readonly used: string; readonly unit: string };

/** The policy's answer to one intent. */
export type Decision = Allowance | Request | Denial;

export type Allowance = Decided & { readonly kind: 'allow' };

/** Every other control has passed, and a person has to agree. */
export type Request = Decided & {
  readonly kind: 'needs_approval';
  /** One sentence with numbers and units: why a person is asked. */
  readonly message: string;
  readonly limit: LimitUse | null;
  /** What the underlying comes to with this order. */
  readonly underlying: UnderlyingUse;
};

type Decided = {
  readonly terms: OrderTerms;
  /** What the order is counted at: its size at the valuation price (reference/risk.md §4.1). */
  readonly notionalUsd: Usd;
  /** The worst case of this instrument once the order is in the books. */
  readonly worstCaseAfterUsd: Usd;
  /** What `recordSubmission` has to remember of it. */
  readonly marks: Marks;
};

/** All agents and all instruments of one underlying together. */
export type UnderlyingUse = {
  /** Entries of the last 10 minutes. */
  readonly windowUsd: Usd;
  /** Σ worst case × valuation, without netting; `null` where a price is missing. */
  readonly worstCaseUsd: Usd | null;
};

/** `nextAllowedAt`: UTC milliseconds before which asking the same cannot be answered otherwise. */
export type Denial = Denied | (Denied & { readonly nextAllowedAt: number });

type Denied = {
  readonly kind: 'deny';
  readonly code: Code;
  /** One sentence with numbers and units; never text of the exchange. */
  readonly message: string;
  readonly limit: LimitUse | null;
  /** The largest quantity, in the unit asked, of the same order that would pass now; `null` where none would. */
  readonly wouldBeAllowed: Decimal | null;
};

/** When asking the same may be answered otherwise; `null` where time alone changes nothing. */
export function nextAllowedAt(denial: Denial): number | null {
  return 'nextAllowedAt' in denial ? denial.nextAllowedAt : null;
}
