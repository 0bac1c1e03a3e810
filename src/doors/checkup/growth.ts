import type { Entry, FillBody, InstrumentBody } from '../../core/journal/entry.ts';
import { absolute, add, compare, type Decimal, isZero, maximum, multiply, negate, one, subtract, zero } from '../../core/money/decimal.ts';
import { amount, basisPoints, costOf, isInDollars, sum } from '../report/cost.ts';

/** What an account did since its present stage of the roll-out began: the evidence by which it may grow (reference/risk.md §6.5). Amounts are US dollars. */
export type Growth = {
  /** UTC milliseconds of the entry with which the stage began, or of the first entry. */
  readonly since: number;
  /** Positions that were opened and closed again: what each earned after fees, in parts of what it was worth; `null` where that cannot be told in dollars. */
  readonly trips: readonly (number | null)[];
  /** Comparisons that found a difference. */
  readonly differences: number;
  /** The middle one of what filled entries cost beside the price at their decision, in hundredths of a per cent; `null` where there is none. */
  readonly slippageBasisPoints: number | null;
  /** The furthest that twokey's own trading fell below where it had been. */
  readonly drawdownUsd: Decimal;
};

type Trip = { readonly cash: Decimal; readonly turnover: Decimal; readonly isTold: boolean };
type Slipped = { readonly slippage: Decimal; readonly turnover: Decimal };
type Ordered = { readonly position: string; readonly purpose: string; readonly arrival: string };

const emptyTrip: Trip = { cash: zero, turnover: zero, isTold: true };
const half = { coefficient: 5n, scale: 1 };

/** Adds up a journal that passes by once. Positions are followed from its beginning, everything else since the last change of stage. */
export class GrowthReading {
  readonly #instruments = new Map<string, InstrumentBody>();
  readonly #orders = new Map<string, Ordered>();
  readonly #held = new Map<string, Decimal>();
  readonly #open = new Map<string, Trip>();
  readonly #slips = new Map<string, Slipped>();
  #since = 0;
  #trips: (number | null)[] = [];
  #differences = 0;
  #peak: Decimal | null = null;
  #drawdown = zero;

  take({ at, entry }: { readonly at: number; readonly entry: Entry }): void {
    if (this.#since === 0) this.#since = at;
    switch (entry.kind) {
      case 'stage':
        return this.#begin(at);
      case 'instruments':
        for (const instrument of entry.instruments) this.#instruments.set(instrument.id, instrument);
        return;
      case 'submitting': {
        const position = `${entry.instrument}/${entry.leg ?? 'net'}`;
        this.#orders.set(entry.client_order_id, { position, purpose: entry.purpose, arrival: entry.arrival ?? '' });
        if (entry.protection !== undefined) this.#orders.set(entry.protection.client_order_id, { position, purpose: 'exit', arrival: '' });
        return;
      }
      case 'protecting':
        this.#orders.set(entry.client_order_id, { position: `${entry.instrument}/${entry.leg}`, purpose: 'exit', arrival: '' });
        return;
      case 'fill':
        return this.#fill(entry);
      case 'compared':
        if (!entry.clean) this.#differences += 1;
        return;
      case 'marked': {
        const worth = amount(entry.managed_usd);
        this.#peak = this.#peak === null ? worth : maximum(this.#peak, worth);
        this.#drawdown = maximum(this.#drawdown, subtract(this.#peak, worth));
        return;
      }
      default:
    }
  }

  told(): Growth {
    const slips = [...this.#slips.values()].flatMap(({ slippage, turnover }) => basisPoints(slippage, turnover) ?? []);
    const sorted = slips.toSorted(compare);
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    const upper = sorted[Math.floor(sorted.length / 2)];
    const median = middle === undefined || upper === undefined ? null : inNumbers(multiply(add(middle, upper), half));
    return {
      since: this.#since,
      trips: this.#trips,
      differences: this.#differences,
      slippageBasisPoints: median,
      drawdownUsd: this.#drawdown,
    };
  }

  /** A trip that was under way counts where it ends, with what it did before. */
  #begin(at: number): void {
    this.#since = at;
    this.#trips = [];
    this.#differences = 0;
    this.#slips.clear();
    this.#peak = null;
    this.#drawdown = zero;
  }

  #fill(fill: FillBody): void {
    const instrument = this.#instruments.get(fill.instrument);
    if (instrument === undefined) return;
    const { position = `${fill.instrument}/net`, purpose = 'exit', arrival = '' } = this.#orders.get(fill.client_order_id) ?? {};
    const cost = costOf(fill, instrument, arrival);
    // What an inverse contract earns is coin, and its worth in dollars depends on when it is sold.
    const isTold = isInDollars(instrument) && instrument.product !== 'inverse' && cost.fee !== null;
    const before = this.#open.get(position) ?? emptyTrip;
    const moved = fill.side === 'buy' ? negate(cost.turnover) : cost.turnover;
    const cash = subtract(add(before.cash, moved), cost.fee ?? zero);
    const trip: Trip = { cash, turnover: add(before.turnover, cost.turnover), isTold: before.isTold && isTold };
    if (purpose === 'entry' && cost.slippage !== null) {
      const slipped = this.#slips.get(fill.client_order_id);
      this.#slips.set(fill.client_order_id, {
        slippage: sum(cost.slippage, slipped?.slippage ?? null),
        turnover: sum(cost.turnover, slipped?.turnover ?? null),
      });
    }
    const held = add(this.#held.get(position) ?? zero, changeOf(fill, instrument));
    // Less than the least that can be traded is dust, and closed as far as anybody can close it.
    const isClosed = compare(absolute(held), amount(instrument.minimum)) < 0;
    this.#held.set(position, held);
    if (!isClosed) {
      this.#open.set(position, trip);
      return;
    }
    this.#open.delete(position);
    this.#trips.push(trip.isTold && !isZero(trip.turnover) ? inNumbers(trip.cash) / inNumbers(multiply(trip.turnover, half)) : null);
  }
}

function changeOf({ side, size, fee, fee_currency: currency }: FillBody, { product, base }: InstrumentBody): Decimal {
  const signed = multiply(amount(size), side === 'buy' ? one : negate(one));
  return product === 'spot' && currency === base ? add(signed, amount(fee)) : signed;
}

/** For statistics, where the last digits say nothing. */
function inNumbers({ coefficient, scale }: Decimal): number {
  return Number(coefficient) / 10 ** scale;
}

const RESAMPLES = 4000;
/** The lower end of an interval that the true mean lies above in nine of ten cases. */
const TAIL = 0.1;

/**
 * The lower 90 % bound of the mean, by drawing anew from what there is (bootstrap, percentile); the same for the same numbers, because what it draws by has a
 * fixed seed. `null` of nothing.
 */
export function lowerBoundOfMean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const draw = generator(1);
  const means = Array.from({ length: RESAMPLES }, () => {
    let total = 0;
    for (let count = 0; count < values.length; count += 1) total += values[Math.floor(draw() * values.length)] ?? 0;
    return total / values.length;
  });
  return means.toSorted((left, right) => left - right)[Math.floor(RESAMPLES * TAIL)] ?? null;
}

/** Numbers from 0 up to 1, of the usual 32-bit kind (xorshift). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
