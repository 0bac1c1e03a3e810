import type { Mode } from '../account/mode.ts';
import { denialKey, intentKey, type IntentRecord, type State } from '../account/state.ts';
import type { DecisionBody, DecisionInputs, SubmittingBody } from '../journal/entry.ts';
import { unreachable } from '../lang/assert.ts';
import { canonicalJson, type Json } from '../lang/canonical.ts';
import { digest } from '../lang/digest.ts';
import { get } from '../lang/table.ts';
import { referencePrice } from '../market/valuation.ts';
import { divideDown, divideUp, formatDecimal, one } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import { clientOrderId } from '../order/identity.ts';
import type { CancelIntent, CloseIntent, HaltIntent, Intent, PlaceIntent, ProtectIntent, RebalanceIntent } from '../order/intent.ts';
import type { ClientOrderId, Order, OrderTerms } from '../order/order.ts';
import type { AttachedProtection, Write } from '../order/request.ts';
import { type LimitAfter, limitsAfter } from '../policy/after.ts';
import { policyFor } from '../policy/configuration.ts';
import type { ApprovedTerms } from '../policy/control.ts';
import { decide, type Question } from '../policy/decide.ts';
import { type Allowance, type Decision, type Denial, nextAllowedAt } from '../policy/decision.ts';
import { mayNotAsk, question } from './approvals.ts';
import { cooled, coolingDenial } from './cooling.ts';
import { type Context, type Effect, type Event, nothing, type Step } from './events.ts';
import { cancelling, down } from './modes.ts';
import { textsOf } from './trigger-texts.ts';
import { quoteOf, quotesOf } from './quote-body.ts';

/** The exchange discards a placement that reaches it later than this after the decision (expTime). */
export const EXPIRY_MILLISECONDS = 1500;
const USD_DIGITS = 8;
const PRICE_DIGITS = 20;
const IDENTICAL_DENIAL_MILLISECONDS = 10_000;

/** A wish as it came; `Kind` is what its arguments said. */
export type Asked<Kind extends Intent = Intent> = Extract<Event, { kind: 'asked' }> & { readonly intent: Kind };
/** Wishes that come to one order at most; the others have files of their own. */
type SingleIntent = Exclude<Intent, RebalanceIntent | ProtectIntent>;
/** What of a question its decision is made from; an approval keeps it until a person has answered. */
export type AskedFor = Pick<Asked, 'tool' | 'arguments' | 'client'>;

/** The hash that makes two requests the same: everything but the intent_id. */
export function bodyHashOf(tool: string, requested: Json): string {
  const body =
    typeof requested === 'object' && requested !== null && !Array.isArray(requested)
      ? Object.fromEntries(Object.entries(requested).filter(([key]) => key !== 'intent_id'))
      : requested;
  return digest(canonicalJson([tool, body]));
}

/** A wish of an agent: the same wish again, a conflict, or a decision. */
export function asked(state: State, event: Asked<SingleIntent>, context: Context): Step {
  const { intent } = event;
  const bodyHash = bodyHashOf(event.tool, event.arguments);
  const known = askedBefore(state, event, bodyHash);
  if (known !== null) return known;
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

/** What a wish comes to whose intent_id was used already: nothing new, whatever it says; `null` for a new one. */
export function askedBefore(state: State, { call, tool, intent }: Asked, bodyHash: string): Step | null {
  const known = get(state.intents, intentKey(intent.principal, intent.intentId));
  if (known !== undefined) return known.bodyHash === bodyHash && known.tool === tool ? nothing : conflict(call, known);
  return null;
}

function conflict(call: number, known: IntentRecord): Step {
  const message = `intent_id ${known.intentId} was used for another request (${known.tool}, log entry ${known.seq}); nothing was sent; use a new intent_id`;
  return { entries: [], effects: [{ kind: 'refuse', call, code: 'INTENT_CONFLICT', message }] };
}

/** What `place_order` would answer now: what is cooling is answered from memory, and everything else decided. */
export function previewOf(
  state: State,
  intent: PlaceIntent | CloseIntent,
  { given, context }: { readonly given: Json; readonly context: Context },
): Decision {
  const bodyHash = bodyHashOf('place_order', given);
  const cooling = coolingDenial(state, { intent, bodyHash, now: context.circumstances.now });
  if (cooling !== null) return cooling.denial;
  const decision = decisionOn(state, intent, context);
  return decision.kind === 'needs_approval' ? (mayNotAsk(state, intent.principal, decision) ?? decision) : decision;
}

/**
 * What the policy says of a wish to trade now. `approved` is what a person agreed to: then nobody is asked, and
 * nothing but that may come of it.
 */
export function decisionOn(
  state: State,
  intent: PlaceIntent | CloseIntent,
  context: Seeing,
  approved: ApprovedTerms | null = null,
): Decision {
  return decide({ ...questionOf(state, intent, context), approved });
}

/** What an entry leaves of the limits, for the person who is asked about it. */
export function limitsLeft(
  state: State,
  intent: PlaceIntent | CloseIntent,
  context: Seeing,
  approved: ApprovedTerms | null = null,
): readonly LimitAfter[] {
  return limitsAfter({ ...questionOf(state, intent, context), approved });
}

/** What of a context a decision looks at. */
export type Seeing = Pick<Context, 'circumstances' | 'configuration'>;

function questionOf(state: State, intent: PlaceIntent | CloseIntent, { circumstances, configuration }: Seeing): Question {
  const { threshold, firstOfKind } = configuration.approval;
  return {
    books: state,
    intent,
    circumstances,
    policy: policyFor(configuration, intent.principal),
    approvalAbove: threshold.kind === 'above' ? threshold.amount : null,
    firstOfKind,
    approved: null,
    sharedPositions: configuration.agents.get(intent.principal)?.sharedPositions ?? false,
    replaces: null,
  };
}

export type Wish<Kind> = { readonly event: AskedFor; readonly intent: Kind; readonly bodyHash: string; readonly context: Context };

function wished(state: State, wish: Wish<PlaceIntent | CloseIntent>): Step {
  const { intent, bodyHash, context } = wish;
  const asking = { intent, bodyHash, now: context.circumstances.now };
  const cooling = coolingDenial(state, asking);
  if (cooling !== null) return deniedAgain(wish, cooling.sameAs);
  const decision = decisionOn(state, intent, context);
  switch (decision.kind) {
    case 'deny':
      return denied(state, wish, cooled(state, asking, decision));
    case 'needs_approval': {
      const refused = mayNotAsk(state, intent.principal, decision);
      if (refused !== null) return denied(state, wish, cooled(state, asking, refused));
      const entry = decisionEntry({ state, ...wish, decision, mode: state.mode });
      const left = limitsLeft(state, intent, context);
      return { entries: [entry, ...question(state, { intent, decision, context, left })], effects: [] };
    }
    case 'allow':
      return sending(state, wish, decision);
    default:
      return unreachable(decision);
  }
}

/** The decision and the order that it allows, in one append; then the order leaves. */
export function sending(state: State, wish: Wish<PlaceIntent | CloseIntent>, decision: Allowance): Step {
  const { entry, effect } = submission(state, { intent: wish.intent, decision, context: wish.context });
  return { entries: [decisionEntry({ state, ...wish, decision, mode: state.mode }), entry], effects: [effect] };
}

type Allowed = {
  readonly intent: PlaceIntent | CloseIntent;
  readonly decision: Allowance;
  readonly context: Context;
};

/** The order that an allowed wish becomes, under the next number: what is written of it, and what is then sent. */
export function submission(
  state: State,
  { intent, decision, context }: Allowed,
): { readonly entry: SubmittingBody; readonly effect: Effect } {
  const id = nextId(state, context, 1);
  const expiresAt = context.circumstances.now + EXPIRY_MILLISECONDS;
  const { terms } = decision;
  const protection = intent.kind === 'place' ? attachedTo(intent, nextId(state, context, 2)) : null;
  const request: Write = { kind: 'place', clientOrderId: id, terms, protection, expiresAt };
  const requestHash = context.requestHash(request);
  const entry: SubmittingBody = {
    kind: 'submitting',
    client_order_id: id,
    principal: intent.principal,
    intent_id: intent.intentId,
    instrument: terms.instrument,
    product: terms.product,
    side: terms.side,
    leg: terms.leg,
    type: terms.type,
    size: formatDecimal(terms.size),
    price: formatDecimal(terms.price),
    reduce_only: terms.reduceOnly,
    purpose: terms.purpose,
    strategy: intent.strategy,
    notional_usd: writtenUsd(decision.notionalUsd),
    marks: {
      fingerprints: decision.marks.fingerprints,
      duplicate_window_ms: decision.marks.duplicateWindowMilliseconds,
      latches_same_side: decision.marks.latchesSameSide,
    },
    ...(protection === null ? {} : { protection: { client_order_id: protection.clientOrderId, ...textsOf(protection) } }),
    expires_at: expiresAt,
    ...arrivalOf(state, terms, context),
    request_hash: requestHash,
  };
  return { entry, effect: { kind: 'submit', clientOrderId: id, request, requestHash } };
}

/** The `ahead`-th id that was not given yet. */
export function nextId(state: State, { spent }: Context, ahead: number): ClientOrderId {
  return clientOrderId({ journal: state.journal, epoch: state.epoch, sequence: Math.max(state.sequence, spent) + ahead });
}

function attachedTo({ takeProfit, stopLoss }: PlaceIntent, id: ClientOrderId): AttachedProtection | null {
  return takeProfit === null && stopLoss === null ? null : { clientOrderId: id, takeProfit, stopLoss };
}

/** Computed prices may have any number of digits, and an entry holds at most thirty: counted as a little more, never as less. */
export function writtenUsd(amount: Usd): string {
  return formatDecimal(divideUp({ dividend: amount, divisor: one, digits: USD_DIGITS }));
}

/** What the fills of an order are measured against. More digits than an entry holds are cut off. */
function arrivalOf(state: State, { instrument: id }: OrderTerms, { circumstances }: Context): { readonly arrival?: string } {
  const instrument = state.instruments.get(id);
  const quote = circumstances.quotes.get(id);
  const reference = instrument === undefined || quote === undefined ? null : referencePrice(instrument, quote);
  if (reference === null) return {};
  return { arrival: formatDecimal(divideDown({ dividend: reference, divisor: one, digits: PRICE_DIGITS })) };
}

export function denied(state: State, wish: Wish<Intent>, denial: Denial): Step {
  const { intent, bodyHash, context } = wish;
  const last = get(state.denials, denialKey(intent.principal, bodyHash));
  // An agent that asks the same again and again gets the same answer and a short line, so that it cannot fill the disk. A new moment is told anew.
  const isSame = last !== undefined && last.code === denial.code && nextAllowedAt(denial) === null;
  if (isSame && context.circumstances.now - last.at < IDENTICAL_DENIAL_MILLISECONDS) return deniedAgain(wish, last.intentId);
  return { entries: [decisionEntry({ state, ...wish, decision: denial, mode: state.mode })], effects: [] };
}

function deniedAgain({ intent, bodyHash }: Wish<Intent>, sameAs: string): Step {
  const { principal, intentId } = intent;
  return { entries: [{ kind: 'denied_again', principal, intent_id: intentId, body_hash: bodyHash, same_as: sameAs }], effects: [] };
}

type DecisionParts = Wish<Intent> & { readonly state: State; readonly decision: Decision | { readonly kind: 'obey' }; readonly mode: Mode };

/** A request and what was decided on it, with what the decision rests on. */
export function decisionEntry({ state, event, intent, bodyHash, context, decision }: DecisionParts): DecisionBody {
  const denial = decision.kind === 'deny' ? decision : null;
  const told = decision.kind === 'needs_approval' ? decision : denial;
  return {
    kind: 'decision',
    principal: intent.principal,
    intent_id: intent.intentId,
    tool: event.tool,
    arguments: event.arguments,
    body_hash: bodyHash,
    client: { name: event.client.name, version: event.client.version, tools_hash: event.client.toolsHash },
    outcome: decision.kind === 'obey' ? 'allow' : decision.kind,
    code: denial?.code ?? '',
    message: told?.message ?? '',
    limit: told?.limit ?? null,
    would_be_allowed: denial === null || denial.wouldBeAllowed === null ? null : formatDecimal(denial.wouldBeAllowed),
    next_allowed_at: denial === null ? null : nextAllowedAt(denial),
    inputs: inputsOf(state, intent, context, decision),
  };
}

function inputsOf(state: State, intent: Intent, context: Context, decision: DecisionParts['decision']): DecisionInputs {
  const { circumstances, policyHash } = context;
  return {
    policy_hash: policyHash,
    mode: state.booting ? 'BOOT' : state.mode,
    now: circumstances.now,
    quote: intent.kind === 'place' || intent.kind === 'close' ? quoteOf(questionOf(state, intent, context)) : null,
    ...(intent.kind === 'rebalance' ? { quotes: quotesOf(state, intent, context) } : {}),
    equity_usd: circumstances.funds === null ? null : formatDecimal(circumstances.funds.equityUsd),
    notional_usd: 'notionalUsd' in decision ? formatDecimal(decision.notionalUsd) : null,
    worst_case_after_usd: 'worstCaseAfterUsd' in decision ? formatDecimal(decision.worstCaseAfterUsd) : null,
  };
}

function cancelWished(state: State, wish: Wish<CancelIntent>): Step {
  const { event, intent, bodyHash, context } = wish;
  const wanted = [...state.openOrders.values()].filter((order) => order.principal === intent.principal && wants(intent, order));
  // What protects is not taken away by whoever it protects from.
  const chosen = wanted.filter(({ stop }) => stop === null);
  if (chosen.length === 0 && intent.target.kind === 'order' && wanted.length > 0) {
    const message = 'a stop order is not cancelled; set_protection moves it nearer to the market, and it ends with the position';
    return denied(state, wish, { kind: 'deny', code: 'NOT_ALLOWED', message, limit: null, wouldBeAllowed: null });
  }
  if (chosen.length === 0) {
    const message = 'you have no open order that this names; nothing was sent; get_portfolio lists your open orders';
    return denied(state, wish, { kind: 'deny', code: 'NOT_FOUND', message, limit: null, wouldBeAllowed: null });
  }
  if (context.circumstances.readOnly) {
    const message = 'this gateway is read-only and sends nothing, no cancel either; start it without read_only, or cancel at the exchange';
    return denied(state, wish, { kind: 'deny', code: 'READ_ONLY', message, limit: null, wouldBeAllowed: null });
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

function haltWished(state: State, { event, intent, bodyHash, context }: Wish<HaltIntent>): Step {
  const entry = decisionEntry({ state, event, intent, bodyHash, context, decision: { kind: 'obey' }, mode: state.mode });
  const halt = down(state, {
    to: context.configuration.policy.agentHalt,
    by: intent.principal,
    cause: `agent ${intent.principal} asked for a halt`,
  });
  return { entries: [entry, ...halt.entries], effects: halt.effects };
}
