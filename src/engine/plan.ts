import type { Clock } from '../ports/clock.ts';

/** What the engine has yet to do, and when. Nothing of it happens after `close`. */
export class Plan {
  readonly #clock: Clock;
  readonly #alarms = new Set<{ readonly cancel: () => void }>();
  readonly #busy = new Set<string>();
  readonly #follows = new Map<string, () => Promise<void>>();
  readonly #due = new Map<string, number>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  later(delayMilliseconds: number, act: () => void): void {
    if (this.#closed) return;
    if (delayMilliseconds === 0) {
      act();
      return;
    }
    const alarm = this.#clock.alarm(delayMilliseconds, () => {
      this.#alarms.delete(alarm);
      if (!this.#closed) act();
    });
    this.#alarms.add(alarm);
  }

  /**
   * An errand of a name once, at the earliest of the times that were asked for. Every look may ask for another one, and so does the
   * tick: without this each second of an outage would add one more that never ends.
   */
  next(name: string, delayMilliseconds: number, act: () => void): void {
    if (delayMilliseconds === 0) {
      this.later(0, act);
      return;
    }
    const due = this.#clock.monotonic() + delayMilliseconds;
    const planned = this.#due.get(name);
    if (planned !== undefined && planned <= due) return;
    this.#due.set(name, due);
    this.later(delayMilliseconds, () => {
      // A later one than was asked for since has nothing left to do.
      if (this.#due.get(name) !== due) return;
      this.#due.delete(name);
      act();
    });
  }

  /** Again and again. `act` is told how much later than it was due it is called: how long nothing else could happen either. */
  every(periodMilliseconds: number, act: (lateMilliseconds: number) => void): void {
    const due = this.#clock.monotonic() + periodMilliseconds;
    this.later(periodMilliseconds, () => {
      act(this.#clock.monotonic() - due);
      this.every(periodMilliseconds, act);
    });
  }

  /** One errand of a name at a time: the answer of a second one would say the same. */
  async alone(name: string, errand: () => Promise<void>): Promise<void> {
    if (this.#busy.has(name) || this.#closed) return;
    this.#busy.add(name);
    try {
      await errand();
    } finally {
      this.#busy.delete(name);
      const next = this.#follows.get(name);
      if (this.#follows.delete(name) && next !== undefined) void this.alone(name, next);
    }
  }

  /** As `alone`, for whoever has just heard of something: the errand that is under way may have looked before it, and another one follows. */
  async afresh(name: string, errand: () => Promise<void>): Promise<void> {
    if (this.#busy.has(name)) this.#follows.set(name, errand);
    else await this.alone(name, errand);
  }

  close(): void {
    this.#closed = true;
    for (const alarm of this.#alarms) alarm.cancel();
  }
}
