import type { Clock } from '../ports/clock.ts';
import type { ClockReading, Inquiry } from './inquiry.ts';

/** A clock this far from the exchange's makes every age and every expiry a guess (reference/risk.md §4.9). */
const SKEW_MAX_MILLISECONDS = 2000;
/** The two clocks of this host, measured against each other: more means that one was set, or that the host slept. */
const DRIFT_MAX_MILLISECONDS = 500;
/** A reading this old says nothing any more; it is renewed every 30 s. */
const READING_AGE_MAX_MILLISECONDS = 120_000;
/** Half of it is how wrong a reading may be. */
const ROUND_TRIP_MAX_MILLISECONDS = 1000;

/**
 * The exchange's time. It is carried on from the last reading by the monotonic clock, so that a wall clock that somebody sets moves
 * no expiry, no window and no proof of absence (invariant I-T1). Until it was read once, the host's own time stands in for it, and
 * is not trusted.
 */
export class Time {
  readonly #clock: Clock;
  #reading: ClockReading | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** UTC milliseconds by the exchange's clock, as well as it is known. */
  now(): number {
    const reading = this.#reading;
    if (reading === null) return this.#clock.now();
    return reading.exchangeAt + Math.round(this.#clock.monotonic() - reading.monotonicAt);
  }

  /** How far the exchange's clock was ahead of the host's when it was last read. */
  get offsetMilliseconds(): number {
    return this.#reading === null ? 0 : this.#reading.exchangeAt - this.#reading.wallAt;
  }

  /** Whether the exchange's time was ever read. */
  get known(): boolean {
    return this.#reading !== null;
  }

  /** Whether the exchange's time is known well enough to open anything. */
  get trusted(): boolean {
    return !this.unsettled && !this.skewed;
  }

  /** Whether the host's clock was too far from the exchange's when that was last read. */
  get skewed(): boolean {
    return Math.abs(this.offsetMilliseconds) > SKEW_MAX_MILLISECONDS;
  }

  /** Whether it has to be read anew: never read, read too long ago, or the host's clocks have parted since. */
  get unsettled(): boolean {
    const reading = this.#reading;
    if (reading === null) return true;
    const elapsed = this.#clock.monotonic() - reading.monotonicAt;
    const drift = this.#clock.now() - reading.wallAt - elapsed;
    return elapsed > READING_AGE_MAX_MILLISECONDS || Math.abs(drift) > DRIFT_MAX_MILLISECONDS;
  }

  /** Asks the exchange for its time; `true` when there is a new reading. A late answer is none: it could be off by half of its way. */
  async read(inquiry: Inquiry): Promise<boolean> {
    const reading = await inquiry.readClock();
    if (reading === null || reading.roundTripMilliseconds > ROUND_TRIP_MAX_MILLISECONDS) return false;
    this.#reading = reading;
    return true;
  }
}
