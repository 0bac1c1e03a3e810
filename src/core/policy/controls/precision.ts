import { refusal, type Refusal, type Wish } from '../control.ts';
import { checkWish, fixedRate } from '../../market/valuation.ts';
import { formatDecimal, isMultipleOf, isPositive, multiply } from '../../money/decimal.ts';
import { inUnit, sizeUnit } from '../words.ts';

/** Refuses a unit that the instrument does not have, and a size or price that is no multiple of lot or tick. A decimal too many is not repaired (STYLE 11). */
export function precision({ question: { intent }, instrument }: Wish): Refusal | null {
  if (instrument === undefined) return null;
  if (intent.kind === 'place' && (intent.type === 'market') !== (intent.price === null))
    return problem('a price goes with every type but market');
  if (intent.quantity === null) return null;
  if (!isPositive(intent.quantity)) return problem('quantity has to be above zero');
  const unit = intent.kind === 'close' ? sizeUnit(instrument) : intent.quantityUnit;
  const wish = checkWish({ instrument, quantity: intent.quantity, unit });
  if (!wish.ok) {
    const rate = fixedRate({ instrument, unit });
    const lot = rate.ok && rate.value !== null ? ` of ${inUnit(instrument, multiply(instrument.lot, rate.value), unit)}` : '';
    return refusal(wish.error.code, wish.error.code === 'PRECISION' ? `${wish.error.message}${lot}` : wish.error.message);
  }
  if (intent.kind === 'close' || intent.price === null) return null;
  if (!isPositive(intent.price)) return problem('price has to be above zero');
  if (isMultipleOf({ value: intent.price, step: instrument.tick })) return null;
  return refusal('PRECISION', `prices of ${instrument.id} are multiples of ${formatDecimal(instrument.tick)}`);
}

function problem(text: string): Refusal {
  return { code: 'SCHEMA', text, limit: null };
}
