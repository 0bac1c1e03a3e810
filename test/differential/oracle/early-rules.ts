import { type Fraction, fraction, isAbove, isWholeSteps, less, magnitude, plus, signOf, times } from './fraction.ts';
import { ageOf, rateOf, referenceOf } from './scene.ts';
import { type EarlyRule, refusesIf, type Says } from './rule.ts';
import type { Asking } from './wish.ts';

const EXIT_PRICE_AGE_MAX = 30_000;
const FUNDS_AGE_MAX = 10_000;
const dollarLike = ['USDT', 'USDC', 'USD'];

/** What is asked before there is an order, first to last. */
export const earlyRules: readonly EarlyRule[] = [
  { name: 'booting', applies: 'all', says: ({ ledger }) => refusesIf(ledger.booting) },
  {
    name: 'halted',
    applies: 'all',
    says: ({ ledger, wish }) => refusesIf(ledger.mode === 'HALTED' && !(wish.kind === 'close' && wish.by === 'operator')),
  },
  {
    name: 'require_reason',
    applies: 'all',
    says: ({ ledger, wish }) => refusesIf(ledger.setup.limits.require_reason && wish.reason.trim() === ''),
  },
  { name: 'instruments', applies: 'all', says: (of) => refusesIf(!mayTrade(of)) },
  {
    name: 'order_types',
    applies: 'entries',
    says: ({ ledger, wish }) => refusesIf(wish.kind === 'place' && !ledger.setup.limits.order_types.includes(wish.type)),
  },
  {
    name: 'sides',
    applies: 'entries',
    says: ({ ledger, wish }) => refusesIf(wish.kind === 'place' && !ledger.setup.limits.sides.includes(wish.side)),
  },
  {
    name: 'quiet_hours',
    applies: 'entries',
    says: ({ ledger }) => refusesIf(ledger.setup.limits.quiet_hours.some((span) => isWithin(ledger.now, span))),
  },
  { name: 'reduce_only', applies: 'entries', says: ({ ledger }) => refusesIf(ledger.mode === 'REDUCE_ONLY') },
  { name: 'stage', applies: 'entries', says: ({ ledger }) => refusesIf(!ledger.setup.opens) },
  { name: 'agent_frozen', applies: 'entries', says: ({ ledger, wish }) => refusesIf(ledger.frozen.has(`agent:${wish.by}`)) },
  { name: 'notifier', applies: 'entries', says: ({ ledger }) => refusesIf(ledger.isSilent) },
  {
    name: 'which_leg',
    applies: 'exits',
    says: ({ ledger, wish }) => refusesIf(wish.kind === 'close' && ledger.heldOf(wish.instrument).length > 1),
  },
  { name: 'precision', applies: 'all', says: (of) => refusesIf(!isPrecise(of)) },
  { name: 'max_data_age', applies: 'all', says: knows },
  {
    name: 'dollar_price',
    applies: 'entries',
    says: ({ view, listed }) => refusesIf(listed !== undefined && rateOf(view, listed) === null),
  },
  { name: 'max_divergence', applies: 'entries', says: diverges },
  { name: 'max_price_move', applies: 'entries', says: moved },
  { name: 'max_spread', applies: 'entries', says: spread },
  { name: 'max_funding_rate', applies: 'entries', says: funding },
];

function mayTrade({ ledger, wish, listed, exit }: Asking): boolean {
  const { limits, baseline } = ledger.setup;
  const closesSomething = exit && ledger.heldOf(wish.instrument).length > 0;
  if (listed === undefined || !dollarLike.includes(listed.quote)) return false;
  if (!limits.instruments.includes(wish.instrument) && !closesSomething) return false;
  if (exit) return true;
  if (!listed.tradable) return false;
  // What it pays with must not be what a listed pair trades.
  const money = listed.product === 'spot' ? listed.quote : listed.settle;
  for (const id of limits.instruments) {
    const other = ledger.instruments.get(id);
    if (other?.product === 'spot' && other.base === money) return false;
  }
  const before = signOf(fraction(baseline.contracts[wish.instrument] ?? '0'));
  return before === 0 || wish.kind !== 'place' || before > 0 === (wish.side === 'buy');
}

/** A span of the UTC day such as `22:00-06:00`, its end not in it. */
function isWithin(now: number, span: string): boolean {
  const clock = new Date(now).toISOString().slice(11, 16);
  const [from = '', to = ''] = span.split('-');
  return from < to ? from <= clock && clock < to : from <= clock || clock < to;
}

function isPrecise({ wish, listed }: Asking): boolean {
  if (listed === undefined) return true;
  if (wish.kind === 'place' && (wish.type === 'market') !== (wish.price === null)) return false;
  if (wish.quantity === null) return true;
  const quantity = fraction(wish.quantity);
  if (signOf(quantity) <= 0) return false;
  const unit = wish.kind === 'close' ? (listed.product === 'spot' ? 'base' : 'contracts') : wish.unit;
  if (listed.product === 'spot' ? unit === 'contracts' : listed.product === 'inverse' && unit === 'base') return false;
  const lot = fraction(listed.lot);
  const step = unit === 'base' && listed.product === 'linear' ? times(lot, fraction(listed.contractValue)) : lot;
  if ((unit === 'base' || unit === 'contracts') && !isWholeSteps(quantity, step)) return false;
  if (wish.kind === 'close' || wish.price === null) return true;
  return signOf(fraction(wish.price)) > 0 && isWholeSteps(fraction(wish.price), fraction(listed.tick));
}

/** An exit may rest on an older price, and needs neither balance nor clock. */
function knows({ ledger, view, listed, prices, exit }: Asking): Says {
  if (listed === undefined) return 'passes';
  if (prices === undefined) return 'refuses';
  const { max_data_age: most } = ledger.setup.limits;
  if (ageOf(view, listed.id) > (exit ? Math.max(most, EXIT_PRICE_AGE_MAX) : most)) return 'refuses';
  const reference = referenceOf(listed, prices);
  if (reference === null || signOf(reference) <= 0 || signOf(fraction(prices.last)) <= 0) return 'refuses';
  if (exit) return 'passes';
  if (!view.clockTrusted) return 'refuses';
  const [bid, ask] = [fraction(prices.bid), fraction(prices.ask)];
  if (signOf(bid) <= 0 || bid.numerator * ask.denominator >= ask.numerator * bid.denominator) return 'refuses';
  return refusesIf(view.fundsAge === null || view.fundsAge > FUNDS_AGE_MAX);
}

/** Further apart than a share of the second. */
function isFar(one: Fraction, other: Fraction, share: string): boolean {
  return isAbove(magnitude(less(one, other)), times(other, fraction(share)));
}

function diverges({ ledger, prices, reference }: Asking): Says {
  if (prices === undefined || reference === null || prices.index === null) return 'refuses';
  const { max_divergence: most } = ledger.setup.limits;
  return refusesIf(isFar(fraction(prices.last), reference, most) || isFar(reference, fraction(prices.index), most));
}

function moved({ ledger, prices, reference }: Asking): Says {
  if (prices === undefined || prices.range === null || reference === null) return 'refuses';
  const { lowest, highest } = prices.range;
  const most = times(reference, fraction(ledger.setup.limits.max_price_move));
  return refusesIf(isAbove(less(fraction(highest), reference), most) || isAbove(less(reference, fraction(lowest)), most));
}

function spread({ ledger, view, listed, book }: Asking): Says {
  const { max_data_age: age, max_spread: most } = ledger.setup.limits;
  if (book === null || (view.bookAge[listed?.id ?? ''] ?? 0) > age) return 'refuses';
  const [bid, ask] = [book.bids[0]?.price, book.asks[0]?.price];
  if (bid === undefined || ask === undefined || signOf(bid) <= 0 || !isAbove(ask, bid)) return 'refuses';
  return refusesIf(isAbove(less(ask, bid), times(times(plus(bid, ask), fraction('0.5')), fraction(most))));
}

const NEAR = 1_800_000;
const FUNDING_AGE_MAX = 120_000;

function funding({ ledger, view, listed }: Asking): Says {
  if (listed === undefined || listed.product === 'spot' || listed.expiry !== null) return 'passes';
  const next = view.funding[listed.id];
  if (next === undefined) return 'passes';
  if (next === null || next.age > FUNDING_AGE_MAX || next.left < -FUNDING_AGE_MAX) return 'refuses';
  return refusesIf(
    next.left >= 0 && next.left <= NEAR && isAbove(magnitude(fraction(next.rate)), fraction(ledger.setup.limits.max_funding_rate)),
  );
}
