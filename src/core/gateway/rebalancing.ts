import { apply } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import { survey } from '../exposure/survey.ts';
import type { DecisionBody, Entry, SubmittingBody } from '../journal/entry.ts';
import { assert, unreachable } from '../lang/assert.ts';
import { add, equals, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { RebalanceIntent } from '../order/intent.ts';
import type { OrderTerms } from '../order/order.ts';
import type { Code } from '../policy/codes.ts';
import { policyFor } from '../policy/configuration.ts';
import type { Decision, Denial } from '../policy/decision.ts';
import { othersOf } from '../policy/others.ts';
import { type PlannedTarget, type PlannedWish, planRebalance, probeOf, type RebalancePlan } from '../policy/rebalance.ts';
import { inSize } from '../policy/words.ts';
import type { Context, Effect, Step } from './events.ts';
import { type Asked, askedBefore, bodyHashOf, decisionEntry, decisionOn, denied, submission, type Wish, writtenUsd } from './wishes.ts';

/** One order of a list that was allowed as a whole. */
export type AllowedOrder = {
  readonly planned: PlannedWish;
  readonly terms: OrderTerms;
  /** What limits count it at. */
  readonly notionalUsd: Usd;
  readonly entry: SubmittingBody;
  readonly effect: Effect;
};

export type RebalanceDecision =
  | {
      readonly kind: 'allow';
      /** In the order in which they were decided and will be sent. */
      readonly orders: readonly AllowedOrder[];
      readonly targets: readonly PlannedTarget[];
      /** Worst case of the account over all instruments with all of them in the books; `null` where a price of something held is missing. */
      readonly worstCaseAfterUsd: Usd | null;
    }
  | Denial;

/** A wish for weights: the same wish again, a conflict, or a decision on all its orders at once. */
export function rebalanced(state: State, event: Asked<RebalanceIntent>, context: Context): Step {
  const { intent } = event;
  const bodyHash = bodyHashOf(event.tool, event.arguments);
  const known = askedBefore(state, event, bodyHash);
  if (known !== null) return known;
  if (intent.dryRun) {
    const message = 'a dry run is answered without a record; nothing was sent';
    return { entries: [], effects: [{ kind: 'refuse', call: event.call, code: 'UNAVAILABLE', message }] };
  }
  const wish: Wish<RebalanceIntent> = { event, intent, bodyHash, context };
  const decision = rebalanceOn(state, wish);
  if (decision.kind === 'deny') return denied(state, wish, decision);
  const { orders } = decision;
  return { entries: [planEntry(state, wish, decision), ...orders.map(({ entry }) => entry)], effects: orders.map(({ effect }) => effect) };
}

/**
 * Decides every order of a rebalance in turn, each on the books as the ones before it will have made them, by the same `apply` that will make them. So a
 * list is allowed exactly when its orders would be allowed one after the other, and the first that is not denies all of it (reference/risk.md D9, I-E5).
 * An exit frees nothing before it has filled. `preview` asks the same.
 */
export function rebalanceOn(state: State, wish: Wish<RebalanceIntent>): RebalanceDecision {
  const { intent, context } = wish;
  const { circumstances, configuration } = context;
  const sharedPositions = configuration.agents.get(intent.principal)?.sharedPositions ?? false;
  const plan = planRebalance({ books: state, intent, circumstances, sharedPositions });
  switch (plan.kind) {
    case 'refused':
      return denial(plan.code, `refused: ${plan.text}`);
    case 'blind': {
      const decision = decisionOn(state, plan.wish, context);
      assert(decision.kind !== 'allow', 'what cannot be worked out is not allowed');
      return refusalOf(decision);
    }
    case 'plan':
      return plan.wishes.length === 0 ? nothingToDo(state, wish, plan.targets) : inTurn(state, wish, plan);
    default:
      return unreachable(plan);
  }
}

type Planned = Extract<RebalancePlan, { kind: 'plan' }>;

function inTurn(state: State, wish: Wish<RebalanceIntent>, { wishes, targets }: Planned): RebalanceDecision {
  const { context } = wish;
  const at = context.circumstances.now;
  const applied = (to: State, entry: Entry): State => apply(to, { seq: to.seq + 1, at, entry });
  let provisional = applied(state, planEntry(state, wish, { orders: [], targets, worstCaseAfterUsd: null }));
  const orders: AllowedOrder[] = [];
  for (const planned of wishes) {
    const decision = decisionOn(provisional, planned.wish, context);
    if (decision.kind !== 'allow') return explained(refusalOf(decision), { planned, orders, wishes });
    assert(decision.terms.side === planned.side, 'an order trades on the side that was planned');
    assert(equals(decision.terms.size, planned.size), 'an order has the size that was planned');
    const { entry, effect } = submission(provisional, { intent: planned.wish, decision, context });
    orders.push({ planned, terms: decision.terms, notionalUsd: decision.notionalUsd, entry, effect });
    provisional = applied(provisional, entry);
  }
  return { kind: 'allow', orders, targets, worstCaseAfterUsd: worstCaseOf(provisional, wish) };
}

/** What refuses a wish whatever it asks for. */
const refusesAll: ReadonlySet<Code> = new Set<Code>(['BOOTING', 'HALTED', 'REASON_REQUIRED']);

/** Everything is where it shall be: told so where any wish could pass, and the books can be believed. */
function nothingToDo(state: State, wish: Wish<RebalanceIntent>, targets: readonly PlannedTarget[]): RebalanceDecision {
  const [first] = wish.intent.targets;
  assert(first !== undefined, 'a rebalance names a target');
  const decision = decisionOn(state, probeOf(wish.intent, first), wish.context);
  if (decision.kind !== 'allow' && refusesAll.has(refusalOf(decision).code)) return refusalOf(decision);
  return { kind: 'allow', orders: [], targets, worstCaseAfterUsd: worstCaseOf(state, wish) };
}

/** Anything but a plain yes refuses the whole: a list does not wait for a person. */
function refusalOf(decision: Exclude<Decision, { kind: 'allow' }>): Denial {
  if (decision.kind === 'deny') return decision;
  const { limit, message } = decision;
  return { kind: 'deny', code: 'APPROVAL_DENIED', message: `refused: ${message}`, limit, wouldBeAllowed: null };
}

type Refused = { readonly planned: PlannedWish; readonly orders: readonly AllowedOrder[]; readonly wishes: readonly PlannedWish[] };

/** What was refused, by its place in the list, and what would pass instead. The largest quantity is that of one order, so that only the text tells it. */
function explained(refused: Denial, { planned, orders, wishes }: Refused): Denial {
  const { instrument, side, size } = planned;
  const order = `order ${orders.length + 1} of ${wishes.length}, ${side} ${inSize(instrument, size)} on ${instrument.id}`;
  const why = refused.message.replace(/^refused: /, '');
  return {
    ...refused,
    wouldBeAllowed: null,
    message: `refused as a whole, nothing was sent: ${order}: ${why}${wayOut(refused.code, orders)}`,
  };
}

/** What a reduction frees, it frees when it has filled and not before. */
const freedByReductions: ReadonlySet<Code> = new Set<Code>([
  'INSUFFICIENT_FUNDS',
  'MAX_POSITION_SIZE',
  'MAX_UNDERLYING_EXPOSURE',
  'MAX_MARGIN',
  'MAX_TOTAL_EXPOSURE',
  'MAX_LEVERAGE',
  'MAX_OPEN_POSITIONS',
  'MAX_OPEN_ORDERS',
]);

function wayOut(code: Code, orders: readonly AllowedOrder[]): string {
  if (code === 'APPROVAL_DENIED') return '; a list does not wait for a person: place this one as an order of its own';
  const reductions = orders.filter(({ planned }) => planned.purpose === 'exit').map(({ planned }) => planned.instrument.id);
  if (reductions.length === 0 || !freedByReductions.has(code)) return '';
  return `; what the reductions free counts once they have filled: those of ${reductions.join(', ')} alone would pass first`;
}

function worstCaseOf(books: State, { intent, context: { circumstances, configuration } }: Wish<RebalanceIntent>): Usd | null {
  const policy = policyFor(configuration, intent.principal);
  const total = othersOf({ circumstances, policy, holdings: survey(books), except: null });
  return total.kind === 'known' ? total.usd : null;
}

type Allowed = Omit<Extract<RebalanceDecision, { kind: 'allow' }>, 'kind'>;

function planEntry(state: State, wish: Wish<RebalanceIntent>, { orders, targets, worstCaseAfterUsd }: Allowed): DecisionBody {
  const entry = decisionEntry({ ...wish, state, decision: { kind: 'obey' }, mode: state.mode });
  const worth = orders.reduce((sum: Usd, { notionalUsd }) => add(sum, notionalUsd), zero);
  return {
    ...entry,
    inputs: {
      ...entry.inputs,
      notional_usd: writtenUsd(worth),
      worst_case_after_usd: worstCaseAfterUsd === null ? null : writtenUsd(worstCaseAfterUsd),
    },
    plan: {
      orders: orders.map(({ entry: { instrument, side, size, purpose, notional_usd } }) => ({
        instrument,
        side,
        size,
        purpose,
        notional_usd,
      })),
      turns: targets.filter(({ course }) => course === 'turns').map(({ instrument }) => instrument.id),
    },
  };
}

function denial(code: Code, message: string): Denial {
  return { kind: 'deny', code, message, limit: null, wouldBeAllowed: null };
}
