import { err, ok, type Result } from '../core/lang/result.ts';
import { type Decimal, isPositive, parseDecimal } from '../core/money/decimal.ts';
import type { ClientOrderId, Triggers } from '../core/order/order.ts';

/** A JSON object, before anything is known of it. */
export type Fields = { readonly [key: string]: unknown };

export function parseClientOrderId(value: unknown): Result<ClientOrderId> {
  if (typeof value !== 'string' || !/^[A-Za-z0-9]{1,32}$/.test(value))
    return err('expected a client order id of 1 to 32 letters and digits');
  return ok(value as ClientOrderId);
}

export function parsePositive(value: unknown): Result<Decimal> {
  const parsed = parseDecimal(value);
  return !parsed.ok || isPositive(parsed.value) ? parsed : err('expected a decimal above zero');
}

/** Two triggers of which at least one is there; the other is `null`. */
export function parseTriggers({ takeProfit, stopLoss }: Fields): Result<Triggers> {
  const [profit, stop] = [takeProfit, stopLoss].map((value) => (value === null ? ok(null) : parsePositive(value)));
  if (profit === undefined || !profit.ok) return profit ?? err('expected a take-profit or null');
  if (stop === undefined || !stop.ok) return stop ?? err('expected a stop or null');
  if (profit.value === null && stop.value === null) return err('expected at least one trigger');
  return ok({ takeProfit: profit.value, stopLoss: stop.value });
}

export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The exchange's number of a row or an order; empty for none. */
export function isExchangeNumber(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{0,30}$/.test(value);
}

/** An object from JSON, not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether these are all the keys of the object. */
export function hasExactly(value: Fields, keys: readonly string[]): boolean {
  return Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}
