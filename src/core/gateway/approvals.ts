import { approvalIdOf, type Attached, digestOf } from '../account/approvals.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { type Decimal, divideUp, formatDecimal, one } from '../money/decimal.ts';
import type { Price, Usd } from '../money/units.ts';
import type { CloseIntent, PlaceIntent, Principal } from '../order/intent.ts';
import type { OrderTerms } from '../order/order.ts';
import { type LimitAfter, lossAtStop } from '../policy/after.ts';
import type { Code } from '../policy/codes.ts';
import { policyFor } from '../policy/configuration.ts';
import type { Denial, Request } from '../policy/decision.ts';
import { rateOf } from '../policy/others.ts';
import { inSize, percent, usd } from '../policy/words.ts';
import type { Context } from './events.ts';

/** Questions that may wait for a person at one time, of one agent and in all: more than anybody reads with care. */
export const WAITING_PER_AGENT_MAX = 10;
export const WAITING_MAX = 50;
const USD_DIGITS = 8;

/** Why no person is asked; `null` when one is. The order itself has passed every other control. */
export function mayNotAsk(state: State, principal: Principal, { terms, marks }: Request): Denial | null {
  let own = 0;
  for (const waiting of state.approvals.values()) {
    if (waiting.principal !== principal) continue;
    own += 1;
    // The duplicate window knows what was sent. Nothing of this was, and a person who agrees twice would mean it once.
    if (waiting.fingerprints.some((fingerprint) => marks.fingerprints.includes(fingerprint)))
      return denial('DUPLICATE_SUSPECT', `the same ${terms.side} of ${terms.instrument} waits for a person already`);
  }
  if (own >= WAITING_PER_AGENT_MAX)
    return denial('RATE_LIMIT', `${own} of at most ${WAITING_PER_AGENT_MAX} orders of ${principal} wait for a person already`);
  const waiting = state.approvals.size;
  return waiting < WAITING_MAX
    ? null
    : denial('RATE_LIMIT', `${waiting} of at most ${WAITING_MAX} orders of all agents wait for a person already`);
}

function denial(code: Code, text: string): Denial {
  return { kind: 'deny', code, message: `refused: ${text}`, limit: null, wouldBeAllowed: null };
}

type Asking = {
  readonly intent: PlaceIntent | CloseIntent;
  readonly decision: Request;
  readonly context: Context;
  /** What the order leaves of the limits. */
  readonly left: readonly LimitAfter[];
};

/** What is written after the decision that a person has to agree: the question, and an alert so that somebody notices it. */
export function question(state: State, { intent, decision, context, left }: Asking): readonly Entry[] {
  const { terms, underlying, notionalUsd } = decision;
  const { circumstances, configuration } = context;
  const { ttlMilliseconds } = configuration.approval;
  // The decision is the next entry, and the question the one after it: its number is its name.
  const id = approvalIdOf(state.seq + 2);
  const instrument = state.instruments.get(terms.instrument);
  const size = instrument === undefined ? formatDecimal(terms.size) : inSize(instrument, terms.size);
  const attached = attachedTo(intent);
  const order = `${terms.side} ${size} on ${terms.instrument} at ${formatDecimal(terms.price)} or better, ${usd(notionalUsd)}`;
  return [
    {
      kind: 'approval_asked',
      approval_id: id,
      principal: intent.principal,
      intent_id: intent.intentId,
      instrument: terms.instrument,
      product: terms.product,
      side: terms.side,
      leg: terms.leg,
      type: terms.type,
      size: formatDecimal(terms.size),
      price: formatDecimal(terms.price),
      take_profit: attached.takeProfit === null ? null : formatDecimal(attached.takeProfit),
      stop_loss: attached.stopLoss === null ? null : formatDecimal(attached.stopLoss),
      notional_usd: written(notionalUsd),
      window_usd: written(underlying.windowUsd),
      underlying_worst_case_usd: underlying.worstCaseUsd === null ? null : written(underlying.worstCaseUsd),
      digest: digestOf(terms, attached),
      fingerprints: decision.marks.fingerprints,
      expires_at: circumstances.now + ttlMilliseconds,
    },
    {
      kind: 'alert',
      severity: 'amber',
      code: 'APPROVAL_ASKED',
      message: `${intent.principal} waits ${ttlMilliseconds / 1000} s for a person: ${order}; look with twokey approvals, then twokey approve ${id} or twokey deny ${id}`,
      details: [stopText(state, { terms, ...attached, principal: intent.principal }, context), ...leftText(left)],
    },
  ];
}

type Stopping = { readonly terms: OrderTerms; readonly stopLoss: Price | null; readonly principal: Principal };

/** What an entry that waits loses at its stop (`lossAtStop`), in US dollars; `null` where it carries none, or where that is not known. */
export function lossAtItsStop(
  { instruments }: Pick<State, 'instruments'>,
  { terms, stopLoss, principal }: Stopping,
  { circumstances, configuration }: Pick<Context, 'circumstances' | 'configuration'>,
): Usd | null {
  const instrument = instruments.get(terms.instrument);
  const rate = instrument === undefined ? null : rateOf(instrument, circumstances);
  if (instrument === undefined || rate === null || stopLoss === null) return null;
  const { maxSlippage: slippage } = policyFor(configuration, principal);
  return lossAtStop({ instrument, side: terms.side, size: terms.size, price: terms.price, stopLoss, slippage, rate });
}

function stopText(state: State, stopping: Stopping, context: Context): string {
  if (stopping.stopLoss === null) return 'no stop travels with it: what it may lose is unbounded';
  const loss = lossAtItsStop(state, stopping, context);
  const at = `at its stop of ${formatDecimal(stopping.stopLoss)}`;
  if (loss === null) return `what it loses ${at} is not known`;
  const slippage = percent(policyFor(context.configuration, stopping.principal).maxSlippage);
  return `${at} it loses ${usd(loss)}, both fees and ${slippage} % of slippage included`;
}

function leftText(left: readonly LimitAfter[]): readonly string[] {
  if (left.length === 0) return [];
  const each = left.map(({ name, max, left: rest, unit }) => `${rest ?? 'an unknown part'} of ${max} ${unit} of ${name}`);
  return [`it leaves ${each.join('; ')}`];
}

/** What travels with an order that an agent wishes; a close has nothing. */
export function attachedTo(intent: PlaceIntent | CloseIntent): Attached {
  return intent.kind === 'close' ? { takeProfit: null, stopLoss: null } : { takeProfit: intent.takeProfit, stopLoss: intent.stopLoss };
}

/** As it can be journaled and read again; counted as a little more, never as less. */
function written(amount: Decimal): string {
  return formatDecimal(divideUp({ dividend: amount, divisor: one, digits: USD_DIGITS }));
}
