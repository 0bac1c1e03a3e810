import type { Approval } from '../core/account/approvals.ts';
import { intentKey, type IntentRecord } from '../core/account/state.ts';
import { lossAtItsStop } from '../core/gateway/approvals.ts';
import { decisionOnApproval, limitsLeftOnApproval } from '../core/gateway/judging.ts';
import type { Json } from '../core/lang/canonical.ts';
import { get } from '../core/lang/table.ts';
import { amountOf, referencePrice } from '../core/market/valuation.ts';
import { type Decimal, divideDown, divideUp, formatDecimal, isNegative, isPositive, one, subtract } from '../core/money/decimal.ts';
import { approvalAbove, policyFor } from '../core/policy/configuration.ts';
import { formatPercentage } from '../core/policy/fields.ts';
import { answerOf } from './answer.ts';
import type { Seen } from './documents.ts';
import { type Document, headOf, isoTime, priceUnit, sizeUnit } from './head.ts';

/**
 * Every order that waits for a person, in the gateway's own words: what would be sent, what it leads to, and what the policy would say if the
 * person agreed now. Only what stands under `agent_says` was written by the agent.
 */
export function approvalsView(seen: Seen): Document {
  const { state, circumstances, configuration } = seen;
  // Where no gateway runs, nobody has written down yet that the time of some is over.
  const waiting = [...state.approvals.values()].filter(({ expiresAt }) => circumstances.now < expiresAt);
  const next =
    waiting.length === 0 ? [] : ['twokey approve ID sends one of them, twokey deny ID refuses it, and doing nothing lets it expire'];
  return {
    ...headOf(state, circumstances.now),
    above_usd: approvalAbove(configuration.approval),
    approvals: waiting.map((approval) => approvalRow(seen, approval)),
    next,
  };
}

function approvalRow(seen: Seen, approval: Approval): Document {
  const { state, circumstances } = seen;
  const { terms } = approval;
  const instrument = state.instruments.get(terms.instrument);
  const quote = circumstances.quotes.get(terms.instrument);
  const lost = lossAtItsStop(state, { terms, stopLoss: approval.triggers.stopLoss, principal: approval.principal }, seen);
  const reference = instrument === undefined || quote === undefined ? null : referencePrice(instrument, quote);
  return {
    id: approval.id,
    agent: approval.principal,
    intent_id: approval.intentId,
    instrument: terms.instrument,
    side: terms.side,
    type: terms.type,
    size: formatDecimal(terms.size),
    size_unit: sizeUnit(instrument),
    amount: instrument === undefined ? null : formatDecimal(amountOf(instrument, terms.size)),
    amount_unit: instrument?.kind === 'inverse' ? 'USD' : (instrument?.base ?? null),
    worst_price: formatDecimal(terms.price),
    price_unit: priceUnit(state, terms.instrument),
    take_profit: approval.triggers.takeProfit === null ? null : formatDecimal(approval.triggers.takeProfit),
    stop_loss: approval.triggers.stopLoss === null ? null : formatDecimal(approval.triggers.stopLoss),
    loss_at_stop_usd: lost === null ? null : formatDecimal(lost),
    stop_slippage: formatPercentage(policyFor(seen.configuration, approval.principal).maxSlippage),
    notional_usd: upToCents(approval.notionalUsd),
    market_price: reference === null ? null : formatDecimal(reference),
    distance_from_market: reference === null || !isPositive(reference) ? null : distance(terms.price, reference),
    window_usd: upToCents(approval.windowUsd),
    underlying_worst_case_usd: approval.underlyingWorstCaseUsd === null ? null : upToCents(approval.underlyingWorstCaseUsd),
    asked_at: isoTime(approval.askedAt),
    expires_at: isoTime(approval.expiresAt),
    log_seq: approval.seq,
    if_approved_now: ifApproved(seen, approval),
    left_after: limitsLeftOnApproval(state, approval, seen).map((limit) => ({ ...limit })),
    agent_says: agentWords(seen, approval),
  };
}

/** How far the worst price is above (+) or below (−) the market, in percent. */
function distance(price: Decimal, reference: Decimal): string {
  const part = divideDown({ dividend: subtract(price, reference), divisor: reference, digits: 5 });
  const percent = formatDecimal({ ...part, coefficient: part.coefficient * 100n });
  return `${isNegative(part) ? '' : '+'}${percent} %`;
}

function ifApproved(seen: Seen, approval: Approval): Document {
  const { state } = seen;
  const decision = decisionOnApproval(state, approval, seen);
  if (decision === null) return { outcome: 'denied', message: 'this version cannot read the request any more' };
  if (decision.kind === 'deny') return { outcome: 'denied', code: decision.code, message: decision.message };
  return {
    outcome: 'sent',
    worst_price: formatDecimal(decision.terms.price),
    notional_usd: upToCents(decision.notionalUsd),
    instrument_worst_case_usd: upToCents(decision.worstCaseAfterUsd),
  };
}

/** What the agent gave as its reasons: to be read as the words of somebody who wants the order. */
function agentWords({ state }: Seen, { principal, intentId }: Approval): Document {
  const record = get(state.intents, intentKey(principal, intentId));
  const given = record?.result.kind === 'pending' ? record.result.arguments : null;
  if (!isFields(given)) return {};
  const words = Object.entries(given).filter(([key]) => key === 'reason' || key === 'evidence' || key === 'strategy');
  return Object.fromEntries(words);
}

function isFields(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What became of a wish that a person judged, as its agent is told it, with whose it was. */
export function judgedView({ state, circumstances }: Seen, record: IntentRecord): Document {
  const { answer } = answerOf({ state, record, now: circumstances.now });
  return { ...headOf(state, circumstances.now), agent: record.principal, ...(isFields(answer) ? answer : {}) };
}

function upToCents(amount: Decimal): string {
  return formatDecimal(divideUp({ dividend: amount, divisor: one, digits: 2 }));
}
