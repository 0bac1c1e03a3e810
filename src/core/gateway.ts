import { apply, orderOf } from './account/apply.ts';
import type { Circumstances } from './account/books.ts';
import { modes, type Mode } from './account/mode.ts';
import { denialKey, intentKey, type IntentRecord, type State } from './account/state.ts';
import type { ClientIdentity } from './channel.ts';
import type { DecisionInputs, DifferenceBody, Entry, InstrumentBody } from './journal/entry.ts';
import { assert, unreachable } from './lang/assert.ts';
import { canonicalJson, type Json } from './lang/canonical.ts';
import { digest } from './lang/digest.ts';
import { get, has } from './lang/table.ts';
import type { Instrument, InstrumentId } from './market/instrument.ts';
import { compare as compareDecimals, decimal, divideUp, formatDecimal, one } from './money/decimal.ts';
import { clientOrderId } from './order/identity.ts';
import type { CancelIntent, CloseIntent, HaltIntent, Intent, PlaceIntent } from './order/intent.ts';
import type { ClientOrderId, Order } from './order/order.ts';
import type { FillReport, OrderReport, ReadReport, WriteReport } from './order/report.ts';
import type { Write } from './order/request.ts';
import { move } from './order/life.ts';
import type { Code } from './policy/codes.ts';
import { type Configuration, policyFor } from './policy/configuration.ts';
import { decide } from './policy/decide.ts';
import type { Decision, Denial } from './policy/decision.ts';
import { compare, type Snapshot } from './reconcile/compare.ts';
import { type Observation, verify } from './verify/verify.ts';

/** Everything that reaches the gateway, in the order in which it is taken from the inbox. */
export type Event =
  | {
      readonly kind: 'started';
      readonly journal: string;
      readonly environment: string;
      readonly version: string;
      readonly policyHash: string;
      readonly readOnly: boolean;
    }
  | { readonly kind: 'instruments_read'; readonly instruments: readonly Instrument[] }
  | {
      readonly kind: 'asked';
      readonly call: number;
      readonly tool: string;
      readonly intent: Intent;
      readonly arguments: Json;
      readonly client: ClientIdentity;
    }
  | { readonly kind: 'place_answered'; readonly clientOrderId: ClientOrderId; readonly outcome: WriteOutcome }
  | { readonly kind: 'cancel_answered'; readonly clientOrderId: ClientOrderId; readonly outcome: WriteOutcome }
  /** One order was asked about. `fills` is `null` when they could not be read. */
  | {
      readonly kind: 'inspected';
      readonly clientOrderId: ClientOrderId;
      readonly order: ReadReport;
      readonly fills: readonly FillReport[] | null;
    }
  | { readonly kind: 'searched'; readonly clientOrderId: ClientOrderId; readonly search: Search }
  | { readonly kind: 'observed'; readonly observation: Observation }
  | { readonly kind: 'snapshot'; readonly trigger: Trigger; readonly attempt: number; readonly snapshot: Snapshot }
  | {
      readonly kind: 'operated';
      readonly verb: 'halt' | 'reduce_only' | 'resume';
      readonly reason: string;
      readonly haltFileExists: boolean;
      /** The mode that the person saw. */
      readonly from: Mode;
    }
  /** Something outside the books went wrong that must not wait for an order: the cause is our own words. */
  | { readonly kind: 'degraded'; readonly to: Mode; readonly cause: string }
  | { readonly kind: 'tick' };

/** What became of a request that was to change something at the exchange. */
export type WriteOutcome = WriteReport | { readonly kind: 'not_sent'; readonly cause: string };
export type Trigger = 'boot' | 'hourly' | 'operator' | 'routine';

/** Everywhere an order that nobody answered for could have left a trace (reference/risk.md §6.2). A failed question proves nothing. */
export type Search = {
  readonly startedAt: number;
  readonly order: ReadReport;
  readonly pending: 'listed' | 'not_listed' | 'failed';
  readonly history: 'listed' | 'not_listed' | 'failed';
  readonly fills: readonly FillReport[] | null;
  readonly holding: 'unchanged' | 'changed' | 'failed';
  readonly evidence: string;
};

/** What the engine does after the entries are durable. `afterMilliseconds` is counted from then. */
export type Effect =
  | { readonly kind: 'submit'; readonly clientOrderId: ClientOrderId; readonly request: Write; readonly requestHash: string }
  | { readonly kind: 'cancel'; readonly clientOrderId: ClientOrderId; readonly afterMilliseconds: number }
  | { readonly kind: 'inspect'; readonly clientOrderId: ClientOrderId; readonly afterMilliseconds: number }
  | { readonly kind: 'search'; readonly clientOrderId: ClientOrderId; readonly afterMilliseconds: number }
  | { readonly kind: 'observe'; readonly instrument: InstrumentId; readonly afterMilliseconds: number }
  | { readonly kind: 'compare'; readonly trigger: Trigger; readonly attempt: number; readonly afterMilliseconds: number }
  /** Answers a call that left no record of its own. */
  | { readonly kind: 'refuse'; readonly call: number; readonly code: Code; readonly message: string };

export type Step = { readonly entries: readonly Entry[]; readonly effects: readonly Effect[] };

/** What a step may look at beside the state. */
export type Context = {
  readonly circumstances: Circumstances;
  readonly configuration: Configuration;
  readonly policyHash: string;
  /** The hash of the bytes that a venue would make of a request; the vault must come to the same. */
  readonly requestHash: (request: Write) => string;
  /** The last sequence of this start that was signed for; it can be ahead of the journal's where an append failed. */
  readonly spent: number;
};

/** The exchange discards a placement that reaches it later than this after the decision (expTime). */
export const EXPIRY_MILLISECONDS = 1500;
/** After `expiresAt`, what clocks and the exchange's own lag may add before absence is believed: 1 s skew and 3 s lag. */
const ABSENCE_MARGIN_MILLISECONDS = 4000;
const NEGATIVES_NEEDED = 2;
const NEGATIVES_APART_MILLISECONDS = 1000;
const UNKNOWN_REDUCE_ONLY_MILLISECONDS = 60_000;
const UNKNOWN_HALT_MILLISECONDS = 600_000;
/** An entry that turns out to be live this long after it was asked for is cancelled: its agent has moved on (reference/risk.md §6.2). */
const STALE_ENTRY_MILLISECONDS = 5000;
const USD_DIGITS = 8;
const SEARCH_FIRST_MILLISECONDS = 250;
const SEARCH_LAST_MILLISECONDS = 8000;
const IDENTICAL_DENIAL_MILLISECONDS = 10_000;

const nothing: Step = { entries: [], effects: [] };

/** Decides what an event means. Changes nothing: `apply` does, from the entries, once they are durable. */
export function step(state: State, event: Event, context: Context): Step {
  switch (event.kind) {
    case 'started':
      return started(state, event);
    case 'instruments_read':
      return instrumentsRead(state, event.instruments);
    case 'asked':
      return asked(state, event, context);
    case 'place_answered':
      return placeAnswered(state, event.clientOrderId, event.outcome);
    case 'cancel_answered':
      return cancelAnswered(state, event.clientOrderId, event.outcome);
    case 'inspected':
      return inspected(state, event, context.circumstances.now);
    case 'searched':
      return searched(state, event, context.circumstances.now);
    case 'observed':
      return observed(state, event.observation);
    case 'snapshot':
      return snapshotTaken(state, event);
    case 'operated':
      return operated(state, event, context.circumstances.now);
    case 'degraded':
      return down(state, { to: event.to, by: 'twokey', cause: event.cause });
    case 'tick':
      return tick(state, context.circumstances.now);
    default:
      return unreachable(event);
  }
}

// ---- start ----------------------------------------------------------------------------------------------------------------

function started(state: State, event: Extract<Event, { kind: 'started' }>): Step {
  const entries: Entry[] = [];
  if (state.journal === '')
    entries.push({ kind: 'genesis', journal: event.journal, environment: event.environment, version: event.version });
  entries.push({
    kind: 'started',
    epoch: state.epoch + 1,
    policy_hash: event.policyHash,
    version: event.version,
    read_only: event.readOnly,
  });
  const effects: Effect[] = [];
  for (const order of state.openOrders.values()) {
    // A request that was on its way when the process died counts as timed out: looked up, never resent (DESIGN §2).
    if (order.life.kind === 'submitting')
      entries.push({
        kind: 'unknown',
        client_order_id: order.clientOrderId,
        cause: 'the gateway stopped while the request was on its way',
      });
    if (order.life.kind === 'submitting' || order.life.kind === 'unknown')
      effects.push({ kind: 'search', clientOrderId: order.clientOrderId, afterMilliseconds: 0 });
    else effects.push({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 });
  }
  return { entries, effects };
}

function instrumentsRead(state: State, instruments: readonly Instrument[]): Step {
  const listed = new Set(instruments.map(({ id }) => id));
  // What the exchange lists no more may still be held or open here: it stays known, and nothing new is opened in it.
  const gone = [...state.instruments.values()]
    .filter(({ id }) => !listed.has(id))
    .map((each): Instrument => ({ ...each, tradable: false }));
  const bodies = [...instruments, ...gone].map(bodyOf).toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const known = [...state.instruments.values()].map(bodyOf).toSorted((left, right) => (left.id < right.id ? -1 : 1));
  // The table is journaled when it changed, so that replay values old fills with the sizes that were true then.
  return canonicalJson(bodies) === canonicalJson(known)
    ? nothing
    : { entries: [{ kind: 'instruments', instruments: bodies }], effects: [] };
}

function bodyOf(instrument: Instrument): InstrumentBody {
  return {
    id: instrument.id,
    product: instrument.kind,
    base: instrument.base,
    quote: instrument.quote,
    settle: instrument.settle,
    tick: formatDecimal(instrument.tick),
    lot: formatDecimal(instrument.lot),
    minimum: formatDecimal(instrument.minimum),
    maximum: formatDecimal(instrument.maximum),
    contract_value: instrument.kind === 'spot' ? '1' : formatDecimal(instrument.contractValue),
    tradable: instrument.tradable,
  };
}

// ---- wishes ---------------------------------------------------------------------------------------------------------------

type Asked = Extract<Event, { kind: 'asked' }>;

/** The hash that makes two requests the same: everything but the intent_id. */
export function bodyHashOf(tool: string, requested: Json): string {
  const body =
    typeof requested === 'object' && requested !== null && !Array.isArray(requested)
      ? Object.fromEntries(Object.entries(requested).filter(([key]) => key !== 'intent_id'))
      : requested;
  return digest(canonicalJson([tool, body]));
}

function asked(state: State, event: Asked, context: Context): Step {
  const { intent } = event;
  const bodyHash = bodyHashOf(event.tool, event.arguments);
  const known = get(state.intents, intentKey(intent.principal, intent.intentId));
  if (known !== undefined) return known.bodyHash === bodyHash && known.tool === event.tool ? nothing : conflict(event.call, known);
  switch (intent.kind) {
    case 'place':
    case 'close':
      return wished(state, { event, intent, bodyHash, context });
    case 'cancel':
      return cancelWished(state, { event, intent, bodyHash, context });
    case 'halt':
      return haltWished(state, { event, intent, bodyHash, context });
    default:
      return unreachable(intent);
  }
}

function conflict(call: number, known: IntentRecord): Step {
  const message = `intent_id ${known.intentId} was used for another request (${known.tool}, log entry ${known.seq}); nothing was sent; use a new intent_id`;
  return { entries: [], effects: [{ kind: 'refuse', call, code: 'INTENT_CONFLICT', message }] };
}

/** What the policy says of a wish to trade now. `preview_order` asks the same function. */
export function decisionOn(state: State, intent: PlaceIntent | CloseIntent, { circumstances, configuration }: Context): Decision {
  const { threshold } = configuration.approval;
  return decide({
    books: state,
    intent,
    circumstances,
    policy: policyFor(configuration, intent.principal),
    approvalAbove: threshold.kind === 'above' ? threshold.amount : null,
    sharedPositions: configuration.agents.get(intent.principal)?.sharedPositions ?? false,
  });
}

type Wish<Kind> = { readonly event: Asked; readonly intent: Kind; readonly bodyHash: string; readonly context: Context };

function wished(state: State, { event, intent, bodyHash, context }: Wish<PlaceIntent | CloseIntent>): Step {
  const decision = decisionOn(state, intent, context);
  if (decision.kind === 'deny') return denied(state, { event, intent, bodyHash, context }, decision);
  const id = clientOrderId({ journal: state.journal, epoch: state.epoch, sequence: Math.max(state.sequence, context.spent) + 1 });
  const expiresAt = context.circumstances.now + EXPIRY_MILLISECONDS;
  const { terms } = decision;
  const request: Write = { kind: 'place', clientOrderId: id, terms, expiresAt };
  const requestHash = context.requestHash(request);
  const entries: Entry[] = [
    decisionEntry({ state, event, intent, bodyHash, context, decision, mode: state.mode }),
    {
      kind: 'submitting',
      client_order_id: id,
      principal: intent.principal,
      intent_id: intent.intentId,
      instrument: terms.instrument,
      product: terms.product,
      side: terms.side,
      type: terms.type,
      size: formatDecimal(terms.size),
      price: formatDecimal(terms.price),
      reduce_only: terms.reduceOnly,
      purpose: terms.purpose,
      strategy: intent.strategy,
      // Computed prices may have any number of digits, and an entry holds at most thirty: counted as a little more, never as less.
      notional_usd: formatDecimal(divideUp({ dividend: decision.notionalUsd, divisor: one, digits: USD_DIGITS })),
      marks: {
        fingerprints: decision.marks.fingerprints,
        duplicate_window_ms: decision.marks.duplicateWindowMilliseconds,
        latches_same_side: decision.marks.latchesSameSide,
      },
      expires_at: expiresAt,
      request_hash: requestHash,
    },
  ];
  return { entries, effects: [{ kind: 'submit', clientOrderId: id, request, requestHash }] };
}

function denied(state: State, { event, intent, bodyHash, context }: Wish<Intent>, denial: Denial): Step {
  const last = get(state.denials, denialKey(intent.principal, bodyHash));
  // An agent that asks the same again and again gets the same answer and a short line, so that it cannot fill the disk.
  if (last !== undefined && last.code === denial.code && context.circumstances.now - last.at < IDENTICAL_DENIAL_MILLISECONDS) {
    return {
      entries: [
        { kind: 'denied_again', principal: intent.principal, intent_id: intent.intentId, body_hash: bodyHash, same_as: last.intentId },
      ],
      effects: [],
    };
  }
  return { entries: [decisionEntry({ state, event, intent, bodyHash, context, decision: denial, mode: state.mode })], effects: [] };
}

type DecisionParts = Wish<Intent> & { readonly state: State; readonly decision: Decision | { readonly kind: 'obey' }; readonly mode: Mode };

function decisionEntry({ state, event, intent, bodyHash, context, decision }: DecisionParts): Entry {
  const denial = decision.kind === 'deny' ? decision : null;
  return {
    kind: 'decision',
    principal: intent.principal,
    intent_id: intent.intentId,
    tool: event.tool,
    arguments: event.arguments,
    body_hash: bodyHash,
    client: { name: event.client.name, version: event.client.version, tools_hash: event.client.toolsHash },
    outcome: denial === null ? 'allow' : 'deny',
    code: denial?.code ?? '',
    message: denial?.message ?? '',
    limit: denial?.limit ?? null,
    would_be_allowed: denial === null || denial.wouldBeAllowed === null ? null : formatDecimal(denial.wouldBeAllowed),
    inputs: inputsOf(state, intent, context, decision),
  };
}

function inputsOf(
  state: State,
  intent: Intent,
  { circumstances, policyHash }: Context,
  decision: DecisionParts['decision'],
): DecisionInputs {
  const quote = intent.kind === 'place' || intent.kind === 'close' ? circumstances.quotes.get(intent.instrument) : undefined;
  return {
    policy_hash: policyHash,
    mode: state.booting ? 'BOOT' : state.mode,
    now: circumstances.now,
    quote:
      quote === undefined
        ? null
        : {
            bid: formatDecimal(quote.bid),
            ask: formatDecimal(quote.ask),
            last: formatDecimal(quote.last),
            mark: quote.mark === null ? null : formatDecimal(quote.mark),
            index: quote.index === null ? null : formatDecimal(quote.index),
            at: quote.at,
            received_at: quote.receivedAt,
          },
    equity_usd: circumstances.funds === null ? null : formatDecimal(circumstances.funds.equityUsd),
    notional_usd: decision.kind === 'allow' ? formatDecimal(decision.notionalUsd) : null,
    worst_case_after_usd: decision.kind === 'allow' ? formatDecimal(decision.worstCaseAfterUsd) : null,
  };
}

function cancelWished(state: State, wish: Wish<CancelIntent>): Step {
  const { event, intent, bodyHash, context } = wish;
  const chosen = [...state.openOrders.values()].filter((order) => order.principal === intent.principal && wants(intent, order));
  if (chosen.length === 0) {
    const message = 'you have no open order that this names; nothing was sent; get_portfolio lists your open orders';
    return denied(state, wish, { kind: 'deny', code: 'NOT_FOUND', message, limit: null, wouldBeAllowed: null });
  }
  const entry = decisionEntry({ state, event, intent, bodyHash, context, decision: { kind: 'obey' }, mode: state.mode });
  const cancels = cancelling(chosen, { principal: intent.principal, intentId: intent.intentId, reason: intent.reason });
  return { entries: [entry, ...cancels.entries], effects: cancels.effects };
}

function wants({ target }: CancelIntent, order: Order): boolean {
  switch (target.kind) {
    case 'all':
      return true;
    case 'instrument':
      return order.instrument === target.instrument;
    case 'order':
      return order.clientOrderId === target.clientOrderId;
    default:
      return unreachable(target);
  }
}

/** Cancels are always possible (law 4), and harmless to ask for twice. */
function cancelling(
  orders: readonly Order[],
  { principal, intentId, reason }: { readonly principal: string; readonly intentId: string; readonly reason: string },
): Step {
  return {
    entries: orders.map((order) => ({ kind: 'cancelling', client_order_id: order.clientOrderId, principal, intent_id: intentId, reason })),
    effects: orders.map((order) => ({ kind: 'cancel', clientOrderId: order.clientOrderId, afterMilliseconds: 0 })),
  };
}

function haltWished(state: State, { event, intent, bodyHash, context }: Wish<HaltIntent>): Step {
  const entry = decisionEntry({ state, event, intent, bodyHash, context, decision: { kind: 'obey' }, mode: state.mode });
  const halt = down(state, {
    to: context.configuration.policy.agentHalt,
    by: intent.principal,
    cause: `agent ${intent.principal} asked for a halt`,
  });
  return { entries: [entry, ...halt.entries], effects: halt.effects };
}

// ---- modes ----------------------------------------------------------------------------------------------------------------

/** Down by itself, latched; a milder mode than the present one changes nothing (law 6). Open entries are cancelled, exits stay. */
function down(state: State, { to, by, cause }: { readonly to: Mode; readonly by: string; readonly cause: string }): Step {
  if (modes.indexOf(to) <= modes.indexOf(state.mode)) return nothing;
  const entrants = [...state.openOrders.values()].filter((order) => order.purpose === 'entry' && order.cancel === 'none');
  const cancels = cancelling(entrants, { principal: 'twokey', intentId: '', reason: `${to}: ${cause}` });
  const alert: Entry = { kind: 'alert', severity: 'red', code: to, message: cause };
  return { entries: [{ kind: 'mode', from: state.mode, to, by, cause }, alert, ...cancels.entries], effects: cancels.effects };
}

function operated(state: State, { verb, reason, haltFileExists, from }: Extract<Event, { kind: 'operated' }>, now: number): Step {
  switch (verb) {
    case 'halt':
      return down(state, { to: 'HALTED', by: 'operator', cause: reason === '' ? 'the operator halted' : reason });
    case 'reduce_only':
      return down(state, { to: 'REDUCE_ONLY', by: 'operator', cause: reason === '' ? 'the operator closed entries' : reason });
    case 'resume': {
      // What stopped the account since the person looked was not what they meant to undo.
      if (state.mode !== from || mayNotResume(state, { haltFileExists, now }) !== null) return nothing;
      const to: Mode = state.mode === 'HALTED' ? 'REDUCE_ONLY' : 'ACTIVE';
      return { entries: [{ kind: 'mode', from: state.mode, to, by: 'operator', cause: reason }], effects: [] };
    }
    default:
      return unreachable(verb);
  }
}

const CLEAN_COMPARISON_AGE_MILLISECONDS = 60_000;

/** Why `resume` is refused now, with the fix; `null` when it is not. One step at a time, each after a clean comparison (DESIGN §3.8). */
export function mayNotResume(
  state: State,
  { haltFileExists, now }: { readonly haltFileExists: boolean; readonly now: number },
): string | null {
  if (haltFileExists) return 'the file HALT stands in the home folder; remove it first, then resume';
  if (state.booting) return 'the first comparison with the exchange has not ended yet; see twokey status';
  if (state.mode === 'ACTIVE') return 'the account is ACTIVE already';
  if (state.lastCompared === null || now - state.lastCompared.at > CLEAN_COMPARISON_AGE_MILLISECONDS)
    return 'no comparison with the exchange in the last 60 s; run twokey reconcile first';
  if (!state.lastCompared.clean)
    return `the last comparison found ${state.lastCompared.differences} differences; twokey reconcile lists them`;
  return null;
}

function tick(state: State, now: number): Step {
  let oldest: { readonly id: ClientOrderId; readonly since: number } | null = null;
  for (const { clientOrderId: id, life } of state.openOrders.values())
    if (life.kind === 'unknown' && (oldest === null || life.since < oldest.since)) oldest = { id, since: life.since };
  if (oldest === null) return nothing;
  const age = now - oldest.since;
  if (age <= UNKNOWN_REDUCE_ONLY_MILLISECONDS) return nothing;
  const cause = `the outcome of order ${oldest.id} is unknown for ${Math.floor(age / 1000)} s`;
  return down(state, { to: age > UNKNOWN_HALT_MILLISECONDS ? 'HALTED' : 'REDUCE_ONLY', by: 'twokey', cause });
}

// ---- news of orders -------------------------------------------------------------------------------------------------------

function placeAnswered(state: State, id: ClientOrderId, outcome: WriteOutcome): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'an answer belongs to an order of ours');
  switch (outcome.kind) {
    case 'accepted':
      return {
        entries: [
          { kind: 'accepted', client_order_id: id, exchange_order_id: outcome.exchangeOrderId },
          ...contradicted(order, { kind: 'accepted', exchangeOrderId: outcome.exchangeOrderId }),
        ],
        // One that can only rest is told at its acknowledgement, and looked at when that is out of the way.
        effects: [{ kind: 'inspect', clientOrderId: id, afterMilliseconds: order.type === 'post_only' ? LOOK_AT_RESTING_MILLISECONDS : 0 }],
      };
    case 'rejected':
      // Believed, and looked at once all the same: a rejection of what was executed would otherwise be found an hour later.
      return {
        entries: [{ kind: 'rejected', client_order_id: id, code: outcome.code }],
        effects: [{ kind: 'inspect', clientOrderId: id, afterMilliseconds: 500 }],
      };
    case 'not_sent':
      return { entries: [{ kind: 'not_sent', client_order_id: id, cause: outcome.cause }], effects: [] };
    case 'unknown':
      return {
        entries: [{ kind: 'unknown', client_order_id: id, cause: outcome.cause }],
        effects: [{ kind: 'search', clientOrderId: id, afterMilliseconds: SEARCH_FIRST_MILLISECONDS }],
      };
    default:
      return unreachable(outcome);
  }
}

function contradicted(order: Order, news: Parameters<typeof move>[1]): readonly Entry[] {
  if (!move(order, news).contradiction) return [];
  const believed = order.life.kind === 'done' ? order.life.outcome : order.life.kind;
  const message = `order ${order.clientOrderId} was believed ${believed}, and the exchange says otherwise; it counts as open again`;
  return [{ kind: 'alert', severity: 'red', code: 'CONTRADICTION', message }];
}

function cancelAnswered(state: State, id: ClientOrderId, outcome: WriteOutcome): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'an answer belongs to an order of ours');
  if (order.life.kind === 'done') return nothing;
  const code = outcome.kind === 'rejected' ? outcome.code : '';
  // Whatever the answer, only what the exchange then says of the order counts.
  return {
    entries: [{ kind: 'cancel_answered', client_order_id: id, outcome: outcome.kind, code }],
    effects: [
      order.life.kind === 'unknown'
        ? { kind: 'search', clientOrderId: id, afterMilliseconds: 0 }
        : { kind: 'inspect', clientOrderId: id, afterMilliseconds: 0 },
    ],
  };
}

type Inspected = Extract<Event, { kind: 'inspected' }>;

function inspected(state: State, { clientOrderId: id, order: report, fills }: Inspected, now: number): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'a look-up belongs to an order of ours');
  const reported = report.kind === 'order' ? reportedEntries(order, report.order) : [];
  const booked = fills === null ? [] : fillEntries(state, order, fills);
  const news = [...reported, ...booked];
  const surprise = news.find((entry) => entry.kind === 'alert');
  const next = afterNews(state, { order, news, now, surprising: surprise !== undefined });
  // What the exchange ruled out and then did, nobody understands yet: no new risk before a person has looked (invariant I-U3).
  const stop = surprise === undefined ? nothing : down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: surprise.message });
  // A refusal that could not be looked at is looked at again: a failed question proves nothing.
  const refusedUnseen = report.kind === 'failed' && order.life.kind === 'done' && order.life.outcome === 'rejected';
  const again: readonly Effect[] = refusedUnseen
    ? [{ kind: 'inspect', clientOrderId: id, afterMilliseconds: LOOK_AGAIN_MILLISECONDS }]
    : forgotten(order, report, now)
      ? [{ kind: 'search', clientOrderId: id, afterMilliseconds: SEARCH_FIRST_MILLISECONDS }]
      : [];
  return { entries: [...news, ...next.entries, ...stop.entries], effects: [...next.effects, ...stop.effects, ...again] };
}

/** The exchange does not know an order any more that it had taken. One answer proves nothing: it is looked for everywhere. */
function forgotten(order: Order, report: ReadReport, now: number): boolean {
  return report.kind === 'absent' && order.life.kind === 'working' && now > order.expiresAt + ABSENCE_MARGIN_MILLISECONDS;
}

/** A report is written when it says something new. */
function reportedEntries(order: Order, report: OrderReport): readonly Entry[] {
  const news = { kind: 'reported', exchangeOrderId: report.exchangeOrderId, state: report.state, filled: report.filled } as const;
  const { order: after } = move(order, news);
  if (
    after.life.kind === order.life.kind &&
    after.exchangeOrderId === order.exchangeOrderId &&
    compareDecimals(after.reportedFilled, order.reportedFilled) === 0
  )
    return [];
  return [
    {
      kind: 'reported',
      client_order_id: order.clientOrderId,
      exchange_order_id: report.exchangeOrderId,
      state: report.state,
      filled: formatDecimal(report.filled),
    },
    ...contradicted(order, news),
  ];
}

/** Each execution is booked once, whatever state its order is in; what does not fit the order is booked and told. */
function fillEntries(state: State, order: Order, fills: readonly FillReport[]): readonly Entry[] {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  for (const fill of fills) {
    const key = `${fill.instrument}/${fill.tradeId}`;
    if (fill.clientOrderId !== order.clientOrderId || fill.instrument !== order.instrument || has(state.trades, key) || seen.has(key))
      continue;
    seen.add(key);
    entries.push({
      kind: 'fill',
      client_order_id: order.clientOrderId,
      exchange_order_id: fill.exchangeOrderId,
      trade_id: fill.tradeId,
      bill_id: fill.billId,
      instrument: fill.instrument,
      side: fill.side,
      size: formatDecimal(fill.size),
      price: formatDecimal(fill.price),
      fee: formatDecimal(fill.fee),
      fee_currency: fill.feeCurrency,
      exchange_at: fill.at,
    });
    entries.push(...contradicted(order, { kind: 'filled', size: fill.size, price: fill.price }), ...unmeant(order, fill));
  }
  return entries;
}

/** Post-trade verification of the fill itself: the side and the price that were asked for. */
function unmeant(order: Order, fill: FillReport): readonly Entry[] {
  const beyond = order.side === 'buy' ? compareDecimals(fill.price, order.price) > 0 : compareDecimals(fill.price, order.price) < 0;
  if (fill.side === order.side && !beyond) return [];
  const message = `order ${order.clientOrderId} asked to ${order.side} at ${formatDecimal(order.price)} or better and the exchange reports a ${fill.side} at ${formatDecimal(fill.price)}`;
  return [{ kind: 'alert', severity: 'red', code: 'FILL_NOT_MEANT', message }];
}

const INSPECT_AGAIN_MILLISECONDS = 250;

const CANCEL_AGAIN_MILLISECONDS = 1000;
const LOOK_AT_RESTING_MILLISECONDS = 100;
const LOOK_AGAIN_MILLISECONDS = 1000;

type News = { readonly order: Order; readonly news: readonly Entry[]; readonly now: number; readonly surprising: boolean };

/** What to do after an order was looked at: ask for missing fills, prove the position, cancel what should not rest. */
function afterNews(state: State, { order, news, now, surprising }: News): Step {
  const effects: Effect[] = [];
  const after = news.reduce<Order>(foldOrder, order);
  if (news.some((entry) => entry.kind === 'fill')) effects.push({ kind: 'observe', instrument: order.instrument, afterMilliseconds: 0 });
  if (after.life.kind === 'settling')
    effects.push({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: INSPECT_AGAIN_MILLISECONDS });
  if (after.life.kind !== 'working') return { entries: [], effects };
  // A cancel is harmless to repeat, and the first may have come before its order did: it is asked again until the order ended.
  if (order.cancel === 'requested')
    effects.push({ kind: 'cancel', clientOrderId: order.clientOrderId, afterMilliseconds: CANCEL_AGAIN_MILLISECONDS });
  const late = order.life.kind === 'unknown' && now - order.submittedAt > STALE_ENTRY_MILLISECONDS;
  const barred = surprising || (order.life.kind !== 'working' && state.mode !== 'ACTIVE');
  if (order.cancel === 'requested' || after.purpose !== 'entry' || !(late || barred)) return { entries: [], effects };
  const reason = late
    ? 'found live long after it was asked for; its agent has moved on'
    : `found live while the account is ${surprising ? 'REDUCE_ONLY' : state.mode}`;
  const cancels = cancelling([after], { principal: 'twokey', intentId: '', reason });
  return { entries: cancels.entries, effects: [...effects, ...cancels.effects] };
}

/** How the entries of one look-up change the order that they name. */
function foldOrder(order: Order, entry: Entry): Order {
  switch (entry.kind) {
    case 'reported':
      return move(order, { kind: 'reported', exchangeOrderId: entry.exchange_order_id, state: entry.state, filled: decimal(entry.filled) })
        .order;
    case 'fill':
      return move(order, { kind: 'filled', size: decimal(entry.size), price: decimal(entry.price) }).order;
    default:
      return order;
  }
}

// ---- unknown outcomes -----------------------------------------------------------------------------------------------------

function searched(state: State, { clientOrderId: id, search }: Extract<Event, { kind: 'searched' }>, now: number): Step {
  const order = orderOf(state, id);
  assert(order !== undefined, 'a search belongs to an order of ours');
  if (order.life.kind === 'done' || order.life.kind === 'settling')
    return inspected(state, { kind: 'inspected', clientOrderId: id, order: search.order, fills: search.fills }, now);
  if (search.order.kind === 'order' || (search.fills !== null && search.fills.some((fill) => fill.clientOrderId === id))) {
    const found = inspected(state, { kind: 'inspected', clientOrderId: id, order: search.order, fills: search.fills }, now);
    // Found by its fills alone: the order itself is asked about again until it says how it ended.
    return search.order.kind === 'order'
      ? found
      : {
          entries: found.entries,
          effects: [...found.effects, { kind: 'inspect', clientOrderId: id, afterMilliseconds: INSPECT_AGAIN_MILLISECONDS }],
        };
  }
  // Waiting as long again as it has been unknown already gives 0.25, 0.5, 1, 2, 4, 8, 8 … seconds.
  const elapsed = order.life.kind === 'unknown' ? now - order.life.since : 0;
  const negative =
    search.order.kind === 'absent' &&
    search.pending === 'not_listed' &&
    search.history === 'not_listed' &&
    search.fills !== null &&
    search.holding === 'unchanged';
  // An order that rests is asked about by the tick anyway.
  if (order.life.kind === 'working' && !negative) return nothing;
  const again: Effect = {
    kind: 'search',
    clientOrderId: id,
    afterMilliseconds: Math.min(Math.max(elapsed, SEARCH_FIRST_MILLISECONDS), SEARCH_LAST_MILLISECONDS),
  };
  // A failed question is neither positive nor negative, and an early no proves nothing: the request may still arrive.
  if (!negative || search.startedAt < order.expiresAt + ABSENCE_MARGIN_MILLISECONDS) return { entries: [], effects: [again] };
  const soon: Effect = { kind: 'search', clientOrderId: id, afterMilliseconds: NEGATIVES_APART_MILLISECONDS };
  const before = order.life.kind === 'unknown' ? order.life : null;
  if (before === null || before.negatives + 1 < NEGATIVES_NEEDED)
    return { entries: [{ kind: 'not_found', client_order_id: id, evidence: search.evidence }], effects: [soon] };
  if (search.startedAt - before.lastNegativeAt < NEGATIVES_APART_MILLISECONDS) return { entries: [], effects: [soon] };
  return { entries: [{ kind: 'absent', client_order_id: id, evidence: search.evidence }], effects: [] };
}

// ---- comparing with the exchange ------------------------------------------------------------------------------------------

const OBSERVE_AGAIN_MILLISECONDS = 1000;

function observed(state: State, observation: Observation): Step {
  const instrument = state.instruments.get(observation.instrument);
  assert(instrument !== undefined, 'an observation names a known instrument');
  const verdict = verify(state, instrument, observation);
  switch (verdict.kind) {
    case 'matched':
      return { entries: verdict.entries, effects: [] };
    case 'open': {
      const inspects: Effect[] = [...state.openOrders.values()]
        .filter((order) => order.instrument === instrument.id && order.life.kind !== 'unknown' && order.life.kind !== 'submitting')
        .concat(doubted(state, [subjectOf(instrument)]))
        .map((order) => ({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 }));
      return {
        entries: verdict.entries,
        effects: [...inspects, { kind: 'observe', instrument: instrument.id, afterMilliseconds: OBSERVE_AGAIN_MILLISECONDS }],
      };
    }
    case 'divergent': {
      if (verdict.entries.length === 0) return nothing;
      const what = `${instrument.id}: the books say ${verdict.books}, the exchange says ${formatDecimal(observation.exchange)}`;
      const cause = verdict.reversed ? `reversed position: ${what}` : `divergent position: ${what}`;
      const stop = down(state, { to: verdict.reversed ? 'HALTED' : 'REDUCE_ONLY', by: 'twokey', cause });
      return { entries: [...verdict.entries, ...stop.entries], effects: stop.effects };
    }
    default:
      return unreachable(verdict);
  }
}

/** Six seconds: as long as an answer, its look-up and its fills may take when each of them is slow. */
const COMPARE_ATTEMPTS_MAX = 12;
const COMPARE_AGAIN_MILLISECONDS = 500;

function snapshotTaken(state: State, { trigger, attempt, snapshot }: Extract<Event, { kind: 'snapshot' }>): Step {
  const fresh: readonly Entry[] = state.baselined ? [] : [baselineOf(snapshot)];
  // The comparison must already see the baseline that this very step writes.
  const believed = fresh.reduce((before, entry) => apply(before, { seq: before.seq + 1, at: 0, entry }), state);
  const comparison = compare(believed, snapshot);
  const subjects = comparison.differences.map(({ subject }) => subject);
  // What rests may have filled between one of the questions and another.
  const suspects = [...doubted(state, subjects), ...openIn(state, subjects)];
  const asked = [...new Set([...comparison.missing, ...comparison.reopened, ...suspects.map(({ clientOrderId }) => clientOrderId)])];
  const inspects: Effect[] = asked.map((clientOrderId) => ({ kind: 'inspect', clientOrderId, afterMilliseconds: 0 }));
  if (trigger === 'routine') return routine(state, snapshot, { differences: comparison.differences, inspects });
  // While fills may be on their way a difference proves nothing: the orders are asked about, and everything is compared again.
  if (attempt < COMPARE_ATTEMPTS_MAX && (asked.length > 0 || (comparison.differences.length > 0 && unsettled(state, snapshot)))) {
    return {
      entries: [],
      effects: [...inspects, { kind: 'compare', trigger, attempt: attempt + 1, afterMilliseconds: COMPARE_AGAIN_MILLISECONDS }],
    };
  }
  const differences = [
    ...comparison.differences,
    ...comparison.missing.map((id): DifferenceBody => ({ kind: 'order', subject: id, books: 'open', exchange: '' })),
    ...comparison.reopened.map((id): DifferenceBody => ({ kind: 'order', subject: id, books: 'ended', exchange: 'open' })),
  ];
  const compared: Entry = { kind: 'compared', trigger, clean: differences.length === 0, differences, evidence: snapshot.evidence };
  // An order of unknown outcome is no difference yet: the comparison is not clean, and time decides (reference/risk.md §6.2). A start does not wait.
  const undecided = comparison.missing.filter((id) => isUndecided(state, id)).length;
  const stop =
    differences.length === (trigger === 'boot' ? 0 : undecided)
      ? nothing
      : down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: tell(differences) });
  const booted: readonly Entry[] = state.booting && trigger === 'boot' ? [{ kind: 'booted', mode: state.mode }] : [];
  return { entries: [...fresh, compared, ...stop.entries, ...booted], effects: [...inspects, ...stop.effects] };
}

/** How a difference names what is held of an instrument. */
function subjectOf(instrument: Instrument): string {
  return instrument.kind === 'spot' ? instrument.base : instrument.id;
}

function openIn(state: State, subjects: readonly string[]): readonly Order[] {
  return [...state.openOrders.values()].filter((order) => {
    const instrument = state.instruments.get(order.instrument);
    return instrument !== undefined && subjects.includes(subjectOf(instrument));
  });
}

/** Orders that the exchange refused or never had, as far as anybody knows, and that could explain what it holds all the same. */
function doubted(state: State, subjects: readonly string[]): readonly Order[] {
  return state.traceless.flatMap((id) => {
    const order = orderOf(state, id);
    const instrument = order === undefined ? undefined : state.instruments.get(order.instrument);
    return order?.life.kind === 'done' && instrument !== undefined && subjects.includes(subjectOf(instrument)) ? [order] : [];
  });
}

function isUndecided(state: State, id: ClientOrderId): boolean {
  const life = state.openOrders.get(id)?.life.kind;
  return life === 'submitting' || life === 'unknown';
}

function unsettled(state: State, { askedAtSeq }: Snapshot): boolean {
  if ([...state.checks.values()].some(({ lastFillSeq }) => lastFillSeq > askedAtSeq)) return true;
  return [...state.openOrders.values()].some(
    (order) => order.life.kind !== 'working' || compareDecimals(order.reportedFilled, order.filled) > 0,
  );
}

function tell(differences: readonly DifferenceBody[]): string {
  const [first] = differences;
  if (first === undefined) return '';
  const rest = differences.length === 1 ? '' : `, and ${differences.length - 1} more`;
  return `${first.subject}: the books say ${first.books || 'nothing'}, the exchange says ${first.exchange || 'nothing'}${rest}`;
}

/** What stands at the exchange before twokey trades: taken as it is, outside limits, and not for agents to sell (DESIGN §3.7). */
function baselineOf(snapshot: Snapshot): Entry {
  const currencies = Object.fromEntries(snapshot.balance.currencies.map(({ currency, total }) => [currency, formatDecimal(total)]));
  const contracts = Object.fromEntries(snapshot.positions.map(({ instrument, size }) => [instrument, formatDecimal(size)]));
  return { kind: 'baseline', currencies, contracts, evidence: snapshot.evidence };
}

/** Between full comparisons: positions are proven one by one, with time for fills to arrive; foreign orders and account changes count at once. */
function routine(
  state: State,
  snapshot: Snapshot,
  { differences, inspects }: { readonly differences: readonly DifferenceBody[]; readonly inspects: readonly Effect[] },
): Step {
  const observes: Effect[] = [];
  for (const instrument of state.instruments.values()) {
    if (differences.some((difference) => difference.subject === subjectOf(instrument)))
      observes.push({ kind: 'observe', instrument: instrument.id, afterMilliseconds: 0 });
  }
  // A position in what twokey does not trade has nothing in flight that could explain it.
  const serious = differences.filter(
    ({ kind, subject }) =>
      kind === 'order' || kind === 'account' || (kind === 'position' && !state.instruments.has(subject as InstrumentId)),
  );
  const [first] = serious;
  if (first === undefined || state.mode !== 'ACTIVE') return { entries: [], effects: [...inspects, ...observes] };
  const compared: Entry = { kind: 'compared', trigger: 'routine', clean: false, differences: serious, evidence: snapshot.evidence };
  const stop = down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: tell(serious) });
  return { entries: [compared, ...stop.entries], effects: [...inspects, ...observes, ...stop.effects] };
}
