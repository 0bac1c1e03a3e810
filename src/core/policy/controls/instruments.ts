import { positionKey } from '../../order/leg.ts';
import type { Question, Refusal, Wish } from '../control.ts';
import { positionsOf } from '../../account/position.ts';
import type { Instrument } from '../../market/instrument.ts';
import { isDollarQuoted } from '../../market/valuation.ts';
import { isNegative, isZero } from '../../money/decimal.ts';

/**
 * Refuses an instrument that is not on the list, not known, or not quoted in dollars, and an entry where the exchange does not trade it normally, where
 * its money is what another instrument trades, or where it stands against what was held before twokey. What is held may be closed even after it was taken off the list: exits are sacred.
 */
export function instruments({ question, instrument, purpose }: Wish): Refusal | null {
  const { books, intent, policy } = question;
  const id = intent.instrument;
  const closesWhatIsHeld = purpose === 'exit' && positionsOf(books, id).length > 0;
  if (!policy.instruments.includes(id) && !closesWhatIsHeld) return refused(`${id} is not in the list of instruments of the policy`);
  if (instrument === undefined) return refused(`${id} is not known at the exchange`);
  // Whether an exit trades now is for the exchange to say: what is known here may be old.
  if (!instrument.tradable && purpose === 'entry') return refused(`the exchange does not trade ${id} normally now`);
  if (!isDollarQuoted(instrument)) return refused(`${id} is not quoted in USD, USDT or USDC, so its worth is not known`);
  return purpose === 'entry' ? (mixed(question, instrument) ?? againstBaseline(question, instrument)) : null;
}

/** Money that one instrument pays with and another one trades: fees and profit of the first would look like a difference of the second. */
function mixed({ books, policy }: Question, instrument: Instrument): Refusal | null {
  const money = instrument.kind === 'spot' ? instrument.quote : instrument.settle;
  for (const other of books.instruments.values()) {
    if (other.kind !== 'spot' || other.base !== money || !policy.instruments.includes(other.id)) continue;
    return refused(
      `${instrument.id} pays in ${money}, which ${other.id} trades too, and the two cannot be told apart; take one of them off the list`,
    );
  }
  return null;
}

/** In net mode the exchange sees one position: against what was there before, nothing of ours would reduce it, and no exit would be taken. */
function againstBaseline({ books, intent }: Question, instrument: Instrument): Refusal | null {
  const before = books.baseline.contracts.get(positionKey(instrument.id, 'net'));
  if (intent.kind !== 'place' || before === undefined || isZero(before) || isNegative(before) === (intent.side === 'sell')) return null;
  return refused(`${instrument.id} was held the other way before twokey, and in net mode a ${intent.side} could not be closed again`);
}

function refused(text: string): Refusal {
  return { code: 'NOT_ALLOWED', text, limit: null };
}
