import type { Clock } from '../../ports/clock.ts';

/** The longest delay that the runtime keeps; a longer one it would ring at once. */
const DELAY_MILLISECONDS_MAX = 2_147_483_647;

/** The machine's clock, and the only place that asks it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  turn: (act) => {
    setImmediate(act);
  },
  alarm: (delayMilliseconds, ring) => {
    const due = performance.now() + delayMilliseconds;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const rest = Math.max(Math.ceil(due - performance.now()), 0);
      timer = setTimeout(elapsed, Math.min(rest, DELAY_MILLISECONDS_MAX));
    };
    // The runtime may ring a part of a millisecond early, and never may mean never: whoever set the alarm would see it not due yet.
    const elapsed = (): void => {
      if (performance.now() < due) wait();
      else ring();
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  },
};
