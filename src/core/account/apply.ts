import { assert, unreachable } from '../lang/assert.ts';
import { get, remove, set } from '../lang/table.ts';
import type { Entry, FillBody, InstrumentBody, SubmittingBody } from '../journal/entry.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { decimal, equals, zero } from '../money/decimal.ts';
import { move, type LifeEvent } from '../order/life.ts';
import { sequenceOf } from '../order/identity.ts';
import { positionKey } from '../order/leg.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { clearLatches, recordAcceptance, recordAmendment, recordRejection, recordSubmission, refundAbsent } from '../policy/activity.ts';
import type { Code } from '../policy/codes.ts';
import { modes, type Mode } from './mode.ts';
import { withMark, withoutMark } from './course.ts';
import { withFill } from './earnings.ts';
import { changed, changeOf } from './position.ts';
import { noSlips, withSlip } from './slippage.ts';
import { denialKey, intentKey, type IntentRecord, type Mismatch, type State } from './state.ts';

/** One entry with its place in the journal. */
export type Fact = { readonly seq: number; readonly at: number; readonly entry: Entry };

const ALERTS_MAX = 100;
const TRACELESS_MAX = 100;

/** The only thing that changes a state, running or recovering: entries are facts (docs/decisions/0002). */
export function apply(before: State, { seq, at, entry }: Fact): State {
  const state: State = { ...before, seq };
  switch (entry.kind) {
    case 'genesis':
      return { ...state, journal: entry.journal, environment: entry.environment };
    case 'started':
      return {
        ...state,
        epoch: entry.epoch,
        sequence: 0,
        booting: true,
        policyHash: entry.policy_hash,
        positionMode: entry.position_mode ?? 'net',
      };
    case 'instruments':
      return { ...state, instruments: new Map(entry.instruments.map((body) => [body.id as InstrumentId, instrumentOf(body)])) };
    case 'baseline':
      return {
        ...state,
        baselined: true,
        baseline: {
          currencies: new Map(Object.entries(entry.currencies).map(([currency, amount]) => [currency, decimal(amount)])),
          contracts: new Map(Object.entries(entry.contracts).map(([id, size]) => [id as InstrumentId, decimal(size)])),
        },
      };
    case 'booted':
      return { ...state, booting: false };
    case 'decision': {
      // An allowed order's record is written by `submitting`, which stands in the same append.
      if (entry.outcome === 'allow') return withRecord(state, recordOf(entry, seq, at, resultOf(entry)));
      const denials = set(state.denials, denialKey(entry.principal, entry.body_hash), { intentId: entry.intent_id, code: entry.code, at });
      return withRecord(
        { ...state, denials },
        recordOf(entry, seq, at, {
          kind: 'denied',
          denial: {
            kind: 'deny',
            code: entry.code as Code,
            message: entry.message,
            limit: entry.limit,
            wouldBeAllowed: entry.would_be_allowed === null ? null : decimal(entry.would_be_allowed),
          },
        }),
      );
    }
    case 'denied_again': {
      const first = get(state.intents, intentKey(entry.principal, entry.same_as));
      assert(first !== undefined, 'a repeated denial names the first');
      return withRecord(state, { ...first, intentId: entry.intent_id as IntentId, bodyHash: entry.body_hash, seq, at });
    }
    case 'submitting':
      return submitting(state, entry, at);
    case 'accepted':
      return moved({ ...state, activity: recordAcceptance(state.activity) }, entry.client_order_id, {
        kind: 'accepted',
        exchangeOrderId: entry.exchange_order_id,
      });
    case 'rejected': {
      const counted = { ...state, activity: recordRejection(state.activity, at) };
      return traceless(moved(counted, entry.client_order_id, { kind: 'rejected' }), entry.client_order_id);
    }
    case 'not_sent':
      return moved(state, entry.client_order_id, { kind: 'not_sent' });
    case 'unknown':
      return moved(state, entry.client_order_id, { kind: 'unknown', at });
    case 'not_found':
      return moved(state, entry.client_order_id, { kind: 'not_found', at });
    case 'absent': {
      const order = orderOf(state, entry.client_order_id);
      const after = traceless(moved(state, entry.client_order_id, { kind: 'absent' }), entry.client_order_id);
      // One that the exchange had taken was sent: it stays counted.
      return order !== undefined && order.life.kind !== 'done' && order.purpose === 'entry' && order.exchangeOrderId === ''
        ? { ...after, activity: refundAbsent(after.activity, order.submittedAt) }
        : after;
    }
    case 'reported':
      return moved(state, entry.client_order_id, {
        kind: 'reported',
        exchangeOrderId: entry.exchange_order_id,
        state: entry.state,
        filled: decimal(entry.filled),
      });
    case 'fill':
      return filled(state, entry, at);
    case 'cancelling': {
      const order = state.openOrders.get(entry.client_order_id as ClientOrderId);
      if (order === undefined) return state;
      const record = get(state.intents, intentKey(entry.principal, entry.intent_id));
      const marked = placed(state, { ...order, cancel: 'requested' });
      if (record === undefined || record.result.kind !== 'cancelling') return marked;
      return withRecord(marked, { ...record, result: { kind: 'cancelling', orders: [...record.result.orders, order.clientOrderId] } });
    }
    case 'amending': {
      const activity = recordAmendment(state.activity, { increases: entry.increases, at });
      const amend = { size: decimal(entry.size), price: decimal(entry.price) };
      return moved({ ...state, activity }, entry.client_order_id, { kind: 'amending', amend });
    }
    case 'amended':
      return moved(state, entry.client_order_id, { kind: 'amended', outcome: entry.outcome });
    case 'cancel_answered':
      // Only what the exchange then says of the order ends it, or lets the cancel be asked again.
      return state;
    case 'verified': {
      const mismatch = entry.outcome === 'matched' ? null : { at, seq, exchange: entry.exchange, confirmed: true };
      let after = withMismatch(state, entry.instrument, mismatch);
      for (const id of entry.orders) {
        const order = orderOf(after, id);
        if (order !== undefined) after = placed(after, { ...order, verification: entry.outcome });
      }
      const unverified = new Map(after.unverified);
      for (const id of entry.orders) unverified.delete(id as ClientOrderId);
      return { ...after, unverified };
    }
    case 'mismatch':
      return withMismatch(state, entry.instrument, { at, seq, exchange: entry.exchange, confirmed: false });
    case 'compared':
      return { ...state, lastCompared: { at, clean: entry.clean, differences: entry.differences.length } };
    case 'mode': {
      const to = modes.find((mode) => mode === entry.to);
      assert(to !== undefined, 'a mode entry names a mode');
      const after: State = { ...state, mode: to satisfies Mode, modeCause: entry.cause, modeSince: at };
      if (to !== 'ACTIVE' || entry.by !== 'operator') return after;
      // A person who opens the account again has looked at what stopped it, the throttles included.
      return { ...after, activity: clearLatches(state.activity), earnings: { ...state.earnings, slips: noSlips } };
    }
    case 'marked': {
      const mark = { at, usd: decimal(entry.managed_usd), halting: entry.halting };
      return { ...state, earnings: { ...state.earnings, course: withMark(state.earnings.course, mark) } };
    }
    case 'unvalued':
      return { ...state, earnings: { ...state.earnings, course: withoutMark(state.earnings.course, at) } };
    case 'alert':
      return {
        ...state,
        alerts: [...state.alerts, { seq, at, severity: entry.severity, code: entry.code, message: entry.message }].slice(-ALERTS_MAX),
      };
    default:
      return unreachable(entry);
  }
}

/** An order, open or ended, by its client order id. */
export function orderOf(state: State, clientOrderId: string): Order | undefined {
  return state.openOrders.get(clientOrderId as ClientOrderId) ?? get(state.doneOrders, clientOrderId);
}

/** The instrument that a journaled body describes. */
export function instrumentOf(body: InstrumentBody): Instrument {
  const common = {
    id: body.id as InstrumentId,
    base: body.base,
    quote: body.quote,
    settle: body.settle,
    tick: decimal(body.tick),
    lot: decimal(body.lot),
    minimum: decimal(body.minimum),
    maximum: decimal(body.maximum),
    tradable: body.tradable,
  };
  switch (body.product) {
    case 'spot':
      return { ...common, kind: 'spot' };
    case 'linear':
      return { ...common, kind: 'linear', contractValue: decimal(body.contract_value), expiry: body.expiry ?? null };
    case 'inverse':
      return { ...common, kind: 'inverse', contractValue: decimal(body.contract_value), expiry: body.expiry ?? null };
    default:
      return unreachable(body.product);
  }
}

type DecisionEntry = Extract<Entry, { kind: 'decision' }>;

function recordOf(entry: DecisionEntry, seq: number, at: number, result: IntentRecord['result']): IntentRecord {
  return {
    principal: entry.principal as Principal,
    intentId: entry.intent_id as IntentId,
    tool: entry.tool,
    bodyHash: entry.body_hash,
    seq,
    at,
    result,
  };
}

function resultOf(entry: DecisionEntry): IntentRecord['result'] {
  if (entry.plan !== undefined) {
    const { orders, turns } = entry.plan;
    const plan = orders.map(({ instrument, side, size }) => ({ instrument: instrument as InstrumentId, side, size: decimal(size) }));
    return { kind: 'orders', plan, turns, orders: [] };
  }
  return entry.tool === 'halt_trading' ? { kind: 'halted' } : { kind: 'cancelling', orders: [] };
}

function withRecord(state: State, record: IntentRecord): State {
  return { ...state, intents: set(state.intents, intentKey(record.principal, record.intentId), record) };
}

function withMismatch(state: State, instrument: string, mismatch: Mismatch | null): State {
  const lastFillSeq = state.checks.get(instrument)?.lastFillSeq ?? 0;
  return { ...state, checks: new Map(state.checks).set(instrument, { lastFillSeq, mismatch }) };
}

function submitting(state: State, entry: SubmittingBody, at: number): State {
  const instrument = state.instruments.get(entry.instrument as InstrumentId);
  assert(instrument !== undefined, 'an order names a known instrument');
  const order: Order = {
    clientOrderId: entry.client_order_id as ClientOrderId,
    exchangeOrderId: '',
    principal: entry.principal as Principal,
    intentId: entry.intent_id as IntentId,
    instrument: instrument.id,
    product: entry.product,
    side: entry.side,
    type: entry.type,
    leg: entry.leg ?? 'net',
    size: decimal(entry.size),
    price: decimal(entry.price),
    reduceOnly: entry.reduce_only,
    purpose: entry.purpose,
    arrival: entry.arrival === undefined ? null : decimal(entry.arrival),
    submittedAt: at,
    expiresAt: entry.expires_at,
    life: { kind: 'submitting' },
    filled: zero,
    filledValue: zero,
    reportedFilled: zero,
    cancel: 'none',
    amend: null,
    verification: 'none',
  };
  const key = intentKey(entry.principal, entry.intent_id);
  const record = get(state.intents, key);
  assert(record !== undefined, 'an order stands on a decision');
  return {
    ...placed(state, order),
    // Numbers of orders that could not be written are left out: the vault has seen them.
    sequence: Math.max(state.sequence + 1, sequenceOf(order.clientOrderId)),
    intents: set(state.intents, key, { ...record, result: withOrder(record.result, order.clientOrderId) }),
    activity: recordSubmission(state.activity, {
      principal: order.principal,
      instrument: order.instrument,
      underlying: instrument.base,
      side: order.side,
      notionalUsd: decimal(entry.notional_usd),
      purpose: order.purpose,
      at,
      marks: {
        fingerprints: entry.marks.fingerprints,
        duplicateWindowMilliseconds: entry.marks.duplicate_window_ms,
        latchesSameSide: entry.marks.latches_same_side,
      },
    }),
  };
}

/** One order is all of its wish, unless the decision was on a list. */
function withOrder(result: IntentRecord['result'], clientOrderId: ClientOrderId): IntentRecord['result'] {
  return result.kind === 'orders' ? { ...result, orders: [...result.orders, clientOrderId] } : { kind: 'order', clientOrderId };
}

function moved(state: State, clientOrderId: string, event: LifeEvent): State {
  const order = orderOf(state, clientOrderId);
  assert(order !== undefined, 'news of an order names an order');
  return placed(state, move(order, event).order);
}

function traceless(state: State, clientOrderId: string): State {
  return { ...state, traceless: [...state.traceless, clientOrderId as ClientOrderId].slice(-TRACELESS_MAX) };
}

/** Puts an order where its life says that it belongs. */
function placed(state: State, order: Order): State {
  const wasOpen = state.openOrders.has(order.clientOrderId);
  if (order.life.kind === 'done') {
    const doneOrders = set(state.doneOrders, order.clientOrderId, order);
    if (!wasOpen) return { ...state, doneOrders };
    const openOrders = new Map(state.openOrders);
    openOrders.delete(order.clientOrderId);
    return { ...state, openOrders, doneOrders };
  }
  const doneOrders =
    wasOpen || get(state.doneOrders, order.clientOrderId) === undefined ? state.doneOrders : remove(state.doneOrders, order.clientOrderId);
  return { ...state, openOrders: new Map(state.openOrders).set(order.clientOrderId, order), doneOrders };
}

function filled(state: State, entry: FillBody, at: number): State {
  const id = entry.instrument as InstrumentId;
  const instrument = state.instruments.get(id);
  const order = orderOf(state, entry.client_order_id);
  assert(instrument !== undefined && order !== undefined, 'a booked fill belongs to an order of ours');
  const change = changeOf(instrument, {
    side: entry.side,
    size: decimal(entry.size),
    fee: decimal(entry.fee),
    feeCurrency: entry.fee_currency,
  });
  const { leg, principal: by } = order;
  const held = positionKey(id, leg);
  const position = changed(state.positions.get(held), { instrument: id, leg, by, change, at });
  const positions = new Map(state.positions);
  if (equals(position.size, zero)) positions.delete(held);
  else positions.set(held, position);
  const booked = moved(state, entry.client_order_id, { kind: 'filled', size: decimal(entry.size), price: decimal(entry.price) });
  const earnings = withFill(state.earnings, {
    instrument,
    position: held,
    side: entry.side,
    size: decimal(entry.size),
    price: decimal(entry.price),
    fee: decimal(entry.fee),
    feeCurrency: entry.fee_currency,
    held: position.size,
  });
  const filledOrder = orderOf(booked, entry.client_order_id) ?? order;
  return {
    ...booked,
    positions,
    earnings: { ...earnings, slips: withSlip(earnings.slips, filledOrder) },
    trades: set(booked.trades, `${entry.instrument}/${entry.trade_id}`, true),
    checks: new Map(booked.checks).set(entry.instrument, { lastFillSeq: state.seq, mismatch: null }),
    unverified: new Map(booked.unverified).set(order.clientOrderId, id),
  };
}
