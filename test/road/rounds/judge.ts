import { type Amount, amountOf, most, show, size, times } from '../../simulation/amount.ts';
import { endsOf, type Reach, worst } from '../../simulation/exposure.ts';
import type { Ledger, LedgerFill, LedgerOrder } from '../harness/exchange.ts';
import type { JournalEntry } from '../harness/journal.ts';
import { referencePrices } from './plan.ts';

/** US dollars. */
export type Limits = { readonly order: number; readonly position: number; readonly total: number };

export type Question = { readonly ledger: Ledger; readonly journal: readonly JournalEntry[]; readonly limits: Limits };

/** How far below its reference a price is taken to be. The market never goes there, so that what is too much even then was too much. */
const BELOW_REFERENCE = '0.995';
/** By then a gateway has looked at an order that was refused and carried out all the same, and has booked it. */
const LOOKED_AT_MILLISECONDS = 30_000;

/** The furthest that the account could have come, in US dollars, while nothing was to be forgiven. */
export type Reached = { readonly order: Amount; readonly position: Amount; readonly total: Amount };

/** `faults` is everything that the exchange's ledger holds against the gateway; nothing when all is right. */
export type Judgement = {
  readonly faults: readonly string[];
  readonly reached: Reached;
  /** Orders that stood over a limit because of one that the exchange said it had refused. */
  readonly forgiven: number;
};

export function judge({ ledger, journal, limits }: Question): Judgement {
  const submitted = submissionsIn(journal);
  const orders = ledger.orders.filter(({ origin }) => origin === 'api');
  const played = play({ ledger, limits, contradicted: contradictedIn(journal) });
  const faults = [
    ...twice('at the exchange', [...orders.map(({ clOrdId }) => clOrdId), ...refusedIn(ledger)]),
    ...unknownTo(submitted, orders),
    ...aboutIntents(submitted, orders),
    ...played.faults,
  ];
  return { ...played, faults };
}

/** Placements that the exchange did not carry out, whatever it answered: what arrived is there once, taken or not. */
function refusedIn({ refused }: Ledger): readonly string[] {
  return refused.filter(({ path }) => path === '/api/v5/trade/order').map(({ clOrdId }) => clOrdId);
}

type Submission = { readonly intent: string; readonly instrument: string; readonly side: string; readonly size: string };

function submissionsIn(journal: readonly JournalEntry[]): ReadonlyMap<string, Submission> {
  const found = new Map<string, Submission>();
  for (const { kind, body } of journal) {
    if (kind !== 'submitting') continue;
    const text = (key: string): string => String(body[key]);
    const intent = `${text('principal')}/${text('intent_id')}`;
    found.set(text('client_order_id'), { intent, instrument: text('instrument'), side: text('side'), size: text('size') });
  }
  return found;
}

function twice(what: string, names: readonly string[]): readonly string[] {
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(repeated)].map((name) => `${what}, ${name} is there twice`);
}

function unknownTo(submitted: ReadonlyMap<string, Submission>, orders: readonly LedgerOrder[]): readonly string[] {
  return orders.flatMap(({ clOrdId, instId, side, sz }) => {
    const decided = submitted.get(clOrdId);
    if (decided === undefined) return [`the exchange has order ${clOrdId}, and the journal has not`];
    const same = decided.instrument === instId && decided.side === side && amountOf(decided.size) === amountOf(sz);
    return same ? [] : [`the exchange has another ${clOrdId} than was decided`];
  });
}

/** Taken or refused, a wish reached the exchange once. */
function aboutIntents(submitted: ReadonlyMap<string, Submission>, orders: readonly LedgerOrder[]): readonly string[] {
  const intents = orders.flatMap(({ clOrdId }) => submitted.get(clOrdId)?.intent ?? []);
  return [
    ...twice('an order of an intent', intents),
    ...twice(
      'a submission of an intent',
      [...submitted.values()].map(({ intent }) => intent),
    ),
  ];
}

/** Orders of which the exchange said that it refused them: until it was looked at, nobody could know that they are there. */
export function contradictedIn(journal: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(journal.filter(({ kind }) => kind === 'rejected').map(({ body }) => String(body['client_order_id'])));
}

type History = { readonly ledger: Ledger; readonly limits: Limits; readonly contradicted: ReadonlySet<string> };

type Happening = { readonly at: number; readonly rank: number; readonly seq: number } & (
  | { readonly kind: 'taken' | 'ended'; readonly order: LedgerOrder }
  | { readonly kind: 'filled'; readonly fill: LedgerFill }
);

/** Plays the ledger's history, and says where more could have happened than the limits allow. */
function play({ ledger, limits, contradicted }: History): Judgement {
  const found: string[] = [];
  const open = new Map<string, { readonly order: LedgerOrder; left: Amount }>();
  const held = new Map<string, Amount>();
  let reached: Reached = { order: 0n, position: 0n, total: 0n };
  let forgiven = 0;
  let excused = { until: 0, dollars: 0n };
  const spare = (limit: number): Amount => amountOf(String(limit)) + excused.dollars;
  const worstOf = (instId: string): Amount => dollars(instId, worstSize(instId, held.get(instId) ?? 0n, [...open.values()]));
  for (const happening of happeningsIn(ledger)) {
    const { at } = happening;
    if (happening.kind === 'taken') {
      const { order } = happening;
      const before = held.get(order.instId) ?? 0n;
      const worth = dollars(order.instId, amountOf(order.sz));
      if (opens(order, before)) reached = { ...reached, order: most(reached.order, worth) };
      if (opens(order, before) && worth > amountOf(String(limits.order)))
        found.push(`order ${order.clOrdId} of ${order.instId} is worth ${show(worth)} USD of at most ${limits.order}`);
      open.set(order.ordId, { order, left: amountOf(order.sz) });
      if (contradicted.has(order.clOrdId)) excused = { until: at + LOOKED_AT_MILLISECONDS, dollars: worth + excused.dollars };
    } else if (happening.kind === 'filled') {
      const { fill } = happening;
      const entry = open.get(fill.ordId);
      if (entry !== undefined) entry.left -= amountOf(fill.sz);
      held.set(fill.instId, (held.get(fill.instId) ?? 0n) + changeOf(fill));
    } else open.delete(happening.order.ordId);
    const instId = happening.kind === 'filled' ? happening.fill.instId : happening.order.instId;
    const own = worstOf(instId);
    const total = Object.keys(referencePrices).reduce((sum, id) => sum + worstOf(id), 0n);
    const isWithin = own <= amountOf(String(limits.position)) && total <= amountOf(String(limits.total));
    if (excused.dollars === 0n) reached = { ...reached, position: most(reached.position, own), total: most(reached.total, total) };
    else if (!isWithin && happening.kind === 'taken') forgiven += 1;
    if (isWithin && at > excused.until) excused = { until: 0, dollars: 0n };
    const when = `at ${new Date(at).toISOString()}`;
    if (own > spare(limits.position)) found.push(`${instId} could reach ${show(own)} USD of at most ${limits.position} ${when}`);
    if (total > spare(limits.total)) found.push(`all together could reach ${show(total)} USD of at most ${limits.total} ${when}`);
  }
  return { faults: found, reached, forgiven };
}

/**
 * In the order in which they happened. An order ends without a number of its own: one from before ends before whatever else happens in that
 * millisecond, one of this very millisecond after it.
 */
function happeningsIn(ledger: Ledger): readonly Happening[] {
  const own = ledger.orders.filter(({ account }) => account === '1001');
  const happenings: Happening[] = [
    ...own.map((order): Happening => ({ kind: 'taken', order, at: order.at, rank: 1, seq: order.seq })),
    ...ledger.fills
      .filter(({ account }) => account === '1001')
      .map((fill): Happening => ({ kind: 'filled', fill, at: fill.at, rank: 1, seq: fill.seq })),
    ...own
      .filter(({ state }) => state === 'canceled' || state === 'mmp_canceled')
      .map((order): Happening => ({
        kind: 'ended',
        order,
        at: order.changedAt,
        rank: order.at < order.changedAt ? 0 : 2,
        seq: order.seq,
      })),
  ];
  return happenings.toSorted((left, right) => left.at - right.at || left.rank - right.rank || left.seq - right.seq);
}

function changeOf({ instId, side, sz, fee, feeCcy }: LedgerFill): Amount {
  const bought = side === 'buy' ? amountOf(sz) : -amountOf(sz);
  return isSwap(instId) || feeCcy !== instId.split('-')[0] ? bought : bought + amountOf(fee);
}

function worstSize(instId: string, position: Amount, open: readonly { readonly order: LedgerOrder; readonly left: Amount }[]): Amount {
  const reach: Reach = { position, buys: 0n, sells: 0n, reduceBuys: 0n, reduceSells: 0n };
  for (const { order, left } of open) {
    if (order.instId !== instId || left <= 0n) continue;
    if (order.side === 'buy') reach[order.reduceOnly ? 'reduceBuys' : 'buys'] += left;
    else reach[order.reduceOnly ? 'reduceSells' : 'sells'] += left;
  }
  // A wallet cannot be short, and it holds nothing but what was bought.
  return worst(endsOf(reach, isSwap(instId) ? null : 0n));
}

/** Whether an order could add to what is held. */
function opens({ instId, side, sz, reduceOnly }: LedgerOrder, held: Amount): boolean {
  if (reduceOnly || (!isSwap(instId) && side === 'sell')) return false;
  const isAgainst = side === 'buy' ? held < 0n : held > 0n;
  return !isAgainst || amountOf(sz) > size(held);
}

function isSwap(instId: string): boolean {
  return instId.endsWith('-SWAP');
}

/** US dollars at the lowest price that the market of a round can have. */
function dollars(instId: string, amount: Amount): Amount {
  const reference = Object.entries(referencePrices).find(([id]) => id === instId)?.[1];
  if (reference === undefined) throw new Error(`nobody may trade ${instId}`);
  const price = times(amountOf(String(reference)), amountOf(BELOW_REFERENCE));
  return times(isSwap(instId) ? times(amount, amountOf('0.01')) : amount, price);
}
