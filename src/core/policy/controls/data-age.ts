import { referencePrice } from '../../market/valuation.ts';
import { compare, isPositive } from '../../money/decimal.ts';
import type { Quote } from '../../market/quote.ts';
import type { Refusal, WishControl } from '../control.ts';
import { HELD_DATA_AGE_MAX_MILLISECONDS } from '../draft.ts';
import { seconds } from '../words.ts';

/** An exit may rest on a price this old: getting out on an old price beats not getting out (reference/risk.md §6.4). */
export const EXIT_DATA_AGE_MAX_MILLISECONDS = 30_000;

/**
 * Nothing is decided on what is missing, old or contradicts itself. Age is taken by both clocks, the exchange's and ours, because a live connection can
 * deliver old data (reference/risk.md §4.9).
 */
export const dataAge: WishControl = {
  stage: 'wish',
  id: 'P15',
  name: 'max_data_age',
  configKey: 'max_data_age',
  source: 'RTS 6 art. 15; reference/risk.md §3.1 P15, §4.9',
  appliesToExits: true,
  check: ({ question: { circumstances, policy }, instrument, quote, purpose }) => {
    if (instrument === undefined) return null;
    if (quote === undefined) return stale(`there is no price of ${instrument.id} yet`);
    const { now, funds } = circumstances;
    const ageMax =
      purpose === 'entry' ? policy.maxDataAgeMilliseconds : Math.max(policy.maxDataAgeMilliseconds, EXIT_DATA_AGE_MAX_MILLISECONDS);
    const age = now - Math.min(quote.at, quote.receivedAt);
    if (!(age <= ageMax)) {
      return {
        code: 'STALE_DATA',
        text: `the price of ${instrument.id} is ${seconds(age)} old, at most ${seconds(ageMax)} are allowed`,
        limit: { name: 'max_data_age', max: String(ageMax), used: String(age), unit: 'ms' },
      };
    }
    const reference = referencePrice(instrument, quote);
    if (reference === null) return stale(`there is no mark price of ${instrument.id}`);
    if (!isPositive(reference) || !isPositive(quote.last)) return stale(`the prices of ${instrument.id} are not above zero`);
    if (purpose === 'exit') return null;
    if (isCrossed(quote)) return stale(`bid and ask of ${instrument.id} contradict each other`);
    if (funds === null) return stale('no balance of the account has been read yet');
    const fundsAge = now - funds.at;
    if (fundsAge <= HELD_DATA_AGE_MAX_MILLISECONDS) return null;
    return stale(`the balance of the account is ${seconds(fundsAge)} old, at most ${seconds(HELD_DATA_AGE_MAX_MILLISECONDS)} are allowed`);
  },
};

function isCrossed({ bid, ask }: Quote): boolean {
  return !isPositive(bid) || compare(bid, ask) >= 0;
}

function stale(text: string): Refusal {
  return { code: 'STALE_DATA', text, limit: null };
}
