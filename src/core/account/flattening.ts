import type { Entry, FlattenedPosition } from '../journal/entry.ts';

/** A flattening under way: everything in its scope is cancelled and closed, then proven by a comparison. It ends with the process. */
export type Flattening = {
  /** The row that began it. */
  readonly seq: number;
  readonly at: number;
  readonly reason: string;
  /** Empty: everything. */
  readonly instrument: string;
  /** What was held when it began, by instrument, in the instrument's trading unit. */
  readonly before: ReadonlyMap<string, string>;
  /** When the exchange was last asked for everything it holds; `null` while there is something to close. */
  readonly provingSince: number | null;
  /** What a comparison found since the last order of ours moved anything. */
  readonly proof: 'none' | 'clean' | 'differs';
  /** Orders that were sent for it, by client order id, with their instruments. */
  readonly orders: ReadonlyMap<string, string>;
  /** Why the last attempt on an instrument did not close it. */
  readonly causes: ReadonlyMap<string, string>;
  /** Orders of an instrument that were refused since the last that was filled. */
  readonly refusals: ReadonlyMap<string, number>;
};

/** How the last flattening of this journal ended. */
export type Flattened = {
  readonly seq: number;
  readonly at: number;
  readonly outcome: 'flat' | 'remaining' | 'unknown';
  readonly positions: readonly FlattenedPosition[];
  readonly openOrders: number;
  readonly clean: boolean;
};

/** The name that a flattening's closes have in the journal. */
export const FLATTEN_TOOL = 'flatten';

/** What an entry says of a flattening under way. */
export function followed(flattening: Flattening | null, { entry, seq, at }: { entry: Entry; seq: number; at: number }): Flattening | null {
  if (entry.kind === 'flattening') return begun(flattening, entry, { seq, at });
  if (flattening === null) return null;
  switch (entry.kind) {
    // A new start does not go on with it: nobody may be there any more who wanted it. What it latched stays.
    case 'started':
    case 'flattened':
      return null;
    case 'decision': {
      const instrument = entry.tool === FLATTEN_TOOL ? instrumentIn(entry.arguments) : null;
      return instrument === null || entry.outcome === 'allow' ? flattening : because(flattening, instrument, entry.message);
    }
    case 'submitting':
      return {
        ...flattening,
        proof: 'none',
        orders: new Map(flattening.orders).set(entry.client_order_id, entry.instrument),
        causes: without(flattening.causes, entry.instrument),
      };
    case 'fill':
      return { ...flattening, proof: 'none', refusals: without(flattening.refusals, entry.instrument) };
    case 'not_sent':
      return refused(flattening, entry.client_order_id, `not sent: ${entry.cause}`);
    case 'rejected':
      return refused(flattening, entry.client_order_id, `the exchange refused the order with code ${entry.code}`);
    case 'compared':
      return { ...flattening, proof: entry.clean ? 'clean' : 'differs' };
    default:
      return flattening;
  }
}

type Begun = Extract<Entry, { kind: 'flattening' }>;

function begun(flattening: Flattening | null, entry: Begun, { seq, at }: { readonly seq: number; readonly at: number }): Flattening {
  // The same scope: another phase. All instead of one: begun anew.
  if (flattening !== null && flattening.instrument === entry.instrument)
    return { ...flattening, provingSince: entry.phase === 'proving' ? at : null, proof: 'none' };
  return {
    seq,
    at,
    reason: entry.reason,
    instrument: entry.instrument,
    before: new Map(entry.positions.map(({ instrument, size }) => [instrument, size])),
    provingSince: null,
    proof: 'none',
    orders: new Map(),
    causes: new Map(),
    refusals: new Map(),
  };
}

function refused(flattening: Flattening, clientOrderId: string, cause: string): Flattening {
  const instrument = flattening.orders.get(clientOrderId);
  if (instrument === undefined) return flattening;
  const refusals = new Map(flattening.refusals).set(instrument, (flattening.refusals.get(instrument) ?? 0) + 1);
  return { ...because(flattening, instrument, cause), refusals };
}

function because(flattening: Flattening, instrument: string, cause: string): Flattening {
  return { ...flattening, causes: new Map(flattening.causes).set(instrument, cause) };
}

function without<Value>(table: ReadonlyMap<string, Value>, instrument: string): ReadonlyMap<string, Value> {
  const rest = new Map(table);
  rest.delete(instrument);
  return rest;
}

function instrumentIn(given: unknown): string | null {
  return typeof given === 'object' && given !== null && 'instrument' in given && typeof given.instrument === 'string'
    ? given.instrument
    : null;
}
