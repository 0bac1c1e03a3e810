import type { Decimal } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { OrderTerms } from '../order/order.ts';
import type { Code } from './codes.ts';

/** The first limit that binds: amounts are decimal texts in `unit`. */
export type LimitUse = { readonly name: string; readonly max: string; readonly used: string; readonly unit: string };

/** The policy's answer to one intent. */
export type Decision =
  | { readonly kind: 'allow'; readonly terms: OrderTerms; readonly notionalUsd: Usd; readonly worstCaseAfterUsd: Usd }
  | Denial;

export type Denial = {
  readonly kind: 'deny';
  readonly code: Code;
  /** One sentence with numbers and units; never text of the exchange. */
  readonly message: string;
  readonly limit: LimitUse | null;
  /** The largest quantity, in the unit asked, of the same order that would pass now; `null` where none would. */
  readonly wouldBeAllowed: Decimal | null;
};
