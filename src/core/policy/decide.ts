import { assert, unreachable } from '../lang/assert.ts';
import { highestPrice, wishFromSize } from '../market/valuation.ts';
import { type Decimal, divideDown, divideUp, equals, multiply, negate, one } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import { fingerprintsOf, type Marks, sameSideUse } from './activity.ts';
import { appliesTo, type Control, type OrderControl, type Proposal, type Question, type Refusal } from './control.ts';
import { askingControls, orderControls, wishControls } from './controls.ts';
import type { Decision, Denial } from './decision.ts';
import { draft, resized, wishOf } from './draft.ts';
import { likenessOf } from './likeness.ts';
import { underlyingUse } from './underlying.ts';
import { inUnit, sizeUnit } from './words.ts';

export type { Question } from './control.ts';

/**
 * The policy's answer to a wish to trade: the first control that refuses, in the order of the table; or the exact terms, which may be sent, or to which
 * a person has to agree first. Pure and synchronous, so that nothing can come between the check and the reservation (reference/risk.md §4.3).
 */
export function decide(question: Question): Decision {
  const verdict = judge(question, every);
  switch (verdict.kind) {
    case 'refused':
      return denialOf(question, verdict);
    case 'passed': {
      const { terms, notionalUsd, worstCaseUsd } = verdict.proposal;
      const decided = { terms, notionalUsd, worstCaseAfterUsd: worstCaseUsd.after, marks: marksOf(verdict.proposal) };
      for (const control of asking[terms.purpose]) {
        const asks = control.check(verdict.proposal);
        if (asks === null) continue;
        const message = `${asks.text} (${control.name})`;
        return { kind: 'needs_approval', ...decided, message, limit: asks.limit, underlying: underlyingUse(verdict.proposal).after };
      }
      return { kind: 'allow', ...decided };
    }
    default:
      return unreachable(verdict);
  }
}

const ofWish = tableOf(wishControls);
const every = tableOf(orderControls);
const asking = tableOf(askingControls);

type Refused = { readonly kind: 'refused'; readonly control: Control; readonly refusal: Refusal; readonly proposal: Proposal | null };
type Verdict = Refused | { readonly kind: 'passed'; readonly proposal: Proposal };

/** The controls that are asked, by what the order is for. */
type TableOf<Each extends Control> = { readonly entry: readonly Each[]; readonly exit: readonly Each[] };

type Table = TableOf<OrderControl>;

function tableOf<Each extends Control>(controls: readonly Each[]): TableOf<Each> {
  const by = (purpose: 'entry' | 'exit') => controls.filter((control) => appliesTo(control, purpose));
  return { entry: by('entry'), exit: by('exit') };
}

function judge(question: Question, table: Table): Verdict {
  const wish = wishOf(question);
  for (const control of ofWish[wish.purpose]) {
    const refused = control.check(wish);
    if (refused !== null) return { kind: 'refused', control, refusal: refused, proposal: null };
  }
  const { instrument, quote, openOrders, book, reference } = wish;
  // The controls so far refuse these; going on without them is our own bug, and not a reason to allow.
  assert(instrument !== undefined, 'the instrument of an order is known');
  assert(quote !== undefined, 'the price of an order is known');
  assert(reference !== null, 'the reference price of an order is known');
  const proposal = draft({ question, instrument, quote, openOrders, book, reference });
  for (const control of table[proposal.terms.purpose]) {
    const refused = control.check(proposal);
    if (refused !== null) return { kind: 'refused', control, refusal: refused, proposal };
  }
  return { kind: 'passed', proposal };
}

/** One sentence (STYLE 23): what was refused with numbers, the control by the name it has in the file, and what would pass. */
function denialOf({ intent }: Question, { control, refusal, proposal }: Refused): Denial {
  const wouldBeAllowed = proposal !== null && 'bySize' in control && control.bySize === 'monotone' ? largestThatPasses(proposal) : null;
  const name = refusal.limit?.name ?? (control.inFile ? control.name : null);
  const named = name === null ? '' : ` (${name})`;
  let offer = '';
  if (wouldBeAllowed !== null && proposal !== null) {
    const unit = intent.kind === 'close' ? sizeUnit(proposal.instrument) : intent.quantityUnit;
    offer = `; ${inUnit(proposal.instrument, wouldBeAllowed, unit)} would pass`;
  }
  const message = `refused: ${refusal.text}${named}${offer}`;
  const denial: Denial = { kind: 'deny', code: refusal.code, message, limit: refusal.limit, wouldBeAllowed };
  return 'nextAllowedAt' in refusal ? { ...denial, nextAllowedAt: refusal.nextAllowedAt } : denial;
}

function marksOf(proposal: Proposal): Marks {
  const { books, intent, policy, circumstances } = proposal.question;
  const key = { principal: intent.principal, instrument: proposal.instrument.id, side: proposal.terms.side };
  const use = sameSideUse(books.activity, key, circumstances.now);
  const isLast = use.per10Minutes + 1 >= policy.maxSameSide.per10Minutes || use.perHour + 1 >= policy.maxSameSide.perHour;
  return {
    fingerprints: fingerprintsOf(likenessOf(proposal)),
    duplicateWindowMilliseconds: policy.duplicateWindowMilliseconds,
    latchesSameSide: proposal.terms.purpose === 'entry' && isLast,
  };
}

const FINE_DIGITS = 12;

/** Sizes that are tried at most: enough to halve any number of lots that an exchange takes in one order down to one. */
const TRIALS_MAX = 60;

// What is offered passes now, and without a person.
const all = [...orderControls, ...askingControls];
const monotone = tableOf(all.filter((control) => control.bySize === 'monotone'));
const sizeless = tableOf(all.filter((control) => control.bySize === 'sizeless'));
const withoutAside = tableOf(all.filter((control) => control.bySize !== 'aside'));

/**
 * The largest quantity, in the unit asked, with which the same wish would pass now; `null` where none would. What the asker expects it to be worth has to
 * be told anew with it, and a read-only gateway still would not send it.
 */
function largestThatPasses(proposal: Proposal): Decimal | null {
  const { instrument, terms } = proposal;
  if (!isPassedBy(sizeless, proposal)) return null;
  const lots = (size: Size) => divideDown({ dividend: size, divisor: instrument.lot, digits: 0 }).coefficient;
  const sizeOf = (count: bigint): Size => multiply({ coefficient: count, scale: 0 }, instrument.lot);
  const passes = (count: bigint) => isPassedBy(monotone, resized(proposal, sizeOf(count)));
  // What was asked is known not to pass, and what the exchange would refuse need not be searched.
  const fewest = -lots(negate(instrument.minimum));
  let refused = lots(terms.size);
  if (lots(instrument.maximum) < refused) refused = lots(instrument.maximum) + 1n;
  if (fewest >= refused || !passes(fewest)) return null;
  let passing = fewest;
  for (let trials = 0; refused - passing > 1n && trials < TRIALS_MAX; trials += 1) {
    const middle = (passing + refused) / 2n;
    if (passes(middle)) passing = middle;
    else refused = middle;
  }
  // The largest may by chance be the size of an order sent just now; then the next smaller one is offered.
  return verified(proposal, sizeOf(passing)) ?? (passing > fewest ? verified(proposal, sizeOf(passing - 1n)) : null);
}

function isPassedBy(table: Table, proposal: Proposal): boolean {
  return table[proposal.terms.purpose].every((control) => control.check(proposal) === null);
}

/** The size in the unit asked, when asking for exactly that is decided anew, gives this size, and passes. */
function verified({ question, instrument, quote, terms, valuation }: Proposal, size: Size): Decimal | null {
  const { intent } = question;
  const passes = (quantity: Decimal) => {
    const verdict = judge({ ...question, intent: { ...intent, quantity } }, withoutAside);
    return verdict.kind === 'passed' && equals(verdict.proposal.terms.size, size);
  };
  if (intent.kind === 'close') return passes(size) ? size : null;
  const exact = wishFromSize({ instrument, unit: intent.quantityUnit, size, highest: highestPrice(quote, terms.price), valuation });
  // An amount of money is told in whole cents where that still buys the same number of lots.
  const cents = divideUp({ dividend: exact, divisor: one, digits: 2 });
  const isMoney = intent.quantityUnit === 'usd' || intent.quantityUnit === 'quote';
  if (!isMoney) return passes(exact) ? exact : null;
  if (passes(cents)) return cents;
  // Prices that the exchange computes may have more digits than anybody may ask for.
  const fine = divideUp({ dividend: exact, divisor: one, digits: FINE_DIGITS });
  return passes(fine) ? fine : null;
}
