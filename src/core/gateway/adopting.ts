import { isDust, positionsOf } from '../account/position.ts';
import type { State } from '../account/state.ts';
import type { AdoptionBody, DifferenceBody, Entry } from '../journal/entry.ts';
import { ordered } from '../lang/ordered.ts';
import { err, ok, type Result } from '../lang/result.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { referencePrice } from '../market/valuation.ts';
import {
  absolute,
  add,
  type Decimal,
  decimal,
  equals,
  formatDecimal,
  isNegative,
  isZero,
  minimum,
  negate,
  subtract,
  zero,
} from '../money/decimal.ts';
import { type Leg, positionKey } from '../order/leg.ts';
import { OPERATOR } from '../policy/control.ts';
import { isAdoptable, remedyOf } from '../reconcile/classes.ts';
import { expectedHolding, expectedPosition } from '../verify/verify.ts';
import { type Context, type Event, nothing, type Step } from './events.ts';

/** What was shown to a person this long ago is not what they accept now. */
const COMPARED_AGE_MAX_MILLISECONDS = 60_000;

type Prices = Pick<Context, 'circumstances'>;

/** Why the last comparison cannot be accepted, in one line; `null` where it can. */
export function mayNotAdopt(state: State, context: Prices): string | null {
  const planned = adoptionOf(state, context);
  return planned.ok ? null : planned.error;
}

/**
 * A person accepts what the last comparison found (law 7): nothing else does. Exactly that is adopted, so that what has changed since is refused and
 * looked at again. A second writer, orders of others and settings are put right at the exchange and not in the books.
 */
export function adopting(state: State, { reason, evidence }: Extract<Event, { kind: 'adopt_asked' }>, context: Context): Step {
  const planned = adoptionOf(state, context);
  // The routine may have compared since, and found something else.
  if (!planned.ok || reason === '' || state.lastCompared?.evidence !== evidence) return nothing;
  return { entries: [{ kind: 'adopted', by: OPERATOR, reason, ...planned.value }], effects: [] };
}

type Adoption = Omit<Extract<Entry, { kind: 'adopted' }>, 'kind' | 'by' | 'reason'>;

function adoptionOf(state: State, { circumstances }: Prices): Result<Adoption> {
  const { lastCompared, booting } = state;
  if (booting) return err('the first comparison with the exchange has not ended yet; see twokey status');
  if (lastCompared === null || circumstances.now - lastCompared.at > COMPARED_AGE_MAX_MILLISECONDS)
    return err('no comparison with the exchange in the last 60 s; run twokey reconcile first');
  if (lastCompared.clean) return err('books and exchange agree: there is nothing to adopt');
  const barred = lastCompared.found.find((difference) => !isAdoptable(difference));
  if (barred !== undefined) return err(`${barred.subject} (${barred.class ?? barred.kind}) is not adopted: ${remedyOf(barred)}`);
  const adoption = {
    changes: new Map<string, AdoptionBody>(),
    contracts: new Map<string, Decimal>(),
    currencies: new Map<string, Decimal>(),
  };
  const balances = new Map<string, Decimal>();
  for (const difference of lastCompared.found) {
    const problem = accept(state, difference, { ...adoption, balances, circumstances });
    if (problem !== null) return err(problem);
  }
  return ok({
    differences: lastCompared.found,
    changes: [...adoption.changes.values()],
    contracts: textsOf(adoption.contracts),
    currencies: textsOf(adoption.currencies),
    balances: textsOf(balances),
  });
}

type Draft = Prices & {
  readonly changes: Map<string, AdoptionBody>;
  readonly contracts: Map<string, Decimal>;
  readonly currencies: Map<string, Decimal>;
  readonly balances: Map<string, Decimal>;
};

/** Adds one difference to what is adopted, or says why it cannot be. */
function accept(state: State, difference: DifferenceBody, draft: Draft): string | null {
  switch (difference.kind) {
    case 'order':
    case 'account':
      // What others traded is told once; what it led to are differences of their own.
      return null;
    case 'position':
      return acceptPosition(state, difference, draft);
    case 'balance': {
      // Where bills do not lead on from one another it is they that are accepted, whatever the currency.
      const pairs = difference.class === 'balance_drift' ? null : pairsOf(state, difference.subject);
      return pairs === null ? acceptMoney(state, difference, draft) : acceptHolding(state, difference, { draft, pairs });
    }
  }
}

function acceptPosition(state: State, difference: DifferenceBody, draft: Draft): string | null {
  const { subject, books, exchange } = difference;
  const leg: Leg = difference.leg ?? 'net';
  const id = subject as InstrumentId;
  if (!equals(expectedPosition(state, id, leg), decimal(books))) return moved(subject);
  const key = positionKey(id, leg);
  const before = state.baseline.contracts.get(key) ?? zero;
  const held = positionsOf(state, id).find((position) => position.leg === leg)?.size ?? zero;
  const share = shared({ change: subtract(decimal(exchange), decimal(books)), before, held });
  draft.contracts.set(key, share.before);
  return take(state.instruments.get(id), { leg, managed: share.managed }, draft);
}

function acceptHolding(
  state: State,
  { subject, books, exchange }: DifferenceBody,
  { draft, pairs }: { readonly draft: Draft; readonly pairs: readonly [Instrument, ...Instrument[]] },
): string | null {
  if (!equals(expectedHolding(state, pairs[0]), decimal(books))) return moved(subject);
  let rest: Decimal = subtract(decimal(exchange), decimal(books));
  let before = state.baseline.currencies.get(subject) ?? zero;
  for (const pair of pairs) {
    const held = positionsOf(state, pair.id)[0]?.size ?? zero;
    const share = shared({ change: rest, before, held });
    const problem = take(pair, { leg: 'net', managed: share.managed }, draft);
    if (problem !== null) return problem;
    // What this pair took is done; what is beyond it is looked for in the next.
    rest = subtract(rest, share.managed);
  }
  before = add(before, rest);
  draft.currencies.set(subject, before);
  return null;
}

function acceptMoney({ statement }: State, { class: sort, subject, books, exchange }: DifferenceBody, { balances }: Draft): string | null {
  // Of a transfer the bills have told already; fills and bills that disagree are taken as they are.
  if (statement === null || sort !== 'balance_drift') return null;
  const gap = subtract(decimal(exchange), decimal(books));
  balances.set(subject, add(balances.get(subject) ?? statement.balances.get(subject) ?? zero, gap));
  return null;
}

type Shares = { readonly change: Decimal; readonly before: Decimal; readonly held: Decimal };

/**
 * Whose a change by others is: what reduces is theirs as long as they hold something on that side, then it closes what twokey manages; what is beyond
 * flat, or adds, is theirs.
 */
function shared({ change, before, held }: Shares): { readonly before: Decimal; readonly managed: Decimal } {
  const fromBefore = reduction(before, change);
  const managed = reduction(held, subtract(change, fromBefore));
  return { before: add(before, subtract(change, managed)), managed };
}

/** As much of a change as brings an amount nearer to zero. */
function reduction(amount: Decimal, change: Decimal): Decimal {
  if (isZero(amount) || isZero(change) || isNegative(amount) === isNegative(change)) return zero;
  const most = minimum(absolute(amount), absolute(change));
  return isNegative(change) ? negate(most) : most;
}

/** What others closed of what agents hold: a gain or a loss at the price of the moment. */
function take(instrument: Instrument | undefined, taken: { readonly leg: Leg; readonly managed: Decimal }, draft: Draft): string | null {
  const { leg, managed } = taken;
  if (instrument === undefined || isZero(managed)) return null;
  const quote = draft.circumstances.quotes.get(instrument.id);
  const price = quote === undefined ? null : referencePrice(instrument, quote);
  if (price === null) return `there is no price of ${instrument.id}, at which it could be counted as closed`;
  const texts = { managed: formatDecimal(managed), price: formatDecimal(price) };
  draft.changes.set(positionKey(instrument.id, leg), { instrument: instrument.id, leg, ...texts });
  return null;
}

/** Spot pairs of a base currency, in order of name, those with dust last: what is too little to be sold was hardly sold by a person. */
function pairsOf(state: State, currency: string): readonly [Instrument, ...Instrument[]] | null {
  const dust = (pair: Instrument): number => (isDust(positionsOf(state, pair.id)[0]?.size ?? zero, pair) ? 1 : 0);
  const pairs = [...state.instruments.values()]
    .filter((each) => each.kind === 'spot' && each.base === currency)
    .toSorted((one, other) => dust(one) - dust(other) || (one.id < other.id ? -1 : 1));
  const [first, ...more] = pairs;
  return first === undefined ? null : [first, ...more];
}

function moved(subject: string): string {
  return `${subject} has moved since the comparison; run twokey reconcile --adopt again`;
}

function textsOf(amounts: ReadonlyMap<string, Decimal>): Readonly<Record<string, string>> {
  return ordered([...amounts].map(([key, amount]) => [key, formatDecimal(amount)] as const));
}
