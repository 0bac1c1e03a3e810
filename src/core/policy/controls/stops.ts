import { compare, formatDecimal, isMultipleOf, multiply, one, subtract, add } from '../../money/decimal.ts';
import type { Price, Ratio } from '../../money/units.ts';
import type { Side } from '../../order/intent.ts';
import type { Instrument } from '../../market/instrument.ts';
import { countLimit } from '../words.ts';
import { type Proposal, type ProtectionWish, refusal, type Refusal } from '../control.ts';
import { formatPercentage } from '../fields.ts';

/**
 * Refuses a stop or a take-profit on an order that closes, which the exchange would not attach, and one on the wrong side of the market and of the
 * order's own price: it would be reached at once (reference/risk.md §4.10).
 */
export function attachedProtection({ question: { intent }, instrument, reference, terms }: Proposal): Refusal | null {
  if (intent.kind !== 'place' || (intent.stopLoss === null && intent.takeProfit === null)) return null;
  if (terms.purpose === 'exit') return refusal('NOT_ALLOWED', 'an order that closes cannot carry take_profit or stop_loss; leave them out');
  const closing: Side = terms.side === 'buy' ? 'sell' : 'buy';
  return (
    offTick(instrument, [intent.stopLoss, intent.takeProfit]) ??
    wrongSide({ side: closing, market: reference, stopLoss: intent.stopLoss, takeProfit: intent.takeProfit }) ??
    wrongSide({ side: closing, market: terms.price, stopLoss: intent.stopLoss, takeProfit: intent.takeProfit })
  );
}

/** Refuses an entry without a stop where the policy wants one: on derivatives, or on everything. */
export function requireStop({ question: { intent, policy }, instrument }: Proposal): Refusal | null {
  if (intent.kind !== 'place' || intent.stopLoss !== null || policy.requireStop === 'never') return null;
  if (policy.requireStop === 'derivatives' && instrument.kind === 'spot') return null;
  return refusal('NOT_ALLOWED', `an entry on ${instrument.id} has to carry a stop_loss`);
}

/** Refuses a stop nearer to the market than the policy takes: noise alone would reach it, and the loss is the spread and two fees. */
export function attachedStopDistance({ question: { intent, policy }, reference }: Proposal): Refusal | null {
  return intent.kind === 'place' ? tooNear(intent.stopLoss, { reference, least: policy.minStopDistance }) : null;
}

/** Refuses triggers that are no multiples of the tick, or on the wrong side of the market: they would be reached at once. */
export function triggerSides({ question: { intent }, instrument, reference, side }: ProtectionWish): Refusal | null {
  const { stopLoss, takeProfit } = intent;
  return offTick(instrument, [stopLoss, takeProfit]) ?? wrongSide({ side, market: reference, stopLoss, takeProfit });
}

/** Refuses to move a stop nearer to the market than the policy takes. */
export function stopDistance({ question: { intent, policy }, reference }: ProtectionWish): Refusal | null {
  return tooNear(intent.stopLoss, { reference, least: policy.minStopDistance });
}

/** Refuses to move a stop away from the market: the loss that was agreed to at the entry only becomes smaller. */
export function tighterOnly({ question: { intent }, side, stops }: ProtectionWish): Refusal | null {
  const { stopLoss } = intent;
  if (stopLoss === null) return null;
  for (const { stop } of stops) {
    for (const there of [stop.triggers.stopLoss, stop.moving?.triggers.stopLoss ?? null]) {
      if (there === null) continue;
      const distance = compare(stopLoss, there);
      if (side === 'sell' ? distance >= 0 : distance <= 0) continue;
      return refusal(
        'NOT_ALLOWED',
        `the stop is at ${formatDecimal(there)} and may only come nearer to the market, not go to ${formatDecimal(stopLoss)}`,
      );
    }
  }
  return null;
}

/** Refuses to move a stop more often than the policy takes, or again before the exchange has said where it is: an agent that steers by its stop does not protect. */
export function stopChanges({ question: { policy }, stops }: ProtectionWish): Refusal | null {
  if (stops.some(({ stop, life }) => stop.moving !== null || life.kind === 'submitting' || life.kind === 'unknown'))
    return refusal('NOT_ALLOWED', 'an earlier change of this stop is not confirmed yet');
  const used = stops.reduce((most, { stop }) => Math.max(most, stop.changes), 0);
  const max = policy.maxStopChanges;
  if (used < max || stops.length === 0) return null;
  return refusal(
    'NOT_ALLOWED',
    `this stop was moved ${used} of at most ${max} times`,
    countLimit({ name: 'max_stop_changes', max, used, unit: 'changes' }),
  );
}

function offTick(instrument: Instrument, prices: readonly (Price | null)[]): Refusal | null {
  const off = prices.some((price) => price !== null && !isMultipleOf({ value: price, step: instrument.tick }));
  return off ? refusal('PRECISION', `prices of ${instrument.id} are multiples of ${formatDecimal(instrument.tick)}`) : null;
}

type Sided = { readonly side: Side; readonly market: Price; readonly stopLoss: Price | null; readonly takeProfit: Price | null };

/** A stop that sells waits below the market and its take-profit above; one that buys the other way round. */
function wrongSide({ side, market, stopLoss, takeProfit }: Sided): Refusal | null {
  const below = (price: Price): boolean => compare(price, market) < 0;
  const above = (price: Price): boolean => compare(price, market) > 0;
  const [stops, profits] = side === 'sell' ? [below, above] : [above, below];
  const [stopWord, profitWord] = side === 'sell' ? ['below', 'above'] : ['above', 'below'];
  if (stopLoss !== null && !stops(stopLoss))
    return refusal(
      'NOT_ALLOWED',
      `a stop_loss of ${formatDecimal(stopLoss)} is on the wrong side: it has to be ${stopWord} ${formatDecimal(market)}`,
    );
  if (takeProfit !== null && !profits(takeProfit))
    return refusal(
      'NOT_ALLOWED',
      `a take_profit of ${formatDecimal(takeProfit)} is on the wrong side: it has to be ${profitWord} ${formatDecimal(market)}`,
    );
  return null;
}

function tooNear(stop: Price | null, { reference, least }: { readonly reference: Price; readonly least: Ratio }): Refusal | null {
  if (stop === null) return null;
  const inside = compare(stop, multiply(reference, subtract(one, least))) > 0 && compare(stop, multiply(reference, add(one, least))) < 0;
  if (!inside) return null;
  return refusal(
    'NOT_ALLOWED',
    `a stop at ${formatDecimal(stop)} is nearer than ${formatPercentage(least)} to ${formatDecimal(reference)}; noise would reach it`,
    { name: 'min_stop_distance', max: formatPercentage(least), used: formatDecimal(stop), unit: 'price' },
  );
}
