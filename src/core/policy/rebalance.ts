import type { Books, Circumstances } from '../account/books.ts';
import { isDust, positionsOf } from '../account/position.ts';
import type { Instrument } from '../market/instrument.ts';
import { notionalUsd, referencePrice } from '../market/valuation.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  divideDown,
  isNegative,
  isPositive,
  isZero,
  multiply,
  negate,
  one,
  roundDownToStep,
  subtract,
  zero,
} from '../money/decimal.ts';
import type { Price, Size, Usd } from '../money/units.ts';
import type { PlaceIntent, RebalanceIntent, Side, Target } from '../order/intent.ts';
import { leaves } from '../order/order.ts';
import { isOperator } from './control.ts';
import type { Code } from './codes.ts';
import { sizeUnit, usd } from './words.ts';

/** What a plan rests on. */
export type RebalanceQuestion = {
  readonly books: Books;
  readonly intent: RebalanceIntent;
  readonly circumstances: Circumstances;
  /** Whether what others opened is the asker's to rebalance too, as it is to close. */
  readonly sharedPositions: boolean;
};

/** One order that the plan wants: the same kind of wish that an agent could make itself. */
export type PlannedWish = {
  readonly wish: PlaceIntent;
  readonly purpose: 'entry' | 'exit';
  readonly instrument: Instrument;
  readonly side: Side;
  readonly size: Size;
  /** At the reference price. */
  readonly worthUsd: Usd;
};

/** What becomes of one target once everything has filled. Sizes are signed, in the trading unit. */
export type PlannedTarget = {
  readonly instrument: Instrument;
  readonly weight: Decimal;
  /** What the asker owns now. */
  readonly before: Size;
  readonly after: Size;
  /** What the weights of both are measured at. */
  readonly reference: Price;
  /** `turns`: the weight is on the other side of what is held, so that this closes it and the other side is a wish of its own. */
  readonly course: 'kept' | 'reduced' | 'raised' | 'turns';
};

export type RebalancePlan =
  /** Reductions first, then entries, each in the order of the targets. */
  | { readonly kind: 'plan'; readonly wishes: readonly PlannedWish[]; readonly targets: readonly PlannedTarget[] }
  /** What is asked cannot be worked out: this wish, which no policy allows then, has the reason. */
  | { readonly kind: 'blind'; readonly wish: PlaceIntent }
  | { readonly kind: 'refused'; readonly code: Code; readonly text: string };

/**
 * The orders that bring what the asker owns to the weights: of each named instrument its own share and nothing else. A target is as many whole lots as
 * the reference price makes of it, rounded towards zero, and none below the exchange's minimum; so is the difference. What is to be opened on the other
 * side waits for a wish of its own, because a close and an entry that leave together may arrive in any order (docs/decisions/0016).
 */
export function planRebalance(question: RebalanceQuestion): RebalancePlan {
  const { books, circumstances, intent } = question;
  const wishes: PlannedWish[] = [];
  const targets: PlannedTarget[] = [];
  for (const target of intent.targets) {
    const instrument = books.instruments.get(target.instrument);
    const quote = circumstances.quotes.get(target.instrument);
    const reference = instrument === undefined || quote === undefined ? null : referencePrice(instrument, quote);
    if (instrument === undefined || reference === null || !isPositive(reference)) return { kind: 'blind', wish: probeOf(intent, target) };
    const shares = sharesOf(question, instrument);
    if (shares.length > 1) return refusedPlan(`${instrument.id} is held long and short at once; close one of them first`);
    if (instrument.kind === 'spot' && isNegative(target.weight))
      return refusedPlan(`${instrument.id} is spot, which cannot be held short: its weight is from 0 to 1`);
    const { planned, wish } = plannedFor(intent, { target, instrument, reference, before: shares[0] ?? zero });
    targets.push(planned);
    if (wish !== null) wishes.push(wish);
  }
  const refused = problemOf(question, wishes);
  if (refused !== null) return refused;
  const of = (purpose: 'entry' | 'exit') => wishes.filter((each) => each.purpose === purpose);
  return { kind: 'plan', wishes: [...of('exit'), ...of('entry')], targets };
}

function refusedPlan(text: string): RebalancePlan {
  return { kind: 'refused', code: 'NOT_ALLOWED', text };
}

/** What of the instrument is the asker's, by leg: as with a close, all of it where positions are shared. */
function sharesOf({ books, intent, sharedPositions }: RebalanceQuestion, { id }: Instrument): readonly Size[] {
  const everything = sharedPositions || isOperator(intent.principal);
  const shares = positionsOf(books, id).map(({ size, owners }): Size => (everything ? size : (owners.get(intent.principal) ?? zero)));
  return shares.filter((share) => !isZero(share));
}

type Aim = { readonly target: Target; readonly instrument: Instrument; readonly reference: Price; readonly before: Size };
type Course = { readonly planned: PlannedTarget; readonly wish: PlannedWish | null };

function plannedFor(intent: RebalanceIntent, aim: Aim): Course {
  const { instrument, reference, target, before } = aim;
  const goal = goalOf(intent.baseUsd, aim);
  const common = { instrument, weight: target.weight, before, reference };
  const kept: Course = { planned: { ...common, after: before, course: 'kept' }, wish: null };
  const isOpposite = !isZero(goal) && !isZero(before) && isNegative(goal) !== isNegative(before) && !isDust(before, instrument);
  const to = isOpposite ? zero : goal;
  const size = roundDownToStep({ value: absolute(subtract(to, before)), step: instrument.lot });
  if (!isPositive(size) || compare(size, instrument.minimum) < 0) return kept;
  const worthUsd = notionalUsd({ instrument, size, price: reference });
  if (intent.minTradeUsd !== null && compare(worthUsd, intent.minTradeUsd) < 0) return kept;
  const side: Side = compare(to, before) > 0 ? 'buy' : 'sell';
  const after = side === 'buy' ? add(before, size) : subtract(before, size);
  const grows = compare(absolute(to), absolute(before)) > 0;
  const course = isOpposite ? 'turns' : grows ? 'raised' : 'reduced';
  const sized = { purpose: grows ? 'entry' : 'exit', instrument, side, size, worthUsd } as const;
  return { planned: { ...common, after, course }, wish: { ...sized, wish: wishOf(intent, sized) } };
}

/** The signed size that a weight means. */
function goalOf(baseUsd: Usd, { target, instrument, reference }: Aim): Size {
  const lotUsd = notionalUsd({ instrument, size: instrument.lot, price: reference });
  const lots = divideDown({ dividend: multiply(absolute(target.weight), baseUsd), divisor: lotUsd, digits: 0 });
  const size = multiply(lots, instrument.lot);
  if (compare(size, instrument.minimum) < 0) return zero;
  return isNegative(target.weight) ? negate(size) : size;
}

function wishOf(intent: RebalanceIntent, { purpose, instrument, side, size, worthUsd }: Omit<PlannedWish, 'wish'>): PlaceIntent {
  const asked = { quantity: size, quantityUnit: sizeUnit(instrument), expectedNotionalUsd: worthUsd };
  return { ...marketWish(intent, { instrument: instrument.id, side, reduceOnly: purpose === 'exit' }), ...asked };
}

/** A wish of a dollar on the target's side, for asking the policy where there is nothing to ask it about. */
export function probeOf(intent: RebalanceIntent, { instrument, weight }: Target): PlaceIntent {
  return marketWish(intent, { instrument, side: isNegative(weight) ? 'sell' : 'buy', reduceOnly: isZero(weight) });
}

type Deed = Pick<PlaceIntent, 'instrument' | 'side' | 'reduceOnly'>;

function marketWish({ principal, intentId, reason, evidence, strategy }: RebalanceIntent, deed: Deed): PlaceIntent {
  return {
    kind: 'place',
    principal,
    intentId,
    reason,
    evidence,
    strategy,
    ...deed,
    type: 'market',
    quantity: one,
    quantityUnit: 'usd',
    price: null,
    takeProfit: null,
    stopLoss: null,
    expectedNotionalUsd: null,
  };
}

/** What would make a wrong plan right now. Only entries are held up by it. */
function problemOf(
  { books, intent, circumstances, sharedPositions }: RebalanceQuestion,
  wishes: readonly PlannedWish[],
): RebalancePlan | null {
  for (const { instrument, purpose } of wishes) {
    if (purpose === 'exit') continue;
    for (const order of books.openOrders.values()) {
      if (order.instrument !== instrument.id || !(sharedPositions || order.principal === intent.principal)) continue;
      // What rests to get out at a better price may rest; what may change the holding at any moment makes the plan a guess.
      if (!isPositive(leaves(order)) || (order.purpose === 'exit' && order.type !== 'ioc')) continue;
      const text = `an order of yours on ${instrument.id} is open and may change what you hold; cancel it or let it end first`;
      return { kind: 'refused', code: 'NOT_ALLOWED', text };
    }
  }
  const { funds } = circumstances;
  if (funds === null || wishes.every(({ purpose }) => purpose === 'exit') || compare(intent.baseUsd, funds.equityUsd) <= 0) return null;
  const text = `base_usd is ${usd(intent.baseUsd)} and the account holds ${usd(funds.equityUsd)}; weights are shares of money that is there`;
  return { kind: 'refused', code: 'UNIT_MISMATCH', text };
}
