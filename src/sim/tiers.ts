import { absolute, add, compare, type Decimal, decimal, multiply, one, zero } from '../core/money/decimal.ts';
import type { Instrument } from './instruments.ts';
import { leverNumber, leverOf, openingContracts, type Opening } from './margin.ts';
import { everyPositionOn } from './position-side.ts';

/** Up to how many times the largest market order a position may grow, with which leverage at most, and what share it has to be worth. */
const shape = [
  { times: '1', maxLever: '100', mmr: '0.004' },
  { times: '2', maxLever: '75', mmr: '0.006' },
  { times: '5', maxLever: '50', mmr: '0.01' },
  { times: '10', maxLever: '20', mmr: '0.025' },
  { times: '50', maxLever: '10', mmr: '0.05' },
  { times: '80', maxLever: '5', mmr: '0.1' },
].map(({ times, maxLever, mmr }) => ({ times: decimal(times), maxLever: decimal(maxLever), mmr: decimal(mmr) }));

type Tier = { readonly tier: number; readonly minSz: Decimal; readonly maxSz: Decimal; readonly maxLever: Decimal; readonly mmr: Decimal };

export function tiersOf({ maxMarketSize }: Instrument): readonly Tier[] {
  // @rule position-tiers
  const ends = shape.map(({ times }) => multiply(maxMarketSize, times));
  return shape.map(({ maxLever, mmr }, index) => ({
    tier: index + 1,
    minSz: ends[index - 1] ?? zero,
    maxSz: ends[index] ?? zero,
    maxLever,
    mmr,
  }));
}

/** The share of its value that a position of a size has to be worth to stay open. */
export function maintenanceShare(instrument: Instrument, size: Decimal): Decimal {
  // @rule maintenance-margin
  const tiers = tiersOf(instrument);
  return (tiers.find(({ maxSz }) => compare(absolute(size), maxSz) <= 0) ?? tiers[tiers.length - 1])?.mmr ?? one;
}

/** Whether what is held, pending and wished for together is more than the leverage of the instrument allows. */
export function isBeyondTier({ account, instrument, tdMode, extra }: Opening): boolean {
  const lever = leverNumber(leverOf(account, instrument, { tdMode, posSide: extra?.posSide ?? 'net' }));
  const allowed = tiersOf(instrument).findLast(({ maxLever }) => compare(lever, maxLever) <= 0)?.maxSz ?? zero;
  const held = everyPositionOn(account, instrument.instId).reduce((sum, { pos }) => add(sum, absolute(pos)), zero);
  // @rule tier-limit
  return compare(add(held, openingContracts({ account, instrument, tdMode, extra })), allowed) > 0;
}
