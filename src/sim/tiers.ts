import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  divideDown,
  formatDecimal as text,
  multiply,
  one,
  zero,
} from '../core/money/decimal.ts';
import { type Answer, failure, success } from './answers.ts';
import { listField, textField } from './fields.ts';
import { familyOf, type Instrument, isContract } from './instruments.ts';
import { leverNumber, leverOf, openingContracts, type Opening } from './margin.ts';
import { positionsOn } from './position-side.ts';
import type { PublicCall } from './public.ts';
import { refusals } from './refusal.ts';
import { listed } from './world.ts';

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

function tiersOf({ maxMarketSize }: Instrument): readonly Tier[] {
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
export function isBeyondTier({ account, instrument, extra }: Opening): boolean {
  const lever = leverNumber(leverOf(account, instrument));
  const allowed = tiersOf(instrument).findLast(({ maxLever }) => compare(lever, maxLever) <= 0)?.maxSz ?? zero;
  const held = positionsOn(account, instrument.instId).reduce((sum, { pos }) => add(sum, absolute(pos)), zero);
  // @rule tier-limit
  return compare(add(held, openingContracts({ account, instrument, extra })), allowed) > 0;
}

/** GET public/position-tiers. */
export function getPositionTiers({ world, fields }: PublicCall): Answer {
  const [instType, tdMode, tier] = [textField(fields, 'instType'), textField(fields, 'tdMode'), textField(fields, 'tier')];
  const families = listField(fields, textField(fields, 'instFamily') === '' ? 'uly' : 'instFamily');
  if (instType === '') return failure(refusals.missing('instType'));
  if (!['SWAP', 'FUTURES'].includes(instType)) return failure(refusals.parameter('instType'));
  if (tdMode !== 'cross' && tdMode !== 'isolated') return failure(refusals.parameter('tdMode'));
  if (families.length === 0 || families.length > 5) return failure(refusals.parameter('instFamily'));
  const found = families.flatMap((family) =>
    listed(world)
      .filter((one) => isContract(one) && one.instType === instType && familyOf(one) === family)
      .slice(0, 1),
  );
  const rows = found.flatMap((instrument) =>
    tiersOf(instrument).map(({ tier, minSz, maxSz, maxLever, mmr }) => {
      const shares = { imr: text(divideDown({ dividend: one, divisor: maxLever, digits: 4 })), mmr: text(mmr), maxLever: text(maxLever) };
      const sizes = { tier: String(tier), minSz: text(minSz), maxSz: text(maxSz), baseMaxLoan: '', quoteMaxLoan: '', optMgnFactor: '0' };
      return { instId: '', instFamily: familyOf(instrument), uly: familyOf(instrument), ...sizes, ...shares };
    }),
  );
  return success(rows.filter((row) => tier === '' || row.tier === tier));
}
