import type { Books, Circumstances } from '../account/books.ts';
import type { Holding } from '../exposure/holding.ts';
import { ends } from '../exposure/worst-case.ts';
import { notionalUsd, underlyingOf, valuationPrice } from '../market/valuation.ts';
import { add, divideUp, formatDecimal, isPositive, maximum, multiply, negate, one, subtract, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { PositionKey } from '../order/leg.ts';
import { distanceOf } from './controls/margin.ts';
import type { LimitUse } from './decision.ts';
import { formatPercentage } from './fields.ts';
import { besideOf, isHeldFresh, rateOf } from './others.ts';
import type { Policy } from './policy.ts';

export type ExposureQuestion = {
  readonly books: Books;
  readonly circumstances: Circumstances;
  readonly policy: Policy;
  readonly holdings: ReadonlyMap<PositionKey, Holding>;
  /** With coins valued against us; `null` where it is not known. */
  readonly equityUsd: Usd | null;
};

type Row = Omit<LimitUse, 'used'> & { readonly scope: string; readonly used: string | null; readonly headroom: string | null };

/** What may become long, and what may become short, of each coin that may be traded or is held, in all its instruments together. */
export function underlyingLimits(question: ExposureQuestion): readonly Row[] {
  const { books, policy, holdings } = question;
  const held = [...holdings.values()].map(({ instrument }) => instrument);
  const coins = new Set([...policy.instruments, ...held].flatMap((id) => books.instruments.get(id) ?? []).map(underlyingOf));
  return [...coins].flatMap((coin) => {
    const sides = sidesOf(question, coin);
    const row = (side: 'long' | 'short') =>
      dollars({
        name: 'max_underlying_exposure',
        scope: `${coin} ${side}`,
        max: policy.maxUnderlyingExposure,
        used: sides?.[side] ?? null,
      });
    return [row('long'), row('short')];
  });
}

type Sides = { readonly long: Usd; readonly short: Usd };

/** `null` where the price of one instrument of the coin is missing or old. */
function sidesOf({ circumstances, policy, holdings }: ExposureQuestion, coin: string): Sides | null {
  let [long, short]: [Usd, Usd] = [zero, zero];
  for (const holding of holdings.values()) {
    const { listing: instrument } = holding;
    if (instrument === undefined || underlyingOf(instrument) !== coin) continue;
    const quote = circumstances.quotes.get(instrument.id);
    const rate = rateOf(instrument, circumstances);
    if (quote === undefined || rate === null || !isHeldFresh(quote, circumstances.now, policy)) return null;
    const price = valuationPrice({ quote, limit: holding.highestLimit, margin: policy.priceCollar, rate });
    const { highest, lowest } = ends(holding);
    long = add(long, notionalUsd({ instrument, size: maximum(highest, zero), price }));
    short = add(short, notionalUsd({ instrument, size: maximum(negate(lowest), zero), price }));
  }
  return { long, short };
}

/** What the derivatives of the account tie up at worst, and how far prices may go against them. */
export function marginLimits({ circumstances, policy, holdings, equityUsd }: ExposureQuestion): readonly Row[] {
  const { margin } = besideOf({ circumstances, policy, holdings, except: null });
  const known = margin.kind === 'known' && equityUsd !== null;
  const most = equityUsd === null ? null : multiply(policy.maxMarginShare, equityUsd);
  // Named apart from its key, whose value is a share and not these dollars.
  const tiedUp =
    most === null ? null : dollars({ name: 'max_margin_share.usd', scope: 'account', max: most, used: known ? margin.initialUsd : null });
  const distance = known ? (isPositive(margin.worthUsd) ? distanceOf(equityUsd, margin.worthUsd) : one) : null;
  const spare = distance === null ? null : maximum(subtract(distance, policy.minLiquidationDistance), zero);
  return [
    tiedUp ?? {
      name: 'max_margin_share',
      scope: 'account',
      max: formatPercentage(policy.maxMarginShare),
      used: null,
      headroom: null,
      unit: 'of the equity',
    },
    {
      name: 'min_liquidation_distance',
      scope: 'account',
      max: formatPercentage(policy.minLiquidationDistance),
      used: distance === null ? null : formatPercentage(distance),
      headroom: spare === null ? null : formatPercentage(spare),
      unit: 'of the price, at least',
    },
  ];
}

type Dollars = { readonly name: string; readonly scope: string; readonly max: Usd; readonly used: Usd | null };

function dollars({ name, scope, max, used }: Dollars): Row {
  const cents = (amount: Usd) => formatDecimal(divideUp({ dividend: amount, divisor: one, digits: 2 }));
  const headroom = used === null ? null : maximum(subtract(max, used), zero);
  return {
    name,
    scope,
    max: formatDecimal(max),
    used: used === null ? null : cents(used),
    headroom: headroom === null ? null : cents(headroom),
    unit: 'USD',
  };
}
