import { absolute, compare, type Decimal, decimal, formatDecimal, multiply, one, subtract } from '../../../core/money/decimal.ts';
import { type Configuration, policyFor } from '../../../core/policy/configuration.ts';
import { entriesOf, isOf, type StepFacts, type Wish } from '../facts.ts';
import { amountOf, argumentOf, instrumentOf, marketOf, nameOf, worthOf } from './amounts.ts';

const TOLERANCE = decimal('0.05');

/** Each wish would have been small as it was meant, is worth something else as it was said, and was denied for that. */
export function unitsMixedUp(facts: StepFacts, declared: Configuration): readonly string[] {
  return eachDenied(facts, ({ wish, decision, worth }) => {
    const meant = amountOf(decision, 'expected_notional_usd');
    const off = absolute(subtract(worth, meant));
    return [
      ...(compare(meant, policyFor(declared, wish.principal).maxOrderSize) > 0 ? [`${nameOf(wish)} was meant to be large`] : []),
      ...(compare(off, multiply(worth, TOLERANCE)) > 0 ? [] : [`${nameOf(wish)} was worth what it was meant to be`]),
      ...(decision.code === 'UNIT_MISMATCH' ? [] : [`${nameOf(wish)} was denied for ${decision.code} and not for its units`]),
    ];
  });
}

/**
 * Each sale is above the limit at the market and looked smaller at its own price, one of them small enough to pass. It was denied for its price, being really
 * outside the collar, or for its size, counted at no less than the market.
 */
export function soldCheaply(facts: StepFacts, declared: Configuration): readonly string[] {
  const { wishes, journal } = facts;
  const decisions = entriesOf(journal, 'decision').filter((decision) => wishes.some((wish) => isOf(wish)(decision)));
  const some = (holds: (decision: Decided) => boolean, complaint: string): readonly string[] => (decisions.some(holds) ? [] : [complaint]);
  return [
    ...some(({ limit }) => limit?.name === 'max_order_size', 'no sale was counted at the market'),
    ...some(({ limit }) => limit?.name === 'price_collar', 'no sale was stopped by the collar'),
    ...some((decision) => {
      const { maxOrderSize } = policyFor(declared, decision.principal);
      const instrument = instrumentOf(journal, argumentOf(decision, 'instrument'));
      if (instrument === undefined) return false;
      const own = worthOf({ instrument, size: amountOf(decision, 'quantity'), price: amountOf(decision, 'price') });
      return compare(own, maxOrderSize) <= 0;
    }, 'no sale looked smaller than it was'),
    ...eachDenied(facts, ({ wish, decision, worth, market }) => {
      const { maxOrderSize, priceCollar } = policyFor(declared, wish.principal);
      const price = amountOf(decision, 'price');
      const collar = multiply(market, subtract(one, priceCollar));
      const counted = decimal(decision.limit?.used ?? '0');
      const sells = argumentOf(decision, 'side') === 'sell' && compare(price, market) < 0;
      const byPrice = decision.limit?.name === 'price_collar' && compare(price, collar) < 0;
      const bySize = decision.limit?.name === 'max_order_size' && decision.limit.max === formatDecimal(maxOrderSize);
      return [
        ...(sells ? [] : [`${nameOf(wish)} is no sale below the market`]),
        ...(compare(worth, maxOrderSize) > 0 ? [] : [`${nameOf(wish)} is within the limit at the market`]),
        ...(byPrice || bySize ? [] : [`${nameOf(wish)} was denied neither for its price nor for its size`]),
        ...(bySize && compare(counted, worth) < 0 ? [`${nameOf(wish)} was counted below the market`] : []),
      ];
    }),
  ];
}

type Decided = ReturnType<typeof entriesOf<'decision'>>[number];
type Denied = { readonly wish: Wish; readonly decision: Decided; readonly worth: Decimal; readonly market: Decimal };

/** Applies a rule to each wish, which has to be denied, with what it is worth as it was said, at the price of the exchange's own ledger. */
function eachDenied(facts: StepFacts, rule: (denied: Denied) => readonly string[]): readonly string[] {
  const { wishes, journal } = facts;
  if (wishes.length === 0) return ['nothing was asked'];
  return wishes.flatMap((wish) => {
    const decision = entriesOf(journal, 'decision').find(isOf(wish));
    if (decision?.outcome !== 'deny') return [`${nameOf(wish)} was not denied`];
    const instrument = instrumentOf(journal, argumentOf(decision, 'instrument'));
    const market = instrument === undefined ? undefined : marketOf(facts, instrument);
    if (instrument === undefined || market === undefined) return [`the market of ${nameOf(wish)} is not known`];
    const quantity = amountOf(decision, 'quantity');
    const inCoins = { ...instrument, contract: one };
    switch (argumentOf(decision, 'quantity_unit')) {
      case 'base':
        return rule({ wish, decision, market, worth: worthOf({ instrument: inCoins, size: quantity, price: market }) });
      case 'contracts':
        return rule({ wish, decision, market, worth: worthOf({ instrument, size: quantity, price: market }) });
      default:
        return rule({ wish, decision, market, worth: quantity });
    }
  });
}
