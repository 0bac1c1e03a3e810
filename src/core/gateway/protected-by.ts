import { isDust, positionsOf } from '../account/position.ts';
import type { State } from '../account/state.ts';
import { absolute, isNegative, isZero, roundDownToStep, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import type { Configuration } from '../policy/configuration.ts';
import { isOperator, type StopOrder } from '../policy/control.ts';

/** How much of what is held a stop order may close for its principal; zero where that is dust. */
export function protectedBy(
  state: State,
  { instrument: id, side, leg, principal }: StopOrder,
  { agents, former }: Pick<Configuration, 'agents' | 'former'>,
): Size {
  const instrument = state.instruments.get(id);
  const position = positionsOf(state, id).find((each) => each.leg === leg);
  if (instrument === undefined || position === undefined) return zero;
  // A stop of one who was revoked goes on protecting what it was placed for.
  const section = agents.get(principal) ?? former.get(principal);
  const everything = isOperator(principal) || section?.sharedPositions === true;
  const share: Size = everything ? position.size : (position.owners.get(principal) ?? zero);
  if (isZero(share) || isDust(share, instrument) || isNegative(share) !== (side === 'buy')) return zero;
  return roundDownToStep({ value: absolute(share), step: instrument.lot });
}
