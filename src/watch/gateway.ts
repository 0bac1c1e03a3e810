import type { Json } from '../core/lang/canonical.ts';
import { add, type Decimal, equals, formatDecimal, negate, parseDecimal, subtract, zero } from '../core/money/decimal.ts';
import type { Sight } from './look.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';

/** All that the monitor may ask of a gateway, and the one thing that it may do. */
export type Gateway = {
  readonly ask: (verb: 'status' | 'positions' | 'orders') => Promise<Heard>;
  /** Stops it, by the socket or else by the file HALT: `halted` is its own word, `file` means that the file stands there. */
  readonly halt: (reason: string) => Promise<{ readonly kind: 'halted' | 'file' | 'failed'; readonly message: string }>;
};

export type Heard =
  | { readonly kind: 'answered'; readonly document: Json }
  | { readonly kind: 'not_running' | 'silent' | 'refused'; readonly message: string };

/** What the gateway says of itself. */
export type Claim =
  | {
      readonly kind: 'claimed';
      readonly account: string;
      readonly mode: string;
      readonly equityUsd: Decimal | null;
      /** As `Sight.held`. */
      readonly held: ReadonlyMap<string, Decimal>;
      /** Ids of what it holds for open, by whether the exchange has certainly got it. */
      readonly orders: ReadonlyMap<string, 'working' | 'other'>;
    }
  | { readonly kind: 'not_running' | 'silent' | 'refused'; readonly message: string };

/** Asks a gateway for all that it can be compared in. */
export async function claimOf(gateway: Gateway): Promise<Claim> {
  const documents: Fields[] = [];
  for (const verb of ['status', 'positions', 'orders'] as const) {
    // One at a time: whoever does not answer the first is not asked for the next.
    // oxlint-disable-next-line no-await-in-loop
    const heard = await gateway.ask(verb);
    if (heard.kind !== 'answered') return heard;
    if (!isFields(heard.document)) return { kind: 'silent', message: `the gateway's ${verb} cannot be read` };
    documents.push(heard.document);
  }
  const [status = {}, positions = {}, orders = {}] = documents;
  const equity = parseDecimal(status['equity_usd']);
  return {
    kind: 'claimed',
    account: textOf(status, 'account'),
    mode: textOf(status, 'mode'),
    equityUsd: equity.ok ? equity.value : null,
    held: heldOf(positions),
    orders: new Map(
      rows(orders, 'orders').map((row) => [textOf(row, 'client_order_id'), textOf(row, 'state') === 'working' ? 'working' : 'other']),
    ),
  };
}

function heldOf(document: Fields): ReadonlyMap<string, Decimal> {
  const held = new Map<string, Decimal>();
  const count = (name: string, amount: Decimal): unknown => held.set(name, add(held.get(name) ?? zero, amount));
  for (const row of rows(document, 'positions')) {
    const name = textOf(row, 'instrument');
    const size = amountOf(row, 'size');
    const isSpot = typeOfInstrument(name) === 'SPOT';
    count(isSpot ? (name.split('-')[0] ?? name) : name, textOf(row, 'side') === 'short' ? negate(size) : size);
  }
  for (const row of rows(document, 'baseline')) count(textOf(row, 'currency') || textOf(row, 'instrument'), amountOf(row, 'amount'));
  return held;
}

/** One thing on which they disagree. `key` stays the same for as long as they disagree in the same way. */
export type Difference = { readonly key: string; readonly message: string };

type Compared = Extract<Claim, { readonly kind: 'claimed' }>;

/** Where gateway and exchange disagree. What is bought and sold meanwhile may explain any of it, so that only what lasts counts. */
export function differencesOf(claim: Compared, sight: Sight): readonly Difference[] {
  const found: Difference[] = [];
  const dollars = ['USD', 'USDT', 'USDC'];
  for (const name of new Set([...claim.held.keys(), ...sight.held.keys()])) {
    const [told, there] = [claim.held.get(name) ?? zero, sight.held.get(name) ?? zero];
    if (dollars.includes(name) || equals(told, there)) continue;
    const apart = formatDecimal(subtract(there, told));
    found.push({
      key: `position ${name} ${apart}`,
      message: `the exchange holds ${formatDecimal(there)} of ${name}, and the gateway says ${formatDecimal(told)}`,
    });
  }
  const open = new Map(sight.orders.map(({ id, instrument }) => [id, instrument]));
  for (const [id, instrument] of open) {
    if (!claim.orders.has(id))
      found.push({ key: `order ${id}`, message: `order ${id} on ${instrument} is open, and the gateway does not know it` });
  }
  for (const [id, state] of claim.orders) {
    if (state === 'working' && !open.has(id))
      found.push({ key: `order ${id}`, message: `the gateway says that order ${id} works, and it is not open` });
  }
  return found;
}

type Fields = { readonly [key: string]: Json };

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rows(document: Fields, key: string): readonly Fields[] {
  const value = document[key];
  return Array.isArray(value) ? (value as readonly Json[]).filter(isFields) : [];
}

function textOf(fields: Fields, key: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value.replaceAll(/[^\x20-\x7e]/g, '?') : '';
}

function amountOf(fields: Fields, key: string): Decimal {
  const parsed = parseDecimal(fields[key]);
  return parsed.ok ? parsed.value : zero;
}
