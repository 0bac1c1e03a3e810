import { type Fraction, fraction, isAbove, none, over, plus, signOf, times, whole, magnitude } from './fraction.ts';
import { isSurelyInside, mayBeInside, ofToday, tenMinutes } from './counts.ts';
import { restOf, pricesOf, type OrderLine } from './orders.ts';
import { anyOf, atMost, type OrderRule, refusesIf, type Says } from './rule.ts';
import { dailyLoss, drawdown } from './losses.ts';
import { exposureRules, isAnyUnpriced, others, total } from './exposure-rules.ts';
import { coinPrice, highestOf, isValued, type Spot, worstOf, worthOf } from './scene.ts';
import type { Meant } from './wish.ts';
import { WRITTEN } from './order-rules.ts';

/** What an order would add up to with everything else, and the account. */
export const accountRules: readonly OrderRule[] = [
  ...exposureRules,
  { name: 'max_leverage', applies: 'entries', says: leverage },
  { name: 'max_margin_share', applies: 'entries', says: margin },
  { name: 'min_liquidation_distance', applies: 'entries', says: liquidation },
  { name: 'max_open_positions', applies: 'entries', says: openPositions },
  { name: 'max_open_orders', applies: 'entries', says: openOrders },
  {
    name: 'max_daily_trades',
    applies: 'entries',
    says: ({ ledger }) => refusesIf(ofToday(ledger) >= ledger.setup.limits.max_daily_trades),
  },
  { name: 'max_daily_loss', applies: 'entries', says: dailyLoss },
  { name: 'max_drawdown', applies: 'entries', says: drawdown },
  {
    name: 'max_account_equity',
    applies: 'entries',
    says: (of) =>
      refusesIf(
        of.view.fundsAge === null || isAbove(fraction(of.ledger.funds.equity), fraction(of.ledger.setup.limits.max_account_equity)),
      ),
  },
  {
    name: 'min_balance',
    applies: 'entries',
    says: (of) =>
      of.view.fundsAge === null ? 'refuses' : atMost(fraction(of.ledger.setup.limits.min_balance), equityOf(of), EQUITY_DIGITS),
  },
  { name: 'available_funds', applies: 'entries', says: funds },
  { name: 'exchange.read_only', applies: 'all', says: ({ view }) => refusesIf(view.readOnly) },
  { name: 'approval.above', applies: 'entries', says: approval },
  { name: 'approval.first_of_kind', applies: 'entries', says: firstOfKind },
];

/** Equity may be rounded down to eight decimals. */
const EQUITY_DIGITS: Fraction = { numerator: 1n, denominator: 10n ** 8n };

/** What the account has, with the coin of the instrument counted as no more than a dollar, whichever of the two the exchange meant. */
function equityOf({ ledger, view, listed }: Meant): Fraction {
  const told = fraction(ledger.funds.equity);
  const price = coinPrice(view, listed.quote);
  if (price === null) throw new Error(`no price of ${listed.quote}`);
  return isAbove(price, whole) ? over(told, price) : times(told, price);
}

function leverage(of: Meant): Says {
  const { ledger, listed, view } = of;
  const most = fraction(ledger.setup.limits.max_leverage);
  const set = ledger.leverage.get(listed.id);
  if (listed.product !== 'spot' && (set === undefined || isAbove(fraction(set), most))) return 'refuses';
  if (view.fundsAge === null || isAnyUnpriced(of, others(of))) return 'refuses';
  return atMost(total(of), times(most, equityOf(of)), times(most, EQUITY_DIGITS));
}

type Derivatives = { readonly worth: Fraction; readonly margin: Fraction; readonly parts: number };

/** What all derivatives are worth at worst, and what that ties up; `null` where price or leverage of one is not known. */
function derivativesWith(of: Meant): Derivatives | null {
  const { ledger, view, listed, worstCase } = of;
  const set = ledger.leverage.get(listed.id);
  if (view.fundsAge === null || set === undefined) return null;
  let found: Derivatives = { worth: worstCase, margin: over(worstCase, fraction(set)), parts: 1 };
  for (const spot of others(of)) {
    if (ledger.instruments.get(spot.instrument)?.product === 'spot') continue;
    const lever = ledger.leverage.get(spot.instrument);
    if (lever === undefined || !isValued(ledger, view, spot.instrument)) return null;
    const worth = worthOf(ledger, view, spot, worstOf(spot.seen));
    found = { worth: plus(found.worth, worth), margin: plus(found.margin, over(worth, fraction(lever))), parts: found.parts + 1 };
  }
  return found;
}

/** Each margin may be rounded up to eight decimals. */
const MARGIN_DIGITS: Fraction = { numerator: 1n, denominator: 10n ** 8n };

function margin(of: Meant): Says {
  if (of.listed.product === 'spot') return 'passes';
  const found = derivativesWith(of);
  if (found === null) return 'refuses';
  const most = times(fraction(of.ledger.setup.limits.max_margin_share), equityOf(of));
  return atMost(found.margin, most, times(MARGIN_DIGITS, fraction(String(found.parts + 1))));
}

/** What an exchange is taken to keep of a position's worth. */
const MAINTENANCE = fraction('0.02');

/** After a move of the least distance against everything the rest has to cover the maintenance. */
function liquidation(of: Meant): Says {
  if (of.listed.product === 'spot') return 'passes';
  const found = derivativesWith(of);
  if (found === null) return 'refuses';
  const share = plus(fraction(of.ledger.setup.limits.min_liquidation_distance), MAINTENANCE);
  return atMost(times(found.worth, share), equityOf(of), EQUITY_DIGITS);
}

function openPositions({ ledger, spots, listed, leg }: Meant): Says {
  const counts = (spot: Spot) => {
    const minimum = fraction(ledger.instruments.get(spot.instrument)?.minimum ?? '0');
    return spot.entries > 0 || (signOf(spot.held) !== 0 && !isAbove(minimum, magnitude(spot.held)));
  };
  const open = spots.filter(counts);
  const isOwn = open.some((spot) => spot.instrument === listed.id && spot.leg === leg);
  return refusesIf(open.length + (isOwn ? 0 : 1) > ledger.setup.limits.max_open_positions);
}

function openOrders({ ledger, wish, replaces }: Meant): Says {
  const withStop = wish.kind === 'place' && (wish.stopLoss !== null || wish.takeProfit !== null);
  const open = ledger.open().filter((order) => order !== replaces);
  return refusesIf(open.length + (withStop ? 2 : 1) > ledger.setup.limits.max_open_orders);
}

const FEE = fraction('0.0015');

/** A spot buy has to be paid for, beside open buys that the balance may not show yet. */
function funds({ ledger, view, listed, side, size, price, replaces }: Meant): Says {
  if (listed.product !== 'spot' || side !== 'buy') return 'passes';
  if (view.fundsAge === null) return 'refuses';
  const readAt = ledger.now - view.fundsAge;
  const shown = (order: OrderLine) => order.sentAt < readAt && order.phase !== 'sending' && order.phase !== 'unknown';
  const buys = ledger.open().filter((order) => order !== replaces && order.spot && order.side === 'buy' && !shown(order));
  const same = buys.filter((order) => ledger.instruments.get(order.instrument)?.quote === listed.quote);
  const spoken = same.reduce((sum, order) => plus(sum, times(restOf(order), highestOf(pricesOf(order)) ?? none)), none);
  const cost = times(plus(spoken, times(size, price)), plus(whole, FEE));
  return refusesIf(isAbove(cost, fraction(ledger.funds.available[listed.quote] ?? '0')));
}

/** Each entry may have been written down with eight decimals, rounded up. */
const NOTED_DIGITS: Fraction = { numerator: 1n, denominator: 10n ** 8n };

/** A person agrees to what is large over all agents and instruments of one coin: what was entered lately, or what all of it may come to. */
function approval(of: Meant): Says {
  const { ledger, view, listed, worth, agreed, worstCase } = of;
  const { approval_above: above } = ledger.setup.limits;
  if (above === null || agreed !== null) return 'passes';
  const same = others(of).filter((spot) => ledger.instruments.get(spot.instrument)?.base === listed.base);
  if (isAnyUnpriced(of, same)) return 'refuses';
  const all = same.reduce((sum, spot) => plus(sum, worthOf(ledger, view, spot, worstOf(spot.seen))), worstCase);
  // An order that was made larger counts once more with all that it may become.
  const larger = ledger.amended.filter(({ increases }) => increases);
  const entries = [...ledger.sent, ...larger].filter(({ exit, underlying: coin }) => !exit && coin === listed.base);
  const sum = (inside: typeof isSurelyInside) => {
    const counting = entries.filter(({ at }) => inside(tenMinutes, at, ledger.now));
    return { worth: counting.reduce((counted, sent) => plus(counted, sent.worth), worth), count: counting.length };
  };
  const most = sum(mayBeInside);
  const slack = plus(WRITTEN, times(NOTED_DIGITS, fraction(String(most.count))));
  const uncertain: Says = atMost(most.worth, fraction(above), slack) === 'passes' ? 'passes' : 'rounding';
  return anyOf(atMost(all, fraction(above), none), refusesIf(isAbove(sum(isSurelyInside).worth, fraction(above))), uncertain);
}

const USUAL = fraction('1.05');

/** A person agrees to the first entry on an instrument, and to one that is not like the largest so far. */
function firstOfKind({ ledger, listed, worth, agreed }: Meant): Says {
  if (!ledger.setup.limits.approval_first || agreed !== null) return 'passes';
  const before = ledger.sent.filter(({ exit, order }) => !exit && order.instrument === listed.id);
  const [first, ...later] = before.map((sent) => sent.worth);
  if (first === undefined) return 'refuses';
  // What is merely like the largest does not become the largest, or one could creep up.
  const largest = later.reduce((most, each) => (isAbove(each, times(most, USUAL)) ? each : most), first);
  const [least, most] = [times(largest, USUAL), times(plus(largest, NOTED_DIGITS), USUAL)];
  return isAbove(worth, most) ? 'refuses' : isAbove(plus(worth, WRITTEN), least) ? 'rounding' : 'passes';
}
