import { add, compare } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { usd, usdLimit } from '../words.ts';

/** The worst cases of all instruments together, without netting. A price that is missing for any of them refuses (law 5). */
export const totalExposure: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P7t',
  name: 'max_total_exposure',
  configKey: 'max_total_exposure',
  source: '15c3-5(c)(1)(i); RTS 6 art. 15(4); reference/risk.md §4.1',
  appliesToExits: false,
  check: (proposal) => {
    const { question, situation } = proposal;
    const { others } = situation;
    if (others.kind === 'unknown') {
      return {
        code: 'STALE_DATA',
        text: `the worth of what is held or open in ${others.instrument} is not known: its price is missing or old`,
        limit: null,
      };
    }
    const { before, after } = proposal.worstCaseUsd;
    const max = question.policy.maxTotalExposure;
    const total = add(others.usd, after);
    if (compare(total, max) <= 0) return null;
    return {
      code: 'MAX_TOTAL_EXPOSURE',
      text: `all instruments together would reach ${usd(total)} of at most ${usd(max)}`,
      limit: usdLimit({ name: 'max_total_exposure', max, used: add(others.usd, before) }),
    };
  },
};
