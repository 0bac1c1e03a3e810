import { alertIdOf } from '../core/alert/outbox.ts';
import type { Circumstances } from '../core/account/books.ts';
import { changeToday, markOf } from '../core/account/course.ts';
import { managedEquityOf } from '../core/policy/losses.ts';
import { isDust } from '../core/account/position.ts';
import type { State } from '../core/account/state.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import type { Quote } from '../core/market/quote.ts';
import { isDollarQuoted, notionalUsd } from '../core/market/valuation.ts';
import { absolute, type Decimal, formatDecimal, isNegative, isZero, zero } from '../core/money/decimal.ts';
import type { Size } from '../core/money/units.ts';
import type { Principal } from '../core/order/intent.ts';
import { positionKey } from '../core/order/leg.ts';
import type { Order } from '../core/order/order.ts';
import { type Configuration, parsedButNotEnforced } from '../core/policy/configuration.ts';
import { heldAgeMax } from '../core/policy/others.ts';
import { type Document, headOf, isoTime, sizeUnit } from './head.ts';
import { orderRow } from './order-row.ts';
import { frozenRows, haltRow } from './stops.ts';

/** What the documents are made of. They read and change nothing, so that asking never costs more than the answer. */
export type Seen = {
  readonly state: State;
  readonly circumstances: Circumstances;
  readonly configuration: Configuration;
};

const ALERTS_SHOWN = 10;

/** The first thing to read: how much the account may do and why, what is open, and what a person should do next. */
export function statusView(seen: Seen): Document {
  const { state, circumstances, configuration } = seen;
  const orders = [...state.openOrders.values()];
  return {
    ...headOf(state, circumstances.now),
    mode_cause: state.modeCause,
    mode_since: state.modeSince === 0 ? null : isoTime(state.modeSince),
    latched_mode: state.mode,
    stage: state.standing.stage,
    stage_since: state.standing.since === 0 ? null : isoTime(state.standing.since),
    stage_opens_entries: state.standing.opens,
    read_only: circumstances.readOnly,
    frozen: frozenRows(state),
    flattening: state.flattening === null ? null : { since: isoTime(state.flattening.at), instrument: state.flattening.instrument },
    halt: haltRow(state),
    dead_man: state.timer === null ? null : { seconds: state.timer.seconds, since: isoTime(state.timer.since) },
    policy_hash: state.policyHash,
    log_seq: state.seq,
    starts: state.epoch,
    equity_usd: circumstances.funds === null ? null : formatDecimal(circumstances.funds.equityUsd),
    ...earnedPart(seen),
    positions: [...state.positions.values()].filter(({ instrument, size }) => !isZero(size) && !isDustOf(state, { id: instrument, size }))
      .length,
    approvals_waiting: state.approvals.size,
    open_orders: orders.length,
    orders_of_unknown_outcome: orders.filter(isUnresolved).length,
    orders_not_verified: state.unverified.size,
    agents: [...configuration.agents.keys()],
    last_comparison:
      state.lastCompared === null
        ? null
        : { at: isoTime(state.lastCompared.at), clean: state.lastCompared.clean, differences: state.lastCompared.differences },
    limits_not_enforced: parsedButNotEnforced,
    limits_pending: pendingOf(state),
    alerts: state.alerts
      .slice(-ALERTS_SHOWN)
      .map(({ seq, at, severity, code, message }) => ({ id: alertIdOf(seq), log_seq: seq, at: isoTime(at), severity, code, message })),
    red_alerts_not_acknowledged: state.alerting.unanswered.length,
    next: nextSteps(state),
  };
}

/** A loosening of limits that waits, by the digest of its file. */
function pendingOf({ limits }: Seen['state']): Document | null {
  const pending = limits?.pending ?? null;
  return pending === null ? null : { file: pending.digest, due: isoTime(pending.due) };
}

/** What twokey's own trading earned (negative: lost), in all and since the first look of this UTC day; `null` while a price is missing. */
function earnedPart({ state, circumstances, configuration }: Seen): Document {
  const equity = managedEquityOf({ books: state, circumstances, ageMaxMilliseconds: heldAgeMax(configuration.policy) });
  if (equity.kind === 'unknown') return { earned_usd: null, earned_today_usd: null };
  const today = changeToday(state.earnings.course, { usd: equity.usd, now: circumstances.now });
  return { earned_usd: formatDecimal(markOf(equity.usd)), earned_today_usd: today === null ? null : formatDecimal(markOf(today)) };
}

/** Dust is listed with the positions and counts as none (DESIGN §3.6). */
function isDustOf(state: State, { id, size }: { readonly id: InstrumentId; readonly size: Size }): boolean {
  const instrument = state.instruments.get(id);
  return instrument !== undefined && isDust(size, instrument);
}

function isUnresolved(order: Order): boolean {
  return order.life.kind === 'unknown' || order.life.kind === 'submitting';
}

/** What a person should do now, most urgent first; nothing when all is as it should be. */
function nextSteps(state: State): readonly string[] {
  const steps: string[] = [];
  if (state.booting)
    steps.push('the first comparison with the exchange has not ended; nothing is sent until it is clean. If this stays, run twokey doctor');
  if (state.mode !== 'ACTIVE') {
    const means = state.mode === 'HALTED' ? 'nothing is sent' : 'only orders that reduce pass';
    steps.push(`${means} until you run twokey resume. First find out why (twokey log), then twokey reconcile`);
  }
  if (!state.standing.opens)
    steps.push(
      `the account stands at stage ${state.standing.stage}, which opens nothing: twokey stage show says what the next one asks for`,
    );
  if (state.unreachable !== null)
    steps.push('nobody can be told of alerts, so that entries are closed: twokey alerts says which sink fails, and why');
  if (state.alerting.unanswered.length > 0)
    steps.push(`${state.alerting.unanswered.length} red alerts wait for your acknowledgement: twokey alerts, then twokey ack ID`);
  if (state.approvals.size > 0) steps.push(`${state.approvals.size} orders of agents wait for you: twokey approvals`);
  if (state.frozen.size > 0) steps.push('what is frozen opens nothing until you have looked: twokey unfreeze SUBJECT --reason "…"');
  if (state.lastCompared !== null && !state.lastCompared.clean)
    steps.push('books and exchange differ: twokey reconcile lists every difference');
  const unresolved = [...state.openOrders.values()].filter(isUnresolved).length;
  if (unresolved > 0)
    steps.push(`${unresolved} of the open orders have no known outcome yet; they are being looked up and keep their share of the limits`);
  return steps;
}

/** Every open order, of everybody or of one agent. */
export function ordersView(seen: Seen, principal: Principal | null = null): Document {
  return { ...headOf(seen.state, seen.circumstances.now), orders: orderRows(seen.state, principal) };
}

function orderRows(state: State, principal: Principal | null): readonly Document[] {
  return [...state.openOrders.values()]
    .filter((order) => principal === null || order.principal === principal)
    .toSorted((one, other) => one.submittedAt - other.submittedAt)
    .map((order) => orderRow(state, order));
}

/** What twokey manages, and apart from it what was there before. */
export function positionsView(seen: Seen): Document {
  return { ...headOf(seen.state, seen.circumstances.now), ...positionsPart(seen, null) };
}

/** Funds, positions and open orders: an agent's own, or for `null` everybody's. */
export function portfolioView(seen: Seen, principal: Principal | null): Document {
  const { state, circumstances } = seen;
  return {
    ...headOf(state, circumstances.now),
    ...(principal === null ? {} : { agent: principal }),
    funds: principal === null ? fundsPart(circumstances) : fundsOfTraded(seen),
    ...positionsPart(seen, principal),
    open_orders: orderRows(state, principal),
  };
}

function fundsPart({ funds }: Circumstances): Document | null {
  if (funds === null) return null;
  const available = [...funds.available].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    equity_usd: formatDecimal(funds.equityUsd),
    available: Object.fromEntries(available.map(([currency, amount]) => [currency, formatDecimal(amount)])),
    read_at: isoTime(funds.at),
  };
}

/** For an agent: anybody can send a coin of any name to an account, and what has nothing to do with its instruments is counted and not named. */
function fundsOfTraded({ state, circumstances, configuration }: Seen): Document | null {
  const { funds } = circumstances;
  const traded = configuration.policy.instruments.flatMap((id) => {
    const known = state.instruments.get(id);
    return known === undefined ? [] : [known.base, known.quote, known.settle];
  });
  if (funds === null) return null;
  const available = new Map([...funds.available].filter(([currency]) => traded.includes(currency)));
  return { ...fundsPart({ ...circumstances, funds: { ...funds, available } }), other_currencies: funds.available.size - available.size };
}

function positionsPart(seen: Seen, principal: Principal | null): Document {
  const rows: Document[] = [];
  for (const position of seen.state.positions.values()) {
    const id = position.instrument;
    const size = principal === null ? position.size : (position.owners.get(principal) ?? zero);
    if (isZero(size)) continue;
    const owners = [...position.owners].map(([name, share]) => [name, formatDecimal(share)] as const);
    rows.push({
      ...positionRow(seen, id, size),
      // Whose the rest is, and how much the exchange sees of all together, is no agent's business.
      ...(principal === null
        ? {
            owners: Object.fromEntries(owners),
            exchange_says: seen.state.checks.get(positionKey(id, position.leg))?.mismatch?.exchange ?? null,
          }
        : {}),
      opened_at: isoTime(position.openedAt),
    });
  }
  return { positions: rows, ...(principal === null ? { baseline: baselineRows(seen.state) } : {}) };
}

function positionRow({ state, circumstances }: Seen, id: InstrumentId, size: Size): Document {
  const instrument = state.instruments.get(id);
  const quote = circumstances.quotes.get(id);
  const price = quote === undefined ? null : worthNow(quote);
  const valued = instrument !== undefined && price !== null && isDollarQuoted(instrument);
  return {
    instrument: id,
    side: isNegative(size) ? 'short' : 'long',
    size: formatDecimal(absolute(size)),
    size_unit: sizeUnit(instrument),
    value_usd: valued ? formatDecimal(absolute(notionalUsd({ instrument, size, price }))) : null,
    valued_at_price: valued ? formatDecimal(price) : null,
    dust: instrument !== undefined && isDust(size, instrument),
  };
}

/** Mark price where there is one, else the last trade: what a position is worth now, without the margin that limits add. */
function worthNow(quote: Quote): Decimal {
  return quote.mark ?? quote.last;
}

/** What was there before twokey: outside the position limits and not for agents to sell (DESIGN §3.7). */
function baselineRows(state: State): readonly Document[] {
  const currencies = [...state.baseline.currencies].map(([currency, amount]) => ({
    currency,
    amount: formatDecimal(amount),
    unit: currency,
  }));
  const contracts = [...state.baseline.contracts].map(([instrument, amount]) => ({
    instrument,
    amount: formatDecimal(amount),
    unit: 'contracts',
  }));
  return [...currencies, ...contracts].filter(({ amount }) => amount !== '0');
}

/** Who may ask, and what each holds open now. */
export function agentsView({ state, circumstances, configuration }: Seen): Document {
  const orders = [...state.openOrders.values()];
  return {
    ...headOf(state, circumstances.now),
    agents: [...configuration.agents.values()].map(({ name, policy, sharedPositions }) => ({
      name,
      socket: `run/agent-${name}.sock`,
      instruments: policy.instruments,
      shared_positions: sharedPositions,
      open_orders: orders.filter((order) => order.principal === name).length,
      max_order_size_usd: formatDecimal(policy.maxOrderSize),
      has_token: state.grants.get(name)?.kind === 'added',
    })),
    revoked: [...state.grants].flatMap(([name, { kind, at }]) => (kind === 'revoked' ? [{ name, at: isoTime(at) }] : [])),
  };
}
