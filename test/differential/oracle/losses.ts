import { type Fraction, fraction, isAbove, larger, less, none, over, plus, signOf, times } from './fraction.ts';
import type { Ledger, Mark } from './ledger.ts';
import { type OrderLine, pricesOf, restOf } from './orders.ts';
import { atMost, type Says } from './rule.ts';
import { isFreshlyPriced, priceOf, referenceOf, highestOf } from './scene.ts';
import type { Listed, Seen as View, Side } from '../story.ts';
import type { Meant } from './wish.ts';

const DAY = 86_400_000;
/** Time may be cut into slots of ten minutes that count whole. */
const SLOT = 600_000;
const FEE = fraction('0.0015');
/** Coins and costs of inverse contracts are rounded, by far less than this altogether. */
const ROUNDED: Fraction = { numerator: 1n, denominator: 10n ** 6n };

/** What twokey's own trading is worth now; `null` where the price of anything that is held is missing or old. */
export function managedEquity(ledger: Ledger, view: View): Fraction | null {
  let worth = ledger.purse.dollars;
  for (const [key, { instrument, size }] of ledger.holdings) {
    const [listed, prices] = [ledger.instruments.get(instrument), priceOf(ledger, view, instrument)];
    const price = listed === undefined || prices === undefined ? null : referenceOf(listed, prices);
    if (listed === undefined) return null;
    if (price === null || signOf(price) <= 0 || !isFreshlyPriced(ledger, view, instrument)) {
      // Too little to be sold is next to nothing.
      if (listed.product === 'spot' && signOf(size) > 0 && isAbove(fraction(listed.minimum), size)) continue;
      return null;
    }
    worth = plus(worth, ledger.purse.worth(listed, key, size, price));
  }
  return worth;
}

export function dailyLoss(of: Meant): Says {
  const { ledger } = of;
  return judged(of, ledger.setup.limits.max_daily_loss, (equity) => {
    const first = ledger.marks.find(({ at }) => Math.floor(at / DAY) === Math.floor(ledger.now / DAY));
    const anchor = first === undefined ? null : first.usd;
    const from = (length: number) =>
      highestOf([highestSince(ledger.marks, ledger.now - length), ...(anchor === null ? [] : [anchor])]) ?? none;
    return { least: fall(from(DAY), equity), most: fall(from(DAY + SLOT), equity) };
  });
}

export function drawdown(of: Meant): Says {
  return judged(of, of.ledger.setup.limits.max_drawdown, (equity) => {
    const peak = of.ledger.marks.reduce((most, { usd }) => larger(most, usd), none);
    return { least: fall(peak, equity), most: fall(peak, equity) };
  });
}

/** The highest mark since then, and the one that stood then: nothing, before there was any. */
function highestSince(marks: readonly Mark[], since: number): Fraction {
  const standing = marks.findLast(({ at }) => at <= since)?.usd ?? none;
  return marks.filter(({ at }) => at > since).reduce((most, { usd }) => larger(most, usd), standing);
}

function fall(from: Fraction, to: Fraction): Fraction {
  return isAbove(from, to) ? less(from, to) : none;
}

type Fallen = { readonly least: Fraction; readonly most: Fraction };

function judged(of: Meant, limit: string, fallen: (equity: Fraction) => Fallen): Says {
  const { ledger, view, replaces, listed, side, size, price, reference } = of;
  const equity = managedEquity(ledger, view);
  const open = ledger.open().filter((order) => order !== replaces && signOf(restOf(order)) > 0);
  if (equity === null || open.some((order) => referenceFor(ledger, view, order) === null)) return 'refuses';
  // Until the exchange has answered it may execute at either price.
  const prices = replaces === null ? [price] : [price, ...pricesOf(replaces)];
  const ways = prices.map((each) => inDollars(listed, size, plus(wayTo(side, each, reference), times(larger(each, reference), FEE)), each));
  const own = highestOf(ways) ?? none;
  const cost = open.reduce((sum, order) => plus(sum, costOf(ledger, view, order, open)), own);
  const { least, most } = fallen(equity);
  const certain = atMost(plus(least, cost), fraction(limit), ROUNDED);
  return certain === 'passes' && atMost(plus(most, cost), fraction(limit), ROUNDED) !== 'passes' ? 'rounding' : certain;
}

function referenceFor(ledger: Ledger, view: View, { instrument }: OrderLine): Fraction | null {
  const [listed, prices] = [ledger.instruments.get(instrument), priceOf(ledger, view, instrument)];
  return listed === undefined || prices === undefined ? null : referenceOf(listed, prices);
}

/** The fee is counted at the highest price that any open entry of the position names, or the market's. */
function costOf(ledger: Ledger, view: View, order: OrderLine, open: readonly OrderLine[]): Fraction {
  const [listed, reference] = [ledger.instruments.get(order.instrument), referenceFor(ledger, view, order)];
  if (listed === undefined || reference === null) throw new Error(`no price of ${order.instrument}`);
  const beside = open.filter(({ instrument, leg, exit }) => instrument === order.instrument && leg === order.leg && !exit);
  const feePrice = larger(highestOf(beside.flatMap(pricesOf)) ?? none, reference);
  // A stop does nothing before the market has come to its trigger; from there it costs its fee.
  const prices = order.stop ? [] : pricesOf(order);
  return costAt({ listed, side: order.side, size: restOf(order), prices, reference, feePrice });
}

type Costing = {
  readonly listed: Listed;
  readonly side: Side;
  readonly size: Fraction;
  readonly prices: readonly Fraction[];
  readonly reference: Fraction;
  readonly feePrice: Fraction;
};

/** What it may cost at once: the way from the market to the worst price that it may fill at, and the fee. */
function costAt({ listed, side, size, prices, reference, feePrice }: Costing): Fraction {
  const ways = prices.map((price) => inDollars(listed, size, wayTo(side, price, reference), price));
  return plus(highestOf(ways) ?? none, inDollars(listed, size, times(feePrice, FEE), feePrice));
}

/** How far a price is on the wrong side of the market. */
function wayTo(side: Side, price: Fraction, reference: Fraction): Fraction {
  const way = side === 'buy' ? less(price, reference) : less(reference, price);
  return signOf(way) > 0 ? way : none;
}

/** A contract of an inverse one that is traded at another price than the market's costs dollars × difference ÷ price. */
function inDollars({ product, contractValue }: Listed, size: Fraction, difference: Fraction, price: Fraction): Fraction {
  if (product === 'spot') return times(size, difference);
  const units = times(times(size, fraction(contractValue)), difference);
  return product === 'inverse' ? over(units, price) : units;
}
