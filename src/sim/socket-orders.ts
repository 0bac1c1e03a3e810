import type { Reaction } from './faults.ts';
import { type Fields, isFields, textField } from './fields.ts';
import type { Instrument } from './instruments.ts';

/** The operations on orders, each with the REST path that means the same: rules, limits and faults are shared. */
export const orderOperations: ReadonlyMap<string, { readonly path: string; readonly isBatch: boolean }> = new Map([
  ['order', { path: '/api/v5/trade/order', isBatch: false }],
  ['batch-orders', { path: '/api/v5/trade/batch-orders', isBatch: true }],
  ['cancel-order', { path: '/api/v5/trade/cancel-order', isBatch: false }],
  ['batch-cancel-orders', { path: '/api/v5/trade/cancel-batch-orders', isBatch: true }],
  ['amend-order', { path: '/api/v5/trade/amend-order', isBatch: false }],
  ['batch-amend-orders', { path: '/api/v5/trade/amend-batch-orders', isBatch: true }],
]);

export type Ordered = { readonly args: unknown; readonly isBatch: boolean; readonly listed: readonly Instrument[] };

/** The body of the REST path for some arguments; a text when they are none, as the exchange says it. */
export function orderBody({ args, isBatch, listed }: Ordered): { readonly body: unknown } | { readonly refused: string } {
  const entries: readonly unknown[] = Array.isArray(args) ? args : [];
  if (entries.length === 0 || (!isBatch && entries.length > 1) || !entries.every(isFields)) return { refused: 'Invalid args' };
  // @rule instrument-code
  const items = entries.map((entry) => (isFields(entry) ? named(entry, listed) : undefined));
  if (items.some((item) => item === undefined)) return { refused: 'Parameter instIdCode can not be empty.' };
  return { body: isBatch ? items : items[0] };
}

/** The code wins over the name; a code that nobody has stays what it is, and is refused as an unknown instrument. */
function named({ instIdCode, ...entry }: Fields, listed: readonly Instrument[]): Fields | undefined {
  const code = textField({ instIdCode }, 'instIdCode');
  if (code === '') return textField(entry, 'instId') === '' ? undefined : entry;
  return { ...entry, instId: listed.find((instrument) => String(instrument.instIdCode) === code)?.instId ?? code };
}

export type Acknowledged = { readonly id: string; readonly op: string; readonly reaction: Reaction };

/** What the socket says for what the REST path would have answered; undefined where it would have answered nothing or nonsense. */
export function acknowledgement({ id, op, reaction }: Acknowledged): string | undefined {
  // @rule socket-order-faults
  if (reaction.kind !== 'answer' || reaction.contentType !== 'application/json') return undefined;
  const body: unknown = JSON.parse(reaction.body);
  if (!isFields(body)) return undefined;
  const { code, msg, data = [], inTime, outTime } = body;
  // @rule socket-order-format
  const isMalformed = reaction.status === 400;
  return JSON.stringify({ id, op, code: isMalformed ? '60013' : code, msg, data, inTime, outTime });
}
