import type { Circumstances } from '../account/books.ts';
import type { Holding } from '../exposure/holding.ts';
import { coinOf, collateralUsd, exposureRate } from '../market/dollar-coins.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import { highestPrice, worthAt } from '../market/valuation.ts';
import { add, type Decimal, divideUp, multiply, one, zero } from '../money/decimal.ts';
import type { Ratio, Usd } from '../money/units.ts';
import type { PositionKey } from '../order/leg.ts';
import type { Policy } from './policy.ts';

/** How old balances, and the prices of instruments other than the one asked for, may be. Reference/risk.md §6.4. */
export const HELD_DATA_AGE_MAX_MILLISECONDS = 10_000;

/** The worst case of a set of instruments; or the first of them whose value is not known. */
export type Worth = { readonly kind: 'known'; readonly usd: Usd } | { readonly kind: 'unknown'; readonly instrument: InstrumentId };

/** What derivatives are worth and tie up at worst; spot is paid for and cannot be liquidated. */
export type Margin =
  | { readonly kind: 'known'; readonly worthUsd: Usd; readonly initialUsd: Usd }
  /** The first instrument of which price or leverage is not known. */
  | { readonly kind: 'unknown'; readonly instrument: InstrumentId };

export type Others = {
  readonly circumstances: Circumstances;
  readonly policy: Policy;
  readonly holdings: ReadonlyMap<PositionKey, Holding>;
  /** `null`: all instruments. */
  readonly except: InstrumentId | null;
};

/** Σ worst case × valuation, without netting (reference/risk.md §4.1). One instrument without a fresh price makes the sum unknown. */
export function othersOf(others: Others): Worth {
  return besideOf(others).worth;
}

/** Everything that is counted alike: the sums are put together before collar, coin and leverage are put on them, once for all. */
type Run = {
  readonly quoted: string;
  readonly rate: Ratio;
  /** `null` for what has none: spot, and derivatives of which it is not known. */
  readonly leverage: Decimal | null;
  /** At prices that may still rise by the collar. */
  priced: Usd;
  /** Fixed numbers of dollars. */
  fixed: Usd;
};

type Totals = { usd: Usd; worthUsd: Usd; initialUsd: Usd };

type Beside = { readonly worth: Worth; readonly margin: Margin };

/** The worst case of all other instruments, and the margin of the derivatives among them, in one pass: it runs for every decision. */
export function besideOf({ circumstances, policy, holdings, except }: Others): Beside {
  const totals: Totals = { usd: zero, worthUsd: zero, initialUsd: zero };
  const collar = add(one, policy.priceCollar);
  let withoutLeverage: InstrumentId | null = null;
  const oldest = circumstances.now - heldAgeMax(policy);
  let run: Run = { quoted: 'USD', rate: one, leverage: null, priced: zero, fixed: zero };
  for (const holding of holdings.values()) {
    const id = holding.instrument;
    if (id === except) continue;
    const { listing: instrument } = holding;
    const quote = circumstances.quotes.get(id);
    if (instrument === undefined || quote === undefined || readAt(quote) < oldest) return unknownBecauseOf(id);
    const leverage = instrument.kind === 'spot' ? null : (circumstances.leverage.get(id) ?? null);
    if (leverage === null && instrument.kind !== 'spot') withoutLeverage ??= id;
    const { quote: quoted } = instrument;
    if (quoted !== run.quoted || !isSame(leverage, run.leverage)) {
      count(totals, run, collar);
      const rate = quoted === run.quoted ? run.rate : rateOf(instrument, circumstances);
      if (rate === null) return unknownBecauseOf(id);
      run = { quoted, rate, leverage, priced: zero, fixed: zero };
    }
    const worth = worthAt(instrument, holding.amounts.worst, highestPrice(quote, holding.highestLimit));
    if (instrument.kind === 'inverse') run.fixed = add(run.fixed, worth);
    else run.priced = add(run.priced, worth);
  }
  count(totals, run, collar);
  const { usd, worthUsd, initialUsd } = totals;
  return {
    worth: { kind: 'known', usd },
    margin: withoutLeverage === null ? { kind: 'known', worthUsd, initialUsd } : { kind: 'unknown', instrument: withoutLeverage },
  };
}

function unknownBecauseOf(instrument: InstrumentId): Beside {
  return { worth: { kind: 'unknown', instrument }, margin: { kind: 'unknown', instrument } };
}

/** Written alike, which is all that putting sums together needs. */
function isSame(left: Decimal | null, right: Decimal | null): boolean {
  return left === right || (left !== null && right !== null && left.coefficient === right.coefficient && left.scale === right.scale);
}

function count(totals: Totals, { rate, leverage, priced, fixed }: Run, collar: Ratio): void {
  const dear = multiply(priced, collar);
  const usd = add(rate === one ? dear : multiply(dear, rate), fixed);
  totals.usd = add(totals.usd, usd);
  if (leverage === null) return;
  totals.worthUsd = add(totals.worthUsd, usd);
  totals.initialUsd = add(totals.initialUsd, initialMargin(usd, leverage));
}

const USD_DIGITS = 8;

/** Worth over leverage, rounded up. */
export function initialMargin(worth: Usd, leverage: Decimal): Usd {
  return divideUp({ dividend: worth, divisor: leverage, digits: USD_DIGITS });
}

/** What one of the instrument's quote currency counts as in US dollars where it is risked; `null` where that is not known. */
export function rateOf(instrument: Instrument, { coinPrices, now }: Circumstances): Ratio | null {
  return exposureRate(coinOf(instrument), { prices: coinPrices, now });
}

/** The equity of the account with the instrument's coin valued against us; `null` where either is not known. */
export function equityOf(instrument: Instrument, { coinPrices, funds, now }: Circumstances): Usd | null {
  return funds === null ? null : collateralUsd(funds.equityUsd, coinOf(instrument), { prices: coinPrices, now });
}

/** Whether a price is young enough to value what is held at it. */
export function isHeldFresh(quote: Quote, now: number, policy: Policy): boolean {
  return now - readAt(quote) <= heldAgeMax(policy);
}

/** As of when a price can be relied on: the older of the exchange's own time of it and of the question. */
function readAt({ at, receivedAt }: Quote): number {
  return Math.min(at, receivedAt);
}

/** How old the price of what is held may be, in milliseconds. */
export function heldAgeMax(policy: Policy): number {
  return Math.max(HELD_DATA_AGE_MAX_MILLISECONDS, policy.maxDataAgeMilliseconds);
}
