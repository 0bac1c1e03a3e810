import { ends, withOrder } from '../../exposure/worst-case.ts';
import type { Ends } from '../../exposure/worst-case.ts';
import { notionalUsd, underlyingOf, valuationPrice } from '../../market/valuation.ts';
import { add, compare, maximum, negate, zero } from '../../money/decimal.ts';
import type { Size, Usd } from '../../money/units.ts';
import { type Proposal, refusal, type Refusal } from '../control.ts';
import { isHeldFresh, rateOf } from '../others.ts';
import { usd, usdLimit } from '../words.ts';

/**
 * Refuses an entry with which everything that may become long of one underlying, or everything that may become short of it, is worth more than the
 * limit: the same coin as spot and as swap is one risk. A long and a short of it are not set off against each other (reference/risk.md §3.1 P7).
 */
export function underlyingExposure(proposal: Proposal): Refusal | null {
  const { question, instrument, situation, terms } = proposal;
  const { circumstances, policy } = question;
  const underlying = underlyingOf(instrument);
  let long: Usd = zero;
  let short: Usd = zero;
  for (const holding of situation.holdings.values()) {
    const { listing: other } = holding;
    if (holding === situation.holding || other === undefined || underlyingOf(other) !== underlying) continue;
    const quote = circumstances.quotes.get(other.id);
    if (quote === undefined || !isHeldFresh(quote, circumstances.now, policy))
      return refusal('STALE_DATA', `the worth of what is held or open in ${other.id} is not known: its price is missing or old`);
    const rate = rateOf(other, circumstances);
    if (rate === null)
      return refusal('STALE_DATA', `the worth of what is held or open in ${other.id} is not known: its coin has no price in dollars`);
    const price = valuationPrice({ quote, limit: holding.highestLimit, margin: policy.priceCollar, rate });
    const sides = sidesOf(ends(holding), (size) => notionalUsd({ instrument: other, size, price }));
    long = add(long, sides.long);
    short = add(short, sides.short);
  }
  const worth = (size: Size) => notionalUsd({ instrument, size, price: situation.valuation });
  const before = sidesOf(ends(situation.holding), worth);
  const after = sidesOf(ends(withOrder(situation.holding, terms)), worth);
  const max = policy.maxUnderlyingExposure;
  const reached = maximum(add(long, after.long), add(short, after.short));
  if (compare(reached, max) <= 0) return null;
  const used = maximum(add(long, before.long), add(short, before.short));
  return refusal(
    'MAX_UNDERLYING_EXPOSURE',
    `everything in ${underlying} together would reach ${usd(reached)} of at most ${usd(max)}`,
    usdLimit({ name: 'max_underlying_exposure', max, used }),
  );
}

type Sides = { readonly long: Usd; readonly short: Usd };

function sidesOf({ highest, lowest }: Ends, worth: (size: Size) => Usd): Sides {
  return { long: worth(maximum(highest, zero)), short: worth(maximum(negate(lowest), zero)) };
}
