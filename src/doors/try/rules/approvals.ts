import { add, compare, type Decimal, decimal, zero } from '../../../core/money/decimal.ts';
import { type Configuration, policyFor } from '../../../core/policy/configuration.ts';
import { entriesOf, isOf, orderIdsOf, type StepFacts, type Wish } from '../facts.ts';
import { amountOf, argumentOf, instrumentOf, nameOf, sum, worthOf } from './amounts.ts';
import { proven } from './orders.ts';

/**
 * What all agents entered on one coin, over all its instruments, is at the exchange only up to the threshold, or with a person's consent. A story is
 * shorter than the ten minutes over which it counts, so that everything is in.
 */
export function everyThreshold(facts: StepFacts, { approval: { threshold } }: Configuration): readonly string[] {
  if (threshold.kind !== 'above') return [];
  const approved = entriesOf(facts.journal, 'approved');
  const sums = new Map<string, Decimal>();
  return entriesAt(facts).flatMap(({ wish, seq, base, usd }) => {
    const reached = add(sums.get(base) ?? zero, usd);
    sums.set(base, reached);
    const agreed = approved.some((entry) => isOf(wish)(entry) && entry.seq < seq);
    return compare(reached, threshold.amount) <= 0 || agreed ? [] : [`${nameOf(wish)} went above the threshold without a person`];
  });
}

/**
 * Slices of one wish, by several agents on several instruments of one coin, each small by itself. What fitted was executed; what did not fit waited for a
 * person, who did not agree, and left nothing.
 */
export function sliced(facts: StepFacts, declared: Configuration): readonly string[] {
  const { wishes, journal } = facts;
  const { threshold } = declared.approval;
  const decisions = entriesOf(journal, 'decision').filter((decision) => wishes.some((wish) => isOf(wish)(decision)));
  const instruments = decisions.map((decision) => instrumentOf(journal, argumentOf(decision, 'instrument')));
  const [base] = instruments.map((each) => each?.base);
  const executed = sum(
    entriesAt(facts)
      .filter((entry) => entry.base === base)
      .map(({ usd }) => usd),
  );
  const passed = wishes.filter((wish) => decisions.some((decision) => isOf(wish)(decision) && decision.outcome === 'allow'));
  const waited = decisions.filter(({ outcome }) => outcome === 'needs_approval');
  const isLarge = (decision: (typeof decisions)[number]): boolean =>
    compare(amountOf(decision, 'quantity'), policyFor(declared, decision.principal).maxOrderSize) > 0;
  return [
    ...(distinct(wishes.map(({ principal }) => principal)) < 2 ? ['only one agent asked'] : []),
    ...(distinct(instruments.map((each) => each?.id)) < 2 ? ['only one instrument was asked for'] : []),
    ...(distinct(instruments.map((each) => each?.base)) > 1 ? ['more than one coin was asked for'] : []),
    ...(decisions.length === wishes.length ? [] : [`${wishes.length} were asked and ${decisions.length} decided`]),
    ...(decisions.some(isLarge) ? ['a slice is too large by itself'] : []),
    ...proven({ ...facts, wishes: passed }),
    ...(waited.length === 0 ? ['nothing waited for a person'] : []),
    ...waited.flatMap((decision) => {
      const wish = { principal: decision.principal, intentId: decision.intent_id };
      const end = entriesOf(journal, 'approval_ended').find((entry) => isOf(wish)(entry) && entry.seq > decision.seq);
      const fits = threshold.kind === 'above' && compare(add(executed, amountOf(decision, 'quantity')), threshold.amount) <= 0;
      return [
        ...(end === undefined ? [`nobody answered for ${nameOf(wish)}`] : []),
        ...(orderIdsOf(journal, [wish]).length > 0 ? [`${nameOf(wish)} was not agreed to and has an order`] : []),
        ...(fits ? [`${nameOf(wish)} waited for a person and would have fitted`] : []),
      ];
    }),
  ];
}

type EntryAt = { readonly wish: Wish; readonly seq: number; readonly base: string; readonly usd: Decimal };

/** The entries that the exchange has, oldest first, each at what it could cost at most. */
function entriesAt({ journal, ledger }: StepFacts): readonly EntryAt[] {
  return entriesOf(journal, 'submitting').flatMap(({ client_order_id: id, principal, intent_id: intentId, purpose, seq }) => {
    const order = ledger.orders.find(({ clOrdId }) => clOrdId === id);
    const instrument = order === undefined ? undefined : instrumentOf(journal, order.instId);
    if (order === undefined || instrument === undefined || purpose === 'exit') return [];
    const usd = worthOf({ instrument, size: decimal(order.sz), price: decimal(order.px) });
    return [{ wish: { principal, intentId }, seq, base: instrument.base, usd }];
  });
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}
