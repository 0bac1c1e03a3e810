import { isDollarQuoted } from '../../market/valuation.ts';
import { isZero } from '../../money/decimal.ts';
import type { Refusal, WishControl } from '../control.ts';

/** The allow-list. What is held may be closed even after it was taken off the list: exits are sacred. */
export const instruments: WishControl = {
  stage: 'wish',
  id: 'P16',
  name: 'instruments',
  configKey: 'instruments',
  source: 'RTS 6 art. 15(5); reference/risk.md §3.1 P16, P17',
  appliesToExits: true,
  check: ({ question: { books, intent, policy }, instrument, purpose }) => {
    const id = intent.instrument;
    const position = books.positions.get(id);
    const closesWhatIsHeld = purpose === 'exit' && position !== undefined && !isZero(position.size);
    if (!policy.instruments.includes(id) && !closesWhatIsHeld) return refused(`${id} is not in the list of instruments of the policy`);
    if (instrument === undefined) return refused(`${id} is not known at the exchange`);
    if (!instrument.tradable) return refused(`the exchange does not trade ${id} normally now`);
    if (!isDollarQuoted(instrument)) return refused(`${id} is not quoted in USD, USDT or USDC, so its worth is not known`);
    return null;
  },
};

function refused(text: string): Refusal {
  return { code: 'NOT_ALLOWED', text, limit: null };
}
