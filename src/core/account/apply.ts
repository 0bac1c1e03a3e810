import { heard } from '../alert/heard.ts';
import { assert, unreachable } from '../lang/assert.ts';
import { emptyTable, get, remove, set } from '../lang/table.ts';
import type {
  AbsentBody,
  Entry,
  FillBody,
  InstrumentBody,
  NotFoundBody,
  ProtectingBody,
  SubmittingBody,
  TriggerTexts,
} from '../journal/entry.ts';
import { resurvey } from '../exposure/survey.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { decimal, equals, zero } from '../money/decimal.ts';
import { type Look, sources } from '../order/absence.ts';
import { isRuledOut, move, type LifeEvent } from '../order/life.ts';
import { sequenceOf } from '../order/identity.ts';
import { type PositionKey, positionKey } from '../order/leg.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import type { ClientOrderId, Order, Triggers } from '../order/order.ts';
import type { Price } from '../money/units.ts';
import {
  clearLatches,
  clearLatchesOf,
  countAgain,
  recordAcceptance,
  recordAmendment,
  recordRejection,
  recordSubmission,
  refundAbsent,
} from '../policy/activity.ts';
import type { Code } from '../policy/codes.ts';
import type { Denial } from '../policy/decision.ts';
import { approvalOf } from './approvals.ts';
import { remembered } from './denials.ts';
import { followed } from './flattening.ts';
import { granted } from './grants.ts';
import type { Subject } from './freeze.ts';
import { pursued } from './killing.ts';
import { modes, type Mode } from './mode.ts';
import { fromHere, withMark, withoutMark } from './course.ts';
import { withFill } from './earnings.ts';
import { adopted } from './adoption.ts';
import { withLeftover } from './leftover.ts';
import { changed, changeOf } from './position.ts';
import { withTry } from './proofs.ts';
import { behindShown } from './shown-ids.ts';
import { noSlips, withSlip } from './slippage.ts';
import { standingIn, stood, withEntry } from './standing.ts';
import { withFunding, withSettlement, withStatement } from './statement.ts';
import { denialKey, intentKey, type IntentRecord, type Mismatch, type State } from './state.ts';

/** One entry with its place in the journal. */
export type Fact = { readonly seq: number; readonly at: number; readonly entry: Entry };

const TRACELESS_MAX = 100;

/** The only thing that changes a state, running or recovering: entries are facts (docs/decisions/0002). */
export function apply(before: State, { seq, at, entry }: Fact): State {
  const fact = { entry, seq, at };
  const followedUp = { flattening: followed(before.flattening, fact), killing: pursued(before.killing, fact), ...heard(before, fact) };
  const state: State = { ...before, seq, lastAt: Math.max(before.lastAt, at), ...followedUp };
  switch (entry.kind) {
    case 'genesis':
      return { ...state, journal: entry.journal, environment: entry.environment, standing: standingIn(entry.environment, at) };
    case 'started':
      // Other limits may hold now, so that nothing is answered from what was denied before.
      return {
        ...state,
        epoch: entry.epoch,
        fence: state.fence + 1,
        sequence: 0,
        booting: true,
        policyHash: entry.policy_hash,
        denials: emptyTable(),
        positionMode: entry.position_mode ?? 'net',
        checks: seenAnew(state.checks, at),
      };
    case 'instruments':
      return { ...state, instruments: new Map(entry.instruments.map((body) => [body.id as InstrumentId, instrumentOf(body)])) };
    case 'baseline':
      return {
        ...state,
        baselined: true,
        baseline: {
          currencies: new Map(Object.entries(entry.currencies).map(([currency, amount]) => [currency, decimal(amount)])),
          contracts: new Map(Object.entries(entry.contracts).map(([key, size]) => [key as PositionKey, decimal(size)])),
        },
      };
    case 'booted':
      return { ...state, booting: false };
    case 'decision': {
      // An allowed order's record is written by `submitting`, and that of one that waits by `approval_asked`; each stands in the same append.
      if (entry.outcome !== 'deny') return withRecord(state, recordOf(entry, seq, at, resultOf(entry)));
      const nextAllowedAt = entry.next_allowed_at ?? null;
      const denial: Denial = {
        kind: 'deny',
        code: entry.code as Code,
        message: entry.message,
        limit: entry.limit,
        wouldBeAllowed: entry.would_be_allowed === null ? null : decimal(entry.would_be_allowed),
      };
      return withDenial(
        state,
        recordOf(entry, seq, at, { kind: 'denied', denial: nextAllowedAt === null ? denial : { ...denial, nextAllowedAt } }),
        denial.code,
        nextAllowedAt,
      );
    }
    case 'approval_asked': {
      const record = get(state.intents, intentKey(entry.principal, entry.intent_id));
      assert(record?.result.kind === 'pending', 'what a person is asked about was decided');
      const approval = approvalOf(entry, { seq, at });
      const result = { ...record.result, approval: approval.id, expiresAt: approval.expiresAt };
      return withRecord({ ...state, approvals: new Map(state.approvals).set(approval.id, approval) }, { ...record, result });
    }
    case 'approved':
      // Used up. What becomes of it is told by the decision that follows in the same append.
      return withoutApproval(state, entry.approval_id);
    case 'approval_ended': {
      const record = get(state.intents, intentKey(entry.principal, entry.intent_id));
      assert(record?.result.kind === 'pending', 'what ends had been asked');
      const code = entry.outcome === 'denied' ? 'APPROVAL_DENIED' : 'APPROVAL_EXPIRED';
      const { message, next_allowed_at: nextAllowedAt } = entry;
      const denial: Denial = { kind: 'deny', code, message, limit: null, wouldBeAllowed: null, nextAllowedAt };
      const ended: IntentRecord = { ...record, seq, at, result: { kind: 'denied', denial } };
      return withDenial(withoutApproval(state, entry.approval_id), ended, code, nextAllowedAt);
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
      return moved(state, entry.client_order_id, { kind: 'not_found', at, look: lookOf(entry) });
    case 'absent':
      return absent(state, entry);
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
    case 'protecting':
      return protecting(state, entry, at);
    case 'armed':
      return moved(state, entry.client_order_id, {
        kind: 'armed',
        exchangeOrderId: entry.exchange_order_id,
        size: entry.size === '' ? null : decimal(entry.size),
      });
    case 'triggered':
      return moved(state, entry.client_order_id, { kind: 'triggered', exchangeOrderId: entry.exchange_order_id });
    case 'moving': {
      const order = orderOf(state, entry.client_order_id);
      assert(order !== undefined && order.stop !== null, 'only a stop order is moved');
      const moving = { triggers: triggersOf(entry), at };
      const stop = { ...order.stop, moving, changes: order.stop.changes + 1 };
      return withProtection(placed(state, { ...order, stop }), entry.principal, entry.intent_id, order.clientOrderId);
    }
    case 'moved': {
      const order = orderOf(state, entry.client_order_id);
      assert(order !== undefined && order.stop !== null, 'only a stop order is moved');
      const triggers = triggersOf(entry);
      return placed(state, {
        ...order,
        price: priceOf(triggers),
        stop: { ...order.stop, triggers, moving: null, since: entry.updated_at ?? order.stop.since },
      });
    }
    case 'amending': {
      const order = orderOf(state, entry.client_order_id);
      const instrument = order === undefined ? undefined : state.instruments.get(order.instrument);
      assert(order !== undefined && instrument !== undefined, 'only a known order is amended');
      const activity = recordAmendment(state.activity, {
        principal: order.principal,
        underlying: instrument.base,
        purpose: order.purpose,
        increases: entry.increases,
        notionalUsd: decimal(entry.notional_usd),
        at,
      });
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
    case 'leftover': {
      const order = orderOf(state, entry.client_order_id);
      assert(order !== undefined, 'what is left was left by an order');
      const size = decimal(entry.size);
      const leftover = equals(size, zero) ? null : { clientOrderId: order.clientOrderId, size, attempt: entry.attempt ?? 0, at, seq };
      return { ...state, leftovers: withLeftover(state.leftovers, positionKey(order.instrument, order.leg), leftover) };
    }
    case 'mismatch':
      return withMismatch(state, entry.instrument, { at, seq, exchange: entry.exchange, confirmed: false });
    case 'compared': {
      const { clean, differences, evidence } = entry;
      return {
        ...state,
        ...behindShown(state, differences),
        lastCompared: { at, clean, differences: differences.length, found: differences, evidence },
      };
    }
    case 'statement':
      return { ...state, statement: withStatement(state.statement, entry, at), earnings: withFunding(state.earnings, entry, state) };
    case 'adopted':
      return adopted(state, entry, at);
    case 'mode': {
      const to = modes.find((mode) => mode === entry.to);
      assert(to !== undefined, 'a mode entry names a mode');
      // What was denied in one mode says nothing about another.
      const after: State = { ...state, mode: to satisfies Mode, modeCause: entry.cause, modeSince: at, denials: emptyTable() };
      if (to !== 'ACTIVE' || entry.by !== 'operator') return after;
      // A person who opens the account again has looked at what stopped it, the throttles included.
      return { ...after, activity: clearLatches(state.activity), earnings: { ...state.earnings, slips: noSlips } };
    }
    case 'frozen': {
      const freeze = { by: entry.by, cause: entry.cause, at };
      return { ...state, denials: emptyTable(), frozen: new Map(state.frozen).set(entry.subject as Subject, freeze) };
    }
    case 'thawed':
      return { ...thawed(state, entry.subject), denials: emptyTable() };
    case 'agent_added':
    case 'agent_revoked':
      // What was denied to a name says nothing about who has it from here on.
      return { ...state, grants: granted(state.grants, entry, at), denials: emptyTable() };
    case 'flattening':
      // Followed above, with what the entries in between say of it.
      return state;
    case 'flattened': {
      const { outcome, positions, open_orders: openOrders, clean } = entry;
      return { ...state, flattened: { seq, at, outcome, positions, openOrders, clean } };
    }
    case 'killing':
      return { ...state, fence: state.fence + 1 };
    case 'clearing':
      // Followed above.
      return state;
    case 'killed': {
      const { outcome, cancelled, foreign, kept, left, milliseconds } = entry;
      return { ...state, killed: { seq, at, outcome, cancelled, foreign, kept, left, milliseconds } };
    }
    case 'policy':
      // Other limits hold, so that nothing is answered from what was denied before.
      return {
        ...state,
        limits: { inForce: entry.in_force, pending: entry.pending },
        policyHash: entry.policy_hash,
        denials: entry.policy_hash === state.policyHash ? state.denials : emptyTable(),
      };
    case 'stage': {
      const { environment, account } = state;
      const standing = stood(state.standing, entry, { environment, account, at });
      const after: State = { ...state, standing, denials: emptyTable() };
      // A drawdown is paid for with the stage that it took: from here on the next one is measured (docs/decisions/0037).
      return entry.ground === 'drawdown' ? { ...after, earnings: { ...state.earnings, course: fromHere(state.earnings.course) } } : after;
    }
    case 'proof':
      return { ...state, proofs: withTry(state.proofs, entry, at) };
    case 'timer':
      return { ...state, timer: entry.seconds === 0 ? null : { seconds: entry.seconds, since: at } };
    case 'marked': {
      const mark = { at, usd: decimal(entry.managed_usd), halting: entry.halting };
      return { ...state, earnings: { ...state.earnings, course: withMark(state.earnings.course, mark) } };
    }
    case 'unvalued':
      return { ...state, earnings: { ...state.earnings, course: withoutMark(state.earnings.course, at) } };
    case 'checkpoint':
      return state;
    case 'alert':
    case 'alert_ended':
    case 'delivered':
    case 'acknowledged':
    case 'notifier':
      // Followed above.
      return state;
    default:
      return unreachable(entry);
  }
}

/** Whoever thaws an agent has looked at what it does: its throttles open with it. */
function thawed(state: State, subject: string): State {
  const frozen = new Map(state.frozen);
  frozen.delete(subject as Subject);
  const agent = subject.startsWith('agent:') ? subject.slice('agent:'.length) : '';
  return { ...state, frozen, activity: agent === '' ? state.activity : clearLatchesOf(state.activity, agent as Principal) };
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
  if (entry.outcome === 'needs_approval') {
    const { name, version, tools_hash: toolsHash } = entry.client;
    return { kind: 'pending', arguments: entry.arguments, client: { name, version, toolsHash }, approval: '', expiresAt: 0 };
  }
  if (entry.plan !== undefined) {
    const { orders, turns } = entry.plan;
    const plan = orders.map(({ instrument, side, size }) => ({ instrument: instrument as InstrumentId, side, size: decimal(size) }));
    return { kind: 'orders', plan, turns, orders: [] };
  }
  if (entry.tool === 'halt_trading') return { kind: 'halted' };
  return { kind: entry.tool === 'set_protection' ? 'protecting' : 'cancelling', orders: [] };
}

function withRecord(state: State, record: IntentRecord): State {
  return { ...state, intents: set(state.intents, intentKey(record.principal, record.intentId), record) };
}

/** The record of a denial, and what is remembered of it for the next time. */
function withDenial(state: State, record: IntentRecord, code: Code, nextAllowedAt: number | null): State {
  const key = denialKey(record.principal, record.bodyHash);
  const memory = remembered(get(state.denials, key), { intentId: record.intentId, code, at: record.at, nextAllowedAt });
  return withRecord({ ...state, denials: set(state.denials, key, memory) }, record);
}

function withoutApproval(state: State, id: string): State {
  assert(state.approvals.has(id), 'an approval is used once');
  const approvals = new Map(state.approvals);
  approvals.delete(id);
  return { ...state, approvals };
}

/** How long something differed while nobody looked proves nothing: what was not believed by then is timed from the start. */
function seenAnew(checks: State['checks'], at: number): State['checks'] {
  return new Map(
    [...checks].map(([name, check]) => {
      const { mismatch } = check;
      return [name, mismatch === null || mismatch.confirmed ? check : { ...check, mismatch: { ...mismatch, at } }];
    }),
  );
}

function withMismatch(state: State, instrument: string, mismatch: Mismatch | null): State {
  const lastFillSeq = state.checks.get(instrument)?.lastFillSeq ?? 0;
  return { ...state, checks: new Map(state.checks).set(instrument, { lastFillSeq, mismatch }) };
}

function submitting(state: State, entry: SubmittingBody, at: number): State {
  const instrument = state.instruments.get(entry.instrument as InstrumentId);
  assert(instrument !== undefined, 'an order names a known instrument');
  const order: Order = {
    ...newOrder(entry, at),
    type: entry.type,
    stop: null,
    price: decimal(entry.price),
    reduceOnly: entry.reduce_only,
    purpose: entry.purpose,
    arrival: entry.arrival === undefined ? null : decimal(entry.arrival),
    expiresAt: entry.expires_at,
  };
  const { protection } = entry;
  const withChild = protection === undefined ? state : placed(state, childOf(order, protection));
  const key = intentKey(entry.principal, entry.intent_id);
  const record = get(state.intents, key);
  assert(record !== undefined, 'an order stands on a decision');
  return {
    ...placed(withChild, order),
    // Whoever closes anew has taken what is left into account.
    leftovers: order.purpose === 'exit' ? withLeftover(state.leftovers, positionKey(order.instrument, order.leg), null) : state.leftovers,
    // Numbers of orders that could not be written are left out: the vault has seen them.
    standing: order.purpose === 'entry' ? withEntry(state.standing) : state.standing,
    sequence: Math.max(state.sequence + 1, sequenceOf(protection?.client_order_id ?? order.clientOrderId)),
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

type Named = {
  readonly client_order_id: string;
  readonly principal: string;
  readonly intent_id: string;
  readonly instrument: string;
  readonly product: Order['product'];
  readonly side: Order['side'];
  readonly leg?: Order['leg'];
  readonly size: string;
};

/** What every order is before anybody has answered. */
function newOrder(entry: Named, at: number): Omit<Order, 'type' | 'stop' | 'price' | 'reduceOnly' | 'purpose' | 'arrival' | 'expiresAt'> {
  return {
    clientOrderId: entry.client_order_id as ClientOrderId,
    exchangeOrderId: '',
    principal: entry.principal as Principal,
    intentId: entry.intent_id as IntentId,
    instrument: entry.instrument as InstrumentId,
    product: entry.product,
    side: entry.side,
    leg: entry.leg ?? 'net',
    size: decimal(entry.size),
    submittedAt: at,
    life: { kind: 'submitting' },
    filled: zero,
    filledValue: zero,
    reportedFilled: zero,
    cancel: 'none',
    amend: null,
    verification: 'none',
  };
}

/** The stop order that an entry carries: it counts from the moment its parent is reserved (reference/risk.md §4.10). */
function childOf(parent: Order, protection: NonNullable<SubmittingBody['protection']>): Order {
  const triggers = triggersOf(protection);
  return {
    ...parent,
    clientOrderId: protection.client_order_id as ClientOrderId,
    side: parent.side === 'buy' ? 'sell' : 'buy',
    type: 'stop',
    stop: { triggers, parent: parent.clientOrderId, sized: false, moving: null, changes: 0, since: parent.submittedAt },
    price: priceOf(triggers),
    reduceOnly: parent.product !== 'spot',
    purpose: 'exit',
    arrival: null,
    life: { kind: 'armed' },
  };
}

/** A stop order of its own. Nothing voids it after a time (the exchange knows no expTime for it), but no request of ours is on its way for longer. */
const PROTECTION_PATIENCE_MILLISECONDS = 30_000;

function protecting(state: State, entry: ProtectingBody, at: number): State {
  const triggers = triggersOf(entry);
  const order: Order = {
    ...newOrder(entry, at),
    type: 'stop',
    stop: { triggers, parent: null, sized: true, moving: null, changes: 0, since: at },
    price: priceOf(triggers),
    reduceOnly: entry.product !== 'spot',
    purpose: 'exit',
    arrival: null,
    expiresAt: at + PROTECTION_PATIENCE_MILLISECONDS,
  };
  const sequence = Math.max(state.sequence + 1, sequenceOf(order.clientOrderId));
  return withProtection({ ...placed(state, order), sequence }, entry.principal, entry.intent_id, order.clientOrderId);
}

/** Adds a stop order to what became of the wish that asked for it. */
function withProtection(state: State, principal: string, intentId: string, clientOrderId: ClientOrderId): State {
  const record = get(state.intents, intentKey(principal, intentId));
  if (record === undefined || record.result.kind !== 'protecting') return state;
  return withRecord(state, { ...record, result: { ...record.result, orders: [...record.result.orders, clientOrderId] } });
}

function triggersOf({ take_profit: takeProfit, stop_loss: stopLoss }: TriggerTexts): Triggers {
  return { takeProfit: takeProfit === '' ? null : decimal(takeProfit), stopLoss: stopLoss === '' ? null : decimal(stopLoss) };
}

/** The price that a stop order is told by. */
function priceOf({ takeProfit, stopLoss }: Triggers): Price {
  const price = stopLoss ?? takeProfit;
  assert(price !== null, 'a stop order has a trigger');
  return price;
}

/** One order is all of its wish, unless the decision was on a list. */
function withOrder(result: IntentRecord['result'], clientOrderId: ClientOrderId): IntentRecord['result'] {
  return result.kind === 'orders' ? { ...result, orders: [...result.orders, clientOrderId] } : { kind: 'order', clientOrderId };
}

/** Where a look-up found nothing; `null` where it is not said, and then it is believed to have been complete. */
function lookOf({ asked_at: askedAt, sources: silent }: NotFoundBody): Look | null {
  if (askedAt === undefined || silent === undefined) return null;
  return { askedAt, silent: sources.filter((source) => (silent[source] ?? '') !== '') };
}

function absent(state: State, { client_order_id: id, looks, by }: AbsentBody): State {
  const order = orderOf(state, id);
  const moving = moved(state, id, { kind: 'absent', proof: looks === undefined ? 'other' : 'looks' });
  if (order === undefined || order.life.kind === 'done' || orderOf(moving, id)?.life.kind !== 'done') return moving;
  const after = traceless(moving, id);
  // One that the exchange had taken was sent, and a person's word proves less than look-ups do: it stays counted.
  return isGivenBack(order) && by === undefined ? { ...after, activity: refundAbsent(after.activity, order.submittedAt) } : after;
}

function isGivenBack({ purpose, exchangeOrderId }: Order): boolean {
  return purpose === 'entry' && exchangeOrderId === '';
}

function moved(state: State, clientOrderId: string, event: LifeEvent): State {
  const order = orderOf(state, clientOrderId);
  assert(order !== undefined, 'news of an order names an order');
  const after = move(order, event).order;
  // What was given back because it had never been, and was after all, counts again.
  const returns = order.life.kind === 'done' && order.life.outcome === 'absent' && !isRuledOut(after.life) && isGivenBack(order);
  const counts = returns && state.traceless.includes(order.clientOrderId);
  return placed(counts ? { ...state, activity: countAgain(state.activity, order.submittedAt) } : state, after);
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
    return surveyed(state, order, { ...state, openOrders, doneOrders });
  }
  const doneOrders =
    wasOpen || get(state.doneOrders, order.clientOrderId) === undefined ? state.doneOrders : remove(state.doneOrders, order.clientOrderId);
  return surveyed(state, order, { ...state, openOrders: new Map(state.openOrders).set(order.clientOrderId, order), doneOrders });
}

/** What decisions add up is added up anew for the one position that has changed. */
function surveyed(before: State, { instrument, leg }: Order, after: State): State {
  resurvey(before, after, { instrument, leg });
  return after;
}

/** What differed before a fill proves nothing after it, be it of the instrument or of a leg. */
function afterFill(
  checks: State['checks'],
  { name, instrument, seq }: { readonly name: string; readonly instrument: string; readonly seq: number },
): State['checks'] {
  const after = new Map(checks);
  after.delete(name);
  return after.set(instrument, { lastFillSeq: seq, mismatch: null });
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
  const settlement = { instrument, billId: entry.bill_id, side: entry.side, size: decimal(entry.size), price: decimal(entry.price) };
  const statement = withSettlement(state.statement, { ...settlement, fee: decimal(entry.fee), feeCurrency: entry.fee_currency });
  const filledOrder = orderOf(booked, entry.client_order_id) ?? order;
  return surveyed(booked, order, {
    ...booked,
    positions,
    leftovers: equals(position.size, zero) ? withLeftover(booked.leftovers, held, null) : booked.leftovers,
    statement,
    earnings: { ...earnings, slips: withSlip(earnings.slips, filledOrder) },
    trades: set(booked.trades, `${entry.instrument}/${entry.trade_id}`, true),
    checks: afterFill(booked.checks, { name: held, instrument: entry.instrument, seq: state.seq }),
    unverified: new Map(booked.unverified).set(order.clientOrderId, id),
  });
}
