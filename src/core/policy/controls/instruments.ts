import type { Refusal, Wish } from '../control.ts';
import { isDollarQuoted } from '../../market/valuation.ts';
import { isZero } from '../../money/decimal.ts';

/**
 * Refuses an instrument that is not on the list, not known, or not quoted in dollars, and an entry where the exchange does not trade it normally. What
 * is held may be closed even after it was taken off the list: exits are sacred.
 */
export function instruments({ question: { books, intent, policy }, instrument, purpose }: Wish): Refusal | null {
  const id = intent.instrument;
  const position = books.positions.get(id);
  const closesWhatIsHeld = purpose === 'exit' && position !== undefined && !isZero(position.size);
  if (!policy.instruments.includes(id) && !closesWhatIsHeld) return refused(`${id} is not in the list of instruments of the policy`);
  if (instrument === undefined) return refused(`${id} is not known at the exchange`);
  // Whether an exit trades now is for the exchange to say: what is known here may be old.
  if (!instrument.tradable && purpose === 'entry') return refused(`the exchange does not trade ${id} normally now`);
  if (!isDollarQuoted(instrument)) return refused(`${id} is not quoted in USD, USDT or USDC, so its worth is not known`);
  return null;
}

function refused(text: string): Refusal {
  return { code: 'NOT_ALLOWED', text, limit: null };
}
