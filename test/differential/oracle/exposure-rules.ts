import { type Fraction, fraction, larger, none, plus } from './fraction.ts';
import { atMost, type OrderRule, type Says } from './rule.ts';
import { dollars, isValued, sidesOf, type Spot, worthOf } from './scene.ts';
import { type Meant, otherWorths } from './wish.ts';

/** What may be held at worst, of one instrument, of one coin and of everything. */
export const exposureRules: readonly OrderRule[] = [
  {
    name: 'max_position_size',
    applies: 'entries',
    says: ({ ledger, worstCase }) => atMost(worstCase, fraction(ledger.setup.limits.max_position_size), none),
  },
  { name: 'max_underlying_exposure', applies: 'entries', says: underlying },
  {
    name: 'max_total_exposure',
    applies: 'entries',
    says: (of) =>
      isAnyUnpriced(of, others(of)) ? 'refuses' : atMost(total(of), fraction(of.ledger.setup.limits.max_total_exposure), none),
  },
];

/** Positions of other instruments. */
export function others({ spots, listed }: Meant): readonly Spot[] {
  return spots.filter(({ instrument }) => instrument !== listed.id);
}

export function isAnyUnpriced({ ledger, view }: Meant, spots: readonly Spot[]): boolean {
  return spots.some(({ instrument }) => !isValued(ledger, view, instrument));
}

/** Everything that may become long of one coin, and everything that may become short of it; the two are not set off against each other. */
function underlying(of: Meant): Says {
  const { ledger, view, listed, leg, spots, after, valuation } = of;
  const same = spots.filter((spot) => ledger.instruments.get(spot.instrument)?.base === listed.base);
  const rest = same.filter((spot) => spot.instrument !== listed.id || spot.leg !== leg);
  if (isAnyUnpriced(of, rest)) return 'refuses';
  const own = sidesOf(after);
  let [long, short] = [dollars(listed, own.long, valuation), dollars(listed, own.short, valuation)];
  for (const spot of rest) {
    const sides = sidesOf(spot.seen);
    long = plus(long, worthOf(ledger, view, spot, sides.long));
    short = plus(short, worthOf(ledger, view, spot, sides.short));
  }
  return atMost(larger(long, short), fraction(ledger.setup.limits.max_underlying_exposure), none);
}

/** The worst cases of everything together; all prices have to be known. */
export function total(of: Meant): Fraction {
  return plus(otherWorths(of), of.worstCase);
}
