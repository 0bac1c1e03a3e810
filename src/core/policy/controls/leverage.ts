import { type Proposal, refusal, type Refusal } from '../control.ts';
import { add, compare, divideUp, formatDecimal, isPositive, multiply } from '../../money/decimal.ts';
import { amountLimit, usd } from '../words.ts';

/** Refuses an entry where the leverage set at the exchange, or the worst case of the account over its equity, is above the limit or not known. */
export function leverage(proposal: Proposal): Refusal | null {
  const { question, instrument, situation } = proposal;
  const { circumstances, policy } = question;
  if (instrument.kind !== 'spot') {
    const set = circumstances.leverage.get(instrument.id);
    if (set === undefined) return refusal('STALE_DATA', `the leverage set for ${instrument.id} at the exchange is not known`);
    if (compare(set, policy.maxLeverage) > 0) {
      const text = `the leverage set for ${instrument.id} at the exchange is ${formatDecimal(set)} of at most ${formatDecimal(policy.maxLeverage)}`;
      return refusal('MAX_LEVERAGE', text, amountLimit({ name: 'max_leverage', max: policy.maxLeverage, used: set, unit: 'times' }));
    }
  }
  const { equityUsd } = situation;
  if (equityUsd === null || situation.others.kind === 'unknown') return refusal('STALE_DATA', 'equity or exposure is not known');
  const { before, after } = proposal.worstCaseUsd;
  const total = add(situation.others.usd, after);
  if (compare(total, multiply(policy.maxLeverage, equityUsd)) <= 0) return null;
  const used = isPositive(equityUsd)
    ? divideUp({ dividend: add(situation.others.usd, before), divisor: equityUsd, digits: 2 })
    : situation.others.usd;
  const text = `all instruments together would reach ${usd(total)}, more than ${formatDecimal(policy.maxLeverage)} times the equity of ${usd(equityUsd)}`;
  return refusal('MAX_LEVERAGE', text, amountLimit({ name: 'max_leverage', max: policy.maxLeverage, used, unit: 'times' }));
}
