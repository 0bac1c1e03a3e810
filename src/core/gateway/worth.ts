import type { Mode } from '../account/mode.ts';
import type { State } from '../account/state.ts';
import type { DifferenceBody } from '../journal/entry.ts';
import { dollarsPer } from '../market/dollars.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { highestPrice, isDollarQuoted, notionalUsd } from '../market/valuation.ts';
import { absolute, add, compare, multiply, parseDecimal, subtract, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import { isHeldFresh } from '../policy/others.ts';
import { KEY_RIGHTS } from '../reconcile/compare.ts';
import type { Context } from './events.ts';

/**
 * How far a difference between books and exchange stops the account (reference/risk.md §6.3): further than one largest order is worth, nobody
 * knows what is going on, and nothing passes. What cannot be valued counts as more. Orders of others and changed settings are told by what they
 * are and not by what they are worth: they close entries, and a key that may withdraw halts live.
 */
export function stopFor(state: State, differences: readonly DifferenceBody[], { circumstances, configuration }: Context): Mode {
  let sum: Usd = zero;
  // While somebody else writes too, no limit of ours holds.
  if (differences.some((difference) => difference.class === 'other_writer')) return 'HALTED';
  if (state.environment === 'live' && differences.some(({ kind, subject }) => kind === 'account' && subject === KEY_RIGHTS))
    return 'HALTED';
  for (const difference of differences) {
    if (difference.kind !== 'position' && difference.kind !== 'balance') continue;
    // A person moved money, or the exchange did not say: neither is a sum that nobody can explain.
    if (difference.class === 'movement' || difference.class === 'unread') continue;
    const worth = worthOf(state, difference, { circumstances, configuration });
    if (worth === null) return 'HALTED';
    sum = add(sum, worth);
  }
  return compare(sum, configuration.policy.maxOrderSize) > 0 ? 'HALTED' : 'REDUCE_ONLY';
}

type Prices = Pick<Context, 'circumstances' | 'configuration'>;

function worthOf(state: State, { kind, subject, books, exchange }: DifferenceBody, { circumstances, configuration }: Prices): Usd | null {
  const [ours, theirs] = [parseDecimal(books), parseDecimal(exchange)];
  if (!ours.ok || !theirs.ok) return null;
  const gap = absolute(subtract(theirs.value, ours.value));
  const rate = kind === 'balance' ? dollarsPer(subject) : null;
  if (rate !== null) return multiply(gap, rate);
  const instrument = kind === 'position' ? state.instruments.get(subject as InstrumentId) : pairOf(state, subject);
  const quote = instrument === undefined ? undefined : circumstances.quotes.get(instrument.id);
  if (instrument === undefined || quote === undefined) return null;
  if (!isDollarQuoted(instrument) || !isHeldFresh(quote, circumstances.now, configuration.policy)) return null;
  return notionalUsd({ instrument, size: gap, price: highestPrice(quote, null) });
}

/** The pair that a currency is valued by. */
function pairOf(state: State, currency: string): Instrument | undefined {
  return [...state.instruments.values()].find((each) => each.kind === 'spot' && each.base === currency && isDollarQuoted(each));
}
