import { compare } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd, usdLimit } from '../words.ts';

/** Risk only what you mean to risk: with more than this in the account nothing is opened. */
export const accountEquity: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'A2',
  name: 'max_account_equity',
  configKey: 'max_account_equity',
  source: 'DESIGN §4.1',
  appliesToExits: false,
  check: ({ question: { circumstances, policy } }) => {
    const { funds } = circumstances;
    if (funds === null) return { code: 'STALE_DATA', text: 'the equity of the account is not known', limit: null };
    const max = policy.maxAccountEquity;
    if (compare(funds.equityUsd, max) <= 0) return null;
    return {
      code: 'MAX_ACCOUNT_EQUITY',
      text: `the account holds ${usd(funds.equityUsd)}, more than the ${usd(max)} that the policy means to risk`,
      limit: usdLimit({ name: 'max_account_equity', max, used: funds.equityUsd }),
    };
  },
};
