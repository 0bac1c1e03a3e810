import type { Event, Search, Trigger, WriteOutcome } from '../core/gateway/events.ts';
import type { State } from '../core/account/state.ts';
import { digest } from '../core/lang/digest.ts';
import type { Instrument } from '../core/market/instrument.ts';
import { add, compare, type Decimal, equals, zero } from '../core/money/decimal.ts';
import type { Leg, PositionMode } from '../core/order/leg.ts';
import type { Order } from '../core/order/order.ts';
import type { FillReport, OrderReport, ReadReport } from '../core/order/report.ts';
import type { Write } from '../core/order/request.ts';
import { expectedHolding, expectedPosition } from '../core/verify/verify.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Signed } from '../ports/signer.ts';
import { type Restriction, restrictionIn } from '../venues/okx/restrictions.ts';
import { decodeWrite } from '../venues/okx/write.ts';
import type { AlgosListed, BillsAsked, Inquiry, Listed } from './inquiry.ts';
import type { Market } from './market.ts';
import type { Pace } from './pace.ts';

/** How far back fills and history are searched before an order's own start: clocks differ. Milliseconds. */
const BEFORE_MILLISECONDS = 60_000;

/** Sends what the vault signed, once, and says what came of it. There is no path from here to a second sending. */
export async function sendOnce({
  exchange,
  pace,
  request,
  signed,
  mayStillLeave,
  restricts,
}: {
  readonly exchange: Exchange;
  readonly pace: Pace;
  readonly request: Write;
  readonly signed: Signed;
  readonly mayStillLeave: () => boolean;
  /** Told when the answer says that the exchange lets less be done than before. */
  readonly restricts: (restriction: Restriction) => void;
}): Promise<WriteOutcome> {
  switch (signed.kind) {
    case 'dead':
      return { kind: 'not_sent', cause: 'the vault is gone' };
    case 'refused':
      return { kind: 'not_sent', cause: `the vault refused: ${signed.cause}` };
    case 'signed': {
      await pace(request);
      const sent = await exchange.send(signed.request, mayStillLeave);
      const restriction = sent.kind === 'answered' ? restrictionIn(sent) : null;
      if (restriction !== null) restricts(restriction);
      return sent.kind === 'answered' ? decodeWrite(request, sent) : sent;
    }
  }
}

/** Asks about one order, and for its fills when it executed more than is booked. */
export async function inspect(inquiry: Inquiry, order: Order, askedAt: number): Promise<Event> {
  if (order.stop !== null) return inspectStop(inquiry, order, askedAt);
  const { report } = await inquiry.ask({ kind: 'order', instrument: order.instrument, clientOrderId: order.clientOrderId });
  const news = report.kind === 'order' && compare(report.order.filled, order.filled) > 0;
  const fills = news && report.kind === 'order' ? await fillsOf(inquiry, order, report.order.exchangeOrderId) : [];
  return { kind: 'inspected', clientOrderId: order.clientOrderId, order: report, fills };
}

/** Asks about a stop order, and where it was reached about the order that it sent: by the exchange's number, since that one carries no id of ours. */
async function inspectStop(inquiry: Inquiry, order: Order, askedAt: number): Promise<Event> {
  const { clientOrderId } = order;
  if (order.life.kind === 'working' || order.life.kind === 'settling')
    return { kind: 'inspected', clientOrderId, ...(await sentBy(inquiry, order, order.exchangeOrderId)) };
  const { report, evidence } = await inquiry.ask({ kind: 'protection', clientOrderId });
  const [child] = report.kind === 'protection' ? report.protection.childOrderIds : [];
  const sent = child === undefined ? { order: null, fills: [] } : await sentBy(inquiry, order, child);
  return { kind: 'protection_seen', clientOrderId, protection: report, ...sent, askedAt, evidence };
}

type Sent = { readonly order: ReadReport; readonly fills: readonly FillReport[] | null };

/** The order that a stop order sent, as news of the stop order itself. */
async function sentBy(inquiry: Inquiry, order: Order, exchangeOrderId: string): Promise<Sent> {
  const { clientOrderId, instrument } = order;
  const { report } = await inquiry.ask({ kind: 'placed_order', instrument, exchangeOrderId });
  if (report.kind !== 'order') return { order: report, fills: [] };
  const fills = compare(report.order.filled, order.filled) > 0 ? await fillsOf(inquiry, order, exchangeOrderId) : [];
  return {
    order: { kind: 'order', order: { ...report.order, clientOrderId } },
    fills: fills?.map((fill) => (fill.exchangeOrderId === exchangeOrderId ? { ...fill, clientOrderId } : fill)) ?? null,
  };
}

function fillsOf(inquiry: Inquiry, order: Order, exchangeOrderId: string): ReturnType<Inquiry['fills']> {
  return inquiry.fills({
    kind: 'fills',
    product: order.product,
    instrument: order.instrument,
    begin: order.submittedAt - BEFORE_MILLISECONDS,
    exchangeOrderId,
  });
}

/** Looks everywhere where an order that nobody answered for would have left a trace. */
export async function search(
  inquiry: Inquiry,
  { state, order, startedAt }: { readonly state: State; readonly order: Order; readonly startedAt: number },
): Promise<Event> {
  const begin = order.submittedAt - BEFORE_MILLISECONDS;
  const where = { product: order.product, instrument: order.instrument, begin } as const;
  const [asked, pending, history, fills, holding] = await Promise.all([
    inquiry.ask({ kind: 'order', instrument: order.instrument, clientOrderId: order.clientOrderId }),
    inquiry.pending(),
    inquiry.history({ kind: 'orders_history', ...where }),
    inquiry.provenFills({ kind: 'fills', ...where, exchangeOrderId: '' }),
    holdingOf(inquiry, state.instruments.get(order.instrument)),
  ]);
  const instrument = state.instruments.get(order.instrument);
  const listed = pending.orders?.find((report) => report.clientOrderId === order.clientOrderId);
  const past = history.orders?.find((report) => report.clientOrderId === order.clientOrderId);
  const found = asked.report.kind === 'order' ? undefined : (listed ?? past);
  const result: Search = {
    startedAt,
    order: found === undefined ? asked.report : { kind: 'order', order: found },
    pending: pending.orders === null ? 'failed' : listed === undefined ? 'not_listed' : 'listed',
    // Only a complete list proves that the order is not on it.
    history: history.orders === null ? 'failed' : past === undefined ? 'not_listed' : 'listed',
    fills: fills.fills?.filter((fill) => fill.clientOrderId === order.clientOrderId) ?? null,
    holding:
      holding === null || instrument === undefined
        ? 'failed'
        : isAsExpected(state, { order, instrument, holding })
          ? 'unchanged'
          : 'changed',
    evidence: {
      order: asked.evidence,
      pending: pending.evidence,
      history: history.evidence,
      fills: fills.evidence,
      holding: holding?.evidence ?? '',
    },
  };
  return { kind: 'searched', clientOrderId: order.clientOrderId, search: result };
}

/** Of two legs the one that the order is for: the other says nothing of it. */
function isAsExpected(
  state: State,
  { order, instrument, holding }: { readonly order: Order; readonly instrument: Instrument; readonly holding: Holding },
): boolean {
  if (order.leg === 'net' || holding.legs === null) return equals(holding.amount, expectedHolding(state, instrument));
  return equals(holding.legs.get(order.leg) ?? zero, expectedPosition(state, instrument.id, order.leg));
}

type Holding = {
  readonly amount: Decimal;
  /** Of a derivative, whatever the mode of the account. */
  readonly legs: ReadonlyMap<Leg, Decimal> | null;
  readonly evidence: string;
};

/** What the exchange holds of an instrument. A list without it means none; a failed question means nothing. */
async function holdingOf(
  inquiry: Inquiry,
  instrument: Instrument | undefined,
  market?: { readonly market: Market; readonly askedAt: number },
): Promise<Holding | null> {
  if (instrument === undefined) return null;
  if (instrument.kind === 'spot') {
    const { report, evidence } = await inquiry.ask({ kind: 'balance' });
    if (report.kind !== 'balance') return null;
    market?.market.takeBalance(report.balance, market.askedAt);
    return { amount: report.balance.currencies.find((row) => row.currency === instrument.base)?.total ?? zero, legs: null, evidence };
  }
  const { report, evidence } = await inquiry.ask({ kind: 'positions' });
  if (report.kind !== 'positions') return null;
  const held = report.positions.filter((position) => position.instrument === instrument.id);
  const legs = new Map(held.map(({ leg, size }) => [leg, size]));
  return { amount: held.reduce((sum: Decimal, { size }) => add(sum, size), zero), legs, evidence };
}

/** Asks what the exchange holds now; `null` when it would not say. */
export async function observe(
  inquiry: Inquiry,
  {
    instrument,
    mode,
    askedAtSeq,
    market,
    now,
  }: {
    readonly instrument: Instrument;
    readonly mode: PositionMode;
    readonly askedAtSeq: number;
    readonly market: Market;
    readonly now: () => number;
  },
): Promise<Event | null> {
  const holding = await holdingOf(inquiry, instrument, { market, askedAt: now() });
  if (holding === null) return null;
  return {
    kind: 'observed',
    observation: {
      instrument: instrument.id,
      exchange: holding.amount,
      ...(mode === 'net' || holding.legs === null ? {} : { legs: holding.legs }),
      evidence: holding.evidence,
      askedAtSeq,
      at: now(),
    },
  };
}

export type Taking = {
  readonly trigger: Trigger;
  readonly attempt: number;
  readonly state: State;
  readonly market: Market;
  readonly askedAt: number;
  /** Since when orders that ended are looked at; `null`: this look does not. */
  readonly recentSince: number | null;
  readonly algos: () => Promise<AlgosListed>;
};

/** Everything the exchange says of the account; `null` when one part could not be read. */
export async function snapshot(inquiry: Inquiry, taking: Taking): Promise<Event | null> {
  const { trigger, attempt, state, market, askedAt, recentSince } = taking;
  const [positions, balance, pending, config, algos, recent] = await Promise.all([
    inquiry.ask({ kind: 'positions' }),
    inquiry.ask({ kind: 'balance' }),
    inquiry.pending(),
    inquiry.ask({ kind: 'account_config' }),
    taking.algos(),
    recentSince === null ? { orders: [], evidence: '' } : recentOrders(inquiry, recentSince),
  ]);
  if (
    positions.report.kind !== 'positions' ||
    balance.report.kind !== 'balance' ||
    pending.orders === null ||
    config.report.kind !== 'account_config' ||
    algos.orders === null
  )
    return null;
  market.takeBalance(balance.report.balance, askedAt);
  // After the balance, so that every change that it shows stands in them.
  const bills = await inquiry.bills(billsAfter(state, askedAt));
  const answers = [positions, balance, pending, config, algos, recent, bills];
  return {
    kind: 'snapshot',
    trigger,
    attempt,
    snapshot: {
      positions: positions.report.positions,
      balance: balance.report.balance,
      pending: pending.orders,
      algos: algos.orders,
      recent: recent.orders,
      bills: bills.bills,
      config: config.report.config,
      evidence: digest(answers.map(({ evidence }) => evidence).join('\n')),
      askedAtSeq: state.seq,
    },
  };
}

/** Bills are asked for from a little before those that were read, and in the archive where that is longer ago than the exchange keeps them at hand. */
const BILLS_BEFORE_MILLISECONDS = 600_000;
const BILLS_AT_HAND_MILLISECONDS = 6 * 86_400_000;

function billsAfter({ statement }: State, now: number): BillsAsked {
  if (statement === null) return { through: null, begin: 0, span: 'recent' };
  const begin = Math.max(statement.at - BILLS_BEFORE_MILLISECONDS, 0);
  return { through: statement.through, begin, span: now - begin > BILLS_AT_HAND_MILLISECONDS ? 'archive' : 'recent' };
}

async function recentOrders(inquiry: Inquiry, begin: number): Promise<Listed> {
  const lists = await Promise.all((['spot', 'swap', 'futures'] as const).map((product) => inquiry.recent({ product, begin })));
  const orders: OrderReport[] = [];
  const evidence = digest(lists.map((list) => list.evidence).join('\n'));
  for (const list of lists) {
    if (list.orders === null) return { orders: null, evidence };
    orders.push(...list.orders);
  }
  return { orders, evidence };
}
