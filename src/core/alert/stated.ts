import { bounds } from '../order/bounds.ts';
import type { Json } from '../lang/canonical.ts';

/** The argument by which an agent says how long it means to hold what an order opens. */
const HOLDING_ARGUMENT = 'max_holding';

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a time such as `30m`, `8h` or `2d`; `null` for everything else. */
export function holdingOf(text: string): number | null {
  if (!bounds.holding.test(text)) return null;
  return Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? 0);
}

/** What the arguments of a decided request say of it. They were checked before they were journaled; what an earlier version took says nothing. */
export function statedHolding(given: Json): number | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null;
  const said = (given as { readonly [key: string]: Json })[HOLDING_ARGUMENT];
  return typeof said === 'string' ? holdingOf(said) : null;
}
