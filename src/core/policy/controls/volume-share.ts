import { type Proposal, refusal, type Refusal } from '../control.ts';
import { compare, multiply } from '../../money/decimal.ts';
import { amountLimit, inSize, percent, sizeUnit, unitName } from '../words.ts';

/** Refuses an entry of more than the share of what was traded of its instrument in 24 hours, or where that is not known: a market that small cannot be left again. */
export function volumeShare({ question: { policy }, instrument, quote, terms: { size } }: Proposal): Refusal | null {
  const { volume } = quote;
  if (volume === null) return refusal('STALE_DATA', `it is not known how much of ${instrument.id} is traded`);
  const most = multiply(policy.maxVolumeShare, volume);
  if (compare(size, most) <= 0) return null;
  const text = `${inSize(instrument, size)} is more than ${percent(policy.maxVolumeShare)} % of the ${inSize(instrument, volume)} that were traded of ${instrument.id} in 24 hours`;
  const unit = unitName(instrument, sizeUnit(instrument));
  return refusal('LIQUIDITY', text, amountLimit({ name: 'max_volume_share', max: most, used: size, unit }));
}
