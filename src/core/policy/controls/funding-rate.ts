import { refusal, type Refusal, type Wish } from '../control.ts';
import { absolute, compare } from '../../money/decimal.ts';
import { paysFunding } from '../../market/instrument.ts';
import { percent, seconds, shareLimit } from '../words.ts';

/** How long before it is paid the rate binds. */
export const FUNDING_NEAR_MILLISECONDS = 1_800_000;
/** How old what is known of the next funding may be. No period is shorter than an hour, so that one which has just been paid is not near again by then. */
export const FUNDING_AGE_MAX_MILLISECONDS = 120_000;

/**
 * Refuses an entry on a swap in the last 30 minutes before its funding while the rate is above the limit, either way, or where the next funding is not
 * known. Who is paid by a high rate is in a crowded market too. What is paid later is a matter of the limits on losses.
 */
export function fundingRate({ question: { circumstances, policy }, instrument }: Wish): Refusal | null {
  if (instrument === undefined || !paysFunding(instrument)) return null;
  const funding = circumstances.funding.get(instrument.id);
  if (funding === undefined) return refusal('STALE_DATA', `the funding rate of ${instrument.id} is not known yet`);
  const age = circumstances.now - funding.at;
  const left = funding.paidAt - circumstances.now;
  if (!(age <= FUNDING_AGE_MAX_MILLISECONDS)) {
    const text = `the funding rate of ${instrument.id} is ${seconds(age)} old, at most ${seconds(FUNDING_AGE_MAX_MILLISECONDS)} are allowed`;
    return refusal('STALE_DATA', text);
  }
  // A fresh answer about a time that is over says nothing of the next one.
  if (!(left >= -FUNDING_AGE_MAX_MILLISECONDS)) return refusal('STALE_DATA', `the next funding of ${instrument.id} is not known`);
  const size = absolute(funding.rate);
  if (left < 0 || left > FUNDING_NEAR_MILLISECONDS || compare(size, policy.maxFundingRate) <= 0) return null;
  const text = `${instrument.id} pays funding of ${percent(size)} % in ${Math.ceil(left / 60_000)} minutes`;
  return refusal('NOT_ALLOWED', text, shareLimit({ name: 'max_funding_rate', max: policy.maxFundingRate, used: size }));
}
