import type { State } from '../account/state.ts';
import { compare, type Decimal, formatDecimal, one } from '../money/decimal.ts';
import type { Leveraging } from '../order/request.ts';
import type { Policy } from '../policy/policy.ts';

/** An instrument as it was typed, and times. */
export type LeverageWish = { readonly instrument: string; readonly leverage: Decimal };

type Around = { readonly haltFileExists: boolean; readonly readOnly: boolean; readonly policy: Policy };

/**
 * The request that sets the leverage of an instrument, or why it is not sent: for derivatives of the policy alone, and never above its
 * `max_leverage` (reference/risk.md §3.1). A higher one frees margin of what is held, a lower one binds more of it; the exchange refuses what the margin
 * does not cover.
 */
export function leveraging(state: State, { instrument, leverage }: LeverageWish, around: Around): Leveraging | string {
  const { policy, readOnly, haltFileExists } = around;
  if (readOnly) return 'this gateway is read-only and sends nothing; start it without read_only, or set the leverage at the exchange';
  if (haltFileExists) return 'the file HALT stands in the home folder, and nothing is sent while it does; remove it, then ask again';
  if (state.booting) return 'the first comparison with the exchange has not ended; ask again when it has';
  const found = [...state.instruments.values()].find(({ id }) => id === instrument);
  if (found === undefined || !policy.instruments.includes(found.id))
    return `${instrument} is not among the instruments of the policy: ${policy.instruments.join(', ')}`;
  return boundsOf(found, leverage, policy.maxLeverage) ?? { kind: 'set_leverage', instrument: found.id, leverage };
}

function boundsOf({ id, kind }: { id: string; kind: string }, leverage: Decimal, most: Decimal): string | null {
  if (kind === 'spot') return `${id} is a spot pair, which has no leverage`;
  if (compare(leverage, one) < 0) return 'a leverage is at least 1';
  return compare(leverage, most) <= 0
    ? null
    : `a leverage of ${formatDecimal(leverage)} is above the ${formatDecimal(most)} of max_leverage; ${formatDecimal(most)} would pass`;
}
