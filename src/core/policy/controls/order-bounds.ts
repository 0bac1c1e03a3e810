import { compare } from '../../money/decimal.ts';
import { type Proposal, refusal, type Refusal } from '../control.ts';
import { amountLimit, inSize, sizeUnit, unitName } from '../words.ts';

/** Refuses a size below the exchange's smallest. Dust in a position is told apart by `reducing`. */
export function minimumSize({ question: { intent }, instrument, terms: { size } }: Proposal): Refusal | null {
  // Closing everything takes what there is; that it is dust is said by the control which knows.
  if (intent.quantity === null) return null;
  if (compare(size, instrument.minimum) >= 0) return null;
  const least = inSize(instrument, instrument.minimum);
  return refusal('MIN_ORDER_SIZE', `${inSize(instrument, size)} is below the exchange's minimum of ${least} for ${instrument.id}`);
}

/** Refuses a size above the exchange's largest for one limit order. Larger exits have to be asked in parts. */
export function maximumSize({ instrument, terms: { size } }: Proposal): Refusal | null {
  const { maximum } = instrument;
  if (compare(size, maximum) <= 0) return null;
  const text = `${inSize(instrument, size)} is above the exchange's maximum of ${inSize(instrument, maximum)} for one order`;
  const unit = unitName(instrument, sizeUnit(instrument));
  return refusal('MAX_ORDER_SIZE', text, amountLimit({ name: 'exchange_maximum', max: maximum, used: size, unit }));
}
