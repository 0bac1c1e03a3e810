import { z } from 'zod';
import type { Entry } from '../../core/journal/entry.ts';
import { add, decimal, isZero, negate, zero } from '../../core/money/decimal.ts';

// What is known of the story from outside: the exchange's own ledger and the journal on disk. Nothing here was said by an agent
// but the one answer that a step is about.

const amount = z.string().regex(/^-?\d+(\.\d+)?$/);
const trigger = z.string().regex(/^(\d+(\.\d+)?)?$/);
/** Somebody else's order at the market has no price. */
const price = trigger.transform((text) => (text === '' ? '0' : text));
const side = z.enum(['buy', 'sell']);
const ledgerShape = z.object({
  orders: z.array(
    z.object({
      seq: z.number(),
      account: z.string(),
      instId: z.string(),
      clOrdId: z.string(),
      ordId: z.string(),
      side,
      px: price,
      sz: amount,
      accFillSz: amount,
      state: z.string(),
      origin: z.string(),
    }),
  ),
  fills: z.array(z.object({ seq: z.number(), account: z.string(), clOrdId: z.string(), instId: z.string(), side, px: amount, sz: amount })),
  /** Stop orders: they wait at the exchange until the price is there. */
  algos: z.array(
    z.object({
      seq: z.number(),
      account: z.string(),
      instId: z.string(),
      algoClOrdId: z.string(),
      side,
      sz: trigger,
      slTriggerPx: trigger,
      tpTriggerPx: trigger,
      state: z.string(),
      origin: z.string(),
    }),
  ),
  positions: z.array(z.object({ account: z.string(), instId: z.string(), pos: amount })),
  balances: z.array(z.object({ account: z.string(), ccy: z.string(), total: amount })),
  /** Requests that the exchange took note of and refused. */
  refused: z.array(z.object({ seq: z.number(), account: z.string(), code: z.string() })),
});

/** `GET /sim/ledger`: what the exchange itself says happened. */
export type Ledger = z.infer<typeof ledgerShape>;
export type LedgerOrder = Ledger['orders'][number];
export type LedgerStop = Ledger['algos'][number];

export function readLedger(document: unknown): Ledger {
  return ledgerShape.parse(document);
}

/** One row of the journal, read back from disk. */
export type Recorded = { readonly seq: number; readonly entry: Entry };

/** What an agent asked under a name of its own. */
export type Wish = { readonly principal: string; readonly intentId: string };

/** What a step is about; it says which rules a judge holds it to, and not how it should end. */
export type StepKind =
  | 'limits'
  | 'fill'
  | 'refusal'
  | 'units'
  | 'cheap_sale'
  | 'crowd'
  | 'cancel'
  | 'lost_answer'
  | 'stop'
  | 'slices'
  | 'close'
  | 'halt';

/** A step as it left its traces: everything up to its end, and where it began. */
export type StepFacts = {
  readonly kind: StepKind;
  readonly wishes: readonly Wish[];
  /** The last entry of the journal and the last number of the ledger before the step. */
  readonly before: { readonly entry: number; readonly ledger: number };
  readonly journal: readonly Recorded[];
  readonly ledger: Ledger;
  /** The limits that an agent was told, by name, where a step asked for them. */
  readonly told: Readonly<Record<string, string>>;
};

/** The last number that the ledger gave to anything. */
export function lastOf(ledger: Ledger): number {
  return Math.max(0, ...ledger.orders.map(({ seq }) => seq), ...ledger.fills.map(({ seq }) => seq), ...ledger.algos.map(({ seq }) => seq));
}

export function entriesOf<Kind extends Entry['kind']>(
  journal: readonly Recorded[],
  kind: Kind,
): readonly (Extract<Entry, { kind: Kind }> & { readonly seq: number })[] {
  return journal.flatMap(({ seq, entry }) => (isOfKind(entry, kind) ? [{ ...entry, seq }] : []));
}

function isOfKind<Kind extends Entry['kind']>(entry: Entry, kind: Kind): entry is Extract<Entry, { kind: Kind }> {
  return entry.kind === kind;
}

/** Whether an entry is about this wish. */
export function isOf({ principal, intentId }: Wish): (entry: { readonly principal: string; readonly intent_id: string }) => boolean {
  return (entry) => entry.principal === principal && entry.intent_id === intentId;
}

/** The names that twokey gave to the orders of these wishes, in the sequence in which they were submitted. */
export function orderIdsOf(journal: readonly Recorded[], wishes: readonly Wish[]): readonly string[] {
  return entriesOf(journal, 'submitting')
    .filter((entry) => wishes.some((wish) => isOf(wish)(entry)))
    .map((entry) => entry.client_order_id);
}

/** A stop order as the journal has it: by whom and for what it was asked, and where its trigger was put, the first place first. */
export type StopInJournal = {
  readonly id: string;
  readonly instrument: string;
  /** The side of the order that it sends. */
  readonly side: 'buy' | 'sell';
  readonly places: readonly string[];
};

/** The stop orders of the journal whose entry has executed; before that the exchange knows none. */
export function stopsOf(journal: readonly Recorded[]): readonly StopInJournal[] {
  const filled = new Set(entriesOf(journal, 'fill').map((entry) => entry.client_order_id));
  const attached = entriesOf(journal, 'submitting').flatMap(({ protection, instrument, side, client_order_id: parent }) =>
    protection === undefined || !filled.has(parent)
      ? []
      : [{ id: protection.client_order_id, instrument, side: side === 'buy' ? 'sell' : 'buy', first: protection.stop_loss } as const],
  );
  const own = entriesOf(journal, 'protecting').map(({ client_order_id: id, instrument, side, stop_loss: first }) => ({
    id,
    instrument,
    side,
    first,
  }));
  const moved = entriesOf(journal, 'moved');
  return [...attached, ...own].map(({ id, instrument, side, first }) => {
    const later = moved.filter((entry) => entry.client_order_id === id).map((entry) => entry.stop_loss);
    return { id, instrument, side, places: [first, ...later] };
  });
}

/** Whether everything that was begun has come to an end or to rest, so that a step can be looked at. */
export function isQuiet(journal: readonly Recorded[]): boolean {
  return ordersAreQuiet(journal) && stopsAreQuiet(journal);
}

/** A stop waits, and ends with what it is for; a change of it is confirmed. */
function stopsAreQuiet(journal: readonly Recorded[]): boolean {
  const ended = endedIn(journal);
  const armed = new Set(entriesOf(journal, 'armed').map((entry) => entry.client_order_id));
  const moved = entriesOf(journal, 'moved');
  const confirmed = entriesOf(journal, 'moving').every((moving) =>
    moved.some((entry) => entry.client_order_id === moving.client_order_id && entry.seq > moving.seq),
  );
  const isHeld = (instrument: string): boolean => {
    const sizes = entriesOf(journal, 'fill').filter((fill) => fill.instrument === instrument);
    return !isZero(sizes.map(({ side: way, size }) => (way === 'buy' ? decimal(size) : negate(decimal(size)))).reduce(add, zero));
  };
  return confirmed && stopsOf(journal).every(({ id, instrument }) => ended.has(id) || (armed.has(id) && isHeld(instrument)));
}

function ordersAreQuiet(journal: readonly Recorded[]): boolean {
  const cancelling = new Set(entriesOf(journal, 'cancelling').map((entry) => entry.client_order_id));
  const ended = endedIn(journal);
  const known = [...entriesOf(journal, 'reported'), ...entriesOf(journal, 'accepted')].map((entry) => entry.client_order_id);
  const seen = new Set([...ended, ...known]);
  const fills = entriesOf(journal, 'fill');
  const verified = entriesOf(journal, 'verified');
  return entriesOf(journal, 'submitting').every(({ client_order_id: id, type }) => {
    if (!(type === 'ioc' || cancelling.has(id) ? ended : seen).has(id)) return false;
    const last = fills.findLast((fill) => fill.client_order_id === id);
    return last === undefined || verified.some(({ seq, orders }) => seq > last.seq && orders.includes(id));
  });
}

function endedIn(journal: readonly Recorded[]): ReadonlySet<string> {
  const ended = entriesOf(journal, 'reported').filter(({ state }) => state === 'filled' || state === 'cancelled');
  return new Set([
    ...ended.map((entry) => entry.client_order_id),
    ...(['rejected', 'not_sent', 'absent'] as const).flatMap((kind) => entriesOf(journal, kind).map((entry) => entry.client_order_id)),
  ]);
}
