import { readFileSync } from 'node:fs';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import { parseInstrumentId, type InstrumentId } from '../../src/core/market/instrument.ts';

/** A body of test/golden/okx as bytes on the wire would say it. */
export function body(name: string): string {
  return readFileSync(new URL(`okx/${name}.json`, import.meta.url), 'utf8');
}

export function instrument(name: string): InstrumentId {
  const parsed = parseInstrumentId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** The client order id of the documented answers. */
export const ours = 'oktswap6' as ClientOrderId;
