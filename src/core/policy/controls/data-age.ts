import { refusal, type Refusal, type Wish } from '../control.ts';
import { referencePrice } from '../../market/valuation.ts';
import { compare, isPositive } from '../../money/decimal.ts';
import type { Quote } from '../../market/quote.ts';
import { HELD_DATA_AGE_MAX_MILLISECONDS } from '../others.ts';
import { countLimit, seconds } from '../words.ts';

/** An exit may rest on a price this old: getting out on an old price beats not getting out (reference/risk.md §6.4). */
export const EXIT_DATA_AGE_MAX_MILLISECONDS = 30_000;

/**
 * Refuses where the price is missing or old, and an entry also where it contradicts itself, the balance is missing or old, or the clock is not trusted.
 * Age is taken by both clocks, the exchange's and ours, because a live connection can deliver old data (reference/risk.md §4.9).
 */
export function dataAge({ question: { circumstances, policy }, instrument, quote, purpose }: Wish): Refusal | null {
  if (instrument === undefined) return null;
  if (quote === undefined) return stale(`there is no price of ${instrument.id} yet`);
  const { now, funds } = circumstances;
  const ageMax =
    purpose === 'entry' ? policy.maxDataAgeMilliseconds : Math.max(policy.maxDataAgeMilliseconds, EXIT_DATA_AGE_MAX_MILLISECONDS);
  const age = now - Math.min(quote.at, quote.receivedAt);
  if (!(age <= ageMax)) {
    const text = `the price of ${instrument.id} is ${seconds(age)} old, at most ${seconds(ageMax)} are allowed`;
    return refusal('STALE_DATA', text, countLimit({ name: 'max_data_age', max: ageMax, used: age, unit: 'ms' }));
  }
  const reference = referencePrice(instrument, quote);
  if (reference === null) return stale(`there is no mark price of ${instrument.id}`);
  if (!isPositive(reference) || !isPositive(quote.last)) return stale(`the prices of ${instrument.id} are not above zero`);
  if (purpose === 'exit') return null;
  if (!circumstances.clockTrusted)
    return stale("this host's clock is not known to agree with the exchange's; set it, twokey doctor tells how far it is off");
  if (isCrossed(quote)) return stale(`bid and ask of ${instrument.id} contradict each other`);
  if (funds === null) return stale('no balance of the account has been read yet');
  const fundsAge = now - funds.at;
  if (fundsAge <= HELD_DATA_AGE_MAX_MILLISECONDS) return null;
  return stale(`the balance of the account is ${seconds(fundsAge)} old, at most ${seconds(HELD_DATA_AGE_MAX_MILLISECONDS)} are allowed`);
}

function isCrossed({ bid, ask }: Quote): boolean {
  return !isPositive(bid) || compare(bid, ask) >= 0;
}

function stale(text: string): Refusal {
  return refusal('STALE_DATA', text);
}
