import { compare, divideDown, formatDecimal, one } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd } from '../words.ts';

export const minBalance: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'A3',
  name: 'min_balance',
  configKey: 'min_balance',
  source: 'DESIGN §4.1',
  appliesToExits: false,
  check: ({ question: { circumstances, policy } }) => {
    const { funds } = circumstances;
    if (funds === null) return { code: 'STALE_DATA', text: 'the equity of the account is not known', limit: null };
    if (compare(funds.equityUsd, policy.minBalance) >= 0) return null;
    // Rounded down: an equity that is below its minimum never reads as equal to it.
    const equity = formatDecimal(divideDown({ dividend: funds.equityUsd, divisor: one, digits: 2 }));
    return {
      code: 'MIN_BALANCE',
      text: `the account holds ${equity} USD, less than the ${usd(policy.minBalance)} below which nothing is opened`,
      limit: { name: 'min_balance', max: formatDecimal(policy.minBalance), used: equity, unit: 'USD' },
    };
  },
};
