import { type Decimal, equals, formatDecimal, subtract, zero } from '../core/money/decimal.ts';
import { isDollar, type Sight } from './look.ts';

/** All that the monitor may ask of a gateway, and the one thing that it may do. */
export type Gateway = {
  readonly claim: () => Promise<Claim>;
  /** Stops it, by the socket or else by the file HALT: `halted` is its own word, `file` means that the file stands there. */
  readonly halt: (reason: string) => Promise<{ readonly kind: 'halted' | 'file' | 'failed'; readonly message: string }>;
};

/** What the gateway says of itself. */
export type Claim =
  | {
      readonly kind: 'claimed';
      readonly account: string;
      readonly mode: string;
      readonly equityUsd: Decimal | null;
      /** As `Sight.held`. */
      readonly held: ReadonlyMap<string, Decimal>;
      /** Ids of what it holds for open, and whether the exchange has certainly got it. */
      readonly orders: ReadonlyMap<string, 'working' | 'other'>;
    }
  | { readonly kind: 'not_running' | 'silent' | 'refused'; readonly message: string };

/** One thing on which they disagree. `key` stays the same for as long as they disagree in the same way. */
export type Difference = { readonly key: string; readonly message: string };

type Compared = Extract<Claim, { readonly kind: 'claimed' }>;

/** Where gateway and exchange disagree. What is bought and sold meanwhile may explain any of it, so that only what lasts counts. */
export function differencesOf({ held, orders }: Compared, sight: Sight): readonly Difference[] {
  const found: Difference[] = [];
  for (const name of new Set([...held.keys(), ...sight.held.keys()])) {
    const [told, there] = [held.get(name) ?? zero, sight.held.get(name) ?? zero];
    if (isDollar(name) || equals(told, there)) continue;
    const message = `the exchange holds ${formatDecimal(there)} of ${name}, and the gateway says ${formatDecimal(told)}`;
    found.push({ key: `position ${name} ${formatDecimal(subtract(there, told))}`, message });
  }
  for (const { id, instrument } of sight.orders)
    if (!orders.has(id))
      found.push({ key: `order ${id}`, message: `order ${id} on ${instrument} is open, and the gateway does not know it` });
  const open = new Set(sight.orders.map(({ id }) => id));
  for (const [id, state] of orders) {
    if (state !== 'working' || open.has(id)) continue;
    found.push({ key: `order ${id}`, message: `the gateway says that order ${id} works, and it is not open` });
  }
  return found;
}
