import { unreachable } from '../../core/lang/assert.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import type { Ledger, StepFacts } from './facts.ts';
import { isOpen } from './rules/amounts.ts';
import { everyThreshold, sliced } from './rules/approvals.ts';
import { flat, halted } from './rules/endings.ts';
import { crowd, everyDecision, everyLimit, onlyToldLimits, refused } from './rules/limits.ts';
import { soldCheaply, unitsMixedUp } from './rules/mistakes.ts';
import { everyFill, everyOrder, lost, nothingNew, proven } from './rules/orders.ts';
import { everyStop, onlyTightened } from './rules/stops.ts';

/** The account that the gateway trades on; the exchange has others. */
const ACCOUNT = '1001';

/**
 * Whether a step went as it must, from what the exchange and the journal say and from the limits in twokey.toml. It knows nothing of
 * the story: not what was asked for, and not what anybody hoped for. Returns what is wrong; nothing when all is well.
 */
export function judge(facts: StepFacts, declared: Configuration): readonly string[] {
  const own = { ...facts, ledger: ofAccount(facts.ledger) };
  return [
    ...everyOrder(own),
    ...everyFill(own),
    ...everyStop(own),
    ...everyLimit(own, declared),
    ...everyThreshold(own, declared),
    ...everyDecision(own),
    ...theStep(own, declared),
  ];
}

export function ofAccount({ orders, fills, algos, positions, balances, refused }: Ledger): Ledger {
  const mine = ({ account }: { readonly account: string }): boolean => account === ACCOUNT;
  return {
    orders: orders.filter(mine),
    fills: fills.filter(mine),
    algos: algos.filter(mine),
    positions: positions.filter(mine),
    balances: balances.filter(mine),
    refused: refused.filter(mine),
  };
}

function theStep(facts: StepFacts, declared: Configuration): readonly string[] {
  switch (facts.kind) {
    case 'limits':
      return [...onlyToldLimits(facts, declared), ...nothingNew(facts)];
    case 'fill':
      return proven(facts);
    case 'units':
      return [...unitsMixedUp(facts, declared), ...nothingNew(facts)];
    case 'cheap_sale':
      return [...soldCheaply(facts, declared), ...nothingNew(facts)];
    case 'stop':
      return onlyTightened(facts);
    case 'slices':
      return sliced(facts, declared);
    case 'refusal':
      return [...refused(facts, declared), ...nothingNew(facts)];
    case 'crowd':
      return crowd(facts, declared);
    case 'cancel':
      return facts.ledger.orders.filter(isOpen).map(({ clOrdId }) => `the order ${clOrdId} is still open`);
    case 'lost_answer':
      return [...lost(facts), ...proven(facts)];
    case 'close':
      return [...flat(facts), ...proven(facts)];
    case 'halt':
      return [...halted(facts), ...nothingNew(facts)];
    default:
      return unreachable(facts.kind);
  }
}
