import type { Listed } from '../story.ts';
import { type Fraction, fraction, less, none, opposite, over, plus, signOf, times } from './fraction.ts';

export type Traded = {
  readonly listed: Listed;
  /** The position that it went into. */
  readonly key: string;
  /** Negative: sold. */
  readonly traded: Fraction;
  readonly price: Fraction;
  readonly fee: Fraction;
  readonly feeCurrency: string;
  /** What is held of it afterwards. */
  readonly held: Fraction;
};

/** What trading paid and received, from booked fills alone: dollars and coins that stand for them, one for one, and coins of inverse positions. */
export class Purse {
  #dollars = none;
  readonly #coins = new Map<string, Fraction>();

  book({ listed, key, traded, price, fee, feeCurrency, held }: Traded): void {
    const units = listed.product === 'spot' ? traded : times(traded, fraction(listed.contractValue));
    if (listed.product !== 'inverse') {
      this.#dollars = less(this.#dollars, times(units, price));
      // A fee in what was bought made the position smaller.
      if (feeCurrency === listed.quote) this.#dollars = plus(this.#dollars, fee);
      return;
    }
    const coins = plus(plus(this.#coins.get(key) ?? none, over(units, price)), feeCurrency === listed.settle ? fee : none);
    this.#coins.set(key, coins);
    if (signOf(held) !== 0) return;
    // Nobody trades what a closed one leaves: it counts as the dollars that it was worth then.
    this.#dollars = plus(this.#dollars, times(coins, price));
    this.#coins.delete(key);
  }

  get dollars(): Fraction {
    return this.#dollars;
  }

  /** What a position is worth with what was paid for it in its coin. */
  worth(listed: Listed, key: string, held: Fraction, price: Fraction): Fraction {
    const units = listed.product === 'spot' ? held : times(held, fraction(listed.contractValue));
    if (listed.product !== 'inverse') return times(units, price);
    return plus(times(this.#coins.get(key) ?? none, price), opposite(units));
  }
}
