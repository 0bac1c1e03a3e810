import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { ProtectIntent } from '../order/intent.ts';
import type { Write } from '../order/request.ts';
import { policyFor } from '../policy/configuration.ts';
import { decideProtection } from '../policy/protect.ts';
import type { Context, Effect, Step } from './events.ts';
import { textsOf } from './trigger-texts.ts';
import { stopPlacement } from './stop-placement.ts';
import { type Asked, askedBefore, bodyHashOf, decisionEntry, denied, type Wish } from './wishes.ts';

/** A wish for stop orders: each that is placed or moved is written down before it is asked for, as an order is. */
export function protectionAsked(state: State, event: Asked<ProtectIntent>, context: Context): Step {
  const { intent } = event;
  const bodyHash = bodyHashOf(event.tool, event.arguments);
  const known = askedBefore(state, event, bodyHash);
  if (known !== null) return known;
  const wish: Wish<ProtectIntent> = { event, intent, bodyHash, context };
  const { circumstances, configuration } = context;
  const protection = decideProtection({
    books: state,
    intent,
    circumstances,
    policy: policyFor(configuration, intent.principal),
    sharedPositions: configuration.agents.get(intent.principal)?.sharedPositions ?? false,
  });
  if (protection.kind === 'deny') return denied(state, wish, protection);
  if (circumstances.readOnly) {
    const message = 'the policy would allow this protection, and the gateway is read-only';
    return denied(state, wish, { kind: 'deny', code: 'READ_ONLY', message, limit: null, wouldBeAllowed: null });
  }
  const entries: Entry[] = [decisionEntry({ state, event, intent, bodyHash, context, decision: { kind: 'obey' }, mode: state.mode })];
  const effects: Effect[] = [];
  const by = { principal: intent.principal, intent_id: intent.intentId };
  for (const { order, triggers } of protection.moves) {
    const { clientOrderId: id, instrument } = order;
    const request: Write = { kind: 'amend_protection', instrument, clientOrderId: id, triggers };
    const requestHash = context.requestHash(request);
    entries.push({ kind: 'moving', client_order_id: id, ...by, ...textsOf(triggers), request_hash: requestHash });
    effects.push({ kind: 'submit', clientOrderId: id, request, requestHash });
  }
  for (const [index, terms] of protection.places.entries()) {
    const placement = stopPlacement(state, context, { ahead: index + 1, terms, principal: intent.principal, intentId: intent.intentId });
    entries.push(placement.entry);
    effects.push(placement.effect);
  }
  return { entries, effects };
}
