import { add, compare, divideUp, formatDecimal, isPositive, multiply } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd } from '../words.ts';

/** Both leverages: the one set at the exchange, and what the worst case of the account is of its equity. */
export const leverage: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P8',
  name: 'max_leverage',
  configKey: 'max_leverage',
  source: '15c3-5(c)(1)(i); reference/risk.md §3.1 P8, §4.11',
  appliesToExits: false,
  check: (proposal) => {
    const { question, instrument, situation } = proposal;
    const { circumstances, policy } = question;
    const max = formatDecimal(policy.maxLeverage);
    if (instrument.kind !== 'spot') {
      const set = circumstances.leverage.get(instrument.id);
      if (set === undefined)
        return { code: 'STALE_DATA', text: `the leverage set for ${instrument.id} at the exchange is not known`, limit: null };
      if (compare(set, policy.maxLeverage) > 0) {
        return {
          code: 'MAX_LEVERAGE',
          text: `the leverage set for ${instrument.id} at the exchange is ${formatDecimal(set)} of at most ${max}`,
          limit: { name: 'max_leverage', max, used: formatDecimal(set), unit: 'times' },
        };
      }
    }
    const { funds } = circumstances;
    if (funds === null || situation.others.kind === 'unknown')
      return { code: 'STALE_DATA', text: 'equity or exposure is not known', limit: null };
    const { before, after } = proposal.worstCaseUsd;
    const total = add(situation.others.usd, after);
    if (compare(total, multiply(policy.maxLeverage, funds.equityUsd)) <= 0) return null;
    const used = isPositive(funds.equityUsd)
      ? divideUp({ dividend: add(situation.others.usd, before), divisor: funds.equityUsd, digits: 2 })
      : situation.others.usd;
    return {
      code: 'MAX_LEVERAGE',
      text: `all instruments together would reach ${usd(total)}, more than ${max} times the equity of ${usd(funds.equityUsd)}`,
      limit: { name: 'max_leverage', max, used: formatDecimal(used), unit: 'times' },
    };
  },
};
