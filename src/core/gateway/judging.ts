import { type Approval, type Attached, digestOf } from '../account/approvals.ts';
import { coolingMilliseconds, repeatsOf } from '../account/denials.ts';
import { denialKey, intentKey, type Pending, type State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { assert } from '../lang/assert.ts';
import { get } from '../lang/table.ts';
import { compare, equals } from '../money/decimal.ts';
import type { PlaceIntent } from '../order/intent.ts';
import type { OrderTerms } from '../order/order.ts';
import { parseIntent } from '../order/parse-intent.ts';
import type { LimitAfter } from '../policy/after.ts';
import { OPERATOR } from '../policy/control.ts';
import type { Decision, Denial } from '../policy/decision.ts';
import { seconds } from '../policy/words.ts';
import { attachedTo } from './approvals.ts';
import { cooled } from './cooling.ts';
import type { Context, Event, Step } from './events.ts';
import { decisionEntry, decisionOn, limitsLeft, type Seeing, sending, type Wish } from './wishes.ts';

/**
 * A person answered. Agreeing lifts the need for a person and nothing else: the order is decided anew on what is true now, with the size that was
 * shown and at the price that was shown or a better one. Whatever comes of it, the approval is used up in the same append.
 */
export function judged(state: State, { call, approval: id, verb, reason }: Extract<Event, { kind: 'judged' }>, context: Context): Step {
  const approval = state.approvals.get(id);
  if (approval === undefined) {
    const message = `no order waits under ${id}: it was answered, has expired, or never was; twokey approvals lists what waits`;
    return { entries: [], effects: [{ kind: 'refuse', call, code: 'NOT_FOUND', message }] };
  }
  const { now } = context.circumstances;
  if (now >= approval.expiresAt) return { entries: [expired(state, approval, now)], effects: [] };
  if (verb === 'deny') return { entries: [refusedByPerson(state, approval, { reason, now })], effects: [] };
  const wish = wishOf(state, approval, context);
  if (wish === null) {
    const message = 'this version cannot read the request any more; nothing was sent';
    return { entries: [ended(state, approval, { outcome: 'denied', by: 'twokey', reason, message, now })], effects: [] };
  }
  const { intentId, principal, digest } = approval;
  const used: Entry = { kind: 'approved', approval_id: id, principal, intent_id: intentId, digest, by: OPERATOR, reason };
  const then = decidedAnew(state, approval, wish);
  return { entries: [used, ...then.entries], effects: then.effects };
}

/** Once a second: what nobody answered in time is over. */
export function expiries(state: State, now: number): Step {
  const late = [...state.approvals.values()].filter(({ expiresAt }) => now >= expiresAt);
  return { entries: late.map((approval) => expired(state, approval, now)), effects: [] };
}

/** What the policy says now of an order that waits, if a person agrees; `null` where its request cannot be read. Showing it asks the same. */
export function decisionOnApproval(state: State, approval: Approval, context: Seeing): Decision | null {
  const { price, size } = approval.terms;
  const intent = intentOf(approval, pendingOf(state, approval));
  return intent === null ? null : decisionOn(state, intent, context, { price, size });
}

/** What of the limits it would leave if a person agrees now; none where that is not known. */
export function limitsLeftOnApproval(state: State, approval: Approval, context: Seeing): readonly LimitAfter[] {
  const { price, size } = approval.terms;
  const intent = intentOf(approval, pendingOf(state, approval));
  return intent === null ? [] : limitsLeft(state, intent, context, { price, size });
}

function decidedAnew(state: State, approval: Approval, wish: Wish<PlaceIntent>): Step {
  const { intent, bodyHash, context } = wish;
  const { price, size } = approval.terms;
  const decision = decisionOn(state, intent, context, { price, size });
  assert(decision.kind !== 'needs_approval', 'nobody is asked twice');
  if (decision.kind === 'allow') {
    assertAsShown(decision.terms, attachedTo(intent), approval);
    return sending(state, wish, decision);
  }
  const denial = cooled(state, { intent, bodyHash, now: context.circumstances.now }, decision);
  return { entries: [decisionEntry({ state, ...wish, decision: denial, mode: state.mode })], effects: [] };
}

/** What leaves is what the person saw, or the same at a better price. */
function assertAsShown(terms: OrderTerms, attached: Attached, { terms: shown, digest }: Approval): void {
  assert(equals(terms.size, shown.size), 'the size is the one that was shown');
  assert(digestOf({ ...terms, price: shown.price }, attached) === digest, 'everything but the price is what was shown');
  const distance = compare(terms.price, shown.price);
  assert(terms.side === 'buy' ? distance <= 0 : distance >= 0, 'the price is the one that was shown or better');
}

/** The request behind an approval as it was asked; `null` where this version cannot read what an earlier one took. */
function wishOf(state: State, approval: Approval, context: Context): Wish<PlaceIntent> | null {
  const found = pendingOf(state, approval);
  const intent = intentOf(approval, found);
  const { tool, bodyHash, pending } = found;
  return intent === null ? null : { event: { tool, arguments: pending.arguments, client: pending.client }, intent, bodyHash, context };
}

function intentOf({ principal }: Approval, { tool, pending }: Found): PlaceIntent | null {
  const read = parseIntent({ principal, tool, arguments: pending.arguments });
  return read.ok && read.value.kind === 'place' ? read.value : null;
}

type Found = { readonly tool: string; readonly bodyHash: string; readonly pending: Pending };

function pendingOf(state: State, { principal, intentId }: Approval): Found {
  const record = get(state.intents, intentKey(principal, intentId));
  assert(record !== undefined, 'what waits was decided');
  const { tool, bodyHash, result } = record;
  assert(result.kind === 'pending', 'what waits is not settled');
  return { tool, bodyHash, pending: result };
}

function refusedByPerson(state: State, approval: Approval, { reason, now }: { readonly reason: string; readonly now: number }): Entry {
  const words = reason === '' ? '' : `; they say: ${reason}`;
  const message = `a person was asked and refused this order; nothing was sent${words}`;
  return ended(state, approval, { outcome: 'denied', by: OPERATOR, reason, message, now });
}

function expired(state: State, approval: Approval, now: number): Entry {
  const waited = seconds(approval.expiresAt - approval.askedAt);
  const message = `nobody agreed to this order within ${waited}; nothing was sent, and nothing of it waits any more`;
  return ended(state, approval, { outcome: 'expired', by: 'twokey', reason: '', message, now });
}

/** With an agent that is revoked goes what waits for it: whoever is added under its name later has not asked for that. */
export function withdrawn(
  state: State,
  agent: string,
  { reason, now }: { readonly reason: string; readonly now: number },
): readonly Entry[] {
  const message = 'its agent was revoked; nothing was sent, and nothing of it waits any more';
  return [...state.approvals.values()]
    .filter(({ principal }) => principal === agent)
    .map((approval) => ended(state, approval, { outcome: 'denied', by: OPERATOR, reason, message, now }));
}

type End = {
  readonly outcome: 'denied' | 'expired';
  readonly by: string;
  readonly reason: string;
  readonly message: string;
  readonly now: number;
};

/** The end without an order. The same wish cools before anybody is asked again: a person who is asked too often agrees to anything. */
function ended(state: State, approval: Approval, { outcome, by, reason, message, now }: End): Entry {
  const { id, principal, intentId, digest } = approval;
  const code: Denial['code'] = outcome === 'denied' ? 'APPROVAL_DENIED' : 'APPROVAL_EXPIRED';
  const { bodyHash } = pendingOf(state, approval);
  const before = get(state.denials, denialKey(principal, bodyHash));
  return {
    kind: 'approval_ended',
    approval_id: id,
    principal,
    intent_id: intentId,
    digest,
    by,
    reason,
    outcome,
    message,
    next_allowed_at: now + coolingMilliseconds(repeatsOf(before, { code, now })),
  };
}
